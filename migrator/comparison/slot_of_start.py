"""The slot of a start that had no slot table to look itself up in; by the rule of the recorder.

So a job that was recorded before its host's first ``migrator sync``, or after the end of its
table, is compared like any other: ``Table.choose`` in ``migrator/cronwrap.py`` is the rule.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from functools import lru_cache

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.slot_table import rows, tolerance
from migrator.schedule.occurrences import Slot

EARLY = dt.timedelta(seconds=2)  # by which the recorder's clock may trail the one that cron read
HOUR, SECOND = dt.timedelta(hours=1), dt.timedelta(seconds=1)


def slot_of_start(job: JobDefinition, started: dt.datetime, taken: Collection[str]) -> Slot | None:
    """The oldest free slot of this minute; else the oldest free one that is not too late; else none.

    ``taken``: the names of the slots that other starts on the host have.
    """
    slots, late = _table(job, started.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0))
    minute = started.replace(second=0, microsecond=0)
    first = min(started - late, minute)
    end = started.replace(microsecond=0) + EARLY + SECOND
    free = [slot for slot in slots if first <= slot.due < end and slot.name not in taken]
    return next((slot for slot in free if slot.due >= minute), free[0] if free else None)


@lru_cache(maxsize=256)
def _table(job: JobDefinition, hour: dt.datetime) -> tuple[tuple[Slot, ...], dt.timedelta]:
    """What can be a slot of a start within the hour, and the tolerance that a table of then has."""
    slots = rows(job, hour)
    late = tolerance(job, slots)
    first = hour - max(2 * HOUR, late)  # a stretch of an interval may be long
    return tuple(slot for slot in slots if first <= slot.due <= hour + 2 * HOUR), late
