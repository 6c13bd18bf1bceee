"""The rows of django-celery-beat for a scan that was asked to look at them, and what goes wrong with rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import DatabaseError, transaction

from migrator.errors import Cannot
from migrator.i18n import _
from migrator.redaction import first_line
from migrator.sources.periodic_task import FIELDS, Row


@contextmanager
def rows_at_hand() -> Iterator[None]:
    """Turn a database that is away, or rows that were never made, into one line with a remedy."""
    try:
        yield
    except DatabaseError as error:
        raise Cannot(
            _("the rows of django-celery-beat cannot be read: {error}").format(error=first_line(error)),
            hint=_("start the database, and run manage.py migrate django_celery_beat"),
        ) from error


@contextmanager
def writing_rows() -> Iterator[None]:
    """One transaction, of which a database that refuses it leaves nothing; then say so in one line."""
    try:
        with transaction.atomic():
            yield
    except DatabaseError as error:
        raise Cannot(
            _("the rows of django-celery-beat cannot be written: {error}").format(error=first_line(error)),
            hint=_("none of them has been changed: mend what the database names, and run the command again"),
        ) from error


def periodic_rows() -> list[Row]:
    """Every PeriodicTask, those that are switched off too; raises Cannot where there are none to ask."""
    if not apps.is_installed("django_celery_beat"):
        raise Cannot(
            _("django_celery_beat is not in INSTALLED_APPS"),
            hint=_("leave out --rows: the schedule in the settings is scanned as a file"),
        )
    with rows_at_hand():
        return list(_rows())


def _rows() -> Iterator[Row]:
    from django_celery_beat.models import PeriodicTask

    query = PeriodicTask.objects.select_related("crontab", "interval", "solar", "clocked").order_by("pk")
    for row in query:
        crontab, interval = row.crontab, row.interval
        yield Row(
            key=row.pk,
            name=row.name,
            task=row.task,
            enabled=row.enabled,
            crontab={name: getattr(crontab, name) for name in FIELDS} if crontab else None,
            timezone=str(crontab.timezone) if crontab else None,
            every=(interval.every, interval.period) if interval else None,
            other=_words(row),
            once=row.one_off or row.clocked is not None,
            args=row.args,
            kwargs=row.kwargs,
        )


def _words(row: Any) -> str:
    """A schedule that is neither a crontab nor an interval, as django-celery-beat puts it."""
    return str(row.solar or row.clocked or "")
