"""The days of a window that a rehearsal of a dense job looks at."""

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from migrator.comparison.rehearsal import Spell
from migrator.comparison.rehearsal_events import read_event
from migrator.comparison.telling_days import telling_days, telling_spells

WARSAW = ZoneInfo("Europe/Warsaw")


def window(start: str, end: str) -> Spell:
    first, last = (
        dt.datetime.fromisoformat(text).replace(tzinfo=WARSAW).timestamp() for text in (start, end)
    )
    return Spell(first, last)


def test_a_week_the_turns_of_the_months_and_the_nights() -> None:
    days = telling_days(window("2026-10-04", "2026-11-10"), WARSAW, ())
    told = [day.isoformat()[5:] for day in sorted(days)]
    assert told[:7] == ["10-04", "10-05", "10-06", "10-07", "10-08", "10-09", "10-10"]
    assert told[7:] == ["10-24", "10-25", "10-26", "10-31", "11-01", "11-02"]


def test_a_leap_day_is_among_them() -> None:
    days = telling_days(window("2028-01-01", "2029-01-01"), WARSAW, ())
    assert {dt.date(2028, 2, 29), dt.date(2028, 3, 1), dt.date(2028, 12, 31)} <= days


def test_what_happens_once_brings_its_days_and_what_happens_daily_none() -> None:
    year = window("2026-01-01", "2027-01-01")
    plain = telling_days(year, WARSAW, ())
    daily = telling_days(year, WARSAW, [read_event("restart@03:00", WARSAW)])
    off = telling_days(year, WARSAW, [read_event("off@2026-07-10T12:00/2d", WARSAW)])
    assert daily == plain
    assert sorted(off - plain) == [dt.date(2026, 7, day) for day in range(9, 14)]


@given(
    st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2027, 1, 1)),
    st.integers(1, 500 * 24),
    st.sampled_from(["Europe/Warsaw", "America/New_York", "Australia/Lord_Howe", "UTC"]),
)
def test_spells_are_the_telling_days_within_the_window(start: dt.datetime, hours: int, name: str) -> None:
    zone = ZoneInfo(name)
    begin = start.replace(tzinfo=zone).timestamp()
    whole = Spell(begin, begin + hours * 3600)
    spells = telling_spells(whole, zone, ())
    assert all(whole.start <= one.start < one.end <= whole.end for one in spells)
    assert all(one.end < other.start for one, other in pairwise(spells))
    days = telling_days(whole, zone, ())
    at = begin
    while at < whole.end:
        inside = any(one.start <= at < one.end for one in spells)
        assert inside == (dt.datetime.fromtimestamp(at, zone).date() in days)
        at += 3600
