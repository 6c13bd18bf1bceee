"""When does a job start? cronie, under a virtual clock, judges our occurrences: in its zone, and CRON_TZ's.

`make cronie` builds the daemon; where it is not, observed/year-of-cronie.txt and -zone.txt speak for it.
"""

import datetime as dt
import shutil
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrator.schedule.dialect import CRONIE as DIALECT
from migrator.schedule.expression import parse
from migrator.schedule.occurrences import between
from tests.expressions import nightly
from tests.oracle import virtual_cronie
from tests.oracle.effort import EXAMPLES
from tests.oracle.test_occurrences_against_cron import KNOWN, NIGHTS, agrees, window
from tests.oracle.virtual_cron import CRONIE, Window
from tests.oracle.year_of_cron import JUDGES

pytestmark = [
    pytest.mark.part("cron", "gcc", "namespaces"),  # cron: for the folders that the daemon expects
    pytest.mark.skipif(shutil.which(CRONIE.program) is None, reason="make cronie builds it"),
]
A_NIGHT = [(zone, night) for zone in NIGHTS for night in NIGHTS[zone]]
# There the zone changes its standard time, which cronie does not notice: see below.
UNNOTICED = {"Antarctica/Casey", "Pacific/Apia"}
NOTICED = [(zone, night) for zone, night in A_NIGHT if zone not in UNNOTICED]


def around(zone: str, night: dt.date) -> Window:
    return window(zone, night - dt.timedelta(days=1), 3)


def alone(texts: list[str], seen: Window) -> dict[str, tuple[list[str], list[int]]]:
    """Where the daemon in that zone and we disagree: our slots, its starts; a daemon for each job."""
    starts = virtual_cronie.starts_of_each(texts, seen)
    ours = {
        text: list(between(parse(text, DIALECT), ZoneInfo(seen.zone), seen.start, seen.end)) for text in texts
    }
    return {
        text: ([slot.name for slot in ours[text]], starts[text])
        for text in texts
        if not agrees(ours[text], starts[text])
    }


def in_a_zone(texts: list[str], seen: Window) -> dict[str, tuple[list[int], list[int]]]:
    """The same of a daemon in UTC, with the zone in CRON_TZ."""
    starts = virtual_cronie.starts_in_a_zone(texts, seen)
    ours = JUDGES["cronie-zone"].ours(texts, seen)
    minutes = {text: [start - start % 60 for start in starts[text]] for text in texts}
    return {text: (ours[text], minutes[text]) for text in texts if ours[text] != minutes[text]}


@pytest.mark.parametrize(("zone", "night"), NOTICED, ids=str)
def test_known_schedules_on_the_nights_of_the_clock_change(zone: str, night: dt.date) -> None:
    assert alone(KNOWN, around(zone, night)) == {}


@pytest.mark.parametrize(("zone", "night"), A_NIGHT, ids=str)
def test_known_schedules_below_a_line_with_cron_tz(zone: str, night: dt.date) -> None:
    assert in_a_zone(KNOWN, around(zone, night)) == {}


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(sorted(NIGHTS.keys() - UNNOTICED)),
    st.integers(0, 1),
    st.lists(nightly, min_size=8, max_size=8, unique=True),
)
def test_any_schedule_on_the_nights_of_the_clock_change(zone: str, which: int, drawn: list[str]) -> None:
    assert alone(drawn, around(zone, NIGHTS[zone][which])) == {}


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(sorted(NIGHTS)),
    st.integers(0, 1),
    st.lists(nightly, min_size=40, max_size=40, unique=True),
)
def test_any_schedule_below_a_line_with_cron_tz(zone: str, which: int, drawn: list[str]) -> None:
    assert in_a_zone(drawn, around(zone, NIGHTS[zone][which])) == {}


def test_a_change_of_standard_time_is_not_noticed_until_cronie_is_started_anew() -> None:
    """It asks for its offset when the flag of summer time changes, and at its start: cron.c, set_time."""
    zone, change = "Antarctica/Casey", dt.date(2009, 10, 18)  # from +08:00 to +11:00, both standard time

    def clocks(seen: Window) -> list[str]:
        starts = virtual_cronie.starts_of_each(["0 12 * * *"], seen)["0 12 * * *"]
        return [f"{dt.datetime.fromtimestamp(at, ZoneInfo(zone)):%d %H:%M}" for at in starts]

    assert clocks(around(zone, change)) == ["17 12:00", "18 15:00", "19 15:00"]
    assert clocks(window(zone, change + dt.timedelta(days=1), 2)) == ["19 12:00", "20 12:00"]
    assert clocks_in_a_zone(zone, change) == ["17 12:00", "18 12:00", "19 12:00"]


def clocks_in_a_zone(zone: str, change: dt.date) -> list[str]:
    """With CRON_TZ the C library is asked for each line, and knows."""
    starts = virtual_cronie.starts_in_a_zone(["0 12 * * *"], around(zone, change))["0 12 * * *"]
    return [f"{dt.datetime.fromtimestamp(at, ZoneInfo(zone)):%d %H:%M}" for at in starts]
