"""``scan --rows``: what django-celery-beat has in its tables."""

from __future__ import annotations

from collections.abc import Collection

from migrator.cli.project import Home, start_django
from migrator.sources.job import Found
from migrator.sources.periodic_task import found_in_rows


def beat_rows(home: Home, migrated: Collection[str]) -> Found:
    """The rows as jobs; those of the ids ``migrated`` are the counterparts of jobs that are known."""
    start_django(home)
    from migrator.contrib.django.beat_rows import periodic_rows

    tasks = {f"{home.configuration.generate.app_label}.{identity}" for identity in migrated}
    return found_in_rows(periodic_rows(), tasks)
