"""The schedule that beat really goes by: rows of django-celery-beat, or the settings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from celery.utils.imports import load_extension_class_names, symbol_by_name
from django.apps import apps
from django.db.models import Max

from migrator.comparison.ownership import Side
from migrator.comparison.runs import Kind
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django.models import Run


@dataclass(frozen=True, slots=True)
class BeatEntry:
    """One entry; ``timezone`` None: a schedule that knows no wall clock."""

    name: str
    task: str
    timezone: str | None
    last_run_at: dt.datetime | None = None


def beat_entries(app: Any) -> list[BeatEntry]:
    """The enabled entries of the scheduler that the settings name."""
    return _rows() if _in_database(app) else _settings(app)


def _in_database(app: Any) -> bool:
    if not apps.is_installed("django_celery_beat"):
        return False
    from django_celery_beat.schedulers import DatabaseScheduler

    aliases = dict(load_extension_class_names("celery.beat_schedulers"))
    scheduler = symbol_by_name(app.conf.beat_scheduler, aliases=aliases)
    return isinstance(scheduler, type) and issubclass(scheduler, DatabaseScheduler)


def _rows() -> list[BeatEntry]:
    from django_celery_beat.models import PeriodicTask

    return [
        BeatEntry(row.name, row.task, str(row.crontab.timezone) if row.crontab_id else None, row.last_run_at)
        for row in PeriodicTask.objects.filter(enabled=True).select_related("crontab")
    ]


def _settings(app: Any) -> list[BeatEntry]:
    from celery.schedules import crontab

    entries = []
    for name, entry in (app.conf.beat_schedule or {}).items():
        by_the_clock = isinstance(entry["schedule"], crontab)
        entries.append(BeatEntry(name, entry["task"], str(app.timezone) if by_the_clock else None))
    return entries


def newest_sign_of_beat(jobs: Iterable[MigratedJob], entries: Iterable[BeatEntry]) -> dt.datetime | None:
    """When beat was last seen: the newest message in the ledger, or the newest row that it touched."""
    names = [job.definition.id for job in jobs]
    sent = Run.objects.filter(job__in=names, side=Side.CANDIDATE).exclude(kind=Kind.MANUAL)
    newest = sent.aggregate(newest=Max("published"))["newest"]
    signs = [newest, *(entry.last_run_at for entry in entries)]
    return max((sign for sign in signs if sign is not None), default=None)
