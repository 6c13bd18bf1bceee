"""The nights on which a zone's clock jumps, and whether a schedule has minutes in the jump.

Off those nights a wall-clock proof is the whole truth. On them cron and Celery follow
different rules, so a schedule with a minute in a gap or in a repeated hour is named.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from migrator.schedule.meaning import Meaning

DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Transition:
    """A jump of the wall clock: ``start`` to ``end`` is skipped (gap) or shown twice (repeat)."""

    start: dt.datetime
    end: dt.datetime
    gap: bool


@lru_cache(maxsize=256)
def transitions(zone: ZoneInfo, start: dt.date, years: int = 10) -> tuple[Transition, ...]:
    """The jumps of the zone in the years from ``start`` on, oldest first; times are naive, local."""
    return tuple(_transitions(zone, start, start + years * 366 * DAY))


def _transitions(zone: ZoneInfo, start: dt.date, end: dt.date) -> Iterator[Transition]:
    day = dt.datetime.combine(start, dt.time(), dt.UTC)
    stop = dt.datetime.combine(end, dt.time(), dt.UTC)
    while day < stop:
        before, after = _offset(day, zone), _offset(day + DAY, zone)
        if before != after:
            low, high = day, day + DAY
            while high - low > MINUTE:
                middle = low + (high - low) / 2
                middle -= dt.timedelta(seconds=middle.second, microseconds=middle.microsecond)
                low, high = (low, middle) if _offset(middle, zone) != before else (middle, high)
            old, new = (high + before).replace(tzinfo=None), (high + after).replace(tzinfo=None)
            yield Transition(min(old, new), max(old, new), gap=after > before)
        day += DAY


def _offset(instant: dt.datetime, zone: ZoneInfo) -> dt.timedelta:
    return instant.astimezone(zone).utcoffset() or dt.timedelta()


def touched(table: Meaning, zone: ZoneInfo, start: dt.date, years: int = 10) -> list[Transition]:
    """The jumps that hold a minute of the schedule: there cron and Celery may part."""
    return [jump for jump in transitions(zone, start, years) if _holds(table, jump)]


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
