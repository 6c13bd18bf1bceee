"""Gives a slot to starts that found none in a table: before a host's first sync, or after its table's end."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Side
from migrator.comparison.runs import Kind
from migrator.comparison.slot_of_start import slot_of_start
from migrator.contrib.django.models import Run
from migrator.contrib.django.spool_lines import Line, Tells

ASKED = 500  # runs in one query: SQLite may be built to take no more than 999 values
NEAR = dt.timedelta(hours=2)


def give_slots(lines: Sequence[Line], jobs: Iterable[JobDefinition]) -> None:
    """Fill slot, due and kind of the starts without a slot, each as the recorder would have.

    A start that had a table and found no free slot finds none here either: its slots are with
    other runs of the host. A start that has been shipped before keeps the slot it was given.
    """
    known = {job.id: job for job in jobs}
    starts = [line for line in lines if line.tells is Tells.START and line.job in known]
    open_ = [line for line in starts if _open(line, known[line.job])]
    if not open_:
        return
    given = _given([line.run for line in open_])
    groups: dict[tuple[str, str, str], list[Line]] = defaultdict(list)
    for line in sorted(starts, key=attrgetter("started")):
        groups[(line.job, line.columns["host"], line.columns["user"])].append(line)
    for (job, host, user), group in groups.items():
        if any(_open(line, known[job]) for line in group):
            _give(known[job], group, _taken(job, host, user, group), given)


def _open(line: Line, job: JobDefinition) -> bool:
    """Whether a slot is to be found; one of a demonstration that is over has none on the real schedule."""
    return not line.columns["slot"] and (job.demo or not line.columns["demo"])


def _give(job: JobDefinition, group: Sequence[Line], taken: set[str], given: Mapping[str, str]) -> None:
    taken |= {line.columns["slot"] for line in group}
    for line in group:
        if not _open(line, job):
            continue
        own = given.get(line.run)
        slot = slot_of_start(job, line.started, taken - {own} if own else taken)
        if slot is not None:
            taken.add(slot.name)
            line.columns |= {
                "slot": slot.name, "due": slot.due, "kind": Kind.SCHEDULED.value, "demo": job.demo,
            }  # fmt: skip


def _given(runs: Sequence[str]) -> dict[str, str]:
    """The slots of those that the ledger knows."""
    found: dict[str, str] = {}
    for start in range(0, len(runs), ASKED):
        rows = Run.objects.filter(run__in=runs[start : start + ASKED]).exclude(slot="")
        found |= dict(rows.values_list("run", "slot"))
    return found


def _taken(job: str, host: str, user: str, group: Sequence[Line]) -> set[str]:
    """The slots that other starts of the job on the host have, around those of the group."""
    rows = Run.objects.filter(
        job=job, side=Side.CONTROL, host=host, user=user,
        started__range=(group[0].started - NEAR, group[-1].started + NEAR),
    )  # fmt: skip
    return set(rows.exclude(slot="").values_list("slot", flat=True))
