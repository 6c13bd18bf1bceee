"""Many entries due in one minute, sent to RabbitMQ: our schedulers beside the ones that they stand in for.

Celery's own send one entry in a tick and compare all entries at each, so that ten thousand of them take
many minutes: their pace is taken from the first of them, and told for all.
"""

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, beat, current_app
from celery.schedules import crontab
from django_celery_beat.models import CrontabSchedule, PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler as RowsOfTheOriginal
from pytest_benchmark.fixture import BenchmarkFixture

from migrator.contrib.celery.beat import PersistentScheduler
from migrator.contrib.celery.database_beat import DatabaseScheduler

SAMPLE = 100  # messages by which the pace of Celery's own is told
QUEUE = "benchmark"

pytestmark = [pytest.mark.part("rabbitmq"), pytest.mark.benchmark(group="due in one minute")]


@pytest.fixture
def app(rabbitmq_url: str, caplog: pytest.LogCaptureFixture) -> Iterator[Any]:
    caplog.set_level(logging.WARNING, logger="celery.beat")  # as beat is started without -l
    app = Celery("benchmark", broker=rabbitmq_url, set_as_current=False)
    app.conf.update(timezone="UTC", result_expires=None, task_default_queue=QUEUE)
    app.conf.beat_cron_starting_deadline = 300
    before = current_app._get_current_object()
    app.set_current()  # schedules that come out of beat's file have no other app
    yield app
    before.set_current()


def a_minute_ago() -> str:
    return str((dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)).minute)


def in_a_file(kind: type[Any], app: Any, count: int, folder: Path) -> Any:
    """A scheduler with a file, whose entries have run four minutes ago."""
    schedule = crontab(minute=a_minute_ago(), app=app)
    app.conf.beat_schedule = {f"job{n}": {"task": "job", "schedule": schedule} for n in range(count)}
    scheduler = kind(app, schedule_filename=str(folder / kind.__module__))
    for entry in scheduler.schedule.values():
        entry.last_run_at -= dt.timedelta(minutes=4)
    return scheduler


def in_rows(kind: type[Any], app: Any, count: int, folder: Path) -> Any:
    """A scheduler with as many rows."""
    PeriodicTask.objects.all().delete()
    row = CrontabSchedule.objects.create(minute=a_minute_ago(), hour="*", timezone="UTC")
    earlier = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=4)
    PeriodicTask.objects.bulk_create(
        PeriodicTask(name=f"job{n}", task="job", crontab=row, last_run_at=earlier) for n in range(count)
    )
    app.conf.beat_schedule = {}
    return kind(app=app)


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1_000, 10_000])
@pytest.mark.parametrize(
    ("made", "ours", "original"),
    [
        pytest.param(in_a_file, PersistentScheduler, beat.PersistentScheduler, id="file"),
        pytest.param(in_rows, DatabaseScheduler, RowsOfTheOriginal, id="rows"),
    ],
)
def test_all_of_them(
    benchmark: BenchmarkFixture,
    app: Any,
    tmp_path: Path,
    made: Callable[..., Any],
    ours: type[Any],
    original: type[Any],
    count: int,
) -> None:
    scheduler = made(ours, app, count, tmp_path)
    benchmark.pedantic(scheduler.tick)
    assert messages(app, count) == count
    theirs = made(original, app, count, tmp_path)
    first = seconds_of(theirs.tick)
    pace = seconds_of(lambda: [theirs.tick() for _tick in range(SAMPLE)]) / SAMPLE
    messages(app, SAMPLE)
    benchmark.extra_info |= {"seconds of celery's own": round(first + pace * (count - 1), 1)}
    print(f"\n{count} entries: {benchmark.stats.stats.mean:.2f} s, {benchmark.extra_info}")


def messages(app: Any, wanted: int) -> int:
    """How many came to the queue, which is empty afterwards; the broker is a little behind."""
    with app.connection() as link:
        for _second in range(10):
            count = link.default_channel.queue_declare(QUEUE, passive=True).message_count
            if count >= wanted:
                break
            time.sleep(1)
        link.default_channel.queue_purge(QUEUE)
        return int(count)


def seconds_of(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
