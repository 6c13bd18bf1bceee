"""The entries of ``beat_schedule`` as a project's Celery app has them: its real schedule objects."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from celery.exceptions import ImproperlyConfigured
from celery.schedules import BaseSchedule, crontab, maybe_schedule, schedule

from migrator.contrib.celery.spelling import as_celery_reads
from migrator.equivalence.installed import Installed
from migrator.i18n import _
from migrator.schedule.expression import CronExpression
from migrator.schedule.kinds import Interval

# Celery's own, and the one with a zone of its own: others may have an is_due() of their own
CRONTABS = ("celery.schedules.crontab", "django_celery_beat.tzcrontab.TzAwareCrontab")
INTERVALS = ("celery.schedules.schedule",)
CLOCKS = dt.timedelta(minutes=1)  # that show the same
ORIGINALS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")


def settings_entries(app: Any) -> list[Installed]:
    """Every entry of the app's ``beat_schedule``; one that Celery cannot use says so."""
    return entries_of(app.conf.beat_schedule or {}, app)


def entries_of(schedule: Mapping[str, Any], app: Any) -> list[Installed]:
    """The entries of a ``beat_schedule`` that need not be the app's own."""
    return [_entry(str(name), value, app) for name, value in schedule.items()]


def _entry(name: str, value: Any, app: Any) -> Installed:
    if not isinstance(value, Mapping) or "schedule" not in value or "task" not in value:
        return Installed(name, "", str(value), idle=_("it has no task, or no schedule"))
    task = str(value["task"])
    try:
        found = maybe_schedule(value["schedule"], app=app)
    except (AttributeError, TypeError, ValueError, ImproperlyConfigured) as error:
        return Installed(name, task, str(value["schedule"]), idle=str(error))
    return replace(read_schedule(found, app), name=name, task=task)


def read_schedule(found: Any, app: Any) -> Installed:
    """A schedule object as an entry without name and task."""
    written = plain(found)
    kind = f"{type(found).__module__}.{type(found).__qualname__}"
    if kind in CRONTABS:
        if not _goes_by_now(found, app):
            return Installed("", "", f"{written[:-1]}, nowfun=..)")
        try:
            return Installed("", "", written, as_celery_reads(found), str(_clock(found, app)))
        except ValueError as error:
            return Installed("", "", written, idle=str(error))
    if kind in INTERVALS and found.seconds == int(found.seconds):
        return Installed("", "", written, Interval(written, int(found.seconds)))
    expression, zone = getattr(found, "expression", None), getattr(found, "zone", None)
    if isinstance(expression, CronExpression):  # the class of ours that fires as cron does
        return Installed("", "", written, expression, str(zone))
    return Installed("", "", written)


def _goes_by_now(found: crontab, app: Any) -> bool:
    """Whether its clock is the app's: a ``nowfun`` that gives a naive local time is hours away from it."""
    if found.nowfun is None or type(found) is not crontab:  # the other one has a nowfun of its own
        return True
    return bool(abs(found.maybe_make_aware(found.now()) - app.now()) < CLOCKS)


def _clock(found: crontab, app: Any) -> Any:
    """The zone of the schedule, where it has one of its own; else the app's."""
    return vars(found).get("tz") or app.timezone


def plain(found: Any) -> str:
    """A schedule in one line, as its author would know it again."""
    if isinstance(found, crontab):
        fields = {name: getattr(found, f"_orig_{name}", "*") for name in ORIGINALS}
        return f"crontab({', '.join(f'{name}={value!r}' for name, value in fields.items() if value != '*')})"
    if type(found) is schedule:
        return f"schedule({found.seconds:g})"
    return re.sub(r"\s+", " ", repr(found) if isinstance(found, BaseSchedule) else str(found))
