"""doctor holds the entries of a job against cron: as beat goes by them now, and as it will after a start."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from celery import Celery
from celery.schedules import crontab
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from migrator.comparison.jobs import JobDefinition
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django.checks import Check, State
from migrator.contrib.django.times import other_times

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 2, 11, 30, tzinfo=dt.UTC)
WARSAW = "Europe/Warsaw"
DEFINITION = JobDefinition("report", "0 4 * * *", WARSAW)
JOB = MigratedJob("shop.report", DEFINITION, DEFINITION)


def nothing() -> None:
    """A task that is never sent."""


@pytest.fixture
def app() -> Iterator[Celery]:
    app = Celery("times", set_as_current=False, broker="memory://")
    app.conf.update(
        beat_scheduler="django_celery_beat.schedulers:DatabaseScheduler", beat_schedule={}, timezone=WARSAW
    )
    app.task(nothing, name="shop.report")
    app.finalize()
    yield app
    app.close()


def setting(app: Celery, hour: str) -> None:
    app.conf.beat_schedule = {"report": {"task": "shop.report", "schedule": crontab(minute="0", hour=hour)}}


def row(hour: str, name: str = "report", timezone: str = WARSAW, *, enabled: bool = True) -> None:
    fires = CrontabSchedule.objects.create(minute="0", hour=hour, timezone=timezone)
    PeriodicTask.objects.create(name=name, task="shop.report", crontab=fires, enabled=enabled)


def found(app: Celery, *told: Check, move: str | None = None) -> list[str]:
    moves = {"report": move} if move else {}
    checks = list(other_times(app, [JOB], NOW, told=told, moves=moves))
    assert {check.code for check in checks} <= {"CM472"}
    return [f"{check.fact} -> {check.remedy}" for check in checks]


def test_what_cron_has_is_well(app: Celery) -> None:
    setting(app, "4")
    assert found(app) == []
    row("4")
    assert found(app) == []


def test_a_row_that_the_settings_will_mend(app: Celery) -> None:
    setting(app, "4")
    row("3")
    [told] = found(app)
    assert told.startswith(
        "report does not fire as under cron: Celery fires once too often, at 2026-03-02 03:00"
    )
    assert told.endswith("-> correct the row; or start beat again, which writes the settings over it")


def test_settings_that_will_spoil_the_row(app: Celery) -> None:
    setting(app, "3")
    row("4")
    [told] = found(app)
    assert told.startswith("report will not fire as under cron, once beat starts again: ")
    assert "migrator prove --installed report" in told


def test_the_zone_of_the_settings_is_told_and_that_of_a_row_where_it_is_looked_at(app: Celery) -> None:
    row("4", timezone="UTC")
    [told] = found(app)
    assert "beat goes by UTC" in told
    assert found(app, Check("timezone", State.FAIL, "", "", "CM464", "report")) == []


def test_a_row_too_many_is_told_elsewhere(app: Celery) -> None:
    row("4")
    row("4", "again")
    assert len(found(app)) == 1
    assert found(app, Check("rows", State.FAIL, "", "", "CM448", "again")) == []


def test_rows_that_are_off_and_a_job_without_one_are_told_elsewhere(app: Celery) -> None:
    assert found(app) == []
    row("3", enabled=False)
    assert found(app) == []


def test_a_declared_move_may_be_there(app: Celery) -> None:
    row("5")
    assert found(app, move="0 5 * * *") == []
    assert len(found(app, move="0 6 * * *")) == 1


def test_a_scheduler_without_rows(app: Celery) -> None:
    app.conf.beat_scheduler = "celery.beat:PersistentScheduler"
    setting(app, "3")
    [told] = found(app)
    assert told.startswith("report does not fire as under cron: ")
