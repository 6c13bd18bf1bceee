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

        register(_one_database)
        label(self.get_models())
        slots.connect()
        dropped.connect()
        spooled.connect()
        unrecorded.connect()


def _one_database(**_how: Any) -> list[CheckMessage]:
    """``manage.py check`` and ``migrate``, and a worker when it starts: no ledger where a router leads."""
    from migrator.contrib.django.ledger import routed, told_of_routing

    if (place := routed()) is None:
        return []
    fact, hint = told_of_routing(place)
    return [Error(fact, hint=hint, id="migrator.E001")]
