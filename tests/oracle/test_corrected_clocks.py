"""What becomes of a job when somebody puts the machine's clock.

Debian's cron and busybox's crond under a virtual clock that jumps, Celery's beat under another
one, with Celery's crontab and with ours.
"""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from celery import beat
from celery.schedules import crontab

from migrator.contrib.celery.beat import PersistentScheduler
from migrator.contrib.celery.cron_schedule import CronSchedule
from tests.oracle import virtual_busybox
from tests.oracle.virtual_beat import virtual_beat
from tests.oracle.virtual_cron import Window, starts_alone

DAY = dt.datetime(2026, 5, 4, tzinfo=dt.UTC)
HALF_MINUTE = dt.timedelta(seconds=30)
MINUTELY, WILDCARD, FIXED = "* 10-13 * * *", "*/15 10-13 * * *", "0,30 10-13 * * *"
STOCK = {
    MINUTELY: crontab(hour="10-13"),
    WILDCARD: crontab(minute="*/15", hour="10-13"),
    FIXED: crontab(minute="0,30", hour="10-13"),
}
Ask = Callable[[Window, Path], dict[str, list[int]]]


def clock(hour: int, minute: int, second: int = 0) -> dt.datetime:
    return DAY + dt.timedelta(hours=hour, minutes=minute, seconds=second)


def debian(window: Window, _folder: Path) -> dict[str, list[int]]:
    return starts_alone(list(STOCK), window)


def busybox(window: Window, _folder: Path) -> dict[str, list[int]]:
    return virtual_busybox.starts_of(list(STOCK), window)


def celery(window: Window, folder: Path) -> dict[str, list[int]]:
    return beats(STOCK, beat.PersistentScheduler, window, folder)


def ours(window: Window, folder: Path) -> dict[str, list[int]]:
    return beats({text: CronSchedule(text, "UTC") for text in STOCK}, PersistentScheduler, window, folder)


def beats(schedules: dict[str, Any], kind: type, window: Window, folder: Path) -> dict[str, list[int]]:
    with virtual_beat(schedules, "UTC", kind, folder) as one:
        one.clock.corrections = [(at.timestamp(), seconds) for at, seconds in window.corrections]
        one.run(window.start - HALF_MINUTE, window.end - HALF_MINUTE)
    return {text: one.sent.get(text, []) for text in schedules}


JUDGES = [
    pytest.param(debian, marks=pytest.mark.part("cron", "gcc", "namespaces"), id="debian"),
    pytest.param(busybox, marks=pytest.mark.part("busybox", "gcc", "ptrace"), id="busybox"),
    pytest.param(celery, id="celery"),
    pytest.param(ours, id="ours"),
]


def starts(ask: Ask, jump: dt.datetime, minutes: int, folder: Path) -> dict[str, list[str]]:
    """The minutes of each job's starts, in the order in which they came, to 20 minutes after it."""
    at_last = jump + dt.timedelta(minutes=max(minutes, 1) + 20)
    window = Window("UTC", clock(5, 0), at_last, ((jump, 60 * minutes),))
    return {
        text: [f"{dt.datetime.fromtimestamp(one, dt.UTC):%H:%M}" for one in found]
        for text, found in ask(window, folder).items()
    }


def judges(**expected: Any) -> list[Any]:
    """Each judge with what it is to do."""
    return [
        pytest.param(judge.values[0], expected[str(judge.id)], id=judge.id, marks=judge.marks)
        for judge in JUDGES
    ]


@pytest.mark.parametrize(
    ("ask", "wanted"),
    judges(
        debian=["10:15"] * 5,  # 11 to 15, ten seconds apart
        busybox=["10:15"],
        celery=["10:15"],
        ours=["10:15"],
    ),
)
def test_forward_by_minutes_cron_makes_up_for_each(ask: Ask, wanted: list[str], tmp_path: Path) -> None:
    found = starts(ask, clock(10, 10, 30), 4, tmp_path)[MINUTELY]
    assert found[:12] == [f"10:{minute:02}" for minute in range(11)] + ["10:15"]
    assert [one for one in found if "10:11" <= one <= "10:15"] == wanted


@pytest.mark.parametrize(
    ("ask", "wanted"),
    judges(
        debian={WILDCARD: ["10:00", "11:15"], FIXED: ["10:00", "11:01", "11:01"]},
        busybox={WILDCARD: ["10:00", "11:01", "11:15"], FIXED: ["10:00", "11:01"]},
        celery={WILDCARD: ["10:00", "11:01", "11:15"], FIXED: ["10:00", "11:01"]},
        ours={WILDCARD: ["10:00", "11:15"], FIXED: ["10:00"]},
    ),
)
def test_forward_by_fifty_minutes(ask: Ask, wanted: dict[str, list[str]], tmp_path: Path) -> None:
    found = starts(ask, clock(10, 10, 30), 50, tmp_path)
    assert {text: found[text] for text in wanted} == wanted


@pytest.mark.parametrize(
    ("ask", "wanted"),
    judges(
        debian={WILDCARD: ["10:00", "12:00"], FIXED: ["10:00", "11:51", "11:51", "11:51", "12:00"]},
        busybox={WILDCARD: ["10:00", "12:00"], FIXED: ["10:00", "12:00"]},
        celery={WILDCARD: ["10:00", "11:51", "12:00"], FIXED: ["10:00", "11:51", "12:00"]},
        ours={WILDCARD: ["10:00", "12:00"], FIXED: ["10:00", "12:00"]},
    ),
)
def test_forward_by_a_hundred_minutes(ask: Ask, wanted: dict[str, list[str]], tmp_path: Path) -> None:
    found = starts(ask, clock(10, 10, 30), 100, tmp_path)
    assert {text: found[text] for text in wanted} == wanted


@pytest.mark.parametrize(
    ("ask", "wanted"),
    judges(
        debian={WILDCARD: ["10:00", "13:45"], FIXED: ["10:00"]},
        busybox={WILDCARD: ["10:00", "13:45"], FIXED: ["10:00"]},
        celery={WILDCARD: ["10:00", "13:31", "13:45"], FIXED: ["10:00", "13:31"]},
        ours={WILDCARD: ["10:00", "13:45"], FIXED: ["10:00"]},
    ),
)
def test_forward_by_more_than_three_hours(ask: Ask, wanted: dict[str, list[str]], tmp_path: Path) -> None:
    found = starts(ask, clock(10, 10, 30), 200, tmp_path)
    assert {text: found[text] for text in wanted} == wanted


QUARTERS, HALVES = ["10:00", "10:15", "10:30", "10:45", "11:00"], ["10:00", "10:30", "11:00"]


@pytest.mark.parametrize(
    ("ask", "again"),
    judges(
        debian={WILDCARD: ["10:30", "10:45", "11:00"], FIXED: []},
        busybox={WILDCARD: ["10:30", "10:45", "11:00"], FIXED: ["10:30", "11:00"]},
        celery={WILDCARD: [], FIXED: []},
        ours={WILDCARD: ["10:30", "10:45", "11:00"], FIXED: []},
    ),
)
def test_back_by_three_quarters_of_an_hour(ask: Ask, again: dict[str, list[str]], tmp_path: Path) -> None:
    found = starts(ask, clock(11, 10, 30), -45, tmp_path)
    assert found[WILDCARD] == [*QUARTERS, *again[WILDCARD], "11:15", "11:30"]
    assert found[FIXED] == [*HALVES, *again[FIXED], "11:30"]


@pytest.mark.parametrize(
    ("ask", "again"),
    judges(debian=True, busybox=True, celery=False, ours=True),
)
def test_back_by_four_hours(ask: Ask, again: bool, tmp_path: Path) -> None:
    found = starts(ask, clock(11, 10, 30), -240, tmp_path)
    assert found[WILDCARD] == [*QUARTERS, *(QUARTERS if again else []), "11:15", "11:30"]
    assert found[FIXED] == [*HALVES, *(HALVES if again else []), "11:30"]


@pytest.mark.parametrize("judge", [pytest.param(celery, id="celery"), pytest.param(ours, id="ours")])
def test_a_minutely_job_of_celery_is_silent_until_the_clock_has_caught_up(judge: Ask, tmp_path: Path) -> None:
    found = starts(judge, clock(11, 10, 30), -45, tmp_path)[MINUTELY]
    assert found.count("10:50") == (1 if judge is celery else 2)
