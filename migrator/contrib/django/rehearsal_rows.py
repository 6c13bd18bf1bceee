"""Rows of django-celery-beat for a rehearsal: copies, in a database that lives in memory.

While it is in place no connection of this thread leads to a database of the project.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import ConnectionHandler, connections, router
from django_celery_beat import schedulers
from django_celery_beat.models import CrontabSchedule, PeriodicTask, PeriodicTasks

from migrator.contrib.celery.database_beat import DatabaseScheduler
from migrator.contrib.celery.virtual_clock import replaced
from migrator.contrib.django.beat_rows import rows_at_hand
from migrator.contrib.django.instants import as_stored
from migrator.equivalence.celery_crontab import CeleryCrontab

APP = "django_celery_beat"
# django-celery-beat 2.9 reads all rows again each five minutes, to see those whose hour draws near;
# an edit it sees at once. It has them two hours before their hour, or one where it mistakes the offset
# of their zone, so that once in each hour does as well.
INTERVAL = "SCHEDULE_SYNC_MAX_INTERVAL"
REREAD = 3000  # seconds: beat looks when something is due, which may be some minutes later


@dataclass
class RowEntries:
    """The rows, whose changes a running beat notices; ``kept``: the project has tables for them."""

    kept: bool
    noticed: bool = True
    pace: float = schedulers.DEFAULT_MAX_INTERVAL
    off: list[int] = field(default_factory=list)

    def staged(self, scheduler: type[Any], *, killed: bool) -> type[Any]:
        return remembering(scheduler) if reads_as_known(scheduler) and not killed else scheduler

    def switch(self, *, on: bool) -> None:
        rows = (
            PeriodicTask.objects.filter(pk__in=self.off) if on else PeriodicTask.objects.filter(enabled=True)
        )
        found = list(rows)
        self.off = [] if on else [row.pk for row in found]
        for row in found:
            row.enabled = on
            row.save()

    def save(self) -> None:
        for row in PeriodicTask.objects.all():
            row.save()

    def edit(self, entry: CeleryCrontab, expression: str) -> None:
        """As in the admin: another crontab, and what our scheduler keeps in the headers stays behind."""
        for row in PeriodicTask.objects.filter(enabled=True).select_related("crontab"):
            zone = row.crontab.timezone if row.crontab else settings.TIME_ZONE
            row.crontab = CrontabSchedule.objects.get_or_create(**entry.as_dict(), timezone=zone)[0]
            row.interval = row.solar = row.clocked = None
            row.save()


class Remembered:
    """When a row was last edited; the database is asked again when something was written.

    Beat asks with each tick, and Django takes longer over the question than beat over the tick.
    """

    def __init__(self, connection: Any) -> None:
        self.connection, self.ask = connection, PeriodicTasks.last_change
        self.written, self.answer = -1, None

    def __call__(self) -> Any:
        if self.written != (written := writes(self.connection)):
            self.written, self.answer = written, self.ask()
        return self.answer


def writes(connection: Any) -> int:
    """How many rows were written in a database in memory, since its beginning."""
    connection.ensure_connection()
    return int(connection.connection.total_changes)


READING = ("enabled_models", "enabled_models_qs", "sync", "all_as_schedule")


def reads_as_known(scheduler: type[Any]) -> bool:
    """Whether a scheduler reads and saves its rows as django-celery-beat's or ours does."""
    known = (DatabaseScheduler, schedulers.DatabaseScheduler)
    return all(
        getattr(scheduler, name, None) in [getattr(one, name, None) for one in known] for name in READING
    )


def remembering(scheduler: type[Any]) -> type[Any]:
    """A scheduler of rows that reads the rows of each hour of the day once, until one is edited.

    django-celery-beat reads those that are near their hour, again and again, after it has saved what
    it has sent. Nobody else looks at rows in memory: what it would read is what it has.
    """

    class Remembering(scheduler):  # type: ignore[misc]
        def __init__(self, *args: Any, **options: Any) -> None:
            self.hours: dict[int, list[int]] = {}  # the keys of the rows that are read in an hour
            self.rows: dict[int, Any] = {}
            self.written = -1
            super().__init__(*args, **options)

        def known_hour(self) -> list[int] | None:
            if self.written != writes(connections["default"]):
                self.hours, self.rows = {}, {}
            return self.hours.get(schedulers.aware_now().hour)

        def _do_sync(self) -> None:
            super().sync()
            self.written = writes(connections["default"])

        def sync(self) -> None:
            if self.known_hour() is None:
                Remembering._do_sync(self)

        def enabled_models(self) -> list[Any]:
            hour = self.known_hour()
            if hour is None:
                found = super().enabled_models()
                self.rows |= {row.pk: row for row in found}
                hour = self.hours[schedulers.aware_now().hour] = [row.pk for row in found]
            return [self.rows[key] for key in hour]

        def close(self) -> None:
            Remembering._do_sync(self)
            super().close()

    return Remembering


@contextmanager
def rows_in_memory(wanted: Callable[[str, str], bool], start: float) -> Iterator[RowEntries]:
    """Copies of the wanted rows, in the place of the project's databases.

    Each has run last at ``start``: what beat has missed until today is not what is rehearsed.
    """
    kept, tables = _rows(wanted)
    memory = ConnectionHandler({"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
    connection = memory["default"]
    with ExitStack() as stack:
        for alias in connections.settings:
            stack.enter_context(_swapped(alias, connection))
        if hasattr(schedulers, INTERVAL):
            stack.enter_context(replaced(schedulers, INTERVAL, REREAD))
        stack.enter_context(replaced(PeriodicTasks, "last_change", Remembered(connection)))
        stack.enter_context(replaced(schedulers, "close_old_connections", lambda: None))  # none is old
        with connection.schema_editor() as editor:
            for model in apps.get_app_config(APP).get_models():
                editor.create_model(model)
        began = as_stored(dt.datetime.fromtimestamp(start, dt.UTC), PeriodicTask)
        for rows in kept:
            for row in rows:
                if isinstance(row, PeriodicTask):
                    row.last_run_at = began
            type(rows[0])._base_manager.bulk_create(rows)
        yield RowEntries(tables)


def _rows(wanted: Callable[[str, str], bool]) -> tuple[list[list[Any]], bool]:
    """The rows of each model that has any, and whether the project has their tables."""
    found = []
    with rows_at_hand():
        place = connections[router.db_for_read(PeriodicTask)]
        if PeriodicTask._meta.db_table not in place.introspection.table_names():
            return [], False
        for model in apps.get_app_config(APP).get_models():
            rows = list(model._base_manager.all())
            if model is PeriodicTask:
                rows = [row for row in rows if wanted(row.name, row.task)]
            found += [rows] if rows else []
    return found, True


@contextmanager
def _swapped(alias: str, connection: Any) -> Iterator[None]:
    before = connections[alias]
    connections[alias] = connection
    try:
        yield
    finally:
        connections[alias] = before
