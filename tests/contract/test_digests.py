"""Digests of moments that are hard to come by: the hour that is there twice, and a mail server that dawdles."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Owner, Side
from migrator.comparison.runs import Action, Kind
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import digest, models
from migrator.report.digest import Mail

pytestmark = pytest.mark.django_db

PEOPLE = {f"job{number}": (f"person{number}@shop.example",) for number in range(3)}
JOBS = [
    MigratedJob(f"tasks.{name}", job, job)
    for name in PEOPLE
    for job in [JobDefinition(name, "*/10 * * * *", "Europe/Warsaw")]
]
MINUTES = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def on_the_clock_of_warsaw(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Warsaw"


def failed(since: dt.datetime, until: dt.datetime) -> None:
    """Each job is Celery's and failed at each of its slots."""
    for job in JOBS:
        name = job.definition.id
        models.Handover.objects.create(
            job=name, owner=Owner.CELERY, previous=Owner.CRON, from_slot="-", from_due=since, who="me"
        )
        for slot in job.definition.between(since, until):
            models.Run.objects.create(
                run=f"{name} {slot.name}", job=name, side=Side.CANDIDATE, action=Action.EXECUTE,
                kind=Kind.SCHEDULED, slot=slot.name, due=slot.due, started=slot.due, finished=slot.due,
                exit=1,
            )  # fmt: skip


def sent(now: dt.datetime, kind: str = "hour") -> list[Mail] | None:
    return digest.send_digest(JOBS, {}, PEOPLE, kind=kind, now=now)


@pytest.mark.parametrize("before", [True, False])
def test_what_failed_in_the_first_of_two_hours_is_told(before: bool) -> None:
    first = dt.datetime(2026, 10, 25, 0, tzinfo=dt.UTC)  # 2:00 in summer's time, of which there are two
    failed(first, first + 60 * MINUTES)
    if before:
        assert sent(first + 5 * MINUTES) == []
    mails = sent(first + 65 * MINUTES) or []
    assert len(mails) == len(JOBS)
    assert all(one.body.startswith("From 2026-10-25 02:00+02:00 to 2026-10-25 02:00+01:00:") for one in mails)
