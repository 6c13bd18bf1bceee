"""Beat's messages for an interval, by their distances: in time, late, lost, too soon, switched off."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from migrator.comparison.outcomes import Outcome
from migrator.comparison.rehearsal import Spell
from migrator.comparison.rehearsed_pace import compare_pace
from migrator.schedule.kinds import Interval

UTC = ZoneInfo("UTC")
MATCHED, LATE, IGNORED = Outcome.MATCHED, Outcome.LATE, Outcome.IGNORED
LOST, EXTRA, TWICE = Outcome.CONTROL_ONLY, Outcome.CANDIDATE_ONLY, Outcome.DUPLICATE
MINUTES, HOUR = 60.0, 3600


@pytest.mark.parametrize(
    ("sent", "counts"),
    [
        pytest.param([30, 90, 150, 210], {MATCHED: 4}, id="in time"),
        pytest.param([0, 60, 120, 180], {MATCHED: 4}, id="from the beginning"),
        pytest.param([59.5, 119.5, 179.5], {MATCHED: 3}, id="half a minute on"),
        pytest.param([30, 90.01, 150.02, 210.03], {MATCHED: 4}, id="drifting"),
        pytest.param([30, 92, 152, 212], {MATCHED: 3, LATE: 1}, id="late once, and on from there"),
        pytest.param([30, 150, 210], {MATCHED: 3, LOST: 1}, id="one is lost"),
        pytest.param([30, 120, 180], {MATCHED: 2, LOST: 1, EXTRA: 1}, id="half an hour too late"),
        pytest.param([30, 31, 90, 150, 210], {MATCHED: 4, TWICE: 1}, id="twice"),
        pytest.param([30, 60, 90, 150, 210], {MATCHED: 4, TWICE: 1}, id="too soon"),
        pytest.param([30, 90], {MATCHED: 2, LOST: 2}, id="it ends too early"),
        pytest.param([], {LOST: 3}, id="none"),
        pytest.param([150, 210], {MATCHED: 1, LOST: 2, EXTRA: 1}, id="it begins too late"),
    ],
)
def test_an_hour_from_each_start_to_the_next(sent: list[float], counts: dict[Outcome, int]) -> None:
    found = compare_pace(
        Interval("@every 1h", HOUR), [one * MINUTES for one in sent], [Spell(0, 4 * HOUR)], UTC
    )
    assert found.counts == counts
    assert found.equal == (not counts.keys() & {LOST, EXTRA, TWICE})


def test_each_spell_begins_anew() -> None:
    spells = [Spell(0, 2 * HOUR), Spell(10 * HOUR, 12 * HOUR)]
    found = compare_pace(Interval("@every 1h", HOUR), [1800, 5400, 36600, 40200], spells, UTC)
    assert found.counts == {MATCHED: 4}


def test_what_falls_into_a_time_when_it_was_off() -> None:
    off = [Spell(1.9 * HOUR, 3.9 * HOUR)]
    found = compare_pace(Interval("@every 1h", HOUR), [HOUR, 5 * HOUR], [Spell(0, 6 * HOUR)], UTC, off=off)
    assert found.counts == {MATCHED: 2, IGNORED: 2, LOST: 1}


def test_below_a_minute_a_start_that_comes_half_its_length_late_is_lost() -> None:
    quick = Interval("@every 15s", 15)
    assert compare_pace(quick, [5, 20, 35, 53], [Spell(0, 60)], UTC).counts == {MATCHED: 4}
    assert compare_pace(quick, [5, 20, 43], [Spell(0, 60)], UTC).counts == {MATCHED: 2, LOST: 1, EXTRA: 1}


def test_a_day_that_differs_says_when_it_was_due() -> None:
    [day] = compare_pace(Interval("@every 1h", HOUR), [1800, 10800], [Spell(0, 4 * HOUR)], UTC).days
    assert (day.date, day.clock_change) == (dt.date(1970, 1, 1), False)
    assert day.sentence == "cron starts it at 01:30, 02:30, Celery at 03:00"
