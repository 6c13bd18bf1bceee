"""What beat goes by in this project: rows of django-celery-beat, or the settings.

The DatabaseScheduler writes the settings into its rows at each start (``update_from_dict``): an entry
of the settings is then a row of the same name, switched on or off as the row is, its fields as text.
Authority: schedulers.py and models.py of django_celery_beat 2.8 and 2.9.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any

from celery.exceptions import ImproperlyConfigured
from celery.schedules import ParseException, crontab, maybe_schedule
from celery.utils.imports import load_extension_class_names, symbol_by_name
from django.apps import apps

from migrator.contrib.celery.installed import ORIGINALS, plain, read_schedule, settings_entries
from migrator.contrib.celery.spelling import as_celery_reads
from migrator.contrib.django.beat_rows import rows_at_hand
from migrator.contrib.django.instants import instant_of
from migrator.equivalence.installed import Installed
from migrator.i18n import _
from migrator.redaction import first_line


def installed_entries(app: Any, now: dt.datetime) -> list[Installed]:
    """Every entry of the scheduler that the settings name, with those that it never sends."""
    settings = settings_entries(app)
    scheduler = rows_scheduler(app)
    if scheduler is None:
        return settings
    with rows_at_hand():
        rows = {row.name: row for row in all_rows()}
    kept = [row for name, row in rows.items() if name not in (app.conf.beat_schedule or {})]
    written = [written_entry(entry, rows.get(entry.name), app, scheduler) for entry in settings]
    return [*written, *(row_entry(row, app, scheduler, now) for row in kept)]


def in_database(app: Any) -> bool:
    """Whether the settings name a scheduler that goes by rows of django-celery-beat."""
    return rows_scheduler(app) is not None


def rows_scheduler(app: Any) -> Any:
    """The scheduler class that the settings name, where it is django-celery-beat's or an heir of it."""
    if not apps.is_installed("django_celery_beat"):
        return None
    from django_celery_beat.schedulers import DatabaseScheduler

    scheduler = scheduler_class(app)
    return scheduler if isinstance(scheduler, type) and issubclass(scheduler, DatabaseScheduler) else None


def scheduler_class(app: Any) -> Any:
    """The scheduler that the settings name."""
    aliases = dict(load_extension_class_names("celery.beat_schedulers"))
    return symbol_by_name(app.conf.beat_scheduler, aliases=aliases)


def all_rows() -> list[Any]:
    from django_celery_beat.models import PeriodicTask

    related = ("crontab", "interval", "solar", "clocked")
    return list(PeriodicTask.objects.select_related(*related).order_by("pk"))


def row_entry(row: Any, app: Any, scheduler: Any, now: dt.datetime) -> Installed:
    """A row as beat loads it: what raises ValueError there is left out, without a word in the log."""
    named = Installed(row.name, row.task, " ".join(str(row.scheduler).split()))
    if row.scheduler is None:
        return replace(named, idle=_("the row has no schedule"))
    if not (_is_json(row.args) and _is_json(row.kwargs)):  # and such an entry would be saved right here
        return replace(named, idle=_("its arguments are no JSON: beat disables the row"))
    try:
        loaded = scheduler.Entry(row, app=app).schedule
        found = replace(read_schedule(loaded, app), name=row.name, task=row.task)
    except ValueError as error:
        return replace(named, idle=_("the row is never loaded: {reason}").format(reason=error))
    except (ParseException, ImproperlyConfigured) as error:  # the latter: a solar row, and no ephem
        return replace(
            named, idle=_("beat stops when it loads the row: {reason}").format(reason=first_line(error))
        )
    return replace(found, idle=found.idle or why_idle(row, now))


def _is_json(text: str) -> bool:
    try:
        json.loads(text or "null")
    except ValueError:
        return False
    return True


def why_idle(row: Any, now: dt.datetime) -> str:
    """Why beat does not send the row from now on, by the columns beside its schedule."""
    if not row.enabled:
        return _("the row is disabled")
    if row.one_off or row.clocked_id:
        return _("the row fires once, and is then disabled")
    expires, start = instant_of(row.expires), instant_of(row.start_time)
    if expires is not None and expires <= now:
        return _("the row has expired")
    if start is not None and start > now:
        return _("the row starts at {moment} only").format(moment=start.isoformat(" ", "minutes"))
    return ""


def written_entry(entry: Installed, row: Any, app: Any, scheduler: Any) -> Installed:
    """An entry of the settings, as the row that beat makes of it."""
    if row is not None and not row.enabled:
        return replace(entry, idle=_("its row is disabled"))
    if entry.idle:
        return entry
    given = maybe_schedule(app.conf.beat_schedule[entry.name]["schedule"], app=app)
    if not isinstance(given, crontab):
        return (
            entry if _has_rows(given, scheduler) else replace(entry, idle=_("no row can hold its schedule"))
        )
    try:
        stored = as_celery_reads(
            crontab(**{name: str(getattr(given, f"_orig_{name}")) for name in ORIGINALS})
        )
    except (ValueError, ParseException):
        reason = _("django-celery-beat stores {schedule} as text, which Celery refuses to load again")
        return replace(entry, idle=reason.format(schedule=plain(given)))
    return replace(entry, fires=stored)


def _has_rows(given: Any, scheduler: Any) -> bool:
    """Whether the scheduler can write the schedule down; another entry class has ways of its own."""
    from django_celery_beat.schedulers import ModelEntry

    known = tuple(kind for kind, _model, _field in ModelEntry.model_schedules)
    return isinstance(given, known) or scheduler.Entry is not ModelEntry
