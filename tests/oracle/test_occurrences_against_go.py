"""When does a job start? Go's cron packages judge our reading for Kubernetes (robfig) and for supercronic."""

import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrator.errors import BadExpression
from migrator.schedule.dialect import SUPERCRONIC
from migrator.schedule.expression import CronExpression
from migrator.schedule.occurrences import epoch_starts
from migrator.schedule.read import read_schedule
from migrator.schedule.robfig import ROBFIG
from tests.expressions import nightly
from tests.oracle import go_crons
from tests.oracle.effort import EXAMPLES
from tests.oracle.go_crons import REFUSED
from tests.oracle.test_occurrences_against_cron import KNOWN, NIGHTS, window
from tests.oracle.virtual_cron import Window

pytestmark = pytest.mark.part("go")

# The package looks for the hour by adding whole ones: see test_robfig_loses_its_way_by_half_an_hour.
WHOLE_HOURS = {
    zone: NIGHTS[zone] for zone in NIGHTS if zone not in ("America/St_Johns", "Australia/Lord_Howe")
}
# It takes a day that has no midnight for the one before: see test_robfig_without_midnight.
EVERY_DAY = nightly.map(lambda text: " ".join([*text.split()[:2], "* * *"]))
WEEKS = Window("UTC", dt.datetime(2027, 2, 20, tzinfo=dt.UTC), dt.datetime(2027, 3, 20, tzinfo=dt.UTC))
NAMES = ("jan", "FEB", "september", "mon", "Sun", "friday")
NUMBER = st.integers(0, 65).map(str) | st.integers(0, 12).map("{:02}".format) | st.sampled_from(NAMES)
BASE = st.sampled_from(["*", "*", "?", "L", ""]) | NUMBER | st.tuples(NUMBER, NUMBER).map("-".join)
STEP = st.just("") | st.integers(0, 70).map("/{}".format)
FIELD = st.just("*") | st.lists(st.tuples(BASE, STEP).map("".join), min_size=1, max_size=3).map(",".join)
TEXT = st.lists(FIELD.filter(len), min_size=5, max_size=5).map(" ".join)


def ours(text: str, package: go_crons.Package, seen: Window) -> list[int]:
    """Our starts; REFUSED, too, where five fields cannot say them."""
    try:
        schedule = read_schedule(text, ROBFIG if package == "robfig" else SUPERCRONIC)
    except BadExpression:
        return REFUSED
    if not isinstance(schedule, CronExpression):
        return REFUSED
    return list(epoch_starts(schedule, ZoneInfo(seen.zone), seen.start, seen.end))


def differing(
    package: go_crons.Package, texts: Iterable[str], seen: Window
) -> dict[str, tuple[list[int], list[int]]]:
    """Where the package and we disagree: our starts, its starts."""
    theirs = go_crons.starts_of(package, list(dict.fromkeys(texts)), seen)
    found = {text: (ours(text, package, seen), starts) for text, starts in theirs.items()}
    return {text: both for text, both in found.items() if both[0] != both[1]}


def around(zone: str, night: dt.date) -> Window:
    return window(zone, night - dt.timedelta(days=1), 3)


def clocks(package: go_crons.Package, text: str, seen: Window) -> list[str]:
    starts = go_crons.starts_of(package, [text], seen)[text]
    return [f"{dt.datetime.fromtimestamp(start, ZoneInfo(seen.zone)):%d %H:%M}" for start in starts]


@pytest.mark.parametrize(
    ("zone", "night"), [(zone, night) for zone in NIGHTS for night in NIGHTS[zone]], ids=str
)
def test_known_schedules_of_supercronic(zone: str, night: dt.date) -> None:
    assert differing("cronexpr", [one for one in KNOWN if one != "@midnight"], around(zone, night)) == {}


@pytest.mark.parametrize(
    ("zone", "night"), [(zone, night) for zone in WHOLE_HOURS for night in WHOLE_HOURS[zone]], ids=str
)
def test_known_schedules_of_kubernetes(zone: str, night: dt.date) -> None:
    assert differing("robfig", KNOWN, around(zone, night)) == {}


@settings(max_examples=5 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(sorted(NIGHTS)),
    st.integers(0, 1),
    st.lists(nightly, min_size=40, max_size=40, unique=True),
)
def test_any_schedule_of_supercronic(zone: str, which: int, drawn: list[str]) -> None:
    assert differing("cronexpr", drawn, around(zone, NIGHTS[zone][which])) == {}


@settings(max_examples=5 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(sorted(WHOLE_HOURS)),
    st.integers(0, 1),
    st.lists(EVERY_DAY, min_size=20, max_size=20, unique=True),
)
def test_any_schedule_of_kubernetes(zone: str, which: int, drawn: list[str]) -> None:
    assert differing("robfig", drawn, around(zone, WHOLE_HOURS[zone][which])) == {}


@settings(max_examples=4 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(TEXT, min_size=60, max_size=60))
def test_kubernetes_takes_and_refuses_what_we_do(drawn: list[str]) -> None:
    assert differing("robfig", [*drawn, "@daily", "@midnight", "@reboot"], WEEKS) == {}


@settings(max_examples=4 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(TEXT, min_size=60, max_size=60))
def test_what_we_take_of_supercronics_it_starts_so(drawn: list[str]) -> None:
    """Not the other way about: its own copy of the package refuses more than this one does."""
    taken = [text for text in drawn if ours(text, "cronexpr", WEEKS) != REFUSED]
    assert differing("cronexpr", taken, WEEKS) == {}


def test_robfig_loses_its_way_by_half_an_hour() -> None:
    """What we do not reckon with, and the page of the dialects says so."""
    lord_howe = around("Australia/Lord_Howe", dt.date(2026, 10, 4))
    assert clocks("robfig", "0 12 * * *", lord_howe) == ["03 12:00", "05 12:00"]


@pytest.mark.parametrize(
    ("zone", "night", "sunday"),
    [
        ("Atlantic/Azores", dt.date(2027, 3, 28), ["28 12:00"]),
        ("Asia/Beirut", dt.date(2027, 3, 28), []),
        ("America/Havana", dt.date(2027, 3, 14), ["14 12:00"]),
        ("America/Santiago", dt.date(2026, 9, 6), ["06 12:00"]),
    ],
)
def test_robfig_without_midnight(zone: str, night: dt.date, sunday: list[str]) -> None:
    """The same where the night of a Sunday leaves out midnight: it takes the day for the one before."""
    seen = around(zone, night)
    saturday = f"{night - dt.timedelta(days=1):%d} 12:00"
    assert clocks("robfig", "0 12 * * 6", seen) == [saturday, f"{night:%d} 12:00"]
    assert clocks("robfig", "0 12 * * 0", seen) == sunday


def test_supercronic_waits_for_a_minute_that_is_past() -> None:
    """Behind UTC its log fills until the gap is over (supercronic issue 86); the start came an hour early."""
    new_york = around("America/New_York", dt.date(2026, 3, 8))
    assert clocks("cronexpr", "30 2 * * *", new_york) == ["07 02:30", "08 01:30", "09 02:30"]
    assert clocks("cronexpr", "0 2,3 8 * *", new_york) == ["08 01:00"]
