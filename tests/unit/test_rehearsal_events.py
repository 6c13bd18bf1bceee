"""Events of a rehearsal, from the command line to what is done to beat and when."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from migrator.comparison.rehearsal import Spell
from migrator.comparison.rehearsal_events import moments_of, read_event
from migrator.errors import BadExpression, UsageProblem

WARSAW = ZoneInfo("Europe/Warsaw")
WINDOW = Spell(*(dt.datetime(2026, 10, day, tzinfo=WARSAW).timestamp() for day in (24, 27)))


def told(*texts: str) -> list[str]:
    """The moments, each as its date, time and act."""
    found = moments_of([read_event(text, WARSAW) for text in texts], WINDOW, WARSAW)
    return [f"{dt.datetime.fromtimestamp(one.at, WARSAW):%d %H:%M%z} {one.act.name}" for one in found]


@pytest.mark.parametrize(
    ("text", "moments"),
    [
        pytest.param("late/90s", [], id="late has no moment"),
        pytest.param(
            "restart@2026-10-26T03:00", ["26 03:00+0100 STOP", "26 03:01+0100 START"], id="a minute"
        ),
        pytest.param(
            "crash@2026-10-25T02:30+01:00/5m", ["25 02:30+0100 KILL", "25 02:35+0100 START"], id="second pass"
        ),
        pytest.param(
            "off@2026-10-24T12:00", ["24 12:00+0200 OFF", "25 11:00+0100 ON"], id="a day in seconds"
        ),
        pytest.param(
            "deploy@2026-10-26T12:00/30s",
            ["26 12:00+0100 STOP", "26 12:00+0100 SAVE", "26 12:00+0100 START"],
            id="deploy",
        ),
        pytest.param("edit@2026-10-26T12:00=*/30 5 * * 1", ["26 12:00+0100 EDIT"], id="an edit"),
        pytest.param("edit@2026-10-26T12:00", ["26 12:00+0100 EDIT"], id="a save that changes nothing"),
        pytest.param("restart@2026-12-01T03:00", [], id="outside the window"),
    ],
)
def test_an_event_is_its_moments(text: str, moments: list[str]) -> None:
    assert told(text) == moments


def test_a_time_of_day_is_each_day() -> None:
    days = [one[:8] for one in told("restart@03:00") if one.endswith("STOP")]
    assert days == ["24 03:00", "25 03:00", "26 03:00"]


def test_events_are_told_together_in_their_order() -> None:
    assert [one[:2] for one in told("restart@2026-10-26T03:00", "off@2026-10-24T12:00/1h")] == [
        *("24", "24"),
        *("26", "26"),
    ]


def test_late_says_by_how_much() -> None:
    assert [read_event(text, WARSAW).late for text in ("late", "late/2m", "restart@03:00")] == [60, 120, 0]


@pytest.mark.parametrize(
    "text",
    [
        *("", "reboot@03:00", "restart", "restart@25:00", "restart@03:00/0", "restart@03:00/soon"),
        *("late@03:00", "restart@03:00=5 5 * * *", "edit", "edit@03:00=5 5 * * *", "edit@03:00/5m"),
    ],
)
def test_what_is_no_event_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(UsageProblem) as problem:
        read_event(text, WARSAW)
    assert problem.value.text == text
    assert "restart@03:00" in str(problem.value.hint)


def test_a_schedule_that_cron_refuses_is_no_edit() -> None:
    with pytest.raises(BadExpression):
        read_event("edit@2026-10-26T12:00=61 5 * * *", WARSAW)
