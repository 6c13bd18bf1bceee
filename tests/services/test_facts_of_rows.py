"""What django-celery-beat's own scheduler does with rows, asked of it on a virtual clock."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from celery import Celery
from celery.schedules import crontab, schedule
from django_celery_beat.models import CrontabSchedule, PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler as Original

from migrator.contrib.celery.database_beat import DatabaseScheduler
from migrator.contrib.celery.virtual_clock import VirtualClock, in_force, replaced
from tests.own_celery import current

pytestmark = pytest.mark.django_db
WARSAW = ZoneInfo("Europe/Warsaw")
TICK = 0.02  # seconds; beat wakes a hundredth before a start


@pytest.fixture
def app() -> Iterator[Celery]:
    app = Celery("rows", set_as_current=False, broker="memory://")
    app.conf.update(
        timezone="Europe/Warsaw", result_expires=None, beat_max_loop_interval=300, beat_schedule={}
    )
    with current(app):
        yield app


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=WARSAW)


def row(name: str, minute: str, hour: str, **columns: Any) -> PeriodicTask:
    when = CrontabSchedule.objects.create(minute=minute, hour=hour, timezone="Europe/Warsaw")
    return PeriodicTask.objects.create(name=name, task=f"rows.{name}", crontab=when, **columns)


def beat(
    app: Celery, kind: type[Any], start: str, end: str, edits: dict[str, Callable[[], object]] | None = None
) -> dict[str, list[str]]:
    """The starts of each row while that scheduler runs from one moment to the other."""
    clock, sent = VirtualClock(at(start).timestamp()), dict[str, list[str]]()
    waiting = [(at(when).timestamp(), edit) for when, edit in (edits or {}).items()]

    class Noting(kind):  # type: ignore[misc, valid-type]
        producer = None

        def apply_async(self, entry: Any, **options: Any) -> None:
            sent.setdefault(entry.name, []).append(f"{clock.instant(WARSAW):%d %H:%M}")

    with ExitStack() as stack:
        stack.enter_context(in_force(clock, [kind]))
        stack.enter_context(replaced(app, "now", lambda: clock.instant(WARSAW)))
        scheduler = Noting(app=app)
        while clock.now < at(end).timestamp():
            while waiting and waiting[0][0] <= clock.now:
                waiting.pop(0)[1]()
            clock.sleep(TICK)
            clock.sleep(scheduler.tick())
        scheduler.close()
    return sent


@pytest.mark.parametrize(
    ("kind", "missed", "next_day"),
    [(Original, ["04 08:10"], 2), (DatabaseScheduler, [], 1)],
    ids=["stock", "ours"],
)
def test_a_row_that_is_written_hours_before_beat_starts(
    app: Celery, kind: type[Any], missed: list[str], next_day: int
) -> None:
    """Its last run is the time at which it was written, so that every slot since then was missed."""
    for name, minute, hour in (("hourly", "0", "*"), ("07:30", "30", "7"), ("02:30", "30", "2")):
        row(name, minute, hour)
    PeriodicTask.objects.update(date_changed=at("2026-05-04T01:00"))
    sent = beat(app, kind, "2026-05-04T08:10", "2026-05-05T03:00")
    assert sent["hourly"][:2] == [*missed, "04 09:00", "04 10:00"][:2]
    assert sent.get("07:30", []) == missed
    # stock: once more when its hour comes near, and then at its time
    assert (len(sent["02:30"]), sent["02:30"][-1]) == (next_day, "05 02:30")


@pytest.mark.parametrize(("kind", "extra"), [(Original, 1), (DatabaseScheduler, 0)], ids=["stock", "ours"])
def test_a_row_whose_hour_is_edited(app: Celery, kind: type[Any], extra: int) -> None:
    """02:30 ran today; at ten o'clock it becomes 05:00, which stock beat counts as missed."""
    nightly = row("nightly", "30", "2", last_run_at=at("2026-05-04T02:30"))

    def edit() -> None:
        nightly.refresh_from_db()
        nightly.crontab = CrontabSchedule.objects.create(minute="0", hour="5", timezone="Europe/Warsaw")
        nightly.save()

    today = beat(app, kind, "2026-05-04T09:55", "2026-05-04T10:15", {"2026-05-04T10:00": edit})
    assert len(today.get("nightly", [])) == extra
    tomorrow = beat(app, kind, "2026-05-05T04:50", "2026-05-05T05:10")
    assert tomorrow["nightly"] == ["05 05:00"]


def settings(app: Celery, **entries: Any) -> None:
    """What the code says, as beat writes it into rows when it starts."""
    app.conf.beat_schedule = {name: {"task": f"rows.{name}", **entry} for name, entry in entries.items()}
    Original(app=app)


def test_an_edit_of_a_row_lasts_until_beat_starts_again_and_enabled_lasts(app: Celery) -> None:
    settings(app, job={"schedule": crontab(minute="*/30")})
    edited = PeriodicTask.objects.get(name="job")
    edited.crontab = CrontabSchedule.objects.create(minute="*/10", timezone="Europe/Warsaw")
    edited.enabled = False
    edited.save()
    settings(app, job={"schedule": crontab(minute="*/30")})
    again = PeriodicTask.objects.get(name="job")
    assert (again.crontab.minute, again.enabled) == ("*/30", False)


def test_an_entry_that_leaves_the_code_goes_on_as_a_row(app: Celery) -> None:
    settings(app, job={"schedule": crontab(minute="*/30")})
    settings(app)
    assert PeriodicTask.objects.get(name="job").enabled


def test_a_row_that_is_to_run_once_runs_once_and_switches_itself_off(app: Celery) -> None:
    row("once", "*", "*", one_off=True)
    PeriodicTask.objects.update(date_changed=at("2026-05-04T08:00"))
    assert beat(app, Original, "2026-05-04T08:00", "2026-05-04T08:10") == {"once": ["04 08:01"]}
    assert PeriodicTask.objects.get(name="once").enabled is False


def test_an_expiry_among_the_options_is_dropped(app: Celery) -> None:
    settings(
        app,
        a={"schedule": crontab(), "options": {"expires": 60}},
        b={"schedule": crontab(), "options": {"expire_seconds": 60}},
    )
    assert [one.expire_seconds for one in PeriodicTask.objects.order_by("name")] == [None, 60]


def test_a_list_of_minutes_is_stored_as_its_text_and_never_loaded_again(app: Celery) -> None:
    settings(app, job={"schedule": crontab(minute=[1, 2])})
    assert PeriodicTask.objects.get(name="job").crontab.minute == "[1, 2]"
    app.conf.beat_schedule = {}
    assert "job" not in Original(app=app).schedule


def test_half_a_second_becomes_none(app: Celery) -> None:
    settings(app, job={"schedule": schedule(0.5)})
    assert PeriodicTask.objects.get(name="job").interval.every == 0


def test_with_zones_switched_off_a_row_goes_by_the_apps_zone(
    app: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.conf.settings.DJANGO_CELERY_BEAT_TZ_AWARE", False, raising=False)
    kept = CrontabSchedule.objects.create(minute="0", hour="3", timezone="Asia/Tokyo")
    assert type(kept.schedule) is crontab
    assert kept.schedule.tz == app.timezone
    monkeypatch.undo()
    assert kept.schedule.tz == ZoneInfo("Asia/Tokyo")
