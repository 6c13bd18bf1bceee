"""How long runs are kept."""

from __future__ import annotations

import datetime as dt

import pytest

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.retention import Kept, kept

NOW = dt.datetime(2026, 11, 25, 12, 0, 30, tzinfo=dt.UTC)
MINUTELY = JobDefinition("minutely", "* * * * *", "UTC")
MONTHLY = JobDefinition("monthly", "0 6 2 * *", "UTC")
NEVER = JobDefinition("never", "0 0 30 2 *", "UTC")


def days_ago(days: float) -> dt.datetime:
    return NOW - dt.timedelta(days=days)


@pytest.mark.parametrize(
    ("jobs", "days", "expected"),
    [
        pytest.param([], 30, Kept(days_ago(30)), id="no job"),
        pytest.param([(MINUTELY, 100)], 30, Kept(days_ago(30)), id="longer than any job needs"),
        pytest.param(
            [(MINUTELY, 100), (MONTHLY, 2)],
            30,
            Kept(dt.datetime(2026, 9, 2, 6, tzinfo=dt.UTC), "monthly"),
            id="two periods of the slowest job",
        ),
        pytest.param(
            [(MONTHLY, 4)],
            30,
            Kept(dt.datetime(2026, 7, 2, 6, tzinfo=dt.UTC), "monthly"),
            id="the slots that its verdict needs",
        ),
        pytest.param(
            [(MINUTELY, 3000)],
            1,
            Kept(NOW.replace(second=0) - dt.timedelta(minutes=3000), "minutely"),
            id="many",
        ),
        pytest.param([(NEVER, 2)], 30, Kept(days_ago(30)), id="never due"),
    ],
)
def test_the_days_asked_for_and_never_less_than_the_jobs_need(
    jobs: list[tuple[JobDefinition, int]], days: int, expected: Kept
) -> None:
    assert kept(jobs, days, NOW) == expected
