"""Cron expression to Celery crontabs, exactly or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import assert_never

from migrator.equivalence.celery_crontab import CeleryCrontab, spell
from migrator.errors import BadExpression
from migrator.i18n import _
from migrator.schedule.dialect import Dialect
from migrator.schedule.expression import (
    DAY_OF_MONTH,
    DAY_OF_WEEK,
    HOUR,
    MINUTE,
    MONTH,
    CronExpression,
    parse,
)
from migrator.schedule.kinds import AtStart, Interval, Schedule, Undecided
from migrator.schedule.meaning import MONTH_LENGTHS
from migrator.schedule.robfig import read_robfig

EVERY_DAY = DAY_OF_MONTH.full
EVERY_WEEKDAY = DAY_OF_WEEK.full


@dataclass(frozen=True, slots=True)
class Every:
    """Celery's interval: counted from the last start, as the job's own schedule is."""

    seconds: int

    def __str__(self) -> str:
        return f"schedule(run_every={self.seconds})"


@dataclass(frozen=True, slots=True)
class Refused:
    """Why Celery can have no entry for it, and what to do."""

    reason: str
    hint: str


Lowered = tuple[CeleryCrontab, ...] | Every | Refused


def lower_schedule(schedule: Schedule) -> Lowered:
    """What Celery has for a schedule of any kind: crontabs, an interval, or nothing and the reason."""
    match schedule:
        case CronExpression():
            return lower(schedule)
        case Interval(seconds=seconds):
            return Every(seconds)
        case AtStart(text):
            return Refused(
                _("{text} is no schedule: it runs once, when cron starts after a boot").format(text=text),
                _("leave it in cron: beat and workers start more often than the machine does"),
            )
        case Undecided(text, reason, remedy):
            return Refused(
                _("the schedule {text} is not known: {reason}").format(text=text, reason=reason),
                remedy or _("take it from the installed crontab"),
            )
        case _:
            assert_never(schedule)


def entries_needed(schedule: CronExpression | Interval) -> int:
    """How many entries of beat's a job has."""
    return 1 if isinstance(schedule, Interval) else len(lower(schedule))


def by_the_clock(text: str, dialect: Dialect) -> CronExpression:
    """The expression that crontabs can be compared with; raises BadExpression for every other schedule."""
    interval = text.strip().startswith("@every ")
    schedule = read_robfig(text).schedule if interval else parse(text, dialect)
    if isinstance(schedule, CronExpression):
        return schedule
    lowered = lower_schedule(schedule)
    assert isinstance(lowered, Every)
    raise BadExpression(
        _("it counts {seconds} seconds from a start: no crontab fires so").format(seconds=lowered.seconds),
        text=text,
        hint=_("write {entry}; its starts are those of no clock").format(entry=f"celery.schedules.{lowered}"),
    )


@lru_cache(maxsize=65536)
def lower(expression: CronExpression) -> tuple[CeleryCrontab, ...]:
    """Celery crontabs that fire when ``expression`` does, and never two at once.

    Celery wants a day to fit both day fields; cron, if both are restricted, is
    content with either. "The 1st, or a Monday" therefore becomes two crontabs
    that never fire together: the 1st, and the Mondays that are not the 1st.
    A schedule that never fires becomes no crontab at all.
    """
    days, weekdays = expression.day_of_month.mask, expression.day_of_week.mask
    if expression.days == "both":
        halves = [(days, weekdays)]
    elif EVERY_DAY == days or EVERY_WEEKDAY == weekdays:
        halves = [(EVERY_DAY, EVERY_WEEKDAY)]
    else:
        halves = [(days, EVERY_WEEKDAY), (EVERY_DAY & ~days, weekdays)]
    return tuple(
        _crontab(expression, day_half, weekday_half)
        for day_half, weekday_half in halves
        if _fires(expression, day_half, weekday_half)
    )


def _fires(expression: CronExpression, days: int, weekdays: int) -> bool:
    """Whether any date fits; Celery refuses 30 February when the schedule is imported."""
    months = expression.month.mask
    possible = any(
        months >> (index + 1) & 1 and days & ((1 << (length + 1)) - 2)
        for index, length in enumerate(MONTH_LENGTHS)
    )
    return bool(expression.minute.mask and expression.hour.mask and weekdays and possible)


def _crontab(expression: CronExpression, days: int, weekdays: int) -> CeleryCrontab:
    minute, hour, day_of_month, month, day_of_week = expression.fields
    return CeleryCrontab(
        minute=spell(MINUTE, minute.mask, starred=minute.starred),
        hour=spell(HOUR, hour.mask, starred=hour.starred),
        day_of_month=spell(DAY_OF_MONTH, days, starred=day_of_month.starred),
        month_of_year=spell(MONTH, month.mask, starred=month.starred),
        day_of_week=spell(DAY_OF_WEEK, weekdays, starred=day_of_week.starred),
    )
