"""The module with ``CELERY_BEAT_SCHEDULE``: when beat sends each task."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from zoneinfo import ZoneInfo

from migrator.codegen.python_text import call, comment, quoted
from migrator.configuration import Generate
from migrator.equivalence.celery_crontab import CeleryCrontab
from migrator.equivalence.lower import lower
from migrator.errors import BadExpression
from migrator.redaction import redact
from migrator.schedule.dialect import DEBIAN, DIALECTS
from migrator.schedule.expression import CronExpression, parse
from migrator.schedule.occurrences import following
from migrator.schedule.parting import minutes_in_utc, partings
from migrator.sources.job import Job
from migrator.zones import zone_of

_SAMPLE_START = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
_SAMPLE = 64  # occurrences; the shortest gap of a cron schedule recurs within a day or a few weeks
_SCHEDULE = '        "schedule": '
_BESIDE = len(_SCHEDULE.strip()) + len(" ,")
_STOCK, _EXACT = "crontab", "CronSchedule"
_NIGHTS = ("CronSchedule starts as cron does on the nights of the clock change, in its own zone.",)
LONGEST_EXPIRY = 3600  # seconds
# The years in which a zone's clock is looked at begin on a date of their own, so that the same
# crontab gives the same bytes in any year; after 28 of them the calendar begins again.
_YEARS = 28


def schedule_module(jobs: Sequence[Job], configuration: Generate) -> str:
    """The text of the schedule module for the jobs that move."""
    zone = app_zone(jobs)
    schedules = {job.id: list(_schedules(job, configuration, zone)) for job in jobs}
    texts = [text for one in schedules.values() for text in one]
    exact = any(text.startswith(_EXACT) for text in texts)
    lines = [
        '"""What beat sends, and when; written by `migrator generate`.\n',
        f"Times are wall-clock times in CELERY_TIMEZONE, which has to be {zone}.",
        *_NIGHTS[:exact],
        "A message that no worker takes in time expires, because cron never catches up.",
        '"""\n',
        "from __future__ import annotations\n",
        *["from celery.schedules import crontab"] * any(text.startswith(_STOCK) for text in texts),
        *["from migrator.contrib.celery.cron_schedule import CronSchedule"] * exact,
        "\nCELERY_BEAT_SCHEDULE = {",
    ]
    for job in jobs:
        lines += _entries(job, configuration, schedules[job.id])
    return "\n".join([*lines, "}"]) + "\n"


def app_zone(jobs: Sequence[Job]) -> str:
    """The zone that CELERY_TIMEZONE has to be: the one of most jobs."""
    return next((zone for zone, _count in Counter(job.timezone for job in jobs).most_common(1)), "UTC")


def _schedules(job: Job, configuration: Generate, app: str) -> Iterator[str]:
    """The schedules of a job's entries: Celery's own wherever they fire as cron does."""
    assert job.expression is not None
    zone, exact = zone_of(job.timezone), configuration.clock_changes == "exact"
    parted = exact and partings(job.expression, zone, _SAMPLE_START.date(), years=_YEARS)
    if not parted and job.timezone == app:
        yield from map(_stock, lower(job.expression))
    elif minutes := minutes_in_utc(job.expression, zone, _SAMPLE_START.date(), _YEARS):
        # an entry in UTC has no such nights, and a row of it fires rightly whoever reads it
        yield _exact(f"{','.join(map(str, minutes))} * * * *", "UTC")
    else:
        text = " ".join(job.expression.text.split())
        yield _exact(text, job.timezone, _dialect(job.expression))


def _dialect(expression: CronExpression) -> str:
    """The daemon that reads the expression's text so."""
    for dialect in DIALECTS.values():
        try:
            if parse(expression.text, dialect) == expression:
                return dialect.name
        except BadExpression:
            continue
    return DEBIAN.name


def _entries(job: Job, configuration: Generate, schedules: Sequence[str]) -> Iterator[str]:
    assert job.expression is not None
    expires = "expire_seconds" if configuration.scheduler == "database" else "expires"
    for number, schedule in enumerate(schedules, 1):
        name = job.id if number == 1 else f"{job.id}-{number}"
        yield comment(redact(f"{job.places[0]}  {job.expression.text}  {_command(job)}"), 4)
        remark = "" if number == 1 else "  # and the weekdays that the entry above leaves out"
        yield f"    {quoted(name)}: {{{remark}"
        yield f'        "task": {quoted(f"{configuration.app_label}.{job.id}")},'
        yield f"{_SCHEDULE}{schedule},"
        yield f'        "options": {{{quoted(expires)}: {expiry(job.expression)}}},'
        yield "    },"


def _command(job: Job) -> str:
    return " + ".join(" ".join((step.name, *step.argv)) for step in job.reading.steps)


def _stock(entry: CeleryCrontab) -> str:
    arguments = [f"{name}={quoted(value)}" for name, value in entry.as_dict().items() if value != "*"]
    return call(_STOCK, arguments, 8, beside=_BESIDE)


def _exact(text: str, timezone: str, dialect: str = DEBIAN.name) -> str:
    named = [] if dialect == DEBIAN.name else [f"dialect={quoted(dialect)}"]
    return call(_EXACT, [quoted(text), quoted(timezone), *named], 8, beside=_BESIDE)


def expiry(expression: CronExpression) -> int:
    """Seconds after which a message is stale: half the shortest gap between runs, an hour at most."""
    slots = following(expression, ZoneInfo("UTC"), _SAMPLE_START, _SAMPLE)
    gaps = [(later.due - sooner.due).total_seconds() for sooner, later in pairwise(slots)]
    return min(LONGEST_EXPIRY, int(min(gaps, default=2 * LONGEST_EXPIRY) / 2))
