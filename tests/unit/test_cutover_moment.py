"""The moment at which lines go: away from every slot, and after the last one that is still both sides'."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.cli.cutover_moment import clock, named_moment
from migrator.comparison.jobs import JobDefinition
from migrator.cutover.moment import BEFORE, SETTLED, moment
from migrator.errors import UsageProblem

DAILY = JobDefinition("daily", "0 12 * * *", "UTC")
HOURLY = JobDefinition("hourly", "0 * * * *", "UTC")
MINUTELY = JobDefinition("minutely", "* * * * *", "UTC")
OFTEN = JobDefinition("often", "@every 30s", "UTC")


def at(clock: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"2026-03-02T{clock}+00:00")


@pytest.mark.parametrize(
    ("job", "now", "retired_from", "chosen"),
    [
        pytest.param(DAILY, "09:00:00", "12:00:00", "09:00:00", id="far-from-any-slot"),
        pytest.param(DAILY, "11:59:39", "12:00:00", "11:59:39", id="just-before"),
        pytest.param(DAILY, "11:59:41", "12:00:00", "12:00:15", id="too-near"),
        pytest.param(DAILY, "12:00:05", "12:00:00", "12:00:15", id="it-has-just-started"),
        pytest.param(HOURLY, "11:58:30", "13:00:00", "12:00:15", id="a-slot-before-is-both-sides"),
        pytest.param(MINUTELY, "12:00:30", "12:03:00", "12:02:15", id="every-minute"),
        pytest.param(MINUTELY, "12:00:30", "11:00:00", "12:00:30", id="retired-long-ago"),
        pytest.param(OFTEN, "12:00:07", "12:03:00", "12:03:00", id="an-interval-may-start-at-any-time"),
        pytest.param(OFTEN, "12:00:07", "11:00:00", "12:00:07", id="an-interval-retired-long-ago"),
    ],
)
def test_the_moment(job: JobDefinition, now: str, retired_from: str, chosen: str) -> None:
    assert moment([job], {job.id: at(retired_from)}, at(now)) == at(chosen)


def test_without_jobs_it_is_now() -> None:
    assert moment([], {}, at("12:00:00")) == at("12:00:00")


@given(st.integers(0, 86400), st.integers(-300, 7200))
def test_it_is_away_from_the_slots_of_all(second: int, ahead: int) -> None:
    now = at("00:00:00") + dt.timedelta(seconds=second)
    jobs = [DAILY, HOURLY, MINUTELY]
    chosen = moment(jobs, {job.id: now + dt.timedelta(seconds=ahead) for job in jobs}, now)
    assert chosen >= now
    for job in jobs:
        [following] = job.following(chosen, 1)
        latest = job.latest(chosen)
        assert latest is not None
        assert following.due - chosen >= BEFORE
        assert chosen - latest.due >= SETTLED


@pytest.mark.parametrize("text", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_a_time_at_the_end_of_all_times_is_none(text: str) -> None:
    for zone in ("Europe/Warsaw", "America/New_York"):
        with pytest.raises(UsageProblem, match="is no time"):
            named_moment(text, at("11:00:00"), ZoneInfo(zone))


@pytest.mark.parametrize(
    ("zone", "shown"),
    [("UTC", "2026-03-02 11:00:00 UTC"), ("Europe/Warsaw", "2026-03-02 12:00:00 CET (Europe/Warsaw)")],
)
def test_a_moment_names_its_zone_once(zone: str, shown: str) -> None:
    assert clock(at("11:00:00"), ZoneInfo(zone)) == shown
