"""Schedules that say something else than they seem to, told from their fields alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from migrator.i18n import _
from migrator.schedule.expression import CronExpression
from migrator.schedule.meaning import MONTH_LENGTHS

Doubt = Callable[[CronExpression], str | None]


def doubts(expression: CronExpression) -> Iterator[str]:
    """What is odd about a schedule that cron accepts, in words."""
    yield from filter(None, (doubt(expression) for doubt in _raised(expression)))


@lru_cache(maxsize=4096)
def _raised(expression: CronExpression) -> tuple[Doubt, ...]:
    """The doubts without their words, which depend on the reader's language."""
    return tuple(doubt for doubt in _DOUBTS if doubt(expression))


def _every_minute_of_an_hour(expression: CronExpression) -> str | None:
    """``* 3 * * *``: sixty runs, where one was meant."""
    if not expression.minute.full or len(expression.hour.values) > 2 or "-" in expression.hour.text:
        return None
    return _("a * in the minute: it runs sixty times in the hour {hour}, once each minute").format(
        hour=expression.hour.text
    )


def _every_minute_of_some_days(expression: CronExpression) -> str | None:
    """``* * */20 * *``: every minute of the 1st and 21st, where every twenty minutes were meant."""
    fields = (expression.day_of_month, expression.month, expression.day_of_week)
    if not (expression.minute.full and expression.hour.full):
        return None
    stepped = next((field for field in fields if re.match(r"\*/\d+$", field.text) and not field.full), None)
    if stepped is None:
        return None
    return _("{text} in the {field}: it runs each minute of the days that fit").format(
        text=stepped.text, field=_(stepped.kind.name)
    )


def _steps_beyond_the_range(expression: CronExpression) -> str | None:
    """``*/90`` in the minute: once an hour, where every ninety minutes were meant."""
    for field in expression.fields:
        for low, high, step in re.findall(r"(?:\*|(\d+)-(\d+))/(\d+)", field.text):
            width = int(high) - int(low) if low else field.kind.high - field.kind.low
            if int(step) > max(width, 0):
                return _("the step {step} is wider than the {field}: only the first value is left").format(
                    step=step, field=_(field.kind.name)
                )
    return None


def _one_field_names_no_day(expression: CronExpression) -> str | None:
    """``0 0 31 2 1``: no 31 February comes, and what is left are the Mondays of February."""
    day, month, weekday = expression.day_of_month, expression.month, expression.day_of_week
    if expression.days == "both" or day.full or weekday.full:
        return None
    dates = any(value <= MONTH_LENGTHS[number - 1] for number in month.values for value in day.values)
    if weekday.values and not dates:
        return _(
            "no day of the month {days} comes in the months {months}: the days of the week count"
        ).format(days=day.text, months=month.text)
    if dates and not weekday.values:
        return _("{text} is no day of the week: the days of the month count").format(text=weekday.text)
    return None


def _one_field_lets_every_day_pass(expression: CronExpression) -> str | None:
    """``0 0 1-31 * 1``: any day fits 1-31, and one field that fits is enough; ``*`` would mean Mondays."""
    day, weekday = expression.day_of_month, expression.day_of_week
    if expression.days == "both" or day.full == weekday.full:
        return None
    whole, other = (day, weekday) if day.full else (weekday, day)
    return _(
        "it runs on every day, whatever {text} says: {whole} is not *, and one day field is enough"
    ).format(text=other.text, whole=whole.text)


_DOUBTS: tuple[Doubt, ...] = (
    _every_minute_of_an_hour,
    _every_minute_of_some_days,
    _steps_beyond_the_range,
    _one_field_names_no_day,
    _one_field_lets_every_day_pass,
)
