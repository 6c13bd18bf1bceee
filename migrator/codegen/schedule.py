"""The module with ``CELERY_BEAT_SCHEDULE``: when beat sends each task."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import pairwise
from zoneinfo import ZoneInfo

from migrator.codegen.python_text import call, comment, quoted
from migrator.configuration import Generate
from migrator.equivalence.celery_crontab import CeleryCrontab
from migrator.equivalence.lower import lower
from migrator.redaction import redact
from migrator.schedule.expression import CronExpression
from migrator.schedule.occurrences import following
from migrator.sources.job import Job

_SAMPLE_START = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
_SAMPLE = 64  # occurrences; the shortest gap of a cron schedule recurs within a day or a few weeks
_SCHEDULE = '        "schedule": '
LONGEST_EXPIRY = 3600  # seconds


def schedule_module(jobs: Sequence[Job], configuration: Generate) -> str:
    """The text of the schedule module for the jobs that move."""
    zones = sorted({job.timezone for job in jobs}) or ["UTC"]
    lines = [
        '"""What beat sends, and when; written by `migrator generate`.\n',
        f"Times are wall-clock times in CELERY_TIMEZONE, which has to be {', '.join(zones)}.",
        "A message that no worker takes in time expires, because cron never catches up.",
        '"""\n',
        "from __future__ import annotations\n",
        "from celery.schedules import crontab\n",
        "CELERY_BEAT_SCHEDULE = {",
    ]
    for job in jobs:
        lines += _entries(job, configuration)
    return "\n".join([*lines, "}"]) + "\n"


def _entries(job: Job, configuration: Generate) -> Iterator[str]:
    assert job.expression is not None
    expires = "expire_seconds" if configuration.scheduler == "database" else "expires"
    for number, entry in enumerate(lower(job.expression), 1):
        name = job.id if number == 1 else f"{job.id}-{number}"
        yield comment(redact(f"{job.places[0]}  {job.expression.text}  {_command(job)}"), 4)
        remark = "" if number == 1 else "  # and the weekdays that the entry above leaves out"
        yield f"    {quoted(name)}: {{{remark}"
        yield f'        "task": {quoted(f"{configuration.app_label}.{job.id}")},'
        yield f"{_SCHEDULE}{_schedule(entry)},"
        yield f'        "options": {{{quoted(expires)}: {expiry(job.expression)}}},'
        yield "    },"


def _command(job: Job) -> str:
    return " + ".join(" ".join((step.name, *step.argv)) for step in job.reading.steps)


def _schedule(entry: CeleryCrontab) -> str:
    arguments = [f"{name}={quoted(value)}" for name, value in entry.as_dict().items() if value != "*"]
    return call("crontab", arguments, 8, beside=len(_SCHEDULE.strip()) + len(" ,"))


def expiry(expression: CronExpression) -> int:
    """Seconds after which a message is stale: half the shortest gap between runs, an hour at most."""
    slots = following(expression, ZoneInfo("UTC"), _SAMPLE_START, _SAMPLE)
    gaps = [(later.due - sooner.due).total_seconds() for sooner, later in pairwise(slots)]
    return min(LONGEST_EXPIRY, int(min(gaps, default=2 * LONGEST_EXPIRY) / 2))
