"""``migrator cutover status``: where each job is, and what would bring it back behind everybody's back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from migrator.adapters.journal import CutoverJournal, Journal
from migrator.cli.options import note, say, tell
from migrator.cli.own_host import other_hosts
from migrator.cli.owner import next_owner
from migrator.cli.project import Home
from migrator.cli.runtime import Runtime, standings
from migrator.cli.scanning import scan, whole_inventory
from migrator.cli.tables import console, table
from migrator.cli.targets import absolute, named, target_at, user_target
from migrator.comparison.ownership import Owner
from migrator.cutover.cutting import live_lines
from migrator.cutover.editing import Target
from migrator.cutover.operation import Kind, Operation, retired, unfinished
from migrator.cutover.strays import started_again
from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.redaction import redact
from migrator.report.scan import finding_document, place_document
from migrator.sources.job import Inventory
from migrator.sources.merging import command_of
from migrator.sources.retired import came_back

if TYPE_CHECKING:
    from migrator.contrib.django.owners import Standing


class Cutover(StrEnum):
    """How far the cutover of a job is, by the journal of this project on this machine."""

    NONE = "none"
    APPLIED = "applied"
    HALF_APPLIED = "half applied"
    HALF_ROLLED_BACK = "half rolled back"


@dataclass(frozen=True, slots=True)
class JobState:
    """One job: its owner, how far its cutover is, and from where cron runs it."""

    standing: Standing
    cutover: Cutover
    live: tuple[Place, ...]

    @property
    def job(self) -> str:
        return self.standing.job

    @property
    def owner(self) -> Owner:
        """Who executes it now."""
        return self.standing.owner

    @property
    def heading(self) -> Owner:
        """What was asked for last, in force or not yet."""
        return self.standing.asked or self.owner


@dataclass(frozen=True, slots=True)
class Status:
    """All jobs, and what is wrong."""

    jobs: tuple[JobState, ...]
    half: Operation | None
    findings: tuple[Finding, ...]
    elsewhere: tuple[str, ...] = ()  # cron hosts whose crontabs nobody can read from here

    @property
    def warnings(self) -> bool:
        return bool(self.half or self.findings)


def status_of(home: Home, found: Runtime, jobs: Sequence[str], *, host: bool) -> Status:
    """The state of these jobs, or of all."""
    from migrator.contrib.django.retiring import strays

    operations = CutoverJournal(home.root).operations()
    half, gone = unfinished(operations), retired(operations)
    names = [found.chosen(name)[0].definition.id for name in jobs] or list(found.jobs)
    standing = {one.job: one for one in standings(found)}
    inventory = whole_inventory(home)
    live: dict[str, list[Place]] = {name: [] for name in names}
    for job, place in live_places(home, inventory, host=host):
        if job in live and place not in live[job]:
            live[job].append(place)
    states = tuple(JobState(standing[name], _cutover(name, half, gone), tuple(live[name])) for name in names)
    left = [one for one in states if one.heading is Owner.RETIRED and not (half and one.job in half.jobs)]
    back = [came_back(place, one.job) for one in left for place in one.live]
    runs = strays([one.job for one in left], dt.datetime.now(dt.UTC))
    again = [started_again(one.job, one.host, one.user, one.started) for one in runs]
    return Status(states, half, (*back, *again), tuple(other_hosts(home)))


def _cutover(job: str, half: Operation | None, gone: Sequence[str]) -> Cutover:
    if half is not None and job in half.jobs:
        return Cutover.HALF_APPLIED if half.kind is Kind.APPLY else Cutover.HALF_ROLLED_BACK
    return Cutover.APPLIED if job in gone else Cutover.NONE


def live_places(home: Home, inventory: Inventory, *, host: bool) -> Iterator[tuple[str, Place]]:
    """Every live line of a known job: in the sources, in what was edited here, and on this machine."""
    read = {absolute(home, place.path) for job in inventory.jobs for place in job.places}
    for job in inventory.jobs:
        yield from ((job.id, place) for place in job.live)
    for target in _edited_here(home):
        if absolute(home, target.name) not in read:
            lines = live_lines(target, target.text, inventory, home.is_ours)
            yield from ((job, Place(target.name, line)) for line, job in lines.items())
    if host:
        yield from on_this_machine(home, inventory)


def on_this_machine(home: Home, inventory: Inventory) -> Iterator[tuple[str, Place]]:
    """Every line of a known job that cron runs here: known by its recorder, or by its command."""
    ids = {command_of(job.declared): job.id for job in inventory.jobs}
    for job in scan(home, host=Path("/")).inventory.jobs:
        if job.declared.foreign:
            continue
        known = job.declared.recorded or ids.get(command_of(job.declared))
        yield from ((known, place) for place in job.live if known)


def _edited_here(home: Home) -> Iterator[Target]:
    """The crontabs that instrument or cutover have written into; one that is not there runs nothing."""
    operations = CutoverJournal(home.root).operations()
    written = [write.path for operation in operations for write in operation.writes]
    for path in dict.fromkeys([*(entry.path for entry in Journal(home.root).entries()), *written]):
        if path is None or Path(path).exists():
            target = user_target() if path is None else target_at(home, named(home, path))
            if not target.script:
                yield target


def show_status(found: Status, zones: Mapping[str, dt.tzinfo]) -> None:
    """The states for a person, each in its job's zone, then what is wrong."""
    rows = table(_("job"), _("owner"), _("cutover"), _("runs from"), narrow=(2,))
    for one in found.jobs:
        owner = "\n".join(filter(None, [one.owner, next_owner(one.standing, zones[one.job])]))
        rows.add_row(one.job, owner, one.cutover, "\n".join(str(place) for place in one.live))
    console().print(rows)
    if found.half is not None:
        tell(_half(found.half))
    for finding in found.findings:
        say(redact(str(finding)))
    for other in found.elsewhere:
        note(
            _(
                "migrator: the crontabs of {host} are not seen from here: "
                "migrator cutover status --host there"
            ).format(host=other)
        )


def _half(operation: Operation) -> str:
    return _("the {kind} of {jobs} was interrupted: run it again, or migrator cutover rollback").format(
        kind=operation.kind, jobs=", ".join(operation.jobs)
    )


def status_document(found: Status) -> dict[str, Any]:
    """The states for a program."""
    return {
        "jobs": [
            {
                "id": one.job,
                "owner": one.owner,
                "next": one.standing.asked,
                "next_from": one.standing.asked_from.isoformat() if one.standing.asked_from else None,
                "cutover": one.cutover,
                "runs_from": [place_document(place) for place in one.live],
            }
            for one in found.jobs
        ],
        "half_done": {"kind": found.half.kind, "jobs": list(found.half.jobs)} if found.half else None,
        "findings": [finding_document(finding) for finding in found.findings],
        "elsewhere": list(found.elsewhere),
    }
