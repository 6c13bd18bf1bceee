"""How long runs are kept: as many days as the team says, and never so few that evidence is gone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from migrator.comparison.jobs import JobDefinition

PERIODS = 2  # of each job: before one there is nothing to compare the other with
A_SECOND = dt.timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Kept:
    """From when on runs are kept; ``slowest``: the job for which that is longer than was asked for."""

    since: dt.datetime
    slowest: str | None = None


def kept(jobs: Iterable[tuple[JobDefinition, int]], days: int, now: dt.datetime) -> Kept:
    """Runs of slots due before this instant may go.

    ``jobs``: each with the matched slots that its verdict needs.
    """
    found = Kept(now - dt.timedelta(days=days))
    for job, needed in jobs:
        begin = _slots_ago(job, max(PERIODS, needed), now)
        if begin is not None and begin < found.since:
            found = Kept(begin, job.id)
    return found


def _slots_ago(job: JobDefinition, count: int, now: dt.datetime) -> dt.datetime | None:
    """The due instant of the slot so many slots before the latest one; None: the job is never due."""
    slot = job.latest(now)
    for _ in range(count):
        before = job.latest(slot.due - A_SECOND) if slot else None
        if before is None:
            break
        slot = before
    return slot.due if slot else None
