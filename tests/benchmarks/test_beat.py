"""Many entries due in one minute, sent to RabbitMQ: our schedulers beside the ones that they stand in for.

Celery's own send one entry in a tick and compare all entries at each, so that ten thousand of them take
many minutes: their pace is taken from the first of them, and told for all. A share is of the processor
time that a bare ``send_task`` for as many messages takes in the same run.
"""

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from celery import Celery, beat, signals
from celery.schedules import crontab
from django_celery_beat.models import CrontabSchedule, PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler as RowsOfTheOriginal
from pytest_benchmark.fixture import BenchmarkFixture

from migrator.contrib.celery.beat import PersistentScheduler
from migrator.contrib.celery.cron_schedule import CronSchedule
from migrator.contrib.celery.database_beat import DatabaseScheduler
from migrator.contrib.celery.slots import Stamper
from migrator.contrib.django.tasks import recorded
from migrator.schedule.expression import parse
from migrator.schedule.occurrences import occurrences
from tests.own_celery import current

SAMPLE = 100  # messages by which the pace of Celery's own is told
QUEUE = "benchmark"

pytestmark = [pytest.mark.part("rabbitmq"), pytest.mark.benchmark(group="due in one minute")]


@pytest.fixture
def app(rabbitmq_url: str, caplog: pytest.LogCaptureFixture) -> Iterator[Any]:
    caplog.set_level(logging.WARNING, logger="celery.beat")  # as beat is started without -l
    app = Celery("benchmark", broker=rabbitmq_url, set_as_current=False)
    app.conf.update(timezone="UTC", result_expires=None, task_default_queue=QUEUE)
    app.conf.beat_cron_starting_deadline = 300
    with current(app):
        yield app


def a_minute_ago() -> str:
    return str((dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)).minute)


def in_a_file(kind: type[Any], app: Any, count: int, folder: Path, *, exact: bool = False) -> Any:
    """A scheduler with a file, whose entries have run four minutes ago."""
    minute = a_minute_ago()
    schedule = CronSchedule(f"{minute} * * * *", app=app) if exact else crontab(minute=minute, app=app)
    app.conf.beat_schedule = {f"job{n}": {"task": "job", "schedule": schedule} for n in range(count)}
    scheduler = kind(app, schedule_filename=str(folder / kind.__module__))
    for entry in scheduler.schedule.values():
        entry.last_run_at -= dt.timedelta(minutes=4)
    return scheduler


def as_cron(kind: type[Any], app: Any, count: int, folder: Path) -> Any:
    """The same with schedules that fire as cron does."""
    return in_a_file(kind, app, count, folder, exact=True)


def in_rows(kind: type[Any], app: Any, count: int, folder: Path) -> Any:
    """A scheduler with as many rows."""
    PeriodicTask.objects.all().delete()
    row = CrontabSchedule.objects.create(minute=a_minute_ago(), hour="*", timezone="UTC")
    earlier = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=4)
    PeriodicTask.objects.bulk_create(
        PeriodicTask(name=f"job{n}", task="job", crontab=row, last_run_at=earlier) for n in range(count)
    )
    app.conf.beat_schedule = {}
    scheduler = kind(app=app)
    scheduler._finalize.cancel()  # it would save its rows at the end of this process
    return scheduler


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1_000, 10_000])
@pytest.mark.parametrize(
    ("made", "ours", "original"),
    [
        pytest.param(in_a_file, PersistentScheduler, beat.PersistentScheduler, id="file"),
        pytest.param(as_cron, PersistentScheduler, beat.PersistentScheduler, id="file, CronSchedule"),
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
    ours_took = processor_seconds_of(lambda: benchmark.pedantic(scheduler.tick))
    assert messages(app, count) == count
    bare = processor_seconds_of(lambda: send(app, count))
    messages(app, count)
    theirs = made(original, app, count, tmp_path)
    first, first_took = both_of(theirs.tick)
    pace, pace_took = (one / SAMPLE for one in both_of(lambda: [theirs.tick() for _tick in range(SAMPLE)]))
    messages(app, SAMPLE)
    benchmark.extra_info |= {
        "of the processor": round(ours_took, 2),
        "of a bare send_task": round(ours_took / bare, 2),
        "seconds of celery's own": round(first + pace * (count - 1), 1),
        "celery's own of a bare send_task": round((first_took + pace_took * (count - 1)) / bare, 1),
    }
    print(f"\n{count} entries: {benchmark.stats.stats.mean:.2f} s, {benchmark.extra_info}")


@pytest.mark.parametrize("text", ["* * * * *", "*/5 * * * *", "30 2 * * *"])
@pytest.mark.benchmark(group="a start of a schedule")
def test_a_start(benchmark: BenchmarkFixture, app: Any, text: str) -> None:
    """Not due, and due: what beat asks a schedule for each start, beside Celery's crontab."""
    fields = dict(zip(("minute", "hour"), text.split(), strict=False))
    starts = list(
        islice(occurrences(parse(text), ZoneInfo("UTC"), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)), 2000)
    )

    def walk(schedule: Any) -> None:
        last = starts[0].due
        for slot in starts[1:]:
            app.now = lambda: slot.due - dt.timedelta(seconds=1)  # noqa: B023
            assert not schedule.is_due(last).is_due
            app.now = lambda: slot.due  # noqa: B023
            assert schedule.is_due(last).is_due
            last = slot.due

    theirs = processor_seconds_of(lambda: walk(crontab(**fields, app=app)))
    ours = CronSchedule(text, app=app)
    took = processor_seconds_of(lambda: benchmark.pedantic(walk, (ours,)))
    benchmark.extra_info |= {"of celery's crontab": round(took / theirs, 2)}
    print(f"\n{text}: {took / len(starts) * 1e6:.0f} us a start, {benchmark.extra_info}")


@pytest.mark.benchmark(group="a message with its slot")
def test_the_slot_of_a_message(benchmark: BenchmarkFixture, app: Any) -> None:
    """What the slot in the headers adds to a message of beat's, beside the bare message."""

    @app.task(name="job")
    @recorded("job", expression="*/5 * * * *", timezone="Europe/Warsaw")
    def job() -> None: ...

    count, bare, took = 500, [], []
    for _round in range(12):  # in turns: the machine has other work, too
        bare.append(processor_seconds_of(lambda: send(app, count, job.apply_async)))
        stamper = Stamper(app)
        signals.before_task_publish.connect(stamper)
        took.append(processor_seconds_of(lambda: send(app, count, job.apply_async)))
        signals.before_task_publish.disconnect(stamper)
        messages(app, 2 * count)
    added = (min(took) - min(bare)) / count * 1000
    benchmark.extra_info |= {
        "ms a message": round(added, 3),
        "of a bare one": round(min(took) / min(bare), 2),
    }
    headers: dict[str, Any] = {}
    benchmark(lambda: Stamper(app)("job", headers.copy()))
    print(f"\n{benchmark.extra_info}; without the message: {benchmark.stats.stats.min * 1e6:.0f} us")


def send(app: Any, count: int, sending: Any = None) -> None:
    """So many messages, one after the other, on one connection."""
    sending = sending or partial(app.send_task, "job")
    with app.connection_for_write() as link:
        producer = app.amqp.Producer(link, auto_declare=False)
        for _message in range(count):
            sending((), {}, producer=producer)


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


def both_of(work: Callable[[], Any]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor."""
    took: list[float] = []
    seconds = seconds_of(lambda: took.append(processor_seconds_of(work)))
    return seconds, took[0]


def processor_seconds_of(work: Callable[[], Any]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def seconds_of(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
