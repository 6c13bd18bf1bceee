"""The nights on which a zone's clock jumps, and whether a schedule has minutes in the jump.

Between two jumps the wall clock is UTC and a constant, and whole years of occurrences are
sums of integers. On the nights themselves cron and Celery follow different rules.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import or_
from typing import NamedTuple
from zoneinfo import ZoneInfo

from migrator.schedule.meaning import Meaning

DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
LAST_YEAR = 9998  # a zone's clock can be ahead of UTC, and Python's years end with 9999
STRIDE = 2 * 86400  # the shortest time between two jumps since 1960 is Noronha's week in October 2000


@dataclass(frozen=True, slots=True)
class Transition:
    """A jump of the wall clock: ``start`` to ``end`` is skipped (gap) or shown twice (repeat)."""

    start: dt.datetime
    end: dt.datetime
    gap: bool


class Stretch(NamedTuple):
    """A stretch of time with one offset (seconds) from UTC, in epoch seconds.

    ``since``: the jump that it follows, from the offset ``before``; a stretch starts later
    than that only if it was cut at the turn of the year. ``after``: the offset that follows,
    its own where the stretch is cut. ``saved``: it was the clock before
    that is flagged as daylight saving time, as Dublin's winter is.
    """

    start: int
    end: int
    offset: int
    since: int
    before: int
    after: int
    saved: bool


@lru_cache(maxsize=16384)
def stretches(zone: ZoneInfo, year: int) -> tuple[Stretch, ...]:
    """The stretches of a year in UTC, oldest first."""
    start, end = turn_of(year), turn_of(year + 1)
    found = []
    before = offset = _offset(start - STRIDE, zone)
    since = begin = start - STRIDE
    saved = False
    for jump, after in _jumps(zone, start - STRIDE, end):
        if jump > start:
            found.append(Stretch(max(begin, start), jump, offset, since, before, after, saved))
        saved = _saves(jump - 1, zone) and not _saves(jump, zone)
        before, offset, since, begin = offset, after, jump, jump
    found.append(Stretch(max(begin, start), end, offset, since, before, offset, saved))
    return tuple(found)


@lru_cache(maxsize=1024)
def turn_of(year: int) -> int:
    """The instant at which a year begins in UTC."""
    return (dt.date(year, 1, 1).toordinal() - EPOCH.toordinal()) * 86400


def _jumps(zone: ZoneInfo, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The instants in [start, end) at which the offset changes, each with the new offset."""
    low, before = start, _offset(start, zone)
    while low < end:
        high = min(low + STRIDE, end)
        after = _offset(high, zone)
        if after != before:
            jump = _first_change(zone, low, high)
            if jump < end:
                yield jump, after
        low, before = high, after


def _first_change(zone: ZoneInfo, low: int, high: int) -> int:
    before = _offset(low, zone)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    return high


def _offset(instant: int, zone: ZoneInfo) -> int:
    offset = _at(instant, zone).utcoffset()
    return round(offset.total_seconds()) if offset else 0


def _saves(instant: int, zone: ZoneInfo) -> bool:
    return bool(_at(instant, zone).dst())


def _at(instant: int, zone: ZoneInfo) -> dt.datetime:
    return (EPOCH + dt.timedelta(seconds=instant)).astimezone(zone)


@lru_cache(maxsize=256)
def transitions(zone: ZoneInfo, start: dt.date, years: int = 10) -> tuple[Transition, ...]:
    """The jumps of the zone in the years from ``start`` on, oldest first; times are naive, local."""
    begin = (start.toordinal() - EPOCH.toordinal()) * 86400
    end = begin + years * 366 * 86400
    return tuple(
        _transition(stretch)
        for year in range(start.year, min(start.year + years + 2, LAST_YEAR))
        for stretch in stretches(zone, year)
        if stretch.start == stretch.since and begin < stretch.since < end
    )


def _transition(stretch: Stretch) -> Transition:
    midnight = EPOCH.replace(tzinfo=None)
    old = midnight + dt.timedelta(seconds=stretch.since + stretch.before)
    new = midnight + dt.timedelta(seconds=stretch.since + stretch.offset)
    return Transition(min(old, new), max(old, new), gap=stretch.offset > stretch.before)


def touched(table: Meaning, zone: ZoneInfo, start: dt.date, years: int = 10) -> list[Transition]:
    """The jumps that hold a minute of the schedule: only there cron and Celery may part."""
    minutes = _minutes(zone, start, years)
    if not any(own & minutes for own, _days in table.pairs):
        return []  # most schedules have nothing at that time of any day
    return [jump for jump in transitions(zone, start, years) if _holds(table, jump)]


@lru_cache(maxsize=256)
def _minutes(zone: ZoneInfo, start: dt.date, years: int) -> int:
    """The minutes of the day that any of the jumps holds, as a 1440-bit mask."""
    masks = (minutes for jump in transitions(zone, start, years) for _day, minutes in _covered(jump))
    return reduce(or_, masks, 0)


def _holds(table: Meaning, jump: Transition) -> bool:
    return any(table.minutes_on(day) & minutes for day, minutes in _covered(jump))


@lru_cache(maxsize=4096)
def _covered(jump: Transition) -> tuple[tuple[dt.date, int], ...]:
    """The dates that a jump lies on, each with its minutes as a 1440-bit mask."""
    masks: dict[dt.date, int] = {}
    moment = jump.start
    while moment < jump.end:
        masks[moment.date()] = masks.get(moment.date(), 0) | 1 << (moment.hour * 60 + moment.minute)
        moment += MINUTE
    return tuple(masks.items())
