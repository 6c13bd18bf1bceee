"""What a cutover would change: lines, scripts, owners; and what stands against it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from migrator.adapters import user_crontab
from migrator.adapters.journal import Journal
from migrator.adapters.own_folder import FOLDER
from migrator.cli.cutover_moment import clock, cron_zone
from migrator.cli.options import note, say, tell
from migrator.cli.project import Home
from migrator.cli.runtime import Runtime, standings
from migrator.cli.targets import absolute, named, target_at, user_target
from migrator.comparison.ownership import Owner, first_slot
from migrator.comparison.verdicts import Verdict
from migrator.crontab.syntax import encode
from migrator.cutover.cutting import ByHand, by_hand, cut, files_of
from migrator.cutover.editing import Edited, Target
from migrator.cutover.moment import moment
from migrator.cutover.operation import sha256
from migrator.cutover.readiness import CutoverReport, JobReadiness
from migrator.cutover.removal import shown
from migrator.cutover.switching import Replacement
from migrator.differences import unified
from migrator.errors import Cannot
from migrator.i18n import _
from migrator.schedule.occurrences import Slot
from migrator.sources.job import Inventory

if TYPE_CHECKING:
    from migrator.contrib.celery.jobs import MigratedJob
    from migrator.contrib.django.owners import Standing
    from migrator.contrib.django.retiring import BeatRows


@dataclass(frozen=True, slots=True)
class Leaving:
    """One job of the plan, with the owner that it has now and the slot from which on it is retired.

    ``line_here``: a crontab here still has a line of it, whatever has been done on other cron hosts.
    """

    ready: JobReadiness
    job: MigratedJob
    owner: Owner
    begins: Slot | None
    line_here: bool = False

    @property
    def forbidden(self) -> str | None:
        """What stands against it, whatever anybody accepts: cron executes it, or it has left."""
        if self.owner is Owner.CELERY or (self.owner is Owner.RETIRED and self.line_here):
            return None
        return _("the owner is {owner}, and must be celery").format(owner=self.owner)

    @property
    def doubtful(self) -> str | None:
        """What stands against it until somebody accepts it; a job that is retired was judged by then."""
        if self.ready.verdict is Verdict.SAFE or self.owner is Owner.RETIRED:
            return None
        reasons = "; ".join(shown(reason) for reason in self.ready.reasons)
        return _("the verdict is {verdict}: {reasons}").format(verdict=self.ready.verdict, reasons=reasons)

    @property
    def hindrances(self) -> list[str]:
        return [one for one in (self.forbidden, self.doubtful) if one]


@dataclass(frozen=True, slots=True)
class Plan:
    """All that apply would do."""

    leaving: tuple[Leaving, ...]
    results: tuple[Edited, ...]
    paths: tuple[str | None, ...]  # of the results
    by_hand: tuple[ByHand, ...]
    rows: BeatRows
    at: dt.datetime
    zone: dt.tzinfo  # cron's

    @property
    def jobs(self) -> tuple[str, ...]:
        return tuple(one.ready.id for one in self.leaving)

    @property
    def changes(self) -> list[Replacement]:
        every = [
            Replacement(path, encode(result.target.text), encode(result.after))
            for path, result in zip(self.paths, self.results, strict=True)
        ]
        return [one for one in every if one.changes]

    @property
    def without_line(self) -> str | None:
        """The jobs of which no edit takes a line out: the crontab that runs them was not named."""
        taken = {job for result in self.results for job in result.jobs}
        lacking = [name for name in self.jobs if name not in taken]
        if not lacking:
            return None
        return _("no crontab here has a line of {jobs}").format(jobs=", ".join(lacking))

    @property
    def digest(self) -> str:
        """What names this plan: every byte before and after, the jobs, and beat's rows."""
        edits = [[one.path, sha256(one.before), sha256(one.after)] for one in self.changes]
        return sha256(json.dumps([self.jobs, edits, sorted(self.rows.items())]).encode())[:12]


def plan_for(
    home: Home,
    found: Runtime,
    report: CutoverReport,
    names: Sequence[str],
    crontabs: Sequence[str],
    wanted: dt.datetime | None = None,
) -> Plan:
    """The plan for these jobs, as everything is now; ``wanted``: not before this instant."""
    from migrator.contrib.django.owners import chains
    from migrator.contrib.django.retiring import beat_rows

    now = dt.datetime.now(dt.UTC)
    ready = [one for one in report.jobs if one.id in names]
    jobs = {name: found.chosen(name)[0] for name in names}
    chained, states = chains(names), {one.job: one for one in standings(found)}
    inventory = Inventory((*(one.job for one in report.jobs), *(one.job for one in report.staying)))
    results, paths = _edits(home, inventory, names, crontabs)
    here = {job for result in results for job in result.jobs}
    leaving = tuple(
        Leaving(
            one,
            jobs[one.id],
            _leaves_from(states[one.id]),
            first_slot(jobs[one.id].definition, chained.get(one.id, []), Owner.RETIRED, now),
            one.id in here,
        )
        for one in ready
    )
    begins = {one.ready.id: one.begins.due for one in leaving if one.begins}
    return Plan(
        leaving,
        results,
        paths,
        tuple(by_hand([one.job for one in ready], results, home.configuration.instrument.spool)),
        beat_rows(found.app, jobs.values()),
        moment([job.definition for job in jobs.values()], begins, max(now, wanted or now)),
        cron_zone(home),
    )


def _leaves_from(one: Standing) -> Owner:
    """The owner that the job would leave from; to its line, what a rollback has asked for is so already."""
    if one.asked is not None and Owner.RETIRED in (one.asked, one.owner):
        return one.asked
    return one.owner


def _edits(
    home: Home, inventory: Inventory, names: Sequence[str], crontabs: Sequence[str]
) -> tuple[tuple[Edited, ...], tuple[str | None, ...]]:
    """Every crontab and script that has lines of these jobs: what writes crontabs first, what runs last."""
    jobs = [job for job in inventory.jobs if job.id in names]
    installed = _installed(home, crontabs)
    targets: dict[str | None, Target] = {}
    for target in [*(target_at(home, name) for name in files_of(jobs)), *installed]:
        path = None if target.name == user_crontab.name() else absolute(home, target.name)
        targets.setdefault(path, target)
    spool = home.configuration.instrument.spool
    results = {}
    for path, target in targets.items():
        try:
            result = cut(target, inventory, names, spool=spool)
        except Cannot as problem:  # a script that makes its lines in a loop: for a person to edit
            note(str(problem))
            continue
        if result.changes:
            results[path] = result
    return tuple(results.values()), tuple(results)


def _installed(home: Home, crontabs: Sequence[str]) -> list[Target]:
    """The crontabs that are named, else those that `instrument` has edited, else this user's."""
    if crontabs:
        return [target_at(home, named(home, name)) for name in crontabs]
    instrumented = [entry.path for entry in Journal(home.root).entries()]
    return [
        user_target() if path is None else target_at(home, named(home, path))
        for path in instrumented or [None]
    ]


def diff_of(name: str, before: str, after: str) -> str:
    """The changed lines, without secrets."""
    return unified(name, name, shown(before), shown(after), context=0)


def show_plan(plan: Plan) -> None:
    """The plan for a person."""
    for one in plan.leaving:
        begins = one.begins.name if one.begins else _("no slot: it is never due")
        tell(
            _("{job}: {owner} -> retired from {slot}").format(job=one.ready.id, owner=one.owner, slot=begins)
        )
        for hindrance in one.hindrances:
            tell("    " + hindrance)
    for result in plan.results:
        say(diff_of(result.target.name, result.target.text, result.after), newline=False)
    if plan.without_line:
        tell(plan.without_line)
    for place in plan.by_hand:
        tell(
            _("by hand: {place} ({source}), {job}: {what}").format(
                place=place.place, source=place.place.source, job=place.job, what=place.text
            )
        )
    for name, values in plan.rows.items():
        tell(_("beat's row {name} must stay as it is: {schedule}").format(name=name, schedule=values[2]))
    tell(_("backups: {folder}").format(folder=f"{FOLDER}/backups"))
    tell(_("not before {moment}, away from every slot").format(moment=clock(plan.at, plan.zone)))
    tell(_("this plan is {digest}").format(digest=plan.digest))


def plan_document(plan: Plan) -> dict[str, Any]:
    """The plan for a program."""
    return {
        "plan": plan.digest,
        "not_before": plan.at.astimezone(plan.zone).isoformat(),
        "timezone": str(plan.zone),
        "jobs": [
            {
                "id": one.ready.id,
                "owner": one.owner,
                "to": Owner.RETIRED,
                "from": one.begins.name if one.begins else None,
                "verdict": one.ready.verdict,
                "hindrances": one.hindrances,
            }
            for one in plan.leaving
        ],
        "edits": [
            {
                "name": result.target.name,
                "jobs": list(result.jobs),
                "diff": diff_of(result.target.name, result.target.text, result.after),
            }
            for result in plan.results
        ],
        "without_line": plan.without_line,
        "by_hand": [
            {
                "job": one.job,
                "path": one.place.path,
                "line": one.place.line,
                "source": one.place.source,
                "what": one.text,
            }
            for one in plan.by_hand
        ],
        "beat_rows": [{"name": name, "schedule": values[2]} for name, values in plan.rows.items()],
    }
