"""The meaning of a schedule: the set of wall-clock minutes that it denotes.

A cron-like schedule sees only the month, the day of the month, the weekday and the
minute of the day. There are 366 x 7 kinds of day, and the Gregorian calendar reaches
all of them. So a table with one 1440-bit mask of minutes for each kind of day *is* the
schedule, and equal tables are equal for all time: no sampling, no horizon.

The table is kept as a few pairs (minutes, days): ``minutes`` a 1440-bit mask, ``days``
a 2562-bit mask with bit ``7 * day + weekday``; day 0 is 1 January, day 59 is 29 February,
weekday 0 is Sunday. Pairs are disjoint in days, distinct in minutes, sorted: canonical.
"""

from __future__ import annotations

import datetime as dt
from calendar import isleap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import and_, or_

from migrator.schedule.expression import CronExpression

MONTH_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LEAP_DAY = 59  # 29 February among the 366
_MONTH_STARTS = tuple(sum(MONTH_LENGTHS[:n]) for n in range(12))
_EVERY_WEEKDAY = 0b1111111
ALL_DAYS = (1 << 366 * 7) - 1


def day_kind(date: dt.date) -> int:
    """The bit of a date among the 366 x 7 kinds of day."""
    return 7 * (_MONTH_STARTS[date.month - 1] + date.day - 1) + date.isoweekday() % 7


@dataclass(frozen=True, slots=True)
class Meaning:
    """A set of wall-clock minutes, canonical: equal sets are equal values."""

    pairs: tuple[tuple[int, int], ...]

    def minutes_on(self, date: dt.date) -> int:
        """The 1440-bit mask of the minutes on that date."""
        bit = 1 << day_kind(date)
        for minutes, days in self.pairs:
            if days & bit:
                return minutes
        return 0

    def __contains__(self, wall: dt.datetime) -> bool:
        return bool(self.minutes_on(wall.date()) >> (wall.hour * 60 + wall.minute) & 1)

    def __bool__(self) -> bool:
        return bool(self.pairs)

    def __or__(self, other: Meaning) -> Meaning:
        if not (self.pairs and other.pairs):
            return self if self.pairs else other
        return _canonical(_merged(self, other, or_))

    def __and__(self, other: Meaning) -> Meaning:
        if not (self.pairs and other.pairs):
            return NEVER
        return _canonical(_merged(self, other, and_))

    def __sub__(self, other: Meaning) -> Meaning:
        return _canonical(_merged(self, other, lambda a, b: a & ~b))

    def __len__(self) -> int:
        """How many minutes of the 366 x 7 kinds of day belong to it."""
        return sum(minutes.bit_count() * days.bit_count() for minutes, days in self.pairs)

    def first_from(self, date: dt.date) -> dt.datetime | None:
        """The first wall-clock minute on or after ``date``; None for the empty set.

        The calendar repeats after 400 years and has every kind of day in them; 40 years
        hold all but the rarest, so the search is short.
        """
        for offset in range(146_097) if self.pairs else ():
            day = date + dt.timedelta(days=offset)
            minutes = self.minutes_on(day)
            if minutes:
                first = (minutes & -minutes).bit_length() - 1
                return dt.datetime.combine(day, dt.time(first // 60, first % 60))
        return None


NEVER = Meaning(())


def _merged(a: Meaning, b: Meaning, combine: Callable[[int, int], int]) -> Iterator[tuple[int, int]]:
    """Every stretch of days on which both tables are constant, combined."""
    left = [*a.pairs, (0, ALL_DAYS & ~_union(days for _, days in a.pairs))]
    right = [*b.pairs, (0, ALL_DAYS & ~_union(days for _, days in b.pairs))]
    for minutes_a, days_a in left:
        for minutes_b, days_b in right:
            if days := days_a & days_b:
                yield combine(minutes_a, minutes_b), days


def _union(masks: Iterable[int]) -> int:
    total = 0
    for mask in masks:
        total |= mask
    return total


def _canonical(pairs: Iterable[tuple[int, int]]) -> Meaning:
    by_minutes: dict[int, int] = {}
    for minutes, days in pairs:
        if minutes and days:
            by_minutes[minutes] = by_minutes.get(minutes, 0) | days
    return Meaning(tuple(sorted(by_minutes.items())))


@lru_cache(maxsize=16384)
def days_of_year(days: int, year: int) -> tuple[int, ...]:
    """The days of a year in a 2562-bit mask, 0 for 1 January; years of a kind share one tuple."""
    return _days_of_kind(days, dt.date(year, 1, 1).isoweekday() % 7, isleap(year))


@lru_cache(maxsize=16384)
def _days_of_kind(days: int, weekday: int, leap: bool) -> tuple[int, ...]:
    """``weekday``: the one of 1 January. The bits are text here: far faster than shifts of a long integer."""
    flags = f"{days:b}".zfill(366 * 7)[::-1]
    kinds = (day if leap or day < _LEAP_DAY else day + 1 for day in range(365 + leap))
    return tuple(day for day, kind in enumerate(kinds) if flags[7 * kind + (weekday + day) % 7] == "1")


@lru_cache(maxsize=65536)
def meaning(expression: CronExpression) -> Meaning:
    """The wall-clock minutes at which cron starts the job."""
    days = days_mask(
        expression.day_of_month.mask,
        expression.month.mask,
        expression.day_of_week.mask,
        either=expression.days == "either",
    )
    minutes = minutes_mask(expression.minute.mask, expression.hour.mask)
    return Meaning(((minutes, days),)) if minutes and days else NEVER


@lru_cache(maxsize=16384)
def minutes_mask(minute: int, hour: int) -> int:
    """1440 bits from the masks of the minute and the hour field."""
    return _union(minute << 60 * h for h in range(24) if hour >> h & 1)


@lru_cache(maxsize=16384)
def days_mask(day_of_month: int, month: int, day_of_week: int, *, either: bool) -> int:
    """2562 bits from the masks of the three day fields."""
    of_month = in_month = 0
    for index, (start, length) in enumerate(zip(_MONTH_STARTS, MONTH_LENGTHS, strict=True)):
        if month >> (index + 1) & 1:
            for day in range(length):
                in_month |= day_of_week << 7 * (start + day)
                if day_of_month >> (day + 1) & 1:
                    of_month |= _EVERY_WEEKDAY << 7 * (start + day)
    return of_month | in_month if either else of_month & in_month
