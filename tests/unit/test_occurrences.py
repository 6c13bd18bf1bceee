"""Occurrences around the clock's jumps, row by row as the daemon was seen to do."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from migrator.schedule.expression import parse
from migrator.schedule.meaning import meaning
from migrator.schedule.occurrences import between, following, slot_of
from migrator.schedule.transitions import touched, transitions

WARSAW = ZoneInfo("Europe/Warsaw")
SPRING, AUTUMN = dt.date(2026, 3, 29), dt.date(2026, 10, 25)


def names(text: str, day: dt.date, zone: ZoneInfo = WARSAW) -> list[str]:
    start = dt.datetime(day.year, day.month, day.day, tzinfo=zone)
    return [slot.name[11:] for slot in between(parse(text), zone, start, start.replace(hour=6))]


def test_a_fixed_job_in_the_gap_keeps_its_name_and_starts_after_it() -> None:
    start = dt.datetime(2026, 3, 29, tzinfo=WARSAW)
    (slot,) = following(parse("30 2 * * *"), WARSAW, start, 1)
    assert (slot.name, slot.due) == ("2026-03-29T02:30+01:00", dt.datetime(2026, 3, 29, 1, tzinfo=dt.UTC))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("*/15 2 * * *", []),
        ("0 */2 * * *", ["00:00+01:00", "04:00+02:00"]),
        ("0,30 2,3 * * *", ["02:00+01:00", "02:30+01:00", "03:00+02:00", "03:30+02:00"]),
        ("0 * * * *", ["00:00+01:00", "01:00+01:00", "03:00+02:00", "04:00+02:00", "05:00+02:00"]),
    ],
)
def test_the_night_of_spring(text: str, found: list[str]) -> None:
    assert names(text, SPRING) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("30 2 * * *", ["02:30+02:00"]),
        ("*/30 2 * * *", ["02:00+02:00", "02:30+02:00", "02:00+01:00", "02:30+01:00"]),
        ("0 1-3 * * *", ["01:00+02:00", "02:00+02:00", "03:00+01:00"]),
    ],
)
def test_the_night_of_autumn(text: str, found: list[str]) -> None:
    assert names(text, AUTUMN) == found


def test_a_day_that_a_zone_left_out_is_a_corrected_clock() -> None:
    samoa = ZoneInfo("Pacific/Apia")
    days = between(
        parse("0 12 * * *"),
        samoa,
        dt.datetime(2011, 12, 29, tzinfo=samoa),
        dt.datetime(2012, 1, 1, tzinfo=samoa),
    )
    assert [slot.name[:10] for slot in days] == ["2011-12-29", "2011-12-31"]


def test_a_schedule_that_never_fires_ends_at_once() -> None:
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert following(parse("0 0 31 2 *"), WARSAW, now, 1) == []
    assert slot_of(parse("0 0 31 2 *"), WARSAW, now) is None


def test_a_rare_day_is_found_in_both_directions() -> None:
    leap_sunday = parse("0 0 29 2 */7")  # Sundays only: the star makes cron want both
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    found = slot_of(leap_sunday, WARSAW, now)
    assert found is not None
    assert [slot.name[:10] for slot in [found, *following(leap_sunday, WARSAW, now, 1)]] == [
        "2004-02-29",
        "2032-02-29",
    ]


def test_the_jumps_of_a_zone() -> None:
    first, second = transitions(WARSAW, dt.date(2026, 1, 1), years=1)
    assert (first.start, first.end, first.gap) == (
        dt.datetime(2026, 3, 29, 2),
        dt.datetime(2026, 3, 29, 3),
        True,
    )
    assert (second.start, second.end, second.gap) == (
        dt.datetime(2026, 10, 25, 2),
        dt.datetime(2026, 10, 25, 3),
        False,
    )
    assert transitions(ZoneInfo("UTC"), dt.date(2026, 1, 1)) == ()


@pytest.mark.parametrize(
    ("text", "count"),
    [("30 2 * * *", 2), ("0 3 * * *", 0), ("0 1 * * *", 0), ("30 2 * 3 *", 1), ("@daily", 0)],
)
def test_which_jumps_touch_a_schedule(text: str, count: int) -> None:
    assert len(touched(meaning(parse(text)), WARSAW, dt.date(2026, 1, 1), years=1)) == count


def test_a_jump_of_half_an_hour() -> None:
    howe = ZoneInfo("Australia/Lord_Howe")
    gap = next(jump for jump in transitions(howe, dt.date(2026, 1, 1), years=1) if jump.gap)
    assert (gap.end - gap.start) == dt.timedelta(minutes=30)
