"""doctor tells that beat has stopped from any row that was due, before a job has missed its slot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from celery import Celery
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from migrator.comparison.jobs import JobDefinition
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django.beat import beat_entries
from migrator.contrib.django.checks import State
from migrator.contrib.django.preflight import beat

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 2, 11, 30, tzinfo=dt.UTC)
DEFINITION = JobDefinition("report", "0 4 1 * *", "Europe/Warsaw")  # not due for a month
JOB = MigratedJob("shop.report", DEFINITION, DEFINITION)


@pytest.fixture
def app() -> Iterator[Celery]:
    app = Celery("stopped", set_as_current=False, broker="memory://")
    app.conf.update(
        beat_scheduler="django_celery_beat.schedulers:DatabaseScheduler", beat_schedule={}, beat_sync_every=1
    )
    yield app
    app.close()


def row(name: str, *, ago: int | None, enabled: bool = True, **schedule: object) -> None:
    """A row that was sent so many minutes ago."""
    last = None if ago is None else NOW - dt.timedelta(minutes=ago)
    kinds = schedule or {"crontab": CrontabSchedule.objects.get_or_create(timezone="Europe/Warsaw")[0]}
    made = PeriodicTask.objects.create(name=name, task="shop.other", **kinds)
    PeriodicTask.objects.filter(pk=made.pk).update(last_run_at=last, enabled=enabled)


def state(app: Celery) -> State:
    return beat(app, [JOB], beat_entries(app), NOW).state


def every(seconds: int) -> IntervalSchedule:
    return IntervalSchedule.objects.create(every=seconds, period="seconds")


def test_a_row_that_was_due_and_is_not_sent(app: Celery) -> None:
    row("minutely", ago=10)
    found = beat(app, [JOB], beat_entries(app), NOW)
    assert (found.state, found.code) == (State.FAIL, "CM467")
    assert found.fact == (
        "beat has sent nothing since 2026-03-02T11:20:00+00:00, and 2026-03-02T11:21+00:00 was due"
    )


def test_an_interval_that_has_passed(app: Celery) -> None:
    row("pulse", ago=10, interval=every(30))
    assert state(app) is State.FAIL


def test_beat_lives_while_it_sends_any(app: Celery) -> None:
    row("minutely", ago=1)
    row("stale", ago=9000)
    assert state(app) is State.OK


def test_what_beat_does_not_send_tells_nothing_of_it(app: Celery) -> None:
    """It was seen ten minutes ago; since then nothing but these was due."""
    row(
        "daily",
        ago=10,
        crontab=CrontabSchedule.objects.create(minute="20", hour="12", timezone="Europe/Warsaw"),
    )
    row("off", ago=20, enabled=False)
    row("never read", ago=None)
    row("never loaded", ago=20, crontab=CrontabSchedule.objects.create(day_of_week="7"))
    assert state(app) is State.OK


def test_where_it_saves_every_three_minutes_only_it_has_longer(app: Celery) -> None:
    app.conf.beat_sync_every = 0
    row("minutely", ago=5)
    assert state(app) is State.OK
    PeriodicTask.objects.update(last_run_at=timezone.now() - dt.timedelta(days=365 * 9))
    assert state(app) is State.FAIL
