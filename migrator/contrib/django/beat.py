"""The schedule that beat really goes by: rows of django-celery-beat, or the settings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from celery.schedules import crontab
from django.db.models import Max, QuerySet

from migrator.comparison.ownership import Side
from migrator.comparison.runs import Kind
from migrator.contrib.celery.cron_schedule import CronSchedule
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django.installed import all_rows, in_database, row_entry, rows_scheduler
from migrator.contrib.django.instants import as_stored, instant_of
from migrator.contrib.django.models import Run
from migrator.equivalence.installed import Installed, entry_starts
from migrator.schedule.kinds import Interval
from migrator.schedule.transitions import EPOCH

WAY = ("queue", "exchange", "routing_key")
A_MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class BeatEntry:
    """One entry; ``timezone`` None: a schedule that knows no wall clock."""

    name: str
    task: str
    timezone: str | None
    last_run_at: dt.datetime | None = None
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)  # of its message's way


def beat_entries(app: Any) -> list[BeatEntry]:
    """The enabled entries of the scheduler that the settings name."""
    return _rows() if in_database(app) else _settings(app)


def _rows() -> list[BeatEntry]:
    from django_celery_beat.models import PeriodicTask

    return entries_of(PeriodicTask.objects.filter(enabled=True))


def entries_of(rows: QuerySet[Any] | None) -> list[BeatEntry]:
    """The rows as beat's entries; None: there are none."""
    return [
        BeatEntry(
            row.name, row.task, str(row.crontab.timezone) if row.crontab_id else None,
            instant_of(row.last_run_at),
            {name: getattr(row, name) for name in WAY if getattr(row, name)},
        )
        for row in (() if rows is None else rows.select_related("crontab"))
    ]  # fmt: skip


def _settings(app: Any) -> list[BeatEntry]:
    return [
        BeatEntry(
            name, entry["task"], _zone(entry["schedule"], app), None,
            {one: value for one, value in (entry.get("options") or {}).items() if one in WAY},
        )
        for name, entry in (app.conf.beat_schedule or {}).items()
    ]  # fmt: skip


def _zone(schedule: Any, app: Any) -> str | None:
    """The zone of a schedule that goes by the clock."""
    if isinstance(schedule, CronSchedule):
        return schedule.zone.key
    return str(app.timezone) if isinstance(schedule, crontab) else None


def newest_sign_of_beat(jobs: Iterable[MigratedJob], entries: Iterable[BeatEntry]) -> dt.datetime | None:
    """When beat was last seen: the newest message in the ledger, or the newest row that it touched."""
    names = [job.definition.id for job in jobs]
    sent = Run.objects.filter(job__in=names, side=Side.CANDIDATE).exclude(kind=Kind.MANUAL)
    newest = sent.aggregate(newest=Max("published"))["newest"]
    signs = [newest, *(entry.last_run_at for entry in entries)]
    return max((sign for sign in signs if sign is not None), default=None)


def next_of_rows(app: Any, after: dt.datetime, now: dt.datetime) -> list[dt.datetime]:
    """When each row that beat has sent before was due next, where that is between the two instants.

    A row that it has never sent may be one that it has not read yet.
    """
    scheduler = rows_scheduler(app)
    if scheduler is None:
        return []
    loaded = (row_entry(row, app, scheduler, now) for row in all_rows() if row.enabled and row.last_run_at)
    found = (_next(entry, after, now) for entry in loaded if not entry.idle)
    return [due for due in found if due is not None]


def _next(entry: Installed, after: dt.datetime, now: dt.datetime) -> dt.datetime | None:
    if isinstance(entry.fires, Interval):
        due = after + dt.timedelta(seconds=entry.fires.seconds)
        return due if due < now else None
    if entry.fires is None:
        return None  # a schedule that only its own code knows
    seconds = next(entry_starts(entry, after, now), None)
    return None if seconds is None else EPOCH + dt.timedelta(seconds=seconds)


def settle(app: Any, jobs: Iterable[MigratedJob], now: dt.datetime) -> None:
    """Let the rows of these jobs know that what was due before their hand-over is done with.

    A row that was off for a while is not run since, and a scheduler that loads it sends its latest
    slot at once. Under the old owner that slot was somebody else's; the new one would start it hours
    late. The slot of the last minute is left alone: beat may be about to send it.
    """
    if not in_database(app):
        return  # an entry that returns to the settings, or to beat's file, begins with its next slot
    from django_celery_beat.models import PeriodicTask

    for job in jobs:
        past = job.definition.latest(now - A_MINUTE)
        if past is not None:
            due = as_stored(past.due, PeriodicTask)
            PeriodicTask.objects.filter(task=job.task, last_run_at__lt=due).update(last_run_at=due)
