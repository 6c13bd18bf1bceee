"""What doctor says of rows that are enabled, and that beat does not send all the same."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from migrator.comparison.jobs import JobDefinition
from migrator.contrib.celery import database_beat
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django.checks import State
from migrator.contrib.django.models import Handover
from migrator.contrib.django.row_faults import row_faults
from tests.own_celery import OwnCelery

pytestmark = pytest.mark.django_db
DEFINITION = JobDefinition("report", "* * * * *", "UTC")
JOB = MigratedJob("waiting.report", DEFINITION, DEFINITION)
SCHEDULERS = {
    "django_celery_beat.schedulers:DatabaseScheduler": DatabaseScheduler,
    "migrator.contrib.celery.database_beat:DatabaseScheduler": database_beat.DatabaseScheduler,
}
DAY = dt.timedelta(days=1)


def nothing() -> None:
    """A task that is never sent."""


@pytest.fixture(params=SCHEDULERS)
def app(request: pytest.FixtureRequest) -> Iterator[Celery]:
    app = OwnCelery("waiting", prefix="waiting.", broker="memory://")
    app.conf.update(beat_scheduler=request.param, timezone="UTC")
    app.task(nothing, name="waiting.report", shared=False)
    app.finalize()
    yield app
    app.close()


def row(**columns: Any) -> PeriodicTask:
    crontab, _made = CrontabSchedule.objects.get_or_create(minute="*", timezone="UTC")
    ago = timezone.now() - dt.timedelta(minutes=10)
    return PeriodicTask.objects.create(
        name="report", task="waiting.report", crontab=crontab, **{"last_run_at": ago, **columns}
    )


def said(app: Celery) -> list[tuple[str, str]]:
    return [(check.code, check.fact) for check in row_faults(app, [JOB], timezone.now())]


def test_a_row_whose_last_run_is_still_to_come(app: Celery) -> None:
    """Both schedulers wait for it: the real one is asked, too."""
    ahead = timezone.now() + 3 * DAY
    made = row(last_run_at=ahead)
    assert not SCHEDULERS[app.conf.beat_scheduler].Entry(made, app=app).is_due().is_due
    [check] = row_faults(app, [JOB], timezone.now())
    assert (check.code, check.state, check.subject) == ("CM513", State.FAIL, "report")
    assert f"before {ahead.isoformat(' ', 'minutes')}" in check.fact
    assert ".update(last_run_at=timezone.now())" in str(check.remedy)


def test_a_clock_that_is_a_minute_ahead_is_no_fault_of_the_row(app: Celery) -> None:
    row(last_run_at=timezone.now() + dt.timedelta(minutes=1))
    assert said(app) == []


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"one_off": True}, "the row fires once, and is then disabled"),
        (
            {"start_time": dt.datetime(2100, 1, 1, tzinfo=dt.UTC)},
            "the row starts at 2100-01-01 00:00+00:00 only",
        ),
        ({"expires": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}, "the row has expired"),
    ],
)
def test_a_row_that_another_column_keeps(app: Celery, columns: dict[str, Any], reason: str) -> None:
    """It has an entry and is enabled, so that nothing else would say it."""
    row(**columns)
    fact = f"beat does not send the row report of report: {reason}"
    assert said(app) == [("CM468", fact)]
    Handover.objects.create(
        job="report", owner="shadow", previous="cron", from_slot="-", from_due=timezone.now(), who="test"
    )
    assert said(app) == [("CM451", fact)]


def test_a_disabled_row_of_a_job_that_is_still_in_cron_is_none_of_these(app: Celery) -> None:
    """Of a job without an enabled row CM468 tells anyway."""
    row(enabled=False)
    assert said(app) == []
