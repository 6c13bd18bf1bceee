"""Beat's schedule as the project has it, job by job, as a document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from migrator.configuration import Configuration
from migrator.equivalence.installed import Installed, Judged, explain_installed
from migrator.equivalence.prove import Differences
from migrator.redaction import redact
from migrator.report.proof import firsts_of, parting_document
from migrator.schedule.expression import CronExpression
from migrator.schedule.kinds import Interval
from migrator.sources.job import Job


def entries_of(job: str, entries: Iterable[Installed], configuration: Configuration) -> tuple[Installed, ...]:
    """The entries that do a job."""
    return tuple(entry for entry in entries if does(job, entry.name, entry.task, configuration))


def does(job: str, name: str, task: str, configuration: Configuration) -> bool:
    """Whether an entry does a job: migrator.toml names it or its task, or else its task has the job's id."""
    decision = configuration.jobs.get(job)
    named = decision.celery if decision else ()
    return bool({name, task} & set(named)) if named else task in configuration.generate.names_of(job)


def to_compare(jobs: Iterable[Job], configuration: Configuration) -> list[Job]:
    """The jobs that should have entries: Celery can have their schedule, and they may leave cron."""
    ignored = {name for name, decision in configuration.jobs.items() if decision.ignore}
    return [
        job
        for job in jobs
        if isinstance(job.schedule, CronExpression | Interval)
        and job.status != "stays"
        and job.id not in ignored
    ]


def without_job(
    entries: Sequence[Installed], jobs: Iterable[Job], configuration: Configuration
) -> list[Installed]:
    """The entries of generated tasks, by their label, that are no cron job's."""
    where = configuration.generate
    prefixes = tuple(f"{label}." for label in (where.app_label, *where.apps))
    taken = {entry.name for job in jobs for entry in entries_of(job.id, entries, configuration)}
    return [entry for entry in entries if entry.task.startswith(prefixes) and entry.name not in taken]


def judged_document(judged: Judged, *, accepted: bool) -> dict[str, Any]:
    """The proof of one job as JSON; ``accepted``: its differences where the clock jumps are."""
    found = judged.judgement
    firsts = firsts_of(found) if isinstance(found, Differences) else {}
    moment = getattr(found, "moment", None)
    return {
        "job": judged.job,
        "expression": judged.schedule.text,
        "timezone": judged.timezone,
        "entries": [entry_document(entry) for entry in judged.entries],
        "equal": judged.equal,
        "exact": judged.exact,
        "verdict": _verdict(judged),
        "moment": min(firsts.values(), default=moment.isoformat(timespec="minutes") if moment else None),
        "first": firsts,
        "sentence": redact(explain_installed(judged)),
        "differences": list(map(parting_document, judged.partings)),
        "accepted": accepted,
        "moved_from": judged.moved_from,
    }


def _verdict(judged: Judged) -> str:
    found = judged.judgement
    if isinstance(found, Differences):
        return type(found.verdict).__name__.lower()
    return {"OtherPace": "other pace", "OtherClock": "other clock"}.get(
        type(found).__name__, type(found).__name__.lower()
    )


def entry_document(entry: Installed) -> dict[str, Any]:
    """One entry of beat's as JSON."""
    return {
        "name": entry.name,
        "task": entry.task,
        "schedule": entry.written,
        "timezone": entry.timezone,
        "idle": redact(entry.idle) or None,
    }
