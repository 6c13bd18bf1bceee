"""Occurrences: the instants at which a job is due in a time zone, under a scheduler's policy.

A slot is the written wall-clock minute with its UTC offset. Schedulers move or drop some
starts when the clock jumps: see policy.py. Unless another policy is given, it is the one of
the daemon whose dialect the expression was read in; Debian's cron's (cron(8), "Daylight Saving
Time and other time changes"):

* a wildcard job follows the wall clock: no start in the gap of spring, one in each pass
  of the repeated hour;
* a fixed job keeps its count: what falls into the gap starts in the first minute after
  it, and the repeated hour starts it in its first pass only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

from migrator.schedule.blocks import DAYS, Block, Timetable, blocks_of_year, timetable, within
from migrator.schedule.expression import CronExpression
from migrator.schedule.policy import Policy
from migrator.schedule.transitions import EPOCH, LAST_YEAR, turn_of

HORIZON_YEARS = 45  # a 29 February on a given weekday returns after at most 40 years
SECOND = dt.timedelta(seconds=1)
_BEGINNING, _END = turn_of(2), turn_of(LAST_YEAR)
_EPOCH_DAY = EPOCH.toordinal()


class Slot(NamedTuple):
    """An occurrence: ``due`` is when the job starts, ``wall`` the minute as written.

    ``wall`` is aware; a minute in the gap of spring keeps its name, with the offset from
    before the gap.
    """

    due: dt.datetime
    wall: dt.datetime

    @property
    def name(self) -> str:
        """The slot's name in the ledger, such as ``2026-03-29T02:30+01:00``; cron's begin with a minute."""
        return self.wall.isoformat(timespec="seconds" if self.wall.second else "minutes")

    def __str__(self) -> str:
        return self.name


def occurrences(
    expression: CronExpression, zone: ZoneInfo, start: dt.datetime, *, policy: Policy | None = None
) -> Iterator[Slot]:
    """Slots due at or after ``start`` (aware), oldest first, without end for a schedule that fires."""
    table, window = timetable(expression), (_ceiling(start), _END)
    for block in _forward(table, zone, window, policy or expression.policy):
        yield from _slots(block)


def between(
    expression: CronExpression,
    zone: ZoneInfo,
    start: dt.datetime,
    end: dt.datetime,
    *,
    policy: Policy | None = None,
) -> Iterator[Slot]:
    """Slots due in [start, end), oldest first."""
    table, window = timetable(expression), (_ceiling(start), _ceiling(end))
    for block in _forward(table, zone, window, policy or expression.policy):
        yield from _slots(block)


def starts(
    expression: CronExpression,
    zone: ZoneInfo,
    start: dt.datetime,
    end: dt.datetime,
    *,
    policy: Policy | None = None,
) -> Iterator[dt.datetime]:
    """The instants in [start, end) at which the job is due, on the zone's clock: the fast way."""
    table, window = timetable(expression), (_ceiling(start), _ceiling(end))
    for block in _forward(table, zone, window, policy or expression.policy):
        yield from _instants(block, zone)


def epoch_starts(
    expression: CronExpression,
    zone: ZoneInfo,
    start: dt.datetime,
    end: dt.datetime,
    *,
    policy: Policy | None = None,
) -> Iterator[int]:
    """The same as epoch seconds: the fastest way."""
    window = (_ceiling(start), _ceiling(end))
    return table_starts(timetable(expression), zone, window, policy or expression.policy)


def table_starts(table: Timetable, zone: ZoneInfo, window: tuple[int, int], policy: Policy) -> Iterator[int]:
    """The starts of a timetable in the window [start, end) of epoch seconds."""
    for block in _forward(table, zone, window, policy):
        yield from _epochs(block)


def following(
    expression: CronExpression,
    zone: ZoneInfo,
    start: dt.datetime,
    count: int,
    *,
    policy: Policy | None = None,
) -> list[Slot]:
    """The first ``count`` slots due at or after ``start``."""
    return list(islice(occurrences(expression, zone, start, policy=policy), count))


def preceding(
    expression: CronExpression, zone: ZoneInfo, instant: dt.datetime, *, policy: Policy | None = None
) -> Iterator[Slot]:
    """Slots due at or before ``instant``, latest first; of those due at once, the one written last."""
    table, window = timetable(expression), (_BEGINNING, (instant - EPOCH) // SECOND + 1)
    for block in _backward(table, zone, window, policy or expression.policy):
        yield from _slots_back(block)


def slot_of(
    expression: CronExpression, zone: ZoneInfo, instant: dt.datetime, *, policy: Policy | None = None
) -> Slot | None:
    """The latest slot due at or before ``instant``, if one was due within the last 45 years."""
    return next(preceding(expression, zone, instant, policy=policy), None)


def _ceiling(instant: dt.datetime) -> int:
    """The first epoch second at or after an instant."""
    return -((EPOCH - instant) // SECOND)


def _forward(table: Timetable, zone: ZoneInfo, window: tuple[int, int], policy: Policy) -> Iterator[Block]:
    """The blocks of the window, oldest first, until none has come for 45 years."""
    start, end = window
    year = _year(start)
    horizon = year + HORIZON_YEARS
    while start < end and turn_of(year) < end and year < horizon and year < LAST_YEAR:
        for block in blocks_of_year(table, zone, policy, year):
            if block.last >= start:
                yield from within(block, start, end)
                horizon = year + HORIZON_YEARS
        year += 1


def _backward(table: Timetable, zone: ZoneInfo, window: tuple[int, int], policy: Policy) -> Iterator[Block]:
    """The blocks of the window, latest first, until none has come for 45 years."""
    start, end = window
    year = _year(end - 1)
    horizon = year - HORIZON_YEARS
    while year > max(horizon, 2):
        for block in reversed(blocks_of_year(table, zone, policy, year)):
            if block.first < end:
                yield from reversed([*within(block, start, end)])
                horizon = year - HORIZON_YEARS
        year -= 1


def _year(second: int) -> int:
    """The year of an instant in UTC."""
    return dt.date.fromordinal(_EPOCH_DAY + second // 86400).year


def _slots(block: Block) -> Iterator[Slot]:
    january, due = _januaries(block.year, block.clock.offset)
    if block.clock.made_up is not None:
        instant = EPOCH + block.first * SECOND
        yield from (
            Slot(instant, january + DAYS[day] + delta) for day in block.days for delta in block.deltas
        )
        return
    for day in block.days:
        midnight, date = due + DAYS[day], january + DAYS[day]
        for delta in block.deltas:
            yield Slot(midnight + delta, date + delta)


def _slots_back(block: Block) -> Iterator[Slot]:
    return _slots(block._replace(days=block.days[::-1], deltas=block.deltas[::-1]))


def _instants(block: Block, zone: ZoneInfo) -> Iterator[dt.datetime]:
    if block.clock.elsewhere:
        return (slot.due.astimezone(zone) for slot in _slots(block))
    january = dt.datetime(block.year, 1, 1, tzinfo=zone)
    if block.clock.fold:
        return ((january + DAYS[day] + delta).replace(fold=1) for day in block.days for delta in block.deltas)
    return (date + delta for date in [january + DAYS[day] for day in block.days] for delta in block.deltas)


def _epochs(block: Block) -> Iterator[int]:
    if block.clock.made_up is not None:
        return (block.first for _day in block.days for _delta in block.deltas)
    january = turn_of(block.year) - block.clock.offset
    seconds = [delta.seconds for delta in block.deltas]
    return (
        midnight + second for midnight in [january + 86400 * day for day in block.days] for second in seconds
    )


@lru_cache(maxsize=4096)
def _januaries(year: int, offset: int) -> tuple[dt.datetime, dt.datetime]:
    """Midnight of 1 January on a clock of that offset: as it is written, and the instant in UTC."""
    ahead = dt.timedelta(seconds=offset)
    january = dt.datetime(year, 1, 1)
    return january.replace(tzinfo=dt.timezone(ahead)), january.replace(tzinfo=dt.UTC) - ahead
