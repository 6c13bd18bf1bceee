"""The module with ``CELERY_BEAT_SCHEDULE``: when beat sends each task."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from migrator.codegen.naming import entry_names, task_name
from migrator.codegen.python_text import call, comment, quoted
from migrator.configuration import Generate
from migrator.equivalence.celery_crontab import CeleryCrontab
from migrator.equivalence.choice import CLASS, AsCron, choose
from migrator.equivalence.lower import lower
from migrator.redaction import redact
from migrator.schedule.expression import CronExpression
from migrator.schedule.occurrences import following
from migrator.sources.job import Job

_SAMPLE_START = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
_SAMPLE = 64  # occurrences; the shortest gap of a cron schedule recurs within a day or a few weeks
_SCHEDULE = '        "schedule": '
_BESIDE = len(_SCHEDULE.strip()) + len(" ,")
_STOCK = "crontab"
_COUNTED = "schedule"
_NEVER_LATE = (
    "A message that no worker takes in time expires, because cron never catches up; nor does",
    "beat with CELERY_BEAT_CRON_STARTING_DEADLINE = 60 and CELERY_BEAT_SYNC_EVERY = 1.",
)
_NIGHTS = ("CronSchedule starts as cron does on the nights of the clock change, in its own zone.",)
_INTERVALS = ("An interval counts from its last start, which beat keeps over a restart.",)
LONGEST_EXPIRY = 3600  # seconds


def schedule_module(jobs: Sequence[Job], configuration: Generate) -> str:
    """The text of the schedule module for the jobs that move."""
    zone = app_zone(jobs)
    schedules = {job.id: list(_schedules(job, configuration, zone)) for job in jobs}
    texts = [text for one in schedules.values() for text in one]
    exact = any(text.startswith(CLASS) for text in texts)
    stock, counted = (any(text.startswith(f"{name}(") for text in texts) for name in (_STOCK, _COUNTED))
    lines = [
        '"""What beat sends, and when; written by `migrator generate`.\n',
        f"Times are wall-clock times in CELERY_TIMEZONE, which has to be {zone}.",
        *_NIGHTS[:exact],
        *_INTERVALS[:counted],
        *_NEVER_LATE,
        '"""\n',
        "from __future__ import annotations\n",
        *["from datetime import timedelta\n"] * bool(counted),
        *_imported(stock, counted),
        *[f"from migrator.contrib.celery.cron_schedule import {CLASS}"] * exact,
        "\nCELERY_BEAT_SCHEDULE = {",
    ]
    for job in jobs:
        lines += _entries(job, configuration, schedules[job.id])
    return "\n".join([*lines, "}"]) + "\n"


def has_cron_schedules(jobs: Sequence[Job], configuration: Generate) -> bool:
    """Whether some entry is a schedule of ours, because Celery's crontab would differ."""
    zone = app_zone(jobs)
    return configuration.keeps_nights and any(
        isinstance(choose(job.expression, job.timezone, app=zone), AsCron) for job in jobs if job.expression
    )


def app_zone(jobs: Sequence[Job]) -> str:
    """The zone that CELERY_TIMEZONE has to be: the one of most jobs."""
    return next((zone for zone, _count in Counter(job.timezone for job in jobs).most_common(1)), "UTC")


def _schedules(job: Job, configuration: Generate, app: str) -> Iterator[str]:
    """The schedules of a job's entries, as Python has them."""
    if job.interval:
        yield f"{_COUNTED}(timedelta({_length(job.interval.seconds)}))"
        return
    assert job.expression is not None
    exact = configuration.keeps_nights
    chosen = choose(job.expression, job.timezone, app=app) if exact else lower(job.expression)
    if isinstance(chosen, AsCron):
        yield call(CLASS, list(chosen.arguments), 8, beside=_BESIDE)
    else:
        yield from map(_stock, chosen)


def _entries(job: Job, configuration: Generate, schedules: Sequence[str]) -> Iterator[str]:
    expires = "expire_seconds" if configuration.scheduler == "database" else "expires"
    for name, schedule in zip(entry_names(job.id, len(schedules)), schedules, strict=True):
        yield comment(redact(f"{job.places[0]}  {job.schedule.text}  {_command(job)}"), 4)
        remark = "" if name == job.id else "  # and the weekdays that the entry above leaves out"
        yield f"    {quoted(name)}: {{{remark}"
        yield f'        "task": {quoted(task_name(job, configuration))},'
        yield f"{_SCHEDULE}{schedule},"
        yield f'        "options": {{{quoted(expires)}: {expiry_of(job)}}},'
        yield "    },"


def _command(job: Job) -> str:
    return " + ".join(" ".join((step.name, *step.argv)) for step in job.reading.steps)


def _stock(entry: CeleryCrontab) -> str:
    arguments = [f"{name}={quoted(value)}" for name, value in entry.as_dict().items() if value != "*"]
    return call(_STOCK, arguments, 8, beside=_BESIDE)


def _imported(stock: bool, counted: bool) -> list[str]:
    names = [_STOCK] * stock + [_COUNTED] * counted
    return [f"from celery.schedules import {', '.join(names)}"] if names else []


def _length(seconds: int) -> str:
    """A length of time as a person writes it."""
    for name, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds % length == 0:
            return f"{name}={seconds // length}"
    return f"seconds={seconds}"


def expiry_of(job: Job) -> int:
    """Seconds after which a message is stale: half its interval, at least one second."""
    if job.interval:
        return max(1, min(LONGEST_EXPIRY, job.interval.seconds // 2))
    assert job.expression is not None
    return expiry(job.expression)


@lru_cache(maxsize=4096)
def expiry(expression: CronExpression) -> int:
    """Seconds after which a message is stale: half the shortest gap between runs, an hour at most."""
    slots = following(expression, ZoneInfo("UTC"), _SAMPLE_START, _SAMPLE)
    gaps = [(later.due - sooner.due).total_seconds() for sooner, later in pairwise(slots)]
    return min(LONGEST_EXPIRY, int(min(gaps, default=2 * LONGEST_EXPIRY) / 2))
