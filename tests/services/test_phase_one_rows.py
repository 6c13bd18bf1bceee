"""What Phase 1 says of schedules in code and in the admin, asked of the installed django-celery-beat."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from celery.schedules import crontab
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from tests.own_celery import current

pytestmark = pytest.mark.django_db

# the example of the document
EXAMPLE: dict[str, dict[str, Any]] = {
    "nazwa-zadania": {
        "task": "sciezka.do.zadania",
        "schedule": 30.0,
        "args": ("arg1", "arg2"),
        "kwargs": {"kwarg1": "value1"},
    },
    "zadanie-cron": {"task": "sciezka.do.zadania", "schedule": crontab(hour=12, minute=0)},
}


@pytest.fixture
def app() -> Iterator[Celery]:
    app = Celery("phase-one", set_as_current=False, broker="memory://")
    app.conf.update(timezone="Europe/Warsaw", result_expires=None)
    with current(app):
        yield app


def beat_starts(app: Celery, schedule: dict[str, Any]) -> DatabaseScheduler:
    """What beat does when it starts with this schedule in the settings."""
    app.conf.beat_schedule = schedule
    return DatabaseScheduler(app=app)


def admin() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


def test_each_entry_of_the_settings_becomes_a_row_when_beat_first_starts(app: Celery) -> None:
    assert not PeriodicTask.objects.exists()
    beat_starts(app, EXAMPLE)
    every, daily = PeriodicTask.objects.order_by("name")
    assert (every.name, every.task, str(every.interval)) == (
        "nazwa-zadania",
        "sciezka.do.zadania",
        "every 30 seconds",
    )
    assert json.loads(every.args) == ["arg1", "arg2"]
    assert json.loads(every.kwargs) == {"kwarg1": "value1"}
    assert (daily.crontab.hour, daily.crontab.minute, str(daily.crontab.timezone)) == (
        "12",
        "0",
        "Europe/Warsaw",
    )


def test_the_admin_shows_entries_of_the_code_and_those_made_by_hand(app: Celery) -> None:
    beat_starts(app, EXAMPLE)
    every = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.HOURS)
    PeriodicTask.objects.create(name="by hand", task="sciezka.do.zadania", interval=every)
    page = admin().get(reverse("admin:django_celery_beat_periodictask_changelist")).content.decode()
    assert [name for name in (*EXAMPLE, "by hand") if f">{name}</a>" not in page] == []


def test_an_entry_that_is_added_to_the_code_appears_when_beat_starts_again(app: Celery) -> None:
    beat_starts(app, EXAMPLE)
    beat_starts(app, {**EXAMPLE, "new": {"task": "sciezka.do.zadania", "schedule": 60.0}})
    assert PeriodicTask.objects.filter(name="new", enabled=True).exists()


def test_a_row_made_in_the_admin_survives_the_next_start_of_beat(app: Celery) -> None:
    beat_starts(app, EXAMPLE)
    at_night = CrontabSchedule.objects.create(minute="0", hour="3", timezone="Europe/Warsaw")
    PeriodicTask.objects.create(name="by hand", task="sciezka.do.zadania", crontab=at_night)
    beat_starts(app, EXAMPLE)
    kept = PeriodicTask.objects.get(name="by hand")
    assert (kept.crontab.hour, kept.enabled) == ("3", True)


def test_beat_sees_an_edit_in_the_admin_without_a_restart(app: Celery) -> None:
    scheduler = beat_starts(app, EXAMPLE)
    assert str(scheduler.schedule["zadanie-cron"].schedule).startswith("<crontab: 0 12")
    row = PeriodicTask.objects.get(name="zadanie-cron")
    row.crontab = CrontabSchedule.objects.create(minute="15", hour="*", timezone="Europe/Warsaw")
    row.save()
    assert str(scheduler.schedule["zadanie-cron"].schedule).startswith("<crontab: 15 *")


def test_beat_looks_for_edits_every_five_seconds(app: Celery) -> None:
    assert beat_starts(app, EXAMPLE).max_interval == 5
