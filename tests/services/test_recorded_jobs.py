"""Which jobs have runs, and what others say of the machinery around a slot, on each database."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from django.db import connection
from django.test.utils import CaptureQueriesContext

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Side
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django.explaining import facts_about
from migrator.contrib.django.models import Run
from migrator.contrib.django.recorded import recorded_jobs

NOON = dt.datetime(2026, 9, 21, 12, tzinfo=dt.UTC)
NOONS = JobDefinition("noons", "0 12 * * *", "UTC")
HOUR = dt.timedelta(hours=1)


def record(job: str, side: Side, started: dt.datetime) -> None:
    name = f"{job} {side} {started}"
    Run.objects.create(run=name, job=job, side=side, action="execute", kind="scheduled", started=started)


def test_the_jobs_that_have_runs(ledger: Path) -> None:
    assert recorded_jobs() == set()
    for job in ("b", "Żuk", "a", "a-2", "ż", "z"):
        for hours in range(3):
            record(job, Side.CONTROL, NOON + hours * HOUR)
    assert recorded_jobs() == {"b", "Żuk", "a", "a-2", "ż", "z"}


def test_what_other_jobs_tell_of_a_slot_is_found_by_the_index(ledger: Path) -> None:
    record("noons", Side.CANDIDATE, NOON)
    record("near", Side.CONTROL, NOON + HOUR / 10)
    record("far", Side.CANDIDATE, NOON + HOUR)
    [slot] = NOONS.following(NOON, 1)
    with CaptureQueriesContext(connection) as queries:
        facts = facts_about(MigratedJob("tasks.noons", NOONS, NOONS), slot, NOON + HOUR)
    assert facts.others == {Side.CONTROL}
    reading = [one["sql"] for one in queries if "migrator_run" in one["sql"] and "WHERE" in one["sql"]]
    assert all("job" in sql.partition("WHERE")[2] for sql in reading)
