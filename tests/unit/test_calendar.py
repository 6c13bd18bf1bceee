"""systemd's calendar events in cron's words: a table, and systemd itself as the judge."""

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.schedule.calendar import SYSTEMD, calendar_event, seconds_of
from migrator.schedule.expression import CronExpression, parse
from migrator.schedule.kinds import Undecided
from migrator.schedule.meaning import meaning
from migrator.schedule.occurrences import following
from tests.oracle.elapses import elapses

EVENTS = {
    "minutely": "* * * * *",
    "hourly": "0 * * * *",
    "daily": "0 0 * * *",
    "Weekly": "0 0 * * 1",
    "monthly": "0 0 1 * *",
    "quarterly": "0 0 1 1,4,7,10 *",
    "semiannually": "0 0 1 1,7 *",
    "yearly": "0 0 1 1 *",
    "*-*-* 04:00:00": "0 4 * * *",
    "*-*-* 6,18:00": "0 6,18 * * *",
    "04:05": "5 4 * * *",
    "*:0/15": "0-59/15 * * * *",
    "0/2:30": "30 0-23/2 * * *",
    "10:5..20/5": "5-20/5 10 * * *",
    "Mon..Fri 08:00": "0 8 * * 1-5",
    "Mon-Fri 08:00": "0 8 * * 1-5",
    "Sat,sunday": "0 0 * * 6,7",
    "Mon..Sun 1:00": "0 1 * * *",
    "*-*-01": "0 0 1 * *",
    "12-24 18:00": "0 18 24 12 *",
    "Mon *-*-1..7": "0 0 1-7 * 1",
    "Sun *-*-08..14 03:00": "0 3 8-14 * 7",
    "Fri *-*-13": "0 0 13 * 5",
    "Fri *-*-1..31": "0 0 * * 5",
}
UNDECIDED = {
    "*-*~1": "from the end of the month",
    "*:*:0/30": "names seconds",
    "04:00:30": "names seconds",
    "2027-01-01": "names a year",
    "@1395716396": "cannot read",
    "": "cannot read",
    "every day": "cannot read",
    "25:00": "cannot read",
    "*/3:0": "cannot read",
    "Fri..Mon 1:00": "cannot read",
    "*-*-* 04:00 Europe/Nowhere": "cannot read",
}


@pytest.mark.parametrize(("text", "cron"), EVENTS.items(), ids=EVENTS)
def test_what_cron_can_say(text: str, cron: str) -> None:
    schedule = calendar_event(text).schedule
    assert schedule == parse(cron, SYSTEMD)
    assert str(schedule) == cron


@pytest.mark.parametrize(("text", "reason"), UNDECIDED.items(), ids=UNDECIDED)
def test_what_cron_cannot_say(text: str, reason: str) -> None:
    schedule = calendar_event(text).schedule
    assert isinstance(schedule, Undecided)
    assert reason in schedule.reason
    assert schedule.remedy


@pytest.mark.parametrize(
    ("text", "zone"),
    [("daily", None), ("daily UTC", "UTC"), ("Mon 02:00 Europe/Warsaw", "Europe/Warsaw"), ("Mon", None)],
)
def test_the_zone_that_it_names(text: str, zone: str | None) -> None:
    assert calendar_event(text).timezone == zone


@pytest.mark.parametrize(
    ("span", "seconds"),
    [("65min", 3900), ("1h 30min", 5400), ("1h30m", 5400), ("90", 90), ("1.5h", 5400), ("2d", 172800),
     ("1w", 604800), ("500ms", 0.5), ("infinity", None), ("", None), ("soon", None), ("5 parsecs", None)],
)  # fmt: skip
def test_a_time_span_in_seconds(span: str, seconds: float | None) -> None:
    assert seconds_of(span) == seconds


def items(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(max(0, low - 1), high + 1)
    item = st.one_of(
        number.map(str),
        st.tuples(number, number).map("{0[0]}..{0[1]}".format),
        st.tuples(number, st.integers(0, high)).map("{0[0]}/{0[1]}".format),
        st.tuples(number, number, st.integers(1, 9)).map("{0[0]}..{0[1]}/{0[2]}".format),
    )
    return st.one_of(st.just("*"), st.lists(item, min_size=1, max_size=2).map(",".join))


DAYS = st.sampled_from(("Mon", "tue", "Wednesday", "Thu", "Fri", "Sat", "Sun"))
WEEKDAYS = st.one_of(
    st.just(""),
    DAYS,
    st.tuples(DAYS, DAYS).map("..".join),
    st.lists(DAYS, min_size=2, max_size=3).map(",".join),
)
PARTS = st.tuples(WEEKDAYS, items(1, 12), items(1, 31), items(0, 23), items(0, 59))


def written(parts: tuple[str, ...]) -> str:
    return "{} *-{}-{} {}:{}".format(*parts).strip()


def closed(parts: tuple[str, ...]) -> tuple[str, ...]:
    """With an end for every step: after 23:56, systemd 252 goes from ``0/7`` to 00:07, and skips 00:00."""
    ends = (0, 12, 31, 23, 59)
    return tuple(
        re.sub(r"(?<![\d.])(\d+)/", rf"\1..{end}/", part) for part, end in zip(parts, ends, strict=True)
    )


@pytest.mark.part("systemd")
@settings(max_examples=150, deadline=None)
@given(PARTS)
def test_systemd_agrees(parts: tuple[str, ...]) -> None:
    schedule = calendar_event(written(parts)).schedule
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    since = round(start.timestamp())
    refused = elapses(written(parts), "UTC", since, 1) is None
    if isinstance(schedule, CronExpression):
        times = elapses(written(closed(parts)), "UTC", since, 12)
        assert times is not None
        assert not refused
        ours = following(schedule, ZoneInfo("UTC"), start, len(times)) if meaning(schedule) else []
        assert [slot.due.timestamp() for slot in ours] == times
    else:
        assert isinstance(schedule, Undecided)
        assert ("cannot read" in schedule.reason) == refused
