"""The rows of django-celery-beat that a job has: one for each entry, in a zone of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from migrator.codegen.naming import entry_names, task_name
from migrator.codegen.schedule import expiry
from migrator.configuration import Generate
from migrator.equivalence.celery_crontab import CeleryCrontab
from migrator.equivalence.choice import AsCron, choose
from migrator.equivalence.lower import lower
from migrator.schedule.dialect import DEBIAN
from migrator.sources.job import Job

HEADER = "migrator_cron"  # in which migrator's DatabaseScheduler finds what no crontab says
OURS = "Written by migrator for a job of cron's"  # how the description of a row of ours begins
LENT = f"{OURS}, and enabled when the job left cron"
Row = dict[str, Any]


def beat_rows(jobs: Sequence[Job], configuration: Generate) -> dict[str, Row]:
    """The rows by name, in the order of the jobs; every field of the crontab is written out.

    An interval has none: beat makes its row from the settings.
    """
    return {name: row for job in jobs if not job.interval for name, row in _rows(job, configuration)}


def _rows(job: Job, configuration: Generate) -> Iterator[tuple[str, Row]]:
    assert job.expression is not None
    entries, zone, headers = _crontabs(job, configuration)
    for name, entry in zip(entry_names(job.id, len(entries)), entries, strict=True):
        yield (
            name,
            {
                "task": task_name(job, configuration),
                "crontab": {**entry.as_dict(), "timezone": zone},
                "expire_seconds": expiry(job.expression),
                "headers": headers,
            },
        )


def _crontabs(
    job: Job, configuration: Generate
) -> tuple[tuple[CeleryCrontab, ...], str, dict[str, dict[str, str]]]:
    """The crontabs of a job's rows, their zone, and what our scheduler needs beside them."""
    assert job.expression is not None
    chosen = choose(job.expression, job.timezone, app=job.timezone) if configuration.keeps_nights else None
    if not isinstance(chosen, AsCron):
        return lower(job.expression), job.timezone, {}
    header = {"expression": chosen.text, "timezone": chosen.timezone}
    if chosen.dialect != DEBIAN.name:
        header["dialect"] = chosen.dialect
    needed = {} if chosen.timezone == "UTC" else {HEADER: header}  # no such nights there
    return lower(chosen.expression), chosen.timezone, needed
