"""Schedules in words."""

from __future__ import annotations

from functools import lru_cache

from cron_descriptor import CasingTypeEnum, ExpressionDescriptor, Options

from migrator.equivalence.celery_crontab import CeleryCrontab
from migrator.equivalence.lower import lower
from migrator.i18n import _
from migrator.schedule.expression import CronExpression
from migrator.schedule.meaning import meaning


@lru_cache(maxsize=4096)
def in_words(expression: CronExpression | None) -> str:
    """The schedule in words, made from its canonical spelling so that cron's oddities are gone."""
    if expression is None:
        return _("once after each boot")
    if not meaning(expression):
        return _("never")
    return _("; and ").join(_described(entry) for entry in lower(expression))


def _described(entry: CeleryCrontab) -> str:
    options = Options()
    options.use_24hour_time_format = True
    options.casing_type = CasingTypeEnum.LowerCase
    text = ExpressionDescriptor(" ".join(entry.as_dict().values()), options).get_description()
    every_day = (entry.day_of_month, entry.month_of_year, entry.day_of_week) == ("*", "*", "*")
    return _("{text}, every day").format(text=text) if every_day and "every" not in text else str(text)
