"""django-celery-beat for many rows, whose schedules may be cron's own.

    celery -A PROJECT beat -S migrator.contrib.celery.database_beat:DatabaseScheduler

A row holds the crontab that Celery would use, in the schedule's zone, and cron's expression in
its headers. So it fires on every ordinary night whoever reads it, django-celery-beat's own
scheduler too. What somebody writes into its crontab by hand is what counts, on the nights of the
clock change as well, and beat says in its log that it is no longer cron's.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from celery import VERSION
from celery.schedules import crontab
from django.db import Error, close_old_connections, connections, router, transaction
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django_celery_beat import schedulers
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from migrator.contrib.celery.beat import Draining
from migrator.contrib.celery.cron_schedule import CronSchedule
from migrator.contrib.celery.spelling import as_celery_reads
from migrator.contrib.django.instants import as_stored, instant_of
from migrator.equivalence.celery_crontab import CeleryCrontab
from migrator.equivalence.lower import lower
from migrator.errors import MigratorError
from migrator.schedule.expression import parse

logger = logging.getLogger(__name__)
# before 5.7 Celery takes a date that no year has, and beat stops when it looks for the next start
REFUSES_NO_DATE = VERSION[:2] >= (5, 7)

HEADER = "migrator_cron"
MOMENTS = ("start_time", "expires", "last_run_at", "date_changed")


class RowSchedule(CronSchedule):
    """One row's part of a schedule: all of it, or the half of its days that one crontab can say."""

    def __init__(self, whole: CronSchedule, entry: CeleryCrontab) -> None:
        super().__init__(**whole.__json__())
        self.header = whole.__json__()
        self.entry = entry
        text = " ".join(entry.as_dict().values())
        days = parse(text)
        # a star makes cron want both day fields, as Celery's crontab does
        self.expression = replace(
            whole.expression,
            text=text,
            day_of_month=replace(days.day_of_month, starred=True),
            day_of_week=days.day_of_week,
        )

    def row(self) -> CrontabSchedule:
        """The row that Celery's own crontab would have, in the schedule's zone."""
        fields = {**self.entry.as_dict(), "timezone": self.zone}
        return CrontabSchedule.objects.filter(**fields).first() or CrontabSchedule(**fields)


class CronEntry(schedulers.ModelEntry):
    """A row that starts as cron does, if its headers say so and its crontab is the one written with them.

    Its times have a zone even with USE_TZ = False: Celery takes one without for UTC, and it is TIME_ZONE's.
    """

    def __init__(self, model: Any, app: Any = None) -> None:
        for name in MOMENTS:
            setattr(model, name, instant_of(getattr(model, name)))
        model.instants = True
        super().__init__(model, app=app)
        header = self.options["headers"].pop(HEADER, None)
        if header is None:
            if not REFUSES_NO_DATE and isinstance(self.schedule, crontab):
                as_celery_reads(
                    self.schedule
                )  # a ValueError: the row is left out, as Celery 5.7 leaves it out
            return
        exact = _exact(header, model.crontab)
        if exact is None:
            exact = _edited(header, model.crontab, self.schedule)
            logger.warning(
                "%s: its crontab was edited: it goes by %s, and not by cron's %s any more",
                self.name,
                exact or self.schedule,
                header,
            )
        if exact is None:
            return
        exact.app = self.app
        self.schedule = exact

    def _default_now(self) -> dt.datetime:
        now: dt.datetime = self.app.now()
        return now

    def __next__(self) -> CronEntry:
        """The entry after a run; its row is not read a second time, as django-celery-beat's is."""
        self.model.last_run_at = self._default_now()
        self.model.total_run_count += 1
        self.model.no_changes = True
        following = object.__new__(type(self))
        vars(following).update(vars(self))
        following.last_run_at = self.model.last_run_at
        following.total_run_count = self.model.total_run_count
        return following

    @classmethod
    def to_model_schedule(cls, schedule: Any) -> tuple[Any, str]:
        """The row of a schedule, and the field of the task that names it."""
        if not isinstance(schedule, RowSchedule):
            return super().to_model_schedule(schedule)
        row = schedule.row()
        row.save()
        return row, "crontab"

    @classmethod
    def _unpack_fields(
        cls, schedule: Any, *args: Any, options: dict[str, Any] | None = None, **entry: Any
    ) -> dict[str, Any]:
        if isinstance(schedule, RowSchedule):
            headers = {**((options or {}).get("headers") or {}), HEADER: schedule.header}
            options = {**(options or {}), "headers": headers}
        fields: dict[str, Any] = super()._unpack_fields(schedule, *args, options=options, **entry)
        return fields


class DatabaseScheduler(Draining, schedulers.DatabaseScheduler):
    """django-celery-beat's scheduler, which sends all that is due in one tick and knows CronSchedule."""

    Entry = CronEntry

    @property
    def schedule(self) -> dict[str, Any]:
        """The entries; whether the rows have changed is asked once a tick, not for each entry."""
        entries: dict[str, Any] = self._schedule if self.draining else super().schedule
        return entries

    def enabled_models_qs(self) -> Any:
        """All enabled rows: a filter by their hour lets what was missed out hours later."""
        return self.Model.objects.enabled()

    def get_excluded_hours_for_crontab_tasks(self) -> list[str]:
        """The same filter, as django-celery-beat 2.8.0 has it."""
        return []

    def update_from_dict(self, mapping: Mapping[str, Mapping[str, Any]]) -> None:
        """Write the entries of the settings down as rows."""
        super().update_from_dict(dict(_rows(mapping)))

    def sync(self) -> None:
        """Save what was sent, all at once and without a signal: it is no change of the schedule."""
        names, self._dirty = self._dirty, set()
        entries = self._schedule or {}
        rows = [entries[name].model for name in sorted(names & entries.keys())]
        try:
            close_old_connections()
            _save_runs(rows)
        except Error:
            logger.exception("the last runs of %d rows are not saved", len(rows))
            self._dirty |= names


@receiver(pre_save, sender=PeriodicTask)
def _as_stored(instance: PeriodicTask, **_how: Any) -> None:
    """The times of an entry's row as its database takes them: some refuse a zone where USE_TZ is off."""
    for name in MOMENTS if hasattr(instance, "instants") else ():
        moment = instant_of(getattr(instance, name))
        setattr(instance, name, moment and as_stored(moment, PeriodicTask))


def _save_runs(rows: Sequence[Any]) -> None:
    """One statement for all of them: Django's ``bulk_update`` takes longer to compile than to run."""
    if not rows:
        return
    kind = rows[0]._meta
    fields = [kind.get_field(name) for name in ("last_run_at", "total_run_count", kind.pk.name)]
    database = connections[router.db_for_write(kind.model)]
    quote = database.ops.quote_name
    values = ", ".join(f"{quote(field.column)} = %s" for field in fields[:-1])
    with transaction.atomic(using=database.alias), database.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {quote(kind.db_table)} SET {values} WHERE {quote(kind.pk.column)} = %s",
            [
                [field.get_db_prep_save(value, database) for field, value in zip(fields, told, strict=True)]
                for told in (
                    (as_stored(row.last_run_at, kind.model), row.total_run_count, row.pk) for row in rows
                )
            ],
        )


def _rows(mapping: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, fields in mapping.items():
        schedule = fields.get("schedule")
        if not isinstance(schedule, CronSchedule):
            yield name, fields
            continue
        entries = lower(schedule.expression)
        if not entries:
            logger.warning("%s never fires: %s gets no row", name, schedule)
        for number, entry in enumerate(entries, 1):
            part = RowSchedule(schedule, entry)
            yield (name if number == 1 else f"{name}-{number}"), {**fields, "schedule": part}


def _edited(header: Any, row: CrontabSchedule | None, stock: Any) -> RowSchedule | None:
    """What somebody wrote into a row of ours, by the row's own clock; None where nothing reads it so."""
    try:
        whole = CronSchedule(**{**header, "timezone": str(row.timezone)})
        own = RowSchedule(whole, as_celery_reads(stock))
    except (MigratorError, TypeError, AttributeError, KeyError, ValueError):
        return None
    fields = parse(own.expression.text)
    starred = {
        name: replace(getattr(fields, name), starred=str(getattr(row, name)).startswith("*"))
        for name in ("minute", "hour")
    }
    own.expression = replace(own.expression, month=fields.month, **starred)
    return own


def _exact(header: Any, row: CrontabSchedule | None) -> RowSchedule | None:
    """The schedule that a row's headers name; None where they are damaged, or its crontab is another one."""
    try:
        whole = CronSchedule(**header)
    except (MigratorError, TypeError, AttributeError, KeyError):
        return None
    for entry in lower(whole.expression):
        written = {**entry.as_dict(), "timezone": whole.zone.key}
        if row and all(str(getattr(row, name)) == value for name, value in written.items()):
            return RowSchedule(whole, entry)
    return None
