"""Beat with our schedules, and the real cron daemon: do they start a job at the same times?"""

import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from celery import beat
from celery.schedules import crontab

from migrator.contrib.celery.beat import PersistentScheduler
from migrator.contrib.celery.cron_schedule import CronSchedule
from tests.oracle.virtual_beat import virtual_beat
from tests.oracle.virtual_cron import Window, starts_alone

daemon = pytest.mark.part("cron", "gcc", "namespaces")

NIGHTS = [
    ("Europe/Warsaw", dt.date(2026, 3, 29)),
    ("Europe/Warsaw", dt.date(2026, 10, 25)),
    ("America/New_York", dt.date(2026, 3, 8)),
    ("America/New_York", dt.date(2026, 11, 1)),
    ("Australia/Lord_Howe", dt.date(2026, 4, 5)),
    ("Australia/Lord_Howe", dt.date(2026, 10, 4)),
    ("America/Santiago", dt.date(2026, 9, 6)),
    ("Asia/Beirut", dt.date(2026, 10, 25)),
    ("Antarctica/Troll", dt.date(2026, 3, 29)),
    ("Antarctica/Troll", dt.date(2026, 10, 25)),
]
SCHEDULES = [
    *("30 2 * * *", "0 2 * * *", "59 1 * * *", "0 3 * * *", "30 1 * * *", "0 0 * * *", "@daily"),
    *("15 0 * * *", "30 23 * * *", "*/15 2 * * *", "0 */2 * * *", "*/30 1-3 * * *", "* 1 * * *"),
    *("0 0-5 * * *", "0,30 2,3 * * *", "0 0-23 * * *", "45 0-3 * * *", "10,50 1,2 * * *"),
    *("0 * * * *", "@hourly", "*/15 * * * *", "*/7 * * * *", "5 * * * *", "20,40 * * * *"),
    *("30 2 * * 0", "30 2 29 * 0", "0 2 1-31 * 1", "30 2 */2 * 1", "0 0 1 1 *", "30 2 29 3 *"),
    "0 4 * * *",
]


def beats(schedules: dict[str, Any], zone: str, scheduler: Any, folder: Path, *spells: Any) -> dict[str, Any]:
    with virtual_beat(schedules, zone, scheduler, folder) as one:
        for start, end in spells:
            one.run(start, end)
    return {name: one.sent.get(name, []) for name in schedules}


def minutes(starts: list[int]) -> list[int]:
    return [start // 60 for start in starts]


@daemon
@pytest.mark.parametrize(
    "scheduler", [beat.PersistentScheduler, PersistentScheduler], ids=["celery's", "ours"]
)
@pytest.mark.parametrize(("zone", "night"), NIGHTS, ids=str)
def test_beat_starts_what_cron_starts(zone: str, night: dt.date, scheduler: Any, tmp_path: Path) -> None:
    midnight = dt.datetime(night.year, night.month, night.day, tzinfo=ZoneInfo(zone))
    window = Window(zone, midnight - dt.timedelta(hours=4), midnight + dt.timedelta(hours=20))
    cron = starts_alone(SCHEDULES, window)
    exact = {text: CronSchedule(text, zone) for text in SCHEDULES}
    half = dt.timedelta(seconds=30)  # beat starts and stops between two minutes
    ours = beats(exact, zone, scheduler, tmp_path, (window.start - half, window.end - half))
    assert {text: (minutes(cron[text]), minutes(ours[text])) for text in SCHEDULES} == {
        text: (minutes(cron[text]), minutes(cron[text])) for text in SCHEDULES
    }


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


REPEATED = (
    "2026-10-25T00:30+00:00",
    "2026-10-25T01:10+00:00",
    "2026-10-25T01:20+00:00",
    "2026-10-25T06:00+00:00",
)


def test_a_start_in_the_repeated_hour_sends_nothing_twice(tmp_path: Path) -> None:
    first, stop, again, end = map(at, REPEATED)
    schedules = {"nightly": CronSchedule("30 2 * * *", "Europe/Warsaw")}
    spells = ((first - dt.timedelta(minutes=1), stop), (again, end))
    sent = beats(schedules, "Europe/Warsaw", PersistentScheduler, tmp_path, *spells)
    assert sent == {"nightly": [int(first.timestamp())]}


STORM = 100  # messages in ten seconds


@pytest.mark.parametrize(
    ("schedule", "stormy"),
    [
        pytest.param(crontab(minute="30", hour="2"), True, id="celery's, in the zone"),
        pytest.param(crontab(minute="*/15"), True, id="celery's, by the minute"),
        pytest.param(CronSchedule("30 2 * * *", "Europe/Warsaw"), False, id="ours"),
        pytest.param(CronSchedule("*/15 * * * *", "UTC"), False, id="ours in UTC"),
    ],
)
def test_a_beat_that_is_first_started_in_the_repeated_hour(
    schedule: Any, stormy: bool, tmp_path: Path
) -> None:
    """``crontab`` finds itself due at each tick there, until the next of its minutes has come."""
    start = at("2026-10-25T01:16+00:00")
    spell = (start, start + dt.timedelta(seconds=10))
    sent = beats({"nightly": schedule}, "Europe/Warsaw", beat.PersistentScheduler, tmp_path, spell)
    assert (len(sent["nightly"]) > STORM) is stormy


@pytest.mark.parametrize(("catch_up", "count"), [(False, 1), (True, 2)])
def test_what_beat_was_not_there_for_is_lost_unless_wanted(
    catch_up: bool, count: int, tmp_path: Path
) -> None:
    schedules = {"hourly": CronSchedule("0 * * * *", "Europe/Warsaw", catch_up=catch_up)}
    day = at("2026-05-01T00:00+00:00")
    hours = [day + dt.timedelta(hours=hour, minutes=30) for hour in (0, 0, 5, 6)]
    spells = ((hours[0], hours[1] + dt.timedelta(minutes=5)), (hours[2], hours[3]))
    sent = beats(schedules, "Europe/Warsaw", PersistentScheduler, tmp_path, *spells)
    assert len(sent["hourly"]) == count


def test_celerys_own_crontab_is_sent_late_by_nobody_but_celery(tmp_path: Path) -> None:
    first, last = at("2026-05-01T00:30+00:00"), at("2026-05-01T05:30+00:00")
    minute = dt.timedelta(minutes=1)
    spells = ((first, first + minute), (last, last + minute))
    found = {
        kind.__module__: beats(
            {"hourly": crontab(minute="0")}, "UTC", kind, tmp_path / kind.__module__, *spells
        )
        for kind in (beat.PersistentScheduler, PersistentScheduler)
        if not (tmp_path / kind.__module__).mkdir()
    }
    assert [len(sent["hourly"]) for sent in found.values()] == [1, 0]
