"""A job's starts as a few blocks: so many days times so many minutes, all by one clock.

Between two jumps of a zone's clock the starts of whole years are one block each. What a
jump does to them is the scheduler's policy: the minutes of a gap are a block of their own,
or none, and the repeated minutes are a block of the second pass, or none.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple
from zoneinfo import ZoneInfo

from migrator.schedule.expression import CronExpression
from migrator.schedule.meaning import days_mask, days_of_year, minutes_mask
from migrator.schedule.policy import Care, Gap, Policy, Repeat
from migrator.schedule.transitions import EPOCH, Stretch, stretches, turn_of

DAY_MINUTES = 1440
MINUTES = tuple(dt.timedelta(minutes=minute) for minute in range(DAY_MINUTES))
DAYS = tuple(dt.timedelta(days=day) for day in range(366))


class Timetable(NamedTuple):
    """A schedule as a 1440-bit mask of minutes and a 2562-bit mask of days."""

    minutes: int
    days: int
    wildcard: bool


class Clock(NamedTuple):
    """How a block's minutes become instants: their ``offset`` from UTC in seconds.

    ``fold``: 1 in the second pass of repeated minutes. ``made_up``: the instant at which all
    of them start, where it is not their own; ``elsewhere``: the wall has another clock then.
    """

    offset: int
    fold: int = 0
    made_up: int | None = None
    elsewhere: bool = False


class Block(NamedTuple):
    """A start at every one of ``deltas`` on every one of ``days`` of a year, 0 being 1 January.

    ``first`` and ``last``: the instants of its first and its last start, in epoch seconds.
    """

    year: int
    days: Sequence[int]
    deltas: Sequence[dt.timedelta]
    clock: Clock
    first: int
    last: int


@lru_cache(maxsize=16384)
def timetable(expression: CronExpression) -> Timetable:
    """The timetable of an expression under cron's day rule."""
    minute, hour, day_of_month, month, day_of_week = expression.fields
    masks = (minute.mask, hour.mask, day_of_month.mask, month.mask, day_of_week.mask)
    return _timetable(masks, expression.days == "either", expression.wildcard)


@lru_cache(maxsize=16384)
def _timetable(masks: tuple[int, int, int, int, int], either: bool, wildcard: bool) -> Timetable:
    minute, hour, *days = masks
    return Timetable(minutes_mask(minute, hour), days_mask(*days, either=either), wildcard)


@lru_cache(maxsize=16384)
def blocks_of_year(table: Timetable, zone: ZoneInfo, policy: Policy, year: int) -> tuple[Block, ...]:
    """All starts of a year in UTC, in order."""
    if not (table.minutes and table.days):
        return ()
    return tuple(
        block for stretch in stretches(zone, year) for block in _blocks_of_stretch(table, stretch, policy)
    )


def within(block: Block, start: int, end: int) -> Iterable[Block]:
    """The part of a block whose starts lie in [start, end) of epoch seconds."""
    if start <= block.first and block.last < end:
        return (block,)
    if block.clock.made_up is not None:
        return ()
    return _cut(block, _minute(start, block.clock.offset), _minute(end, block.clock.offset))


def _blocks_of_stretch(table: Timetable, stretch: Stretch, policy: Policy) -> Iterator[Block]:
    offset, since, before = stretch.offset, stretch.since, stretch.before
    span = _minute(stretch.start, offset), _first_passed(table, stretch, policy)
    shift = (offset - before) // 60
    if not shift or stretch.start - since >= 2 * abs(shift) * 60:  # the jump is over
        return _blocks(table, span, Clock(offset))
    care = policy.care(shift, wildcard=table.wildcard, behind=min(before, offset) < 0)
    if shift < 0:
        return _after_repeat(table, stretch, span, care)
    if care.gap is Gap.LATE:
        return _late_gap(table, stretch, span)
    if care.gap is Gap.EARLY and stretch.start == since:
        return _early_gap(table, stretch, span)
    missed = care.gap is Gap.MADE_UP and stretch.start == since
    made_up = _blocks(table, _gap(stretch), Clock(before, made_up=since, elsewhere=True)) if missed else ()
    if policy.by_hours:
        span = max(span[0], _led_past(table, stretch)), span[1]
    return chain(made_up, _blocks(table, span, Clock(offset)))


def _first_passed(table: Timetable, stretch: Stretch, policy: Policy) -> int:
    """The minute before which the stretch starts the job: an earlier one, if no first pass starts it."""
    offset, after = stretch.offset, stretch.after
    if after < offset:
        care = policy.care((after - offset) // 60, wildcard=table.wildcard, behind=after < 0)
        if care.repeat is Repeat.SECOND:
            return max(_minute(stretch.start, offset), _minute(stretch.end, after))
    return _minute(stretch.end, offset)


def _after_repeat(table: Timetable, stretch: Stretch, span: tuple[int, int], care: Care) -> Iterator[Block]:
    """The second pass of the repeated minutes, if it starts anything, and what follows it."""
    first, last = span
    caught_up = _minute(stretch.since, stretch.before)
    if care.repeat is not Repeat.FIRST:
        yield from _blocks(table, (first, min(caught_up, last)), Clock(stretch.offset, fold=1))
    yield from _blocks(table, (max(first, caught_up), last), Clock(stretch.offset))


def _late_gap(table: Timetable, stretch: Stretch, span: tuple[int, int]) -> Iterator[Block]:
    """The gap's first minute by the old clock, and what is after that minute on the new one."""
    first, last = span
    missing = next(_blocks(table, _gap(stretch), Clock(stretch.before, elsewhere=True)), None)
    if missing is not None:
        if stretch.start <= missing.first:  # else it was the year before
            yield from within(missing, missing.first, missing.first + 1)
        first = max(first, _minute(missing.first, stretch.offset) + 1)
    yield from _blocks(table, (first, last), Clock(stretch.offset))


def _led_past(table: Timetable, stretch: Stretch) -> int:
    """The minute of the new clock from which systemd looks on, once it has met the gap.

    mktime(3) puts an hour of the gap as far behind it as it is in it; what lies between is passed
    over. Where the clock before was flagged as daylight saving time mktime goes back instead,
    which systemd refuses, and it gives the day up. Neither happens if it comes from just before.
    """
    first, last = _gap(stretch)
    hours = [hour for hour in range(-(-first // 60), -(-last // 60)) if _named(table, hour)]
    led_in = table.minutes >> (first - 1) % DAY_MINUTES & 1 if first % 60 else _named(table, first // 60 - 1)
    if not hours or led_in or last - first >= DAY_MINUTES:
        return last
    if stretch.saved:
        return -(-last // DAY_MINUTES) * DAY_MINUTES
    return hours[0] * 60 + last - first


def _named(table: Timetable, hour: int) -> bool:
    """Whether it holds a minute of an hour that is counted from 1970."""
    return bool(table.minutes >> hour % 24 * 60 & (1 << 60) - 1)


def _early_gap(table: Timetable, stretch: Stretch, span: tuple[int, int]) -> Iterator[Block]:
    """The gap's first minute by the new clock, which has no such minute yet, and what is after the gap.

    Whoever waits for that minute finds it in the past until the gap is over: a start that came
    later stands in its place, and the minute after the gap is gone before it is looked for.
    """
    first, last = span
    begin, end = _gap(stretch)
    missing = next(_blocks(table, (begin, end), Clock(stretch.offset, elsewhere=True)), None)
    if missing is not None:
        minute = _minute(missing.first, stretch.offset)
        since = _blocks(table, (minute - (end - begin), begin), Clock(stretch.before))
        if next(since, None) is None:
            yield from within(missing, missing.first, missing.first + 1)
        first += 1
    yield from _blocks(table, (first, last), Clock(stretch.offset))


def _gap(stretch: Stretch) -> tuple[int, int]:
    """The minutes that the clock left out."""
    return _minute(stretch.since, stretch.before), _minute(stretch.since, stretch.offset)


def _minute(instant: int, offset: int) -> int:
    """The first whole minute of a clock at or after an instant, counted from 1970 on that clock."""
    return -(-(instant + offset) // 60)


def _blocks(table: Timetable, span: tuple[int, int], clock: Clock) -> Iterator[Block]:
    """The starts in the minutes [first, last) of a clock."""
    first, last = span
    if first < last:
        for year in range(_year(first), _year(last - 1) + 1):
            days, deltas = days_of_year(table.days, year), _deltas(table.minutes)
            yield from _cut(Block(year, days, deltas, clock, 0, 0), first, last)


@lru_cache(maxsize=16384)
def _deltas(minutes: int) -> tuple[dt.timedelta, ...]:
    return tuple(delta for minute, delta in enumerate(MINUTES) if minutes >> minute & 1)


def _year(minute: int) -> int:
    return dt.date.fromordinal(EPOCH.toordinal() + minute // DAY_MINUTES).year


def _cut(block: Block, first: int, last: int) -> Iterator[Block]:
    """What a block has in the minutes [first, last) of its clock: a part of a day, whole days, and a part."""
    days, deltas = block.days, block.deltas
    january = turn_of(block.year) // 60
    (day, low), (end_day, high) = divmod(first - january, DAY_MINUTES), divmod(last - january, DAY_MINUTES)
    begin, end = bisect_left(days, day), bisect_left(days, end_day)
    head = bisect_left(deltas, MINUTES[low])
    tail = bisect_left(deltas, MINUTES[high]) if end < len(days) and days[end] == end_day else 0
    if day == end_day:
        if head < tail:
            yield _block(block, (day,), deltas[head:tail])
        return
    if low and begin < end and days[begin] == day:
        if head < len(deltas):
            yield _block(block, (day,), deltas[head:])
        begin += 1
    if begin < end:
        yield _block(block, days[begin:end], deltas)
    if tail:
        yield _block(block, (end_day,), deltas[:tail])


def _block(whole: Block, days: Sequence[int], deltas: Sequence[dt.timedelta]) -> Block:
    """The block of that year and clock."""
    year, clock = whole.year, whole.clock
    if clock.made_up is not None:
        return Block(year, days, deltas, clock, clock.made_up, clock.made_up)
    january = turn_of(year) - clock.offset
    first = january + 86400 * days[0] + deltas[0].seconds
    return Block(year, days, deltas, clock, first, january + 86400 * days[-1] + deltas[-1].seconds)
