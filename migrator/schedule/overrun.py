"""Steps that run beyond the end of a day, a month or a year, where systemd may stop a timer for good.

Authority: find_next() and tm_within_bounds() in src/shared/calendarspec.c of systemd 252. After the
last value of an open step (``0/6``: 18 o'clock) comes 24 o'clock. From there systemd goes back to
the beginning of the next day, and keeps the flag of daylight saving time that it met. Where the
clock jumps in between, mktime(3) takes that for the evening before, and the search turns in a circle.
"""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from migrator.schedule.expression import CronExpression
from migrator.schedule.field import Field
from migrator.schedule.meaning import meaning
from migrator.schedule.transitions import transitions

DAY = dt.timedelta(days=1)


def stops_on(expression: CronExpression, zone: ZoneInfo, since: dt.date, years: int = 10) -> dt.date | None:
    """The first date after ``since`` from which on the timer starts nothing more; None: it goes on.

    Open steps are told from closed ones by their last value: ``0/6`` is ``0-23/6``, and
    ``0..23/6`` is ``0-18/6``.
    """
    units = (expression.hour, expression.day_of_month, expression.month)
    if not expression.policy.by_hours or not any(_next(field, field.kind.high) for field in units):
        return None
    dates = (jump.start.date() for jump in transitions(zone, since, years) if jump.gap)
    return min(
        (one for date in dates for one in _circles(expression, zone, date) if one > since), default=None
    )


def _circles(expression: CronExpression, zone: ZoneInfo, date: dt.date) -> Iterator[dt.date]:
    """The beginnings of this day, its month and its year that systemd never gets behind.

    A step over two ends at once, as from 31 January to 1 February, goes back to that of the larger.
    """
    day = dt.datetime.combine(date, dt.time())
    hour = _next(expression.hour, 23)
    if hour and day.day > 1 and meaning(expression).minutes_on(date - DAY):
        met = _as_mktime(day + dt.timedelta(hours=hour - 24), zone)
        if _goes_back(day.replace(tzinfo=zone), met, dt.timedelta(minutes=met.minute)):
            yield date
    month = day.replace(day=1)
    eve = (month - DAY).date()
    length = monthrange(eve.year, eve.month)[1]
    number = _next(expression.day_of_month, length)
    if number and month.month > 1 and eve.month in expression.month.values:
        met = _as_mktime(month + (number - length - 1) * DAY, zone)
        if _goes_back(month.replace(tzinfo=zone), met, dt.timedelta(hours=met.hour, minutes=met.minute)):
            yield month.date()
    year = month.replace(month=1)
    if number := _next(expression.month, 12):
        met = _as_mktime(year.replace(month=number - 12), zone)
        if _goes_back(
            year.replace(tzinfo=zone), met, met.replace(tzinfo=None) - year.replace(month=met.month)
        ):
            yield year.date()


def _next(field: Field, high: int) -> int | None:
    """The value of an open step that follows the highest of the field, where the unit goes on after that."""
    last = max((value for value in field.values if value <= high), default=high)
    steps = re.findall(rf"(\d+)-{field.kind.high}/(\d+)", field.text)
    following = (int(low) + (last - int(low)) // int(step) * int(step) + int(step) for low, step in steps)
    return min(following, default=None) if last < high else None


def _as_mktime(wall: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The first of two such times; of one that the clock leaves out the side that is flagged."""
    first, second = (
        wall.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC).astimezone(zone) for fold in (0, 1)
    )
    return first if first.replace(tzinfo=None) == wall or first.dst() else second


def _goes_back(begin: dt.datetime, met: dt.datetime, kept: dt.timedelta) -> bool:
    """Whether the beginning, with the flag of what was met and ``kept`` of its time, lies before itself."""
    before, after = begin.utcoffset(), met.utcoffset()
    assert before is not None
    assert after is not None
    return bool(begin.dst()) != bool(met.dst()) and kept < after - before
