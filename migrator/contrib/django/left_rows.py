"""Rows of beat that outlived what they were for: the task is gone, or its entry has another name by now.

Beat writes the settings into rows and never takes one away. So an entry that was renamed or
removed goes on firing from its old row, enabled, until a person switches it off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import DatabaseError

from migrator.codegen.naming import entry_names
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django.checks import Check, State
from migrator.contrib.django.installed import in_database
from migrator.equivalence.lower import entries_needed
from migrator.i18n import _


def left_rows(app: Any, jobs: Iterable[MigratedJob]) -> Iterator[Check]:
    """The enabled rows that should be off, each with how to switch it off; none is ever deleted."""
    if not in_database(app):
        return
    from django_celery_beat.models import PeriodicTask

    jobs = list(jobs)
    migrated, expected = {job.task for job in jobs}, names_of_the_code(app, jobs)
    try:
        rows = list(PeriodicTask.objects.filter(enabled=True).order_by("name").values_list("name", "task"))
    except DatabaseError:  # preflight has said so
        return
    of_the_code = {task for name, task in rows if name in expected}
    for name, task in rows:
        if task not in app.tasks:
            fact, code = _("the row {name} sends {task}, which no worker of this project has"), "CM447"
        elif task in migrated and name not in expected and task in of_the_code:
            fact = _("the row {name} sends {task} a second time, beside the entries that the code has")
            code = "CM448"
        else:
            continue
        fact = fact.format(name=name, task=task)
        yield Check("rows", State.FAIL, fact, _how_to_disable(name), code, name)


def names_of_the_code(app: Any, jobs: Iterable[MigratedJob]) -> set[str]:
    """What the rows of these settings, and of the migrated jobs, are called."""
    return {*(app.conf.beat_schedule or {}), *(name for job in jobs for name in _names(job))}


def _names(job: MigratedJob) -> Iterator[str]:
    """The names of a job's rows."""
    yield from entry_names(job.definition.id, entries_needed(job.real.schedule))


def _how_to_disable(name: str) -> str:
    return _(
        "disable it in the admin, or in manage.py shell:"
        ' PeriodicTask.objects.filter(name="{name}").update(enabled=False); PeriodicTasks.update_changed()'
    ).format(name=name)
