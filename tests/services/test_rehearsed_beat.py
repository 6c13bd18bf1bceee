"""The real schedulers in a rehearsal do what they were observed to do, on the nights and through restarts."""

import datetime as dt
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from celery.schedules import crontab, schedule
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from migrator.comparison.outcomes import Outcome
from migrator.comparison.rehearsal import Result
from migrator.contrib.celery.cron_schedule import CronSchedule
from migrator.errors import Cannot
from tests.rehearsed import CELERYS_FILE, CELERYS_ROWS, OUR_FILE, OUR_ROWS, watched

pytestmark = pytest.mark.django_db

SPRING = ("2026-03-28T22:00", "2026-03-29T05:00")
FALL = ("2026-10-24T22:00", "2026-10-25T05:00")
NIGHTS = {
    "30 2 * * *": crontab("30", "2"),
    "0,30 2,3 * * *": crontab("0,30", "2,3"),
    "*/15 2 * * *": crontab("*/15", "2"),
    "0 * * * *": crontab("0"),
    "*/15 * * * *": crontab("*/15"),
    "0 4 * * *": crontab("0", "4"),
}
# on which the two part: what cron starts and Celery does not, and the other way round
CELERYS_SPRING = {
    "30 2 * * *": (["03:00"], ["03:30"]),
    "0,30 2,3 * * *": (["03:00", "03:00"], []),
    "*/15 2 * * *": ([], ["03:00"]),
}
CELERYS_FALL = {
    "*/15 2 * * *": (["02:00", "02:15", "02:30", "02:45"], []),
    "0 * * * *": (["02:00"], []),
    "*/15 * * * *": (["02:00", "02:15", "02:30", "02:45"], []),
}
EXACT = {text: CronSchedule(text, "Europe/Warsaw") for text in NIGHTS}


def parted(results: dict[str, Result]) -> dict[str, tuple[list[str], list[str]]]:
    """The times of the one day on which each differs."""
    found = {}
    for text, result in results.items():
        for day in result.days:
            assert text not in found
            found[text] = ([f"{one:%H:%M}" for one in day.cron], [f"{one:%H:%M}" for one in day.celery])
    return found


@pytest.mark.parametrize("scheduler", [CELERYS_FILE, CELERYS_ROWS])
@pytest.mark.parametrize(("window", "wanted"), [(SPRING, CELERYS_SPRING), (FALL, CELERYS_FALL)], ids=str)
def test_celerys_crontab_parts_from_cron_on_the_nights(scheduler: str, window: Any, wanted: Any) -> None:
    _seen, results = watched(NIGHTS, scheduler, window)
    assert parted(results) == wanted
    assert all(day.clock_change for result in results.values() for day in result.days)


@pytest.mark.parametrize("scheduler", [CELERYS_FILE, OUR_FILE, OUR_ROWS])
@pytest.mark.parametrize("window", [SPRING, FALL], ids=str)
def test_cron_schedule_is_equal_on_the_nights(scheduler: str, window: tuple[str, str]) -> None:
    _seen, results = watched(EXACT, scheduler, window)
    assert parted(results) == {}
    assert all(result.counts[Outcome.MATCHED] == result.expected for result in results.values())


@pytest.mark.parametrize("scheduler", [CELERYS_FILE, CELERYS_ROWS])
@pytest.mark.parametrize(
    ("window", "event"),
    [
        pytest.param(("2026-10-25T02:10+01:00", "2026-10-26"), (), id="beat starts there"),
        pytest.param(FALL, ("off@2026-10-25T02:10+01:00/5m",), id="it is switched on there"),
    ],
)
def test_a_crontab_that_wakes_in_the_second_pass_is_cut_short(
    scheduler: str, window: Any, event: Any
) -> None:
    nightly = {"30 2 * * *": crontab("30", "2")}
    seen, results = watched(nightly, scheduler, window, *event)
    assert seen.endless.total() > 3
    assert 300 < results["30 2 * * *"].counts.total() < 3000


@pytest.mark.parametrize("scheduler", [OUR_FILE, OUR_ROWS])
def test_cron_schedule_may_wake_there(scheduler: str) -> None:
    seen, results = watched(EXACT, scheduler, FALL, "off@2026-10-25T02:10+01:00/5m")
    assert (seen.endless.total(), parted(results)) == (0, {})


MAY = ("2026-05-03T02:00", "2026-05-05T13:00")
STEADY = {"30 2 * * *": crontab("30", "2"), "0 12 * * *": crontab("0", "12")}
DOWN = "restart@2026-05-04T02:00/1h"


@pytest.mark.parametrize(
    ("scheduler", "event", "conf", "celery", "cron"),
    [
        pytest.param(CELERYS_FILE, DOWN, {}, ["03:00"], ["02:30"], id="a file catches up"),
        pytest.param(CELERYS_ROWS, DOWN, {}, ["03:00"], ["02:30"], id="rows catch up"),
        pytest.param("celery.beat:Scheduler", DOWN, {}, [], ["02:30"], id="memory forgets"),
        pytest.param(OUR_FILE, DOWN, {}, [], ["02:30"], id="ours forgets, as cron does"),
        pytest.param(
            CELERYS_FILE,
            DOWN,
            {"beat_cron_starting_deadline": 60},
            [],
            ["02:30"],
            id="a file with a deadline",
        ),
        pytest.param(
            CELERYS_ROWS, DOWN, {"beat_cron_starting_deadline": 60}, [], ["02:30"], id="rows with one"
        ),
        pytest.param(CELERYS_FILE, "crash@2026-05-04T02:31", {}, ["02:32"], [], id="killed after a start"),
        pytest.param(
            CELERYS_FILE, "crash@2026-05-04T02:31", {"beat_sync_every": 1}, [], [], id="killed, but saved"
        ),
        pytest.param(OUR_FILE, "crash@2026-05-04T02:31", {}, [], [], id="killed, ours"),
        pytest.param(CELERYS_FILE, "off@2026-05-04T02:00/1h", {}, [], [], id="off in a file"),
        pytest.param(CELERYS_ROWS, "off@2026-05-04T02:00/1h", {}, [], [], id="off in rows"),
        pytest.param(OUR_ROWS, "off@2026-05-04T02:00/1h", {}, [], [], id="off in our rows"),
        pytest.param(
            CELERYS_FILE, "deploy@2026-05-04T02:00/1h", {}, ["03:00"], ["02:30"], id="deploy of a file"
        ),
        pytest.param(
            CELERYS_ROWS, "deploy@2026-05-04T02:00/1h", {}, ["03:00"], ["02:30"], id="deploy of rows"
        ),
        pytest.param(OUR_ROWS, "deploy@2026-05-04T02:00/1h", {}, [], ["02:30"], id="deploy of our rows"),
        pytest.param(CELERYS_FILE, "restart@04:00", {}, [], [], id="every night"),
    ],
)
def test_what_beat_was_not_there_for(
    scheduler: str, event: str, conf: dict[str, Any], celery: list[str], cron: list[str]
) -> None:
    _seen, results = watched(STEADY, scheduler, MAY, event, **conf)
    night = results["30 2 * * *"]
    assert [f"{one:%H:%M}" for day in night.days for one in day.celery] == celery
    assert [f"{one:%H:%M}" for day in night.days for one in day.cron] == cron
    assert night.counts[Outcome.IGNORED] == event.startswith("off")
    assert results["0 12 * * *"].equal


@pytest.mark.parametrize("scheduler", [CELERYS_FILE, CELERYS_ROWS, OUR_FILE, OUR_ROWS])
def test_an_interval_counts_from_its_last_start_and_is_caught_up_with(scheduler: str) -> None:
    """As CM205 says: first an interval after beat's first start, then a little later each time."""
    every = {"0 0 1 1 *": schedule(dt.timedelta(minutes=65))}
    seen, _results = watched(
        every, scheduler, MAY, "restart@2026-05-04T02:00/2h", beat_cron_starting_deadline=60
    )
    (sent,) = seen.sent.values()
    starts = [dt.datetime.fromtimestamp(one, ZoneInfo("Europe/Warsaw")) for one in sent]
    gaps = [after - before for before, after in pairwise(starts)]
    late = [n for n, gap in enumerate(gaps) if gap > dt.timedelta(minutes=66)]
    assert f"{starts[0]:%d %H:%M}" == "03 03:04"  # beat is up half a minute before the window
    assert [f"{starts[n + 1]:%d %H:%M}" for n in late] == ["04 04:00"]
    steady = [gap for n, gap in enumerate(gaps) if n not in late]
    assert all(dt.timedelta(0) <= gap - dt.timedelta(minutes=65) < dt.timedelta(seconds=1) for gap in steady)


LONG_AGO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def by_hand(name: str, **fields: str) -> PeriodicTask:
    """A row that somebody made in the admin."""
    at = CrontabSchedule.objects.create(**fields, timezone="Europe/Warsaw")
    return PeriodicTask.objects.create(name=name, task="rehearsed.task", crontab=at, last_run_at=LONG_AGO)


def test_a_row_that_comes_into_beats_hours_again_is_caught_up_with_next_day() -> None:
    by_hand("30 2 * * *", hour="2", minute="30")
    seen, _results = watched({}, CELERYS_ROWS, MAY, "restart@2026-05-04T01:00/7h")
    ((_key, sent),) = seen.sent.items()
    starts = [dt.datetime.fromtimestamp(one, ZoneInfo("Europe/Warsaw")) for one in sent]
    assert [one.day for one in starts] == [3, 5, 5]
    assert starts[1].hour < 2  # when exactly depends on the zone of the server


NOON = "2026-05-04T12:00"
EARLIER, LATER = f"edit@{NOON}=30 5 * * *", f"edit@{NOON}=30 14 * * *"


@pytest.mark.parametrize(
    ("scheduler", "event", "conf", "celery"),
    [
        pytest.param(CELERYS_ROWS, LATER, {}, [], id="rows, to a time to come"),
        pytest.param(CELERYS_ROWS, EARLIER, {}, ["12:00"], id="rows, to a time of this morning"),
        pytest.param(
            CELERYS_ROWS, EARLIER, {"beat_cron_starting_deadline": 60}, [], id="the same with a deadline"
        ),
        pytest.param(OUR_ROWS, EARLIER, {}, [], id="our rows"),
        pytest.param(CELERYS_FILE, LATER, {}, [], id="a file, to a time to come"),
        pytest.param(CELERYS_FILE, EARLIER, {}, ["12:00"], id="a file, to a time of this morning"),
        pytest.param(OUR_FILE, EARLIER, {}, [], id="our file"),
        pytest.param(CELERYS_ROWS, f"edit@{NOON}", {}, [], id="rows that are saved as they are"),
        pytest.param(CELERYS_FILE, f"edit@{NOON}", {}, [], id="a file that is written as it is"),
    ],
)
def test_a_schedule_that_is_edited_while_beat_runs(
    scheduler: str, event: str, conf: dict[str, Any], celery: list[str]
) -> None:
    """Cron's line is edited, too; what Celery starts at once is what the row missed this morning."""
    nightly = {"30 2 * * *": crontab("30", "2")}
    _seen, results = watched(nightly, scheduler, MAY, event, **conf)
    night = results["30 2 * * *"]
    assert [f"{one:%H:%M}" for day in night.days for one in day.celery] == celery
    assert [one for day in night.days for one in day.cron] == []
    assert night.expected == 3


EXACT_NIGHTLY = {"30 2 * * *": CronSchedule("30 2 * * *", "Europe/Warsaw")}
ON_THE_NIGHT = "edit@2026-10-25T02:10+01:00=45 2 * * *"


def test_a_schedule_of_ours_may_be_edited_on_the_night() -> None:
    _seen, results = watched(EXACT_NIGHTLY, OUR_FILE, FALL, ON_THE_NIGHT)
    # in the first pass at 02:30; the second pass starts no fixed job
    assert results["30 2 * * *"].counts == {Outcome.MATCHED: 1}


def test_a_row_of_ours_whose_crontab_is_edited_by_hand_is_followed_exactly_on_the_night() -> None:
    seen, results = watched(EXACT_NIGHTLY, OUR_ROWS, FALL, ON_THE_NIGHT)
    assert seen.endless.total() == 0
    assert results["30 2 * * *"].counts == {Outcome.MATCHED: 1}


def test_a_row_that_two_crontabs_would_have_to_say_is_refused() -> None:
    with pytest.raises(Cannot, match="is not one entry"):
        watched(STEADY, CELERYS_FILE, MAY, f"edit@{NOON}=30 5 1 * 5")


def test_a_late_beat_is_late_and_loses_nothing() -> None:
    _seen, results = watched(STEADY, CELERYS_FILE, MAY, "late/90s")
    assert [result.counts for result in results.values()] == [{Outcome.LATE: 3}, {Outcome.LATE: 3}]


def test_a_leap_day() -> None:
    leap = {"0 6 29 2 *": crontab("0", "6", day_of_month="29", month_of_year="2")}
    _seen, results = watched(leap, CELERYS_FILE, ("2028-02-01", "2028-04-01"))
    assert results["0 6 29 2 *"].counts == {Outcome.MATCHED: 1}


def test_rows_of_the_project_are_rehearsed_and_left_alone() -> None:
    row = by_hand("by hand", hour="9", minute="15")
    seen, _results = watched({}, CELERYS_ROWS, MAY)
    assert [len(sent) for sent in seen.sent.values()] == [3]
    left = PeriodicTask.objects.get()
    assert (left.pk, left.last_run_at, left.total_run_count) == (row.pk, LONG_AGO, 0)


def test_settings_reach_no_row_of_the_project() -> None:
    watched(STEADY, CELERYS_ROWS, ("2026-05-03T20:00", "2026-05-04T04:00"))
    assert PeriodicTask.objects.count() == 0
