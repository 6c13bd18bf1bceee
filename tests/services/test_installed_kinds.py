"""Each kind of schedule that the settings or a row can have, as `prove --installed` sees it beside cron's."""

import datetime as dt
from typing import Any

import pytest
from celery import Celery
from celery.schedules import crontab, schedule
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

from migrator.contrib.celery.cron_schedule import CronSchedule
from migrator.contrib.django.installed import installed_entries
from migrator.equivalence.installed import explain_installed, judge_installed
from migrator.schedule.expression import parse

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 1, 1)
NOW = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
ROWS = "django_celery_beat.schedulers:DatabaseScheduler"
EXACT = "fires at exactly the same minutes, for all time"
UNREAD = "is a schedule of its own, which no proof reads"


def naive() -> dt.datetime:
    """What people write to have beat in a zone of their own; Celery takes it for UTC."""
    return dt.datetime.now() + dt.timedelta(hours=3)


def aware() -> dt.datetime:
    return dt.datetime.now(dt.timezone(dt.timedelta(hours=3)))


def told(text: str, app: Celery) -> tuple[bool, str]:
    """Whether all entries together are cron's schedule, and the sentence."""
    found = judge_installed("job", parse(text), "UTC", installed_entries(app, NOW), since=TODAY)
    return found.equal, explain_installed(found)


def app_with(scheduler: str = "celery.beat:PersistentScheduler", **entries: Any) -> Celery:
    app = Celery("kinds", broker="memory://", set_as_current=False)
    app.conf.update(timezone="UTC", beat_scheduler=scheduler)
    app.conf.beat_schedule = {name: {"task": "shop.job", "schedule": one} for name, one in entries.items()}
    return app


@pytest.mark.parametrize(
    ("text", "given", "equal", "sentence"),
    [
        ("*/5 * * * *", crontab(minute="*/5"), True, EXACT),
        ("*/5 * * * *", CronSchedule("*/5 * * * *"), True, EXACT),
        ("*/5 * * * *", 300, False, "counts 300 seconds from its last start"),
        ("*/5 * * * *", 300.0, False, "counts 300 seconds from its last start"),
        ("*/5 * * * *", dt.timedelta(minutes=5), False, "counts 300 seconds"),
        ("*/5 * * * *", schedule(dt.timedelta(minutes=5)), False, "counts 300 seconds"),
        ("* * * * *", 0.5, False, f"schedule(0.5) {UNREAD}"),
        ("0 6 * * *", crontab(0, 6, nowfun=aware), True, EXACT),
        ("0 6 * * *", crontab(0, 6, nowfun=naive), False, f"nowfun=..) {UNREAD}"),
        ("0 6 * * *", "every day", False, "job: "),
    ],
    ids=str,
)
def test_settings(text: str, given: Any, equal: bool, sentence: str) -> None:
    found, said = told(text, app_with(job=given))
    assert (found, sentence in said) == (equal, True), said


def clocked() -> dict[str, Any]:
    when = ClockedSchedule.objects.create(clocked_time=NOW + dt.timedelta(days=1))
    return {"clocked": when, "one_off": True}


KINDS = {
    "crontab": lambda: {"crontab": CrontabSchedule.objects.create(minute="*/5", timezone="UTC")},
    "interval": lambda: {"interval": IntervalSchedule.objects.create(every=5, period="minutes")},
    "days": lambda: {"interval": IntervalSchedule.objects.create(every=1, period="days")},
    "solar": lambda: {"solar": SolarSchedule.objects.create(event="sunset", latitude=50, longitude=20)},
    "clocked": clocked,
    "no schedule": dict,
}


@pytest.mark.parametrize(
    ("kind", "equal", "sentence"),
    [
        ("crontab", True, EXACT),
        ("interval", False, "counts 300 seconds from its last start"),
        ("days", False, "counts 86400 seconds from its last start"),
        ("solar", False, "beat stops when it loads the row: You need to install the ephem library"),
        ("clocked", False, "the row fires once, and is then disabled"),
        ("no schedule", False, "the row has no schedule"),
    ],
)
def test_rows(kind: str, equal: bool, sentence: str) -> None:
    row = PeriodicTask(name="job", task="shop.job", **KINDS[kind]())
    PeriodicTask.objects.bulk_create([row])  # as a data migration does, without validation
    found, said = told("*/5 * * * *", app_with(ROWS))
    assert (found, sentence in said) == (equal, True), said
