"""Cron's own schedules in rows of django-celery-beat: written, read back, edited, sent all at once."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from celery import Celery
from celery.beat import PersistentScheduler
from celery.schedules import crontab
from django_celery_beat.models import CrontabSchedule, PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler as Original
from django_celery_beat.tzcrontab import TzAwareCrontab

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Owner
from migrator.contrib.celery.cron_schedule import CronSchedule
from migrator.contrib.celery.database_beat import HEADER, DatabaseScheduler, RowSchedule
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import handing
from migrator.schedule.expression import parse
from migrator.schedule.occurrences import between
from tests.own_celery import current

pytestmark = pytest.mark.django_db
WARSAW = ZoneInfo("Europe/Warsaw")
BEFORE_ALL = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
OR_DAYS = "30 2 1,15 * 5"


@pytest.fixture
def app() -> Iterator[Celery]:
    app = Celery("rows", set_as_current=False, broker="memory://")
    app.conf.update(timezone="Europe/Warsaw", result_expires=None, enable_utc=True)
    with current(app):
        yield app
    with app.connection() as connection:
        connection.default_channel.queue_purge("celery")


def scheduler(app: Celery, **entries: str) -> DatabaseScheduler:
    """A scheduler that starts with those schedules in its settings."""
    app.conf.beat_schedule = {
        name: {"task": f"rows.{name}", "schedule": CronSchedule(text, "Europe/Warsaw")}
        for name, text in entries.items()
    }
    return DatabaseScheduler(app=app)


def starts(schedule: CronSchedule, since: dt.datetime, until: dt.datetime) -> list[dt.datetime]:
    found, at = [], schedule.next_start(since)
    while at is not None and at < until:
        found.append(at)
        at = schedule.next_start(at)
    return found


def waiting(app: Celery) -> int:
    """How many messages are in the queue."""
    with app.connection() as connection:
        return int(connection.default_channel.queue_declare("celery", passive=True).message_count)


def test_either_day_becomes_two_rows_in_the_zone_of_cron(app: Celery) -> None:
    scheduler(app, report=OR_DAYS)
    rows = PeriodicTask.objects.filter(task="rows.report").order_by("name")
    fields = [(row.name, row.crontab.day_of_month, row.crontab.day_of_week) for row in rows]
    assert fields == [("report", "1,15", "*"), ("report-2", "2-14,16-31", "5")]
    assert {str(row.crontab.timezone) for row in rows} == {"Europe/Warsaw"}
    assert all(HEADER in row.headers for row in rows)


def test_the_rows_start_when_cron_does_over_the_nights_of_a_year(app: Celery) -> None:
    entries = scheduler(app, report=OR_DAYS).schedule
    since, until = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
    parts = [entries[name].schedule for name in ("report", "report-2")]
    assert all(isinstance(part, RowSchedule) for part in parts)
    together = sorted(start for part in parts for start in starts(part, since, until))
    assert together == [slot.due for slot in between(parse(OR_DAYS), WARSAW, since, until)]


@pytest.mark.parametrize(
    ("written", "timezone", "as_cron_has_it"),
    [
        ({"minute": "0", "hour": "5"}, "Europe/Warsaw", "0 5 * * *"),
        ({"minute": "*/20", "hour": "2"}, "Europe/Warsaw", "*/20 2 * * *"),
        ({"minute": "30", "hour": "2"}, "America/New_York", "30 2 * * *"),
        ({"minute": "0", "hour": "22-2"}, "Europe/Warsaw", "0 0,1,2,22,23 * * *"),  # Celery wraps it round
        ({"minute": "0", "hour": "2", "month_of_year": "3,10"}, "Europe/Warsaw", "0 2 * 3,10 *"),
    ],
)
def test_a_crontab_that_somebody_edits_is_what_counts_on_the_nights_too(
    app: Celery, caplog: pytest.LogCaptureFixture, written: dict[str, str], timezone: str, as_cron_has_it: str
) -> None:
    """As the admin shows it, by the row's own clock, and with no storm in the repeated hour."""
    scheduler(app, report="30 2 * * *")
    row = PeriodicTask.objects.get(name="report")
    row.crontab = CrontabSchedule.objects.create(**written, timezone=timezone)
    row.save()
    app.conf.beat_schedule = {}
    edited = DatabaseScheduler(app=app).schedule["report"].schedule
    since, until = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC), dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
    due = [slot.due for slot in between(parse(as_cron_has_it), ZoneInfo(timezone), since, until)]
    assert list(starts(edited, since, until)) == due
    assert "report: its crontab was edited" in caplog.text


def test_a_row_with_damaged_headers_goes_by_its_crontab(
    app: Celery, caplog: pytest.LogCaptureFixture
) -> None:
    scheduler(app, report="30 2 * * *")
    row = PeriodicTask.objects.get(name="report")
    row.headers = json.dumps({HEADER: ["30 2 * * *"]})
    row.save()
    app.conf.beat_schedule = {}
    schedule = DatabaseScheduler(app=app).schedule["report"].schedule
    assert not isinstance(schedule, CronSchedule)
    assert "report: its crontab was edited" in caplog.text


def test_a_schedule_that_never_fires_gets_no_row(app: Celery) -> None:
    scheduler(app, never="0 0 31 2 *")
    assert not PeriodicTask.objects.filter(name="never").exists()


def test_all_that_is_due_goes_out_in_one_tick_and_once(app: Celery) -> None:
    names = [f"job{number}" for number in range(40)]
    now = dt.datetime.now(dt.UTC)
    earlier = now - dt.timedelta(minutes=4)
    minute = (now - dt.timedelta(minutes=1)).minute  # due lately, and not again before the test has ended
    app.conf.beat_cron_starting_deadline = 300
    scheduler(app, **dict.fromkeys(names, f"{minute} * * * *"))
    PeriodicTask.objects.filter(name__in=names).update(last_run_at=earlier)
    beat = DatabaseScheduler(app=app)
    beat.tick()
    assert waiting(app) == len(names)
    beat.tick()
    assert waiting(app) == len(names)
    assert not PeriodicTask.objects.filter(name__in=names, last_run_at__lte=earlier).exists()


def test_a_row_that_ran_in_the_future_is_not_waited_for(app: Celery) -> None:
    scheduler(app, job="* * * * *")
    PeriodicTask.objects.filter(name="job").update(last_run_at=dt.datetime(2040, 1, 1, tzinfo=dt.UTC))
    app.conf.beat_schedule = {}
    beat = DatabaseScheduler(app=app)
    beat.tick()
    (event,) = beat._heap
    assert event.time - dt.datetime.now(dt.UTC).timestamp() < 61


def test_a_row_that_is_off_sends_nothing(app: Celery) -> None:
    scheduler(app, job="* * * * *")
    earlier = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=90)
    PeriodicTask.objects.filter(name="job").update(enabled=False, last_run_at=earlier)
    app.conf.beat_schedule = {}
    DatabaseScheduler(app=app).tick()
    with app.connection() as connection:
        connection.default_channel.queue_declare("celery")
    assert waiting(app) == 0


def due_at(app: Celery, moment: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the one row is sent by a scheduler that starts at a moment."""
    now = dt.datetime.fromisoformat(moment)
    app.conf.beat_schedule = {}
    monkeypatch.setattr(TzAwareCrontab, "nowfunc", lambda self: now.astimezone(self.tz))
    [entry] = [entry for name, entry in DatabaseScheduler(app=app).schedule.items() if name == "job"]
    return bool(entry.is_due().is_due)


def write_row(app: Celery, minute: str, hour: str, last_run: str) -> None:
    crontab = CrontabSchedule.objects.create(minute=minute, hour=hour, timezone="Europe/Warsaw")
    PeriodicTask.objects.create(
        name="job", task="rows.job", crontab=crontab, last_run_at=dt.datetime.fromisoformat(last_run)
    )


@pytest.mark.parametrize(
    ("last_run", "started"),
    [
        pytest.param(
            "2026-05-01T02:30+02:00", "2026-05-02T08:00+02:00", id="beat was down from one to eight"
        ),
        pytest.param("2026-05-02T01:00+02:00", "2026-05-02T08:00+02:00", id="the row is of one o'clock"),
        pytest.param("2026-05-01T02:30+02:00", "2026-05-03T00:01+02:00", id="the hour is near again"),
    ],
)
def test_what_was_missed_is_not_sent_hours_later(
    app: Celery, last_run: str, started: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_row(app, "30", "2", last_run)
    assert due_at(app, started, monkeypatch) is False
    app.conf.beat_cron_starting_deadline = 86400
    assert due_at(app, started, monkeypatch) is True


def test_a_row_is_there_at_every_hour(app: Celery, monkeypatch: pytest.MonkeyPatch) -> None:
    write_row(app, "30", "2", "2026-05-01T02:30+02:00")
    monkeypatch.setattr(
        "django_celery_beat.schedulers.aware_now", lambda: dt.datetime(2026, 5, 2, 12, tzinfo=dt.UTC)
    )
    assert "job" in DatabaseScheduler(app=app).schedule
    assert "job" not in Original(app=app).schedule


def test_an_edited_hour_waits_for_its_next_day(app: Celery, monkeypatch: pytest.MonkeyPatch) -> None:
    write_row(app, "0", "5", "2026-05-02T02:30+02:00")  # it was 02:30 until ten o'clock
    assert due_at(app, "2026-05-02T10:00+02:00", monkeypatch) is False
    assert due_at(app, "2026-05-03T05:00:01+02:00", monkeypatch) is True


def test_a_row_that_is_switched_on_has_nothing_to_make_up_for(
    app: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_row(app, "*", "*", "2026-05-01T02:30+02:00")
    row = PeriodicTask.objects.get(name="job")
    for enabled in (False, True):
        row.enabled = enabled
        row.save()
    assert row.last_run_at is None


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"day_of_week": "7"}, id="a weekday that Celery refuses"),
        pytest.param({"day_of_month": "31", "month_of_year": "2"}, id="31 February"),
    ],
)
def test_a_row_that_is_no_crontab_is_left_out_without_a_word(app: Celery, values: dict[str, str]) -> None:
    crontab = CrontabSchedule.objects.create(**values, timezone="UTC")
    PeriodicTask.objects.create(name="job", task="rows.job", crontab=crontab)
    app.conf.beat_schedule = {}
    assert "job" not in DatabaseScheduler(app=app).schedule
    assert PeriodicTask.objects.get(name="job").enabled


@pytest.mark.parametrize("scheduler", [Original, DatabaseScheduler], ids=["stock", "ours"])
@pytest.mark.parametrize("back", [False, True], ids=["to Celery", "back to cron"])
def test_a_hand_over_leaves_no_row_with_a_slot_to_make_up_for(
    app: Celery, scheduler: type[Original], back: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row was off since Friday, and an admin's action switched it on: that is no save of the row."""
    at = dt.datetime.fromisoformat("2026-05-04T12:30+02:00")
    write_row(app, "0", "12", "2026-05-01T12:00+02:00")
    app.conf.update(
        beat_schedule={}, beat_scheduler="django_celery_beat.schedulers:DatabaseScheduler",
        beat_cron_starting_deadline=86400,
    )  # fmt: skip
    monkeypatch.setattr(TzAwareCrontab, "nowfunc", lambda self: at.astimezone(self.tz))
    # the stock one loads rows near the hour of the machine's own clock only
    monkeypatch.setattr(scheduler, "enabled_models_qs", DatabaseScheduler.enabled_models_qs)
    assert scheduler(app=app).schedule["job"].is_due().is_due

    definition = JobDefinition("job", "0 12 * * *", "Europe/Warsaw")
    job = MigratedJob("rows.job", definition, definition)
    monkeypatch.setattr(handing, "ready", lambda *_: None)  # worker and broker are another test's
    handing.hand_over(app, [job], Owner.SHADOW, who="me", reason="", accepted="", now=BEFORE_ALL)
    assert scheduler(app=app).schedule["job"].is_due().is_due
    if back:
        handing.abort(app, [job], who="me", reason="", now=at)
    else:
        monkeypatch.setattr(handing, "hosts_listen", lambda _: None)
        handing.hand_over(app, [job], Owner.CELERY, who="me", reason="", accepted="a test", now=at)
    entry = scheduler(app=app).schedule["job"]
    assert not entry.is_due().is_due
    assert entry.last_run_at == dt.datetime.fromisoformat("2026-05-04T12:00+02:00")


def test_an_entry_that_returns_to_the_settings_has_nothing_to_make_up_for(
    app: Celery, tmp_path: Path
) -> None:
    """Beat's file forgets an entry that the settings lose, so that there is no old run to seed."""
    entry = {"job": {"task": "rows.job", "schedule": crontab()}}
    due = []
    for entries in (entry, {}, entry):
        app.conf.beat_schedule = entries
        beat = PersistentScheduler(app=app, schedule_filename=str(tmp_path / "beat"))
        if "job" in beat.schedule:
            due.append(beat.schedule["job"].is_due().is_due)
            beat.schedule["job"].last_run_at -= dt.timedelta(days=3)
        beat.close()
    assert due == [False, False]
