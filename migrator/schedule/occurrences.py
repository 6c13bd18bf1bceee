"""Occurrences: the instants at which a job is due in a time zone, as Debian's cron has it.

A slot is the written wall-clock minute with its UTC offset. The daemon moves some
starts when the clock jumps (cron(8), "Daylight Saving Time and other time changes"):

* a wildcard job follows the wall clock: no start in the gap of spring, one in each pass
  of the repeated hour;
* a fixed job keeps its count: what falls into the gap starts in the first minute after
  it, and the repeated hour starts it in its first pass only.

A change of more than three hours is taken as a corrected clock: nothing is made up for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from migrator.schedule.expression import CronExpression
from migrator.schedule.meaning import Meaning, meaning

DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)
LARGEST_SHIFT = dt.timedelta(minutes=180)
HORIZON_YEARS = 45  # a 29 February on a given weekday returns after at most 40 years


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """An occurrence: ``due`` is when cron starts the job, ``wall`` the minute as written.

    ``wall`` is aware; a minute in the gap of spring keeps its name, with the offset from
    before the gap.
    """

    due: dt.datetime
    wall: dt.datetime

    @property
    def name(self) -> str:
        """The slot's name in the ledger, such as ``2026-03-29T02:30+01:00``."""
        return self.wall.isoformat(timespec="minutes")

    def __str__(self) -> str:
        return self.name


def occurrences(expression: CronExpression, zone: ZoneInfo, start: dt.datetime) -> Iterator[Slot]:
    """Slots due at or after ``start`` (aware), oldest first, without end for a schedule that fires."""
    table = meaning(expression)
    if not table:
        return
    day = start.astimezone(zone).date() - DAY
    last = day.replace(year=min(day.year + HORIZON_YEARS, 9998), day=1)
    while day < last:
        minutes = table.minutes_on(day)
        if minutes:
            for slot in _slots_on(day, minutes, zone, wildcard=expression.wildcard):
                if slot.due >= start:
                    yield slot
                    last = day.replace(year=min(day.year + HORIZON_YEARS, 9998), day=1)
        day += DAY


def between(
    expression: CronExpression, zone: ZoneInfo, start: dt.datetime, end: dt.datetime
) -> Iterator[Slot]:
    """Slots due in [start, end), oldest first."""
    for slot in occurrences(expression, zone, start):
        if slot.due >= end:
            return
        yield slot


def following(expression: CronExpression, zone: ZoneInfo, start: dt.datetime, count: int) -> list[Slot]:
    """The first ``count`` slots due at or after ``start``."""
    return list(islice(occurrences(expression, zone, start), count))


def slot_of(expression: CronExpression, zone: ZoneInfo, instant: dt.datetime) -> Slot | None:
    """The latest slot due at or before ``instant``, if one was due within the last 45 years."""
    table: Meaning = meaning(expression)
    if not table:
        return None
    day = instant.astimezone(zone).date() + DAY
    first = max(day.year - HORIZON_YEARS, 2)
    while day.year >= first:
        minutes = table.minutes_on(day)
        if minutes:
            slots = _slots_on(day, minutes, zone, wildcard=expression.wildcard)
            past = [slot for slot in slots if slot.due <= instant]
            if past:
                return past[-1]
        day -= DAY
    return None


@lru_cache(maxsize=4096)
def _set_bits(mask: int) -> tuple[int, ...]:
    bits = []
    while mask:
        low = mask & -mask
        bits.append(low.bit_length() - 1)
        mask ^= low
    return tuple(bits)


def _slots_on(day: dt.date, minutes: int, zone: ZoneInfo, *, wildcard: bool) -> list[Slot]:
    """The slots whose written minute lies on ``day``, by due, and then by the wall clock."""
    midnight = dt.datetime(day.year, day.month, day.day)
    here = midnight.replace(tzinfo=zone)
    if here.utcoffset() == (here + DAY).utcoffset() == here.replace(fold=1).utcoffset():
        fixed = dt.timezone(here.utcoffset() or dt.timedelta())
        walls = ((midnight + bit * MINUTE).replace(tzinfo=fixed) for bit in _set_bits(minutes))
        return [Slot(wall.astimezone(dt.UTC), wall) for wall in walls]
    slots = [
        slot
        for bit in _set_bits(minutes)
        for slot in _near_a_transition(midnight + bit * MINUTE, zone, wildcard=wildcard)
    ]
    return sorted(slots, key=lambda slot: slot.due)


def _near_a_transition(naive: dt.datetime, zone: ZoneInfo, *, wildcard: bool) -> Iterator[Slot]:
    """The starts of one written minute on a day on which the zone's offset changes."""
    first, second = naive.replace(tzinfo=zone), naive.replace(tzinfo=zone, fold=1)
    before, after = first.utcoffset(), second.utcoffset()
    assert before is not None
    assert after is not None
    shift = after - before
    if not shift:
        yield _at(naive, before)
    elif shift < dt.timedelta():
        yield _at(naive, before)
        if wildcard or -shift >= LARGEST_SHIFT:
            yield _at(naive, after)
    elif not wildcard and shift <= LARGEST_SHIFT:
        yield Slot(_end_of_gap(naive, zone), naive.replace(tzinfo=dt.timezone(before)))


def _at(naive: dt.datetime, offset: dt.timedelta) -> Slot:
    wall = naive.replace(tzinfo=dt.timezone(offset))
    return Slot(wall.astimezone(dt.UTC), wall)


def _end_of_gap(naive: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The first instant after the gap that ``naive`` lies in."""
    wall = naive
    while wall.replace(tzinfo=zone).utcoffset() != wall.replace(tzinfo=zone, fold=1).utcoffset():
        wall += MINUTE
    return wall.replace(tzinfo=zone).astimezone(dt.UTC)
