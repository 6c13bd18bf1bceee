"""The rows of django-celery-beat that migrator writes: found by their descriptions, and no other is touched.

A row of ours begins disabled. It is switched on when its job leaves cron, in the transaction of
that hand-over, and its count begins at that moment: what was due before was cron's.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import QuerySet

from migrator.codegen.naming import entry_names
from migrator.codegen.row_plan import PresentRow, RowChange
from migrator.codegen.rows import LENT, OURS, Row
from migrator.comparison.ownership import Owner
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import instants, owners
from migrator.contrib.django.beat_rows import rows_at_hand, writing_rows
from migrator.contrib.django.installed import in_database
from migrator.contrib.django.instants import as_stored
from migrator.contrib.django.ledger import missing_tables
from migrator.equivalence.lower import entries_needed
from migrator.errors import Cannot
from migrator.i18n import _

CRONTAB = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")


def present_rows(*, locked: bool = False) -> dict[str, PresentRow]:
    """Every row by its name."""
    if not apps.is_installed("django_celery_beat"):
        raise Cannot(
            _("django_celery_beat is not in INSTALLED_APPS"),
            hint=_('its rows are for scheduler = "database"; with "file" the settings hold the schedule'),
        )
    from django_celery_beat.models import PeriodicTask

    query = PeriodicTask.objects.order_by("pk").select_related("crontab")
    if locked:  # PostgreSQL locks no row that may be missing; MariaDB cannot be told to leave it out
        query = query.select_for_update(of=("self",) if connection.features.has_select_for_update_of else ())
    with rows_at_hand():
        return {row.name: _present(row) for row in query}


def tasks_with_cron(rows: Mapping[str, Row]) -> set[str]:
    """The tasks of these rows whose jobs are cron's, in force and with nothing else asked for."""
    tasks = {row["task"] for row in rows.values()}
    if not apps.is_installed("migrator.contrib.django") or missing_tables():
        return set()
    chains, hosts, now = owners.chains(), owners.current_hosts(), dt.datetime.now(dt.UTC)
    moved = {
        job
        for job, chain in chains.items()
        if (one := owners.standing(job, chain, hosts, now)).owner is not Owner.CRON or one.asked is not None
    }
    return {task for task in tasks if task.partition(".")[2] not in moved}


def _present(row: Any) -> PresentRow:
    return PresentRow(
        _fields(row), row.enabled, row.description.startswith(OURS), row.description.startswith(LENT)
    )


def _fields(row: Any) -> Row | None:
    if row.crontab is None:
        return None
    crontab = {name: getattr(row.crontab, name) for name in CRONTAB}
    return {
        "task": row.task,
        "crontab": {**crontab, "timezone": str(row.crontab.timezone)},
        "expire_seconds": row.expire_seconds,
        "headers": json.loads(row.headers or "{}"),
    }


def write_rows(changes: Sequence[RowChange], planned: Mapping[str, PresentRow]) -> None:
    """Write the changes, all or none, if the rows are still those that the plan was made from."""
    from django_celery_beat.models import PeriodicTask, PeriodicTasks

    with writing_rows():
        found, now = present_rows(locked=True), as_stored(instants.now(), PeriodicTask)
        for one in changes:
            if found.get(one.name) != planned.get(one.name):
                raise Cannot(
                    _("the row {name} has changed since it was read").format(name=one.name),
                    hint=_("run the command again and look at the new plan"),
                )
        for one in changes:
            row = PeriodicTask.objects.filter(name=one.name)
            match one.kind:
                case "create":
                    assert one.after is not None
                    PeriodicTask.objects.create(
                        name=one.name, enabled=False, description=OURS, **_columns(one.after)
                    )
                case "change":
                    assert one.after is not None
                    # a slot of the new schedule that has passed already is not made up for
                    began = now if planned[one.name].enabled else None
                    row.update(last_run_at=began, date_changed=now, **_columns(one.after))
                case "switch_off":
                    row.update(enabled=False, last_run_at=None, description=OURS)
        PeriodicTasks.update_changed()


def take_back(names: Iterable[str], rows: Mapping[str, PresentRow]) -> None:
    """Make the rows of those names what they were; one that was not there is deleted."""
    from django_celery_beat.models import PeriodicTask, PeriodicTasks

    now = as_stored(instants.now(), PeriodicTask)
    with writing_rows():
        for name in names:
            ours = PeriodicTask.objects.filter(name=name, description__startswith=OURS)
            before = rows.get(name)
            if before is None:
                ours.delete()
            elif before.fields is not None:
                began = now if before.enabled else None
                words = LENT if before.lent else OURS
                ours.update(
                    enabled=before.enabled, last_run_at=began, date_changed=now, description=words,
                    **_columns(before.fields),
                )  # fmt: skip
        PeriodicTasks.update_changed()


def _columns(row: Row) -> dict[str, Any]:
    from django_celery_beat.models import CrontabSchedule

    crontab = CrontabSchedule.objects.filter(**row["crontab"]).first()
    return {
        "task": row["task"],
        "crontab": crontab or CrontabSchedule.objects.create(**row["crontab"]),
        "expire_seconds": row["expire_seconds"],
        "headers": json.dumps(row["headers"]),
    }


def waiting(app: Any, jobs: Iterable[MigratedJob]) -> QuerySet[Any] | None:
    """The rows of ours that are off because their jobs are cron's still; None: beat has no rows here."""
    if not in_database(app):
        return None
    from django_celery_beat.models import PeriodicTask

    jobs = list(jobs)
    chains = owners.chains(job.definition.id for job in jobs)
    names = [
        name
        for job in jobs
        if owners.asked(chains.get(job.definition.id, [])) is Owner.CRON
        for name in entry_names(job.definition.id, entries_needed(job.real.schedule))
    ]
    tasks = {job.task for job in jobs}
    return PeriodicTask.objects.filter(
        name__in=names, task__in=tasks, enabled=False, description__startswith=OURS
    )


def switch_on(app: Any, jobs: Iterable[MigratedJob]) -> int:
    """Enable the rows that wait for these jobs to leave cron; how many.

    To be called in the transaction of the hand-over, before it is asked for.
    """
    rows = waiting(app, jobs)
    if rows is None:
        return 0
    from django_celery_beat.models import PeriodicTask, PeriodicTasks

    now = as_stored(instants.now(), PeriodicTask)
    count = rows.update(enabled=True, last_run_at=now, date_changed=now, description=LENT)
    if count:
        PeriodicTasks.update_changed()
    return count
