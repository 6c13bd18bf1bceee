"""What a job's task is called, and in which module it is."""

from __future__ import annotations

from collections.abc import Sequence

from migrator.configuration import Generate
from migrator.sources.job import Job


def task_name(job: Job, configuration: Generate) -> str:
    """The explicit name: moving the module changes nothing in the broker or in beat's rows."""
    return f"{configuration.place_of(job.app)[0]}.{job.id}"


def by_module(jobs: Sequence[Job], configuration: Generate) -> dict[str, list[Job]]:
    """The modules of tasks that have any, each with its jobs; the default one where no module has."""
    found: dict[str, list[Job]] = {}
    for job in jobs:
        found.setdefault(configuration.place_of(job.app)[1], []).append(job)
    return found or {configuration.tasks: []}


def entry_names(identity: str, count: int) -> list[str]:
    """What beat's entries of a job are called, be they rows or stand in the module of the schedule."""
    return [identity if number == 1 else f"{identity}-{number}" for number in range(1, count + 1)]
