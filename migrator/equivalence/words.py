"""Schedules in words."""

from __future__ import annotations

from functools import lru_cache
from typing import assert_never

from cron_descriptor import CasingTypeEnum, ExpressionDescriptor, Options
from cron_descriptor.ExpressionParser import ExpressionParser
from cron_descriptor.GetText import GetText

from migrator.equivalence.celery_crontab import CeleryCrontab
from migrator.equivalence.lower import lower
from migrator.equivalence.polish import polished
from migrator.i18n import LOCALE, _, language, ngettext
from migrator.schedule.expression import CronExpression
from migrator.schedule.kinds import AtStart, Interval, Schedule, Undecided
from migrator.schedule.meaning import meaning


def in_words(schedule: Schedule) -> str:
    """The schedule in words, made from its canonical spelling so that cron's oddities are gone."""
    match schedule:
        case CronExpression():
            return _expression_in_words(schedule, language())
        case Interval(seconds=seconds):
            return _("every {duration}, counted from a start").format(duration=_duration(seconds))
        case AtStart():
            return _("once after each boot")
        case Undecided():
            return _("not known")
        case other:
            assert_never(other)


@lru_cache(maxsize=4096)
def _expression_in_words(expression: CronExpression, spoken: str) -> str:
    if not meaning(expression):
        return _("never")
    return _("; and ").join(_described(entry, spoken) for entry in lower(expression))


def _duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    if rest or not minutes:
        return ngettext("{count} second", "{count} seconds", seconds).format(count=seconds)
    return ngettext("{count} minute", "{count} minutes", minutes).format(count=minutes)


class _Descriptor(ExpressionDescriptor):  # type: ignore[misc]
    """The library's own, which reads its catalogue anew for each expression, with one that is read once."""

    def __init__(self, expression: str, options: Options) -> None:
        self._expression, self._options = expression, options
        self.get_text = _texts(options.locale_code, options.locale_location)
        self._expression_parts = ExpressionParser(expression, options).parse()


@lru_cache(maxsize=8)
def _texts(locale: str, location: str | None) -> GetText:
    return GetText(locale, location)


def _described(entry: CeleryCrontab, spoken: str) -> str:
    options = Options()
    options.use_24hour_time_format = True
    if spoken != "en":
        options.locale_code, options.locale_location = spoken, str(LOCALE / "cron_descriptor")
    options.casing_type = CasingTypeEnum.Sentence  # its lower case would be that of Monday and March, too
    descriptor = _Descriptor(" ".join(map(_listed, entry.as_dict().values())), options)
    text = str(descriptor.get_description())
    text = text[:1].lower() + text[1:]
    if spoken == "pl":
        text = polished(text, descriptor.get_text.trans)
    every_day = (entry.day_of_month, entry.month_of_year, entry.day_of_week) == ("*", "*", "*")
    return _("{text}, every day").format(text=text) if every_day and _("every") not in text else text


def _listed(field: str) -> str:
    """The field for cron-descriptor, which refuses a stepped range inside a list: there it is written out."""
    return ",".join(map(_written_out, field.split(","))) if "," in field else field


def _written_out(element: str) -> str:
    span, slash, step = element.partition("/")
    if not slash:
        return element
    first, last = map(int, span.split("-"))
    return ",".join(map(str, range(first, last + 1, int(step))))
