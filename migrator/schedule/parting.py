"""Where cron and Celery part: the jumps of the clock at which one starts a job and the other does not.

Two schedules that are equal on the wall clock can part only where that clock jumps: so only
the jumps that hold a minute of the schedule are looked at, and there both sides are run.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from migrator.i18n import _
from migrator.schedule.blocks import Timetable, timetable
from migrator.schedule.expression import CronExpression
from migrator.schedule.meaning import meaning
from migrator.schedule.occurrences import table_starts
from migrator.schedule.policy import CELERY, WALL, Policy
from migrator.schedule.transitions import Transition, stretches, touched

YEARS = 10
MOST_SHOWN = 4
DAY_SECONDS = 86400


@dataclass(frozen=True, slots=True)
class Parting:
    """A jump of the clock with the starts, on the zone's clock, that only one of the two has."""

    jump: Transition
    cron: tuple[dt.datetime, ...]
    celery: tuple[dt.datetime, ...]

    @property
    def date(self) -> dt.date:
        """The date of the jump."""
        return self.jump.start.date()

    @property
    def sentence(self) -> str:
        """Which of the two starts the job when."""
        return parted(self.cron, self.celery)


def parted(cron: Sequence[dt.datetime], celery: Sequence[dt.datetime]) -> str:
    """Which of the two starts a job when, by what only one of them has."""
    by_cron, by_celery = clocks(cron), clocks(celery)
    if by_cron and by_celery:
        return _("cron starts it at {cron}, Celery at {celery}").format(cron=by_cron, celery=by_celery)
    if by_cron:
        return _("cron has starts that Celery has not: {times}").format(times=by_cron)
    return _("Celery has starts that cron has not: {times}").format(times=by_celery)


def clocks(starts: Sequence[dt.datetime]) -> str:
    """``03:00`` and how often, in the second pass with its offset: ``02:00+01:00``."""
    times = Counter(
        start.isoformat(timespec="minutes")[11:] if start.fold else f"{start:%H:%M}" for start in starts
    )
    shown = [
        _("{time} ({count} times)").format(time=time, count=count) if count > 1 else time
        for time, count in times.items()
    ]
    more = [_("{count} more").format(count=len(shown) - MOST_SHOWN)] if len(shown) > MOST_SHOWN else []
    return ", ".join(shown[:MOST_SHOWN] + more)


def partings(
    expression: CronExpression,
    zone: ZoneInfo,
    since: dt.date,
    *,
    entries: Sequence[Timetable] | None = None,
    years: int = YEARS,
) -> tuple[Parting, ...]:
    """All partings in the years from ``since`` on, oldest first.

    ``entries``: Celery's side, in the same zone and equal to the expression on the wall clock;
    None: one entry with the expression's own minutes.
    """
    return tuple(_partings(expression, zone, since, entries=entries, years=years))


def first_parting(expression: CronExpression, zone: ZoneInfo, since: dt.date) -> Parting | None:
    """The oldest of the partings from one entry with the expression's own minutes; it looks no further."""
    return next(_partings(expression, zone, since, entries=None, years=YEARS), None)


def _partings(
    expression: CronExpression,
    zone: ZoneInfo,
    since: dt.date,
    *,
    entries: Sequence[Timetable] | None,
    years: int,
) -> Iterator[Parting]:
    cron = timetable(expression)
    celery = tuple(entries) if entries is not None else (cron,)
    for jump in touched(meaning(expression), zone, since, years):
        found = _parting(cron, celery, (zone, jump), expression.policy)
        if found.cron or found.celery:
            yield found


@lru_cache(maxsize=16384)
def _parting(
    cron: Timetable, celery: tuple[Timetable, ...], where: tuple[ZoneInfo, Transition], policy: Policy
) -> Parting:
    zone, jump = where
    window = _around(zone, jump, policy)
    by_cron = Counter(table_starts(cron, zone, window, policy))
    by_celery = Counter(start for table in celery for start in table_starts(table, zone, window, CELERY))
    return Parting(jump, _on_the_clock(by_cron - by_celery, zone), _on_the_clock(by_celery - by_cron, zone))


def _around(zone: ZoneInfo, jump: Transition, policy: Policy) -> tuple[int, int]:
    """The epoch seconds that the jump can change: as long before it as it is, and twice that after it.

    A policy that goes by hours may lose the rest of the day.
    """
    instant = round(jump.start.replace(tzinfo=zone, fold=not jump.gap).timestamp())
    length = round((jump.end - jump.start).total_seconds())
    return instant - length, instant + max(2 * length, DAY_SECONDS * policy.by_hours)


def _on_the_clock(starts: Counter[int], zone: ZoneInfo) -> tuple[dt.datetime, ...]:
    return tuple(dt.datetime.fromtimestamp(start, zone) for start in sorted(starts.elements()))


def minutes_in_utc(
    expression: CronExpression, zone: ZoneInfo, since: dt.date, years: int = YEARS
) -> tuple[int, ...]:
    """The minutes at which an entry in UTC runs the job just as cron does; none: no such entry does.

    That is for a job whose minute alone is restricted, in a zone whose clock is put forward and
    back by whole hours only, or by so much that the minutes stay the same; where it is put at all,
    for one that follows it.
    """
    if not expression.wildcard or not all(field.full for field in expression.fields[1:]):
        return ()
    shifts = {
        stretch.offset // 60
        for year in range(since.year, since.year + years + 1)
        for stretch in stretches(zone, year)
    }
    if len(shifts) > 1 and expression.policy.wildcard != WALL:
        return ()
    found = {tuple(sorted((minute - shift) % 60 for minute in expression.minute.values)) for shift in shifts}
    return found.pop() if len(found) == 1 else ()
