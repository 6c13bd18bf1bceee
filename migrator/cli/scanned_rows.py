"""``scan --rows``: what django-celery-beat has in its tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from migrator.cli.project import Home, start_django
from migrator.sources.job import Found
from migrator.sources.periodic_task import found_in_rows


def beat_rows(home: Home, migrated: Collection[str], tasks: Mapping[str, str]) -> Found:
    """The rows as jobs; those of the ids ``migrated`` are the counterparts of jobs that are known.

    ``tasks``: what their tasks are called, where they have several apps' names.
    """
    start_django(home)
    from migrator.contrib.django.beat_rows import periodic_rows

    label = home.configuration.generate.app_label
    names = {tasks.get(identity, f"{label}.{identity}") for identity in migrated}
    return found_in_rows(periodic_rows(), names)
