"""When does a timer fire? systemd judges our occurrences, on the nights of the clock change above all."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from migrator.schedule.calendar import SYSTEMD, calendar_event
from migrator.schedule.expression import CronExpression
from migrator.schedule.occurrences import epoch_starts
from migrator.schedule.overrun import stops_on
from migrator.schedule.transitions import transitions
from tests.oracle.effort import EXAMPLES
from tests.oracle.elapses import Endless, elapses

pytestmark = pytest.mark.part("systemd")

MOST = 160  # elapses that systemd is asked for
ZONES = {
    "UTC": 2026,
    "Europe/Warsaw": 2026,
    "America/New_York": 2026,
    "America/Sao_Paulo": 2017,  # at midnight, until 2019
    "America/Santiago": 2026,  # at midnight
    "America/Havana": 2026,  # at midnight, and back to it
    "Atlantic/Azores": 2026,  # the same
    "Africa/Cairo": 2026,
    "Asia/Beirut": 2026,
    "Australia/Lord_Howe": 2026,  # half an hour
    "Antarctica/Troll": 2026,  # two hours
    "Europe/Dublin": 2026,  # the winter is its daylight saving time
    "Africa/Casablanca": 2026,  # and so is Ramadan
}
NIGHTS = [
    (zone, night.start)
    for zone, year in ZONES.items()
    for night in transitions(ZoneInfo(zone), dt.date(year, 1, 1), 1)
] + [("UTC", dt.datetime(2026, 3, 29, 1))]
KNOWN = [
    "02:30",
    "*-*-* 01:30:00",
    "00:00",
    "00:30",
    "23:30",
    "hourly",
    "daily",
    "*:0/20",
    "*:15",
    "02:*",
    "01,12:00",  # Dublin loses noon, too
    "00,01,12:00",  # and here it does not
    "0..5:40",
    "2,3:10,40",  # Troll's first hour is passed over
    "1..23/2:00",
    "Sun 00..03:20",
]


Differing = dict[str, tuple[list[int], list[int]]]


def differing(
    texts: list[str], zone: str, night: dt.datetime, *, lead: int = 26, named: bool = False
) -> Differing:
    """Where we disagree, from ``lead`` hours before the night to a day after it: our starts, systemd's."""
    begin = night.replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
    start, end = begin - dt.timedelta(hours=lead), begin + dt.timedelta(days=1)
    found = {}
    for text in texts:
        schedule = calendar_event(text).schedule
        assert isinstance(schedule, CronExpression)
        assert schedule.reader == SYSTEMD.name
        theirs = elapses(text, zone, round(start.timestamp()), MOST, named=named)
        assert theirs is not None
        last = min(end.timestamp(), theirs[-1]) if len(theirs) == MOST else end.timestamp()
        theirs = [one for one in theirs if one < last]
        ours = [*epoch_starts(schedule, ZoneInfo(zone), start, dt.datetime.fromtimestamp(last, dt.UTC))]
        if ours != theirs:
            found[text] = ours, theirs
    return found


def values(low: int, high: int) -> st.SearchStrategy[str]:
    """A list of numbers, ranges and steps; each step has an end, for the reason of the last test."""
    number = st.integers(low, high)
    span = st.tuples(number, number).map(sorted)
    item = st.one_of(
        number.map(str),
        span.map(lambda ends: f"{ends[0]}..{ends[1]}"),
        st.tuples(span, st.integers(1, 9)).map(lambda one: f"{one[0][0]}..{one[0][1]}/{one[1]}"),
    )
    return st.lists(item, min_size=1, max_size=3).map(",".join)


EVENTS = st.tuples(
    st.sampled_from(["", "", "Sun ", "Sat,Sun ", "Mon..Fri "]),
    st.just("*-*-*") | values(1, 31).map("*-*-{}".format),
    st.just("*") | values(0, 23) | values(0, 4) | values(22, 23),
    st.just("*") | values(0, 59) | st.sampled_from(["0", "30", "0..55/5"]),
).map(lambda parts: "{}{} {}:{}".format(*parts))


@pytest.mark.parametrize(("zone", "night"), NIGHTS, ids=[f"{zone} {night:%F}" for zone, night in NIGHTS])
def test_known_events_on_the_nights_of_the_clock_change(zone: str, night: dt.datetime) -> None:
    assert differing(KNOWN, zone, night) == {}


@pytest.mark.parametrize("zone", ["Europe/Warsaw", "Europe/Dublin"])
def test_an_event_may_name_its_zone(zone: str) -> None:
    for where, night in NIGHTS:
        assert where != zone or differing(KNOWN, zone, night, named=True) == {}


@settings(max_examples=5 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(NIGHTS), st.lists(EVENTS, min_size=10, max_size=10), st.sampled_from([2, 26]))
def test_any_event_on_the_nights_of_the_clock_change(
    where: tuple[str, dt.datetime], texts: list[str], lead: int
) -> None:
    assert differing(texts, *where, lead=lead) == {}


@pytest.mark.parametrize(
    ("zone", "date", "open_ended", "closed"),
    [
        ("Africa/Cairo", dt.date(2026, 4, 24), "0/2:00", "0..23/2:00"),
        ("America/Santiago", dt.date(2026, 9, 6), "0/6:00", "0..23/6:00"),
        ("Europe/Warsaw", dt.date(2026, 3, 29), "0/9:00", "0..23/9:00"),
        ("Europe/Warsaw", dt.date(2027, 1, 1), "*-4/6-15 12:00", "*-4..12/6-15 12:00"),
        ("Australia/Sydney", dt.date(2026, 10, 1), "*-*-1/14 12:00", "*-*-1..31/14 12:00"),
        ("Europe/Dublin", dt.date(2026, 3, 29), "3/12:00", "3..23/12:00"),
    ],
)
def test_a_step_without_an_end_may_end_the_timer(
    zone: str, date: dt.date, open_ended: str, closed: str
) -> None:
    assert ends(open_ended, zone, date - dt.timedelta(days=40)) == date
    assert ends(closed, zone, date - dt.timedelta(days=40)) is None


def ends(text: str, zone: str, since: dt.date) -> dt.date | None:
    """When the timer starts nothing more, by us and, if that is so, by systemd."""
    schedule, place = calendar_event(text).schedule, ZoneInfo(zone)
    assert isinstance(schedule, CronExpression)
    found = stops_on(schedule, place, since)
    start, end = (dt.datetime.combine(day, dt.time(), place) for day in (since, found or since))
    first = round(start.timestamp())
    if found is None:
        assert elapses(text, zone, first, MOST) is not None
        return None
    last = max(epoch_starts(schedule, place, start, end), default=None)
    assert until_the_end(text, zone, first, MOST) in (None, last)
    assert last is None or elapses(text, zone, last, 1) == [last]
    with pytest.raises(Endless):
        elapses(text, zone, first if last is None else last + 1, 1)
    return found


def until_the_end(text: str, zone: str, since: int, most: int) -> int | None:
    """The last elapse before the search turns in a circle; None: not within so many."""
    low, high = 1, most + 1
    while low < high:
        middle = (low + high) // 2
        try:
            elapses(text, zone, since, middle)
        except Endless:
            high = middle
        else:
            low = middle + 1
    times = elapses(text, zone, since, low - 1) if 1 < low <= most else None
    return times[-1] if times else None


def steps(low: int, high: int) -> st.SearchStrategy[str]:
    """One or two numbers, most of them with a step that has no end."""
    item = st.tuples(st.integers(low, high), st.sampled_from(["", *(f"/{n}" for n in range(2, high // 2))]))
    return st.lists(item.map("{0[0]}{0[1]}".format), min_size=1, max_size=2).map(",".join)


OPEN_ENDED = st.one_of(
    steps(0, 23).map("{}:30".format),
    steps(0, 23).map("Mon..Fri {}:30".format),
    steps(1, 28).map("*-*-{} 12:30".format),
    steps(1, 12).map("*-{}-15 12:30".format),
)


@settings(max_examples=20 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from([*ZONES, "Australia/Sydney"]),
    st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 31)),
    OPEN_ENDED,
)
def test_any_step_without_an_end(zone: str, since: dt.date, text: str) -> None:
    assume(isinstance(calendar_event(text).schedule, CronExpression))
    ends(text, zone, since)
