"""Each job as an outside monitor wants it declared: schedule, zone, and how long its silence may last.

Only what can be derived. The daemons behind healthchecks.io and Sentry read five fields as
Debian's cron does, so the schedule is the crontab's own.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice, pairwise, takewhile
from typing import Any

from migrator.codegen.schedule import expiry, expiry_of
from migrator.schedule.kinds import Interval
from migrator.schedule.occurrences import occurrences
from migrator.sources.job import Job
from migrator.zones import zone_of

HORIZON = dt.timedelta(days=5 * 366)
SAMPLE = 50_000  # slots: a month of minutes, five years of hours, and every clock change where it matters
MINUTE = 60
SENTRY_SLUG = 50  # characters


@dataclass(frozen=True, slots=True)
class Monitor:
    """One job; seconds: ``grace`` from a slot to its success, ``silence`` between two successes.

    ``silence`` None: the job has no two slots in the years to come. ``every``: an interval, in seconds.
    """

    job: str
    schedule: str
    timezone: str
    grace: int
    silence: int | None
    every: int | None = None


def monitor_of(job: Job, now: dt.datetime) -> Monitor:
    """What can be derived of a job that moves.

    The line's own limit for the age of the last success decides; without one, the grace is
    half the shortest gap, an hour at most, and the silence is the longest gap and the grace.
    """
    if job.interval:
        return _of_interval(job, job.interval)
    assert job.expression is not None
    slots = takewhile(
        lambda slot: slot.due < now + HORIZON, occurrences(job.expression, zone_of(job.timezone), now)
    )
    gaps = [(b.due - a.due).total_seconds() for a, b in pairwise(islice(slots, SAMPLE))]
    longest, grace = int(max(gaps, default=0)), max(MINUTE, expiry(job.expression))
    limit = job.reading.freshness
    if limit and limit > longest:
        grace = max(MINUTE, limit - longest)
    return Monitor(
        job.id,
        " ".join(field.text for field in job.expression.fields),
        job.timezone,
        grace,
        (limit or longest + grace) if gaps else limit,
    )


def _of_interval(job: Job, interval: Interval) -> Monitor:
    """Counted from the last start: no zone, and a silence of one interval and the grace."""
    every, limit = interval.seconds, job.reading.freshness
    grace = max(MINUTE, limit - every if limit and limit > every else expiry_of(job))
    return Monitor(job.id, interval.text, job.timezone, grace, limit or every + grace, every)


def healthchecks(monitors: Iterable[Monitor]) -> str:
    """Bodies for healthchecks.io's API, one for each check; ``slug`` is what a task pings."""
    checks = [
        {
            "name": one.job,
            "slug": one.job.lower().replace("_", "-"),
            "tags": "migrated-from-cron",
            # healthchecks.io refuses a timeout below a minute
            **(
                {"timeout": max(MINUTE, one.every)}
                if one.every
                else {"schedule": one.schedule, "tz": one.timezone}
            ),
            "grace": one.grace,
            "unique": ["slug"],
        }
        for one in monitors
    ]
    return _json(checks)


def sentry(monitors: Iterable[Monitor]) -> str:
    """The ``monitor_config`` of each job, by the slug of its Sentry cron monitor.

    Sentry's SDK makes a monitor for each entry of beat under the entry's name, which is the job's id.
    """
    return _json(
        {
            sentry_slug(one.job): {
                **_sentry_schedule(one),
                "checkin_margin": math.ceil(one.grace / MINUTE),
                "failure_issue_threshold": 1,
                "recovery_threshold": 1,
            }
            for one in monitors
        }
    )


def _sentry_schedule(one: Monitor) -> dict[str, Any]:
    if one.every is None:
        return {"schedule": {"type": "crontab", "value": one.schedule}, "timezone": one.timezone}
    # Sentry knows no unit below the minute
    return {"schedule": {"type": "interval", "value": math.ceil(one.every / MINUTE), "unit": "minute"}}


def sentry_slug(name: str) -> str:
    """What Sentry files a monitor's check-ins under: Django's slugify of its name, fifty characters."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.sub(r"[^\w\s-]", "", letters.lower())
    return re.sub(r"[-\s]+", "-", words).strip("-_")[:SENTRY_SLUG].strip("-")


def prometheus(monitors: Iterable[Monitor]) -> str:
    """Alert rules on what ``migrator check --format prometheus`` writes for a textfile collector."""
    lines = ["groups:", "  - name: migrated-from-cron", "    rules:"]
    lines += _rule("MigratorCheckStopped", f"time() - {CHECKED} > 300", "migrator check has not run")
    lines += _rule("JobNotWell", f"{WELL} == 0", "a slot was missed, failed or executed twice", wait="0m")
    for one in monitors:
        if one.silence is None:
            continue
        age = f'time() - {SUCCESS}{{job_id="{one.job}"}} > {one.silence}'
        when = f"every {one.every} s" if one.every else f"{one.schedule} in {one.timezone}"
        about = f"{one.job} ({when}) has had no success for {one.silence} s"
        lines += _rule("JobStale", age, about, job=one.job)
    return "\n".join(lines) + "\n"


WELL = "migrator_job_well"
SUCCESS = "migrator_job_last_success_timestamp_seconds"
TROUBLES = "migrator_job_troubles"
OWNER = "migrator_job_owner"
SYNCED = "migrator_host_last_sync_timestamp_seconds"
CHECKED = "migrator_check_timestamp_seconds"


def _rule(name: str, expression: str, summary: str, *, wait: str = "1m", job: str | None = None) -> list[str]:
    labels = ["severity: critical", *([f"job_id: {json.dumps(job)}"] if job else [])]
    return [
        f"      - alert: {name}",
        f"        expr: {json.dumps(expression)}",
        f"        for: {wait}",
        "        labels:",
        *(f"          {label}" for label in labels),
        "        annotations:",
        f"          summary: {json.dumps(summary)}",
    ]


def _json(document: Any) -> str:
    return json.dumps(document, indent=2) + "\n"
