"""The app ``migrator.contrib.django``."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register

from migrator.contrib.django.labels import label, said
from migrator.i18n import marked


class MigratorConfig(AppConfig):
    """The ledger of the migration, and what listens to Celery and to jobs."""

    name = "migrator.contrib.django"
    label = "migrator"
    verbose_name = said(marked("Migration from cron"))
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from migrator.contrib.celery import slots
        from migrator.contrib.django import broker_ingest as broker_ingest  # the task of every worker
        from migrator.contrib.django import dropped, spooled, unrecorded

        register(_fit)
        label(self.get_models())
        slots.connect()
        dropped.connect()
        spooled.connect()
        unrecorded.connect()


def _fit(**_how: Any) -> list[CheckMessage]:
    """``manage.py check`` and ``migrate``, and a worker when it starts: no ledger that could not work."""
    from migrator.contrib.django.ledger import unfit

    return [Error(fact, hint=hint, id=code) for code, fact, hint in unfit()]
