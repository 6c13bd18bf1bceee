"""What cron starts past the recorder, for the verbs that tell it; a scan gives the jobs' commands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from migrator.cli.project import Home, find_home
from migrator.cli.scanning import whole_inventory
from migrator.errors import MigratorError

if TYPE_CHECKING:
    from migrator.comparison.unrecorded import Unrecorded
    from migrator.contrib.celery.jobs import MigratedJob
    from migrator.schedule.occurrences import Slot


def past_the_recorder(
    jobs: Iterable[MigratedJob], now: dt.datetime, home: Home | None = None
) -> dict[str, list[Unrecorded]]:
    """By job: where cron starts it without the recorder. ``home``: None: the project of this folder."""
    from migrator.contrib.django.unrecorded import by_job, unrecorded

    return by_job(unrecorded([job.real for job in jobs], partial(_commands, home), now))


def since_slot(job: MigratedJob, slot: Slot, now: dt.datetime, home: Home | None = None) -> list[Unrecorded]:
    """Where cron has started the job past the recorder since the slot was due.

    Of each place the latest start alone is known: it may be of this slot or of a later one.
    """
    found = past_the_recorder([job], now, home).get(job.definition.id, ())
    return [one for one in found if one.last >= slot.due]


def _commands(home: Home | None) -> Mapping[str, Collection[str]]:
    """Each job's management commands; none where the sources cannot be read any more."""
    from migrator.contrib.django.unrecorded import command_text

    try:
        jobs = whole_inventory(home or find_home()).jobs
    except MigratorError:
        return {}
    return {
        job.id: {
            command_text([step.name, *step.argv]) for step in job.reading.steps if step.kind == "management"
        }
        for job in jobs
    }
