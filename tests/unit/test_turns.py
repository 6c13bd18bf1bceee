"""Whose turn a slot is: both sides get turns, whatever the schedule, and no schedule is asked."""

from __future__ import annotations

import datetime as dt
from itertools import groupby

import pytest

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Side
from migrator.comparison.turns import turn

BEGIN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def turns(expression: str, count: int, name: str = "job") -> list[Side]:
    job = JobDefinition(name, expression, "Europe/Warsaw")
    return [turn(job.id, slot.name) for slot in job.following(BEGIN, count)]


@pytest.mark.parametrize(
    ("expression", "most"),
    [
        pytest.param("* * * * *", 2, id="minutely"),
        pytest.param("*/2 * * * *", 2, id="even-minutes"),
        pytest.param("*/5 * * * *", 4, id="five-minutes"),
        pytest.param("*/8 * * * *", 16, id="eight-minutes"),
        pytest.param("*/15 * * * *", 3, id="quarters"),
        pytest.param("*/30 * * * *", 4, id="half-hours"),
        pytest.param("0 * * * *", 2, id="hourly"),
        pytest.param("0 */4 * * *", 2, id="four-hours"),
        pytest.param("0 */8 * * *", 9, id="eight-hours"),
        pytest.param("0 */12 * * *", 2, id="twice-a-day"),
        pytest.param("0 12 * * *", 3, id="daily"),
        pytest.param("30 2 * * *", 3, id="nightly"),
        pytest.param("0 12 */2 * *", 4, id="odd-days"),
        pytest.param("0 12 * * 1-5", 4, id="weekdays"),
        pytest.param("0 12 * * 1", 3, id="weekly"),
        pytest.param("0 6 2 * *", 5, id="monthly"),
        pytest.param("0 6 1,15 * *", 6, id="twice-a-month"),
        pytest.param("0 0 1 */3 *", 4, id="quarterly"),
        pytest.param("0 0 1 */6 *", 4, id="half-yearly"),
        pytest.param("0 0 1 1 *", 5, id="yearly"),
    ],
)
def test_no_side_waits_long_for_its_turn(expression: str, most: int) -> None:
    found = turns(expression, 300)
    assert max(len(list(row)) for _, row in groupby(found)) == most
    assert 0.4 < found.count(Side.CONTROL) / len(found) < 0.6


def test_half_of_the_jobs_begin_with_the_other_side() -> None:
    first = [turns("0 12 * * *", 1, f"job-{number}")[0] for number in range(100)]
    assert 35 < first.count(Side.CONTROL) < 65


def test_both_passes_of_the_repeated_hour_and_a_minute_in_the_gap_have_a_turn() -> None:
    assert turn("job", "2026-10-25T02:30+02:00") is turn("job", "2026-10-25T02:30+01:00")
    assert turn("job", "2026-03-29T02:30+01:00") in Side
