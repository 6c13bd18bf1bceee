"""Lines that have left cron: still their job's, until somebody writes them there anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.sources.job import Declared


def in_cron(jobs: Sequence[Declared]) -> Iterator[Declared]:
    """The jobs of a file, each once: a line that is retired and there again is one job, which is back."""
    gone = {_line(one): one.recorded or "" for one in jobs if one.retired}
    if not gone:
        yield from jobs
        return
    back = {_line(one) for one in jobs if _is_back(one, gone)}
    for job in jobs:
        if _is_back(job, gone):
            identity = gone[_line(job)]
            finding = came_back(job.place, identity)
            yield replace(job, recorded=identity, findings=(*job.findings, finding))
        elif not job.retired or _line(job) not in back:
            yield job


def came_back(place: Place, job: str) -> Finding:
    """The finding for a line from which cron runs a job that has left it."""
    return Finding(
        "CM601",
        place,
        _("the line of {job} has left cron, and is back").format(job=job),
        _("find what wrote it and take it out there too; or run `migrator cutover rollback {job}`").format(
            job=job
        ),
    )


def _line(job: Declared) -> tuple[str, ...]:
    return (job.user or "", job.schedule.text, *job.raw.split())


def _is_back(job: Declared, gone: dict[tuple[str, ...], str]) -> bool:
    """Whether a live line is one that has left: the recorder's id tells apart two that were equal."""
    left = gone.get(_line(job))
    ours = not job.retired and not job.foreign
    return ours and left is not None and job.recorded in (None, left)
