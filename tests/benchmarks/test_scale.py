"""How the cost of what runs all the time grows with the number of jobs, on PostgreSQL.

Ten and a hundred jobs; MIGRATOR_BENCHMARK_JOBS names a larger number. Each job is due each hour, has left for
Celery, and has a day of runs. docs/explanation/scale.md has the numbers of one machine.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from django.conf import settings
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask
from pytest_benchmark.fixture import BenchmarkFixture

from migrator.adapters.spool import Spool
from migrator.cli.project import find_home
from migrator.comparison.jobs import JobDefinition
from migrator.configuration import Configuration
from migrator.contrib.celery.database_beat import DatabaseScheduler
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import models
from migrator.contrib.django.comparing import compare_jobs
from migrator.contrib.django.dashboard.gathering import board_of
from migrator.contrib.django.dashboard.ground import Ground
from migrator.contrib.django.dashboard.judging import judge_one
from migrator.contrib.django.left_rows import left_rows
from migrator.contrib.django.row_faults import row_faults
from migrator.contrib.django.sync import sync
from migrator.contrib.django.times import other_times
from migrator.contrib.django.watching import watch
from migrator.report.dashboard.board import Wish
from tests.real_ledger import real_ledger

SIZES = sorted({10, 100, int(os.environ.get("MIGRATOR_BENCHMARK_JOBS", "0")) or 100})
DAY = dt.timedelta(days=1)

pytestmark = pytest.mark.part("postgresql")


class Office:
    """So many jobs, with their rows of beat, their owners and a day of runs."""

    def __init__(self, count: int, folder: Path) -> None:
        self.now = timezone.now()
        found = [JobDefinition(f"job{n}", f"{n % 60} * * * *", "UTC") for n in range(count)]
        self.jobs = [MigratedJob(f"office.{one.id}", one, one) for one in found]
        self.spool = Spool(folder / "spool")
        (self.spool.folder / "jobs").mkdir(parents=True)
        self.app = Celery("scale", set_as_current=False, broker="memory://")
        self.app.conf.update(
            timezone="UTC", beat_scheduler="migrator.contrib.celery.database_beat:DatabaseScheduler"
        )
        self._rows()
        self._runs(found)

    def _rows(self) -> None:
        minutes = {
            n: CrontabSchedule.objects.create(minute=str(n), hour="*", timezone="UTC") for n in range(60)
        }
        PeriodicTask.objects.bulk_create(
            PeriodicTask(name=job.definition.id, task=job.task, crontab=minutes[n % 60], last_run_at=self.now)
            for n, job in enumerate(self.jobs)
        )

    def _runs(self, found: list[JobDefinition]) -> None:
        host = models.Host.objects.create(name="web1", user="deploy", spool="/spool")
        handovers = models.Handover.objects.bulk_create(
            models.Handover(
                job=job.id,
                owner="celery",
                previous="alternate",
                from_slot="-",
                from_due=self.now - DAY,
                who="x",
            )
            for job in found
        )
        models.Acknowledgement.objects.bulk_create(
            models.Acknowledgement(handover=one, host=host, effective=one.from_due, applied=True)
            for one in handovers
        )
        models.Run.objects.bulk_create(
            models.Run(
                run=f"{side}-{job.id}-{slot.name}", job=job.id, side=side, action=action, kind="scheduled",
                slot=slot.name, due=slot.due, started=slot.due, finished=slot.due, exit=0, host="web1",
            )
            for job in found
            for slot in job.between(self.now - DAY, self.now)
            for side, action in (("control", "yield"), ("candidate", "execute"))
        )  # fmt: skip


@pytest.fixture(scope="module", params=SIZES)
def office(
    request: pytest.FixtureRequest,
    postgres_url: str,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Office]:
    with real_ledger(postgres_url, django_db_blocker):
        yield Office(request.param, tmp_path_factory.mktemp("scale"))


def beat(office: Office) -> Callable[[], Any]:
    """A tick in which nothing is due."""
    scheduler = DatabaseScheduler(app=office.app)
    scheduler._finalize.cancel()  # it would save its rows at the end of this process
    scheduler.tick()
    return scheduler.tick


def first_sync(office: Office) -> Callable[[], Any]:
    """A host that is new writes a slot table for every job."""

    def work() -> None:
        for path in (office.spool.folder / "jobs").iterdir():
            path.unlink()
        sync(office.spool, [job.definition for job in office.jobs])

    return work


def next_sync(office: Office) -> Callable[[], Any]:
    """The one of each minute, with nothing new."""
    definitions = [job.definition for job in office.jobs]
    sync(office.spool, definitions)
    return lambda: sync(office.spool, definitions)


def board(office: Office) -> Callable[[], Any]:
    """A look at it, with a verdict on each job."""
    by_name = {job.definition.id: job for job in office.jobs}
    ground = Ground(office.app, by_name, Configuration(), find_home(settings.BASE_DIR))
    for job in office.jobs:
        judge_one(ground, job, office.now, {})
    return lambda: board_of(ground, Wish.of({}), office.now)


WORK: dict[str, Callable[[Office], Callable[[], Any]]] = {
    "sync, first": first_sync,
    "sync": next_sync,
    "beat, idle tick": beat,
    "check": lambda office: lambda: watch(office.jobs, {}, now=office.now),
    "compare": lambda office: lambda: compare_jobs(office.jobs, now=office.now, shown=0),
    "board": board,
    "doctor, rows": lambda office: (
        lambda: [
            *left_rows(office.app, office.jobs),
            *row_faults(office.app, office.jobs, office.now),
            *other_times(office.app, office.jobs, office.now, told=(), moves={}),
        ]
    ),
}


@pytest.mark.parametrize("name", WORK)
def test_scale(benchmark: BenchmarkFixture, office: Office, name: str) -> None:
    benchmark.group = name
    work = WORK[name](office)
    before = time.process_time()
    rounds = 3 if len(office.jobs) <= 100 else 1
    benchmark.pedantic(work, rounds=rounds)
    ours = (time.process_time() - before) / rounds  # what else the machine does is not in it
    per_job = ours / len(office.jobs)
    benchmark.extra_info |= {"jobs": len(office.jobs), "ms of processor a job": round(per_job * 1000, 3)}
    print(f"\n{name}: {len(office.jobs)} jobs, {ours * 1000:.0f} ms of processor, {per_job * 1000:.2f} a job")
