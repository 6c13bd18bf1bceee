"""When a hand-over holds is shown on cron's clock, as `compare` shows the slots; not on Django's."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from migrator.cli.owner import _instant


@pytest.mark.parametrize(
    ("zone", "shown"),
    [("Etc/UTC", "2026-11-26 03:00+00:00"), ("Europe/Warsaw", "2026-11-26 04:00+01:00")],
)
def test_a_moment_is_shown_in_the_zone_of_the_job(zone: str, shown: str) -> None:
    assert _instant(dt.datetime(2026, 11, 26, 3, tzinfo=dt.UTC), ZoneInfo(zone)) == shown


def test_no_moment_is_shown_as_nothing() -> None:
    assert _instant(None, ZoneInfo("UTC")) == ""
