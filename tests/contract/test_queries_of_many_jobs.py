"""What runs each minute asks the database as often for thirty jobs as for three."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from migrator.adapters.spool import Spool
from migrator.comparison.jobs import JobDefinition
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import models
from migrator.contrib.django.beats import beats
from migrator.contrib.django.sync import sync
from migrator.contrib.django.unrecorded import unrecorded
from migrator.contrib.django.watching import watch

# an acknowledgement is committed by itself
pytestmark = pytest.mark.django_db(transaction=True)

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


def office(count: int, now: dt.datetime) -> list[MigratedJob]:
    """So many hourly jobs that Celery owns, with some hours of runs on both sides."""
    jobs = [JobDefinition(f"job{number}", f"{number} * * * *", "UTC") for number in range(count)]
    for model in (models.Run, models.Handover, models.Host):
        model.objects.all().delete()
    for job in jobs:
        models.Handover.objects.create(
            job=job.id, owner="celery", previous="alternate", from_slot="-", from_due=now - DAY, who="me"
        )
    models.Run.objects.bulk_create(
        models.Run(
            run=f"{side}{job.id}{slot.name}", job=job.id, side=side, action=action, kind="scheduled",
            slot=slot.name, due=slot.due, started=slot.due, finished=slot.due, exit=0, task=slot.name,
        )
        for job in jobs
        for slot in job.between(now - 6 * HOUR, now)
        for side, action in (("control", "yield"), ("candidate", "execute"))
    )  # fmt: skip
    return [MigratedJob(f"office.{job.id}", job, job) for job in jobs]


def checked(jobs: list[MigratedJob], now: dt.datetime, _folder: Path) -> None:
    limits = {job.definition.id: 5 * HOUR for job in jobs}
    assert all(one.last_success and not one.problems for one in watch(jobs, limits, now=now))


def synced(jobs: list[MigratedJob], _now: dt.datetime, folder: Path) -> None:
    (folder / "jobs").mkdir(exist_ok=True)
    assert not sync(Spool(folder), [job.definition for job in jobs]).slow


def past_the_recorder(jobs: list[MigratedJob], now: dt.datetime, _folder: Path) -> None:
    assert not unrecorded([job.definition for job in jobs], dict, now)


def sent(jobs: list[MigratedJob], now: dt.datetime, _folder: Path) -> None:
    assert not [*beats(jobs, now)]


@pytest.mark.parametrize("work", [checked, synced, past_the_recorder, sent])
def test_queries_do_not_grow_with_jobs(work: Callable[..., Any], tmp_path: Path) -> None:
    now = timezone.now()
    counts = []
    for count in (3, 30):
        jobs = office(count, now)
        work(jobs, now, tmp_path)  # a host acknowledges what it meets for the first time
        with CaptureQueriesContext(connection) as queries:
            work(jobs, now, tmp_path)
        counts.append(len(queries))
    assert counts[0] == counts[1] < 20
