"""The clocks that doctor tells apart, and whether beat catches up as cron never does."""

import datetime as dt
from typing import Any

import pytest
from celery import Celery

from migrator.comparison.jobs import JobDefinition
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import models
from migrator.contrib.django.beat import BeatEntry
from migrator.contrib.django.checks import State
from migrator.contrib.django.clocks import Clock, Clocks, clocks_of
from migrator.contrib.django.preflight import catch_up, clocks

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 5, 1, 12, 0, tzinfo=dt.UTC)
WARSAW = (Clock("Europe/Warsaw"),)


def app(**settings: Any) -> Any:
    made = Celery("clocks", set_as_current=False)
    made.conf.update(settings)
    return made


def test_all_of_them_are_shown_with_their_time() -> None:
    definition = JobDefinition("mail", "30 2 * * *", "Asia/Tokyo")
    jobs = [MigratedJob("shop.mail", definition, definition)]
    entries = [BeatEntry("mail", "shop.mail", "UTC"), BeatEntry("other", "shop.other", "Europe/Paris")]
    found = clocks_of(app(timezone="America/New_York"), jobs, entries, host="Etc/UTC")
    assert found.told(NOON) == (
        "cron: Asia/Tokyo 21:00 (mail); this machine: Etc/UTC 12:00; TIME_ZONE: Europe/Warsaw 14:00; "
        "CELERY_TIMEZONE: America/New_York 08:00; beat's entries: UTC 12:00 (mail)"
    )


def test_with_several_clocks_it_is_told_who_goes_by_which() -> None:
    zones = {
        "mail": "Europe/Warsaw",
        "report": "Asia/Tokyo",
        **{f"poll{n}": "Europe/Warsaw" for n in range(4)},
    }
    definitions = [JobDefinition(name, "30 2 * * *", zone) for name, zone in zones.items()]
    jobs = [MigratedJob(f"shop.{one.id}", one, one) for one in definitions]
    told = clocks_of(app(timezone="UTC"), jobs, [], host=None).told(NOON)
    assert told.startswith(
        "cron: Asia/Tokyo 21:00 (report), Europe/Warsaw 14:00 (mail, poll0, poll1 and 2 more);"
    )
    same = clocks_of(app(timezone="UTC"), jobs[:1], [], host=None).told(NOON)
    assert same.startswith("cron: Europe/Warsaw 14:00; TIME_ZONE")


def test_a_cron_host_and_a_worker_in_other_zones_are_named() -> None:
    models.Host.objects.create(name="web1", user="deploy", spool="/s", timezone="Etc/UTC")
    models.Host.objects.create(name="web2", user="deploy", spool="/s", timezone="Europe/Warsaw")
    definition = JobDefinition("mail", "30 2 * * *", "Europe/Warsaw")
    jobs = [MigratedJob("shop.mail", definition, definition)]
    settings = {"worker@a": {"timezone": "Europe/Berlin"}, "worker@b": {"timezone": "UTC"}}
    found = clocks_of(app(timezone="Europe/Warsaw"), jobs, [], host=None, workers=settings)
    [check] = clocks(found, NOON)
    assert (check.state, check.code) == (State.WARN, "CM457")
    assert check.fact.startswith("another clock than cron's or Celery's: web1 (Etc/UTC), worker@b (UTC); ")
    assert "cron on web2: Europe/Warsaw 14:00" in check.fact


@pytest.mark.parametrize(
    ("settings", "host", "celery"),
    [
        ({"enable_utc": True, "timezone": None}, "Asia/Tokyo", "UTC"),
        ({"enable_utc": False, "timezone": None}, "Asia/Tokyo", "Asia/Tokyo"),
        ({"enable_utc": True, "timezone": "Europe/Paris"}, None, "Europe/Paris"),
    ],
)
def test_celerys_clock_without_a_zone_in_the_settings(
    settings: dict[str, Any], host: str | None, celery: str
) -> None:
    assert clocks_of(app(**settings), [], [], host=host).celery == celery


@pytest.mark.parametrize(
    ("found", "state"),
    [
        pytest.param(Clocks(WARSAW, "Europe/Warsaw", "UTC", "UTC", WARSAW), State.OK, id="here"),
        pytest.param(Clocks(WARSAW, None, "UTC", "UTC", WARSAW), State.OK, id="not looked at"),
        pytest.param(Clocks(WARSAW, "Poland", "UTC", "UTC", WARSAW), State.OK, id="by another name"),
        pytest.param(Clocks(WARSAW, "Etc/UTC", "UTC", "UTC", WARSAW), State.UNKNOWN, id="another clock"),
        pytest.param(Clocks(WARSAW, "CET-1CEST", "UTC", "UTC", WARSAW), State.UNKNOWN, id="elsewhere"),
        pytest.param(
            Clocks(WARSAW, None, "UTC", "UTC", WARSAW, rows_without_zones=True), State.FAIL, id="zones off"
        ),
    ],
)
def test_what_is_wrong_with_them(found: Clocks, state: State) -> None:
    [check] = clocks(found, NOON)
    assert check.state is state
    assert bool(check.remedy) is (state is not State.OK)


@pytest.mark.parametrize(
    ("scheduler", "settings", "states"),
    [
        ("celery.beat:PersistentScheduler", {}, [State.WARN]),
        ("celery.beat:PersistentScheduler", {"beat_cron_starting_deadline": 60}, [State.WARN]),
        (
            "celery.beat:PersistentScheduler",
            {"beat_cron_starting_deadline": 60, "beat_sync_every": 1},
            [State.OK],
        ),
        (
            "django_celery_beat.schedulers:DatabaseScheduler",
            {"beat_cron_starting_deadline": 86400, "beat_sync_every": 1},
            [State.OK],
        ),
        ("migrator.contrib.celery.beat:PersistentScheduler", {}, []),
        ("migrator.contrib.celery.database_beat:DatabaseScheduler", {}, []),
    ],
)
def test_beat_catches_up_unless_it_is_told_not_to(
    scheduler: str, settings: dict[str, Any], states: list[State]
) -> None:
    assert [check.state for check in catch_up(app(beat_scheduler=scheduler, **settings))] == states
