"""When does a job start? Debian's daemon, under a virtual clock, judges our occurrences."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from migrator.schedule.expression import parse
from migrator.schedule.occurrences import Slot, between
from tests.expressions import expressions, nightly, sparse
from tests.oracle.effort import EXAMPLES
from tests.oracle.virtual_cron import Window, starts_alone, starts_of

pytestmark = pytest.mark.part("cron", "gcc", "namespaces")

NIGHTS = {
    "Europe/Warsaw": [dt.date(2026, 3, 29), dt.date(2026, 10, 25)],
    "America/New_York": [dt.date(2026, 3, 8), dt.date(2026, 11, 1)],
    "America/St_Johns": [dt.date(2010, 3, 14), dt.date(2010, 11, 7)],  # at 00:01
    "America/Sao_Paulo": [dt.date(2018, 11, 4), dt.date(2018, 2, 18)],  # at midnight
    "Australia/Lord_Howe": [dt.date(2026, 10, 4), dt.date(2026, 4, 5)],  # half an hour
    "Antarctica/Troll": [dt.date(2026, 3, 29), dt.date(2026, 10, 25)],  # two hours
    "Antarctica/Casey": [dt.date(2009, 10, 18), dt.date(2010, 3, 5)],  # three hours
    "Africa/Casablanca": [dt.date(2026, 3, 22), dt.date(2026, 2, 15)],  # for Ramadan
    "Pacific/Apia": [dt.date(2011, 12, 30), dt.date(2012, 4, 1)],  # a day that was left out
}
KNOWN = [
    *(
        "30 2 * * *",
        "*/15 2 * * *",
        "0 */2 * * *",
        "0 0-5 * * *",
        "0,30 2,3 * * *",
        "30 1 * * *",
        "0 * * * *",
    ),
    *(
        "* * * * *",
        "0-59 2 * * *",
        "59 1 * * *",
        "@hourly",
        "@daily",
        "0 2 29 * 0",
        "0 2 * 3 sun",
        "* 1 * * *",
    ),
    *("* 23 * * *", "30 23 * * *", "0,30 0,23 * * *", "0 12 * * *", "15,45 0 * * *", "30 0-5 * * *"),
]


def window(zone: str, start: dt.date, days: int) -> Window:
    begin = dt.datetime(start.year, start.month, start.day, tzinfo=ZoneInfo(zone))
    return Window(zone, begin, begin + dt.timedelta(days=days))


def slots(expression: str, seen: Window) -> list[Slot]:
    return list(between(parse(expression), ZoneInfo(seen.zone), seen.start, seen.end))


def agrees(found: list[Slot], starts: list[int]) -> bool:
    """As many starts, each in its minute; missed minutes are made up for ten seconds apart."""
    made_up = sum(slot.due != slot.wall.astimezone(dt.UTC) for slot in found)
    return len(found) == len(starts) and all(
        0 <= start - slot.due.timestamp() < 60 + 10 * made_up
        for slot, start in zip(found, starts, strict=True)
    )


def differing(starts: dict[str, list[int]], seen: Window) -> dict[str, tuple[list[str], list[str]]]:
    """Where the daemon and we disagree: our slots, its starts."""
    zone = ZoneInfo(seen.zone)
    return {
        expression: (
            [slot.name for slot in slots(expression, seen)],
            [dt.datetime.fromtimestamp(instant, zone).isoformat() for instant in instants],
        )
        for expression, instants in starts.items()
        if not agrees(slots(expression, seen), instants)
    }


@pytest.mark.parametrize(
    ("zone", "night"), [(zone, night) for zone in NIGHTS for night in NIGHTS[zone]], ids=str
)
def test_known_schedules_on_the_nights_of_the_clock_change(zone: str, night: dt.date) -> None:
    seen = window(zone, night - dt.timedelta(days=1), 3)
    assert differing(starts_alone(KNOWN, seen), seen) == {}


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(sorted(NIGHTS)), st.integers(0, 1), st.lists(nightly, min_size=8, max_size=8, unique=True)
)
def test_any_schedule_on_the_nights_of_the_clock_change(zone: str, which: int, drawn: list[str]) -> None:
    seen = window(zone, NIGHTS[zone][which] - dt.timedelta(days=1), 3)
    assert differing(starts_alone(drawn, seen), seen) == {}


@settings(max_examples=max(1, EXAMPLES // 3), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(sparse, min_size=15, max_size=15, unique=True), st.integers(2024, 2030))
@example(
    ["0 0 13 * 5", "0 0 */2 * 1", "0 0 1-31 * 1", "0 0 5,* * 1", "0 0 29 2 *", "0 0 31 2 1", "0 0 * * 5-7"],
    2028,
)
def test_a_year_in_utc(drawn: list[str], year: int) -> None:
    seen = window("UTC", dt.date(year, 1, 1), 366)
    assert differing(starts_of(drawn, seen), seen) == {}


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(expressions, min_size=30, max_size=30, unique=True))
def test_a_fortnight_at_the_end_of_february(drawn: list[str]) -> None:
    seen = window("UTC", dt.date(2028, 2, 22), 14)
    assert differing(starts_of(drawn, seen), seen) == {}
