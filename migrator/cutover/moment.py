"""When to take lines out: away from every slot, and after the last one that cron's side still records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from migrator.comparison.jobs import JobDefinition
from migrator.schedule.kinds import Interval

# cron starts jobs with the minute, but a busy machine takes its time; it reads a crontab anew with the next.
SETTLED = dt.timedelta(seconds=15)
BEFORE = dt.timedelta(seconds=20)
_JUST = dt.timedelta(microseconds=1)


def moment(
    jobs: Iterable[JobDefinition], effective: Mapping[str, dt.datetime], now: dt.datetime
) -> dt.datetime:
    """The first instant, now or later, at which no line of these jobs is about to start or has just started.

    ``effective``: from when on each job is retired; the slots before it are still both sides' to record.
    """
    jobs, at = list(jobs), now
    # Cron's slots lie on full minutes, so that each minute has such an instant and this ends.
    while (later := max((_clear(job, effective.get(job.id, at), at) for job in jobs), default=at)) > at:
        at = later
    return at


def _clear(job: JobDefinition, effective: dt.datetime, at: dt.datetime) -> dt.datetime:
    if isinstance(job.schedule, Interval):  # it may start at any time of its stretch
        return max(effective, at)
    last = job.latest(max(effective, at) - _JUST)
    if last is not None and at < last.due + SETTLED:
        return last.due + SETTLED
    following = next(iter(job.following(at, 1)), None)
    if following is not None and following.due < at + BEFORE:
        return following.due + SETTLED
    return at
