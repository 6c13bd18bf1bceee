"""Slots of an interval, which is due at no minute of a clock: stretches of its own length, counted from 1970.

Two starts that an interval allows are at least its length apart, and so lie in two stretches.
That is all that one owner and one claim for each stretch need, whoever counts from which start.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from migrator.schedule.kinds import Interval
from migrator.schedule.occurrences import Slot
from migrator.schedule.transitions import EPOCH

_EVERY = re.compile(r"@every (\d+)s")


def spelled(interval: Interval) -> str:
    """The one text that a task's decorator has for an interval, whatever its source wrote."""
    return f"@every {interval.seconds}s"


def read_interval(text: str) -> Interval | None:
    """The interval that ``spelled`` gave; None for every other text."""
    read = _EVERY.fullmatch(text)
    return Interval(text, int(read[1])) if read and int(read[1]) else None


def cell_of(interval: Interval, instant: dt.datetime) -> Slot:
    """The stretch that an instant (aware) lies in, named by its beginning in UTC."""
    length = dt.timedelta(seconds=interval.seconds)
    begin = instant.astimezone(dt.UTC) - (instant - EPOCH) % length
    return Slot(begin, begin)


def cells(interval: Interval, start: dt.datetime) -> Iterator[Slot]:
    """The stretches that begin at ``start`` (aware) or later, without end."""
    length = dt.timedelta(seconds=interval.seconds)
    begin = cell_of(interval, start).due
    if begin < start:
        begin += length
    while True:
        yield Slot(begin, begin)
        begin += length
