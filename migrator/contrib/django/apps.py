"""The app ``migrator.contrib.django``."""

from __future__ import annotations

from django.apps import AppConfig


class MigratorConfig(AppConfig):
    """The ledger of the migration, and what listens to Celery and to jobs."""

    name = "migrator.contrib.django"
    label = "migrator"
    verbose_name = "Migration from cron"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from migrator.contrib.celery import slots
        from migrator.contrib.django import broker_ingest as broker_ingest  # the task of every worker
        from migrator.contrib.django import dropped, spooled, unrecorded

        slots.connect()
        dropped.connect()
        spooled.connect()
        unrecorded.connect()
