"""Occurrences around the clock's jumps, row by row as the daemon was seen to do."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from migrator.schedule.expression import parse
from migrator.schedule.meaning import meaning
from migrator.schedule.occurrences import between, epoch_starts, following, preceding, slot_of, starts
from migrator.schedule.policy import CELERY, DEBIAN, SYSTEMD, WALL_CLOCK, Policy
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


def test_a_window_that_ends_before_it_begins_is_empty() -> None:
    """As that of a job whose first hand-over is tomorrow: today's midnight is none of its slots."""
    midnight, today = parse("@daily"), dt.datetime(2026, 11, 26, 2, 8, tzinfo=dt.UTC)
    for tomorrow in (today.replace(day=27, hour=0, minute=0), today.replace(day=28)):
        assert list(between(midnight, ZoneInfo("UTC"), tomorrow, today)) == []
        assert list(starts(midnight, ZoneInfo("UTC"), tomorrow, today)) == []
        assert list(epoch_starts(midnight, ZoneInfo("UTC"), tomorrow, today)) == []


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


# What each scheduler was seen to do on the two nights, as hours and minutes on the zone's clock.
GAP_AND_REPEAT = [
    ("30 2 * * *", SPRING, DEBIAN, "03:00"),
    ("30 2 * * *", SPRING, WALL_CLOCK, ""),
    ("30 2 * * *", SPRING, SYSTEMD, ""),
    ("30 2 * * *", SPRING, CELERY, "03:30"),
    ("0 2 * * *", SPRING, CELERY, "03:00"),
    ("0 0-5 * * *", SPRING, DEBIAN, "00:00 01:00 03:00 03:00 04:00 05:00"),
    ("0 0-5 * * *", SPRING, WALL_CLOCK, "00:00 01:00 03:00 04:00 05:00"),
    ("0 0-5 * * *", SPRING, CELERY, "00:00 01:00 03:00 04:00 05:00"),
    ("0,30 2,3 * * *", SPRING, DEBIAN, "03:00 03:00 03:00 03:30"),
    ("0,30 2,3 * * *", SPRING, WALL_CLOCK, "03:00 03:30"),
    ("0,30 2,3 * * *", SPRING, CELERY, "03:00 03:30"),
    ("*/15 2 * * *", SPRING, DEBIAN, ""),
    ("*/15 2 * * *", SPRING, WALL_CLOCK, ""),
    ("*/15 2 * * *", SPRING, SYSTEMD, ""),
    ("*/15 2 * * *", SPRING, CELERY, "03:00"),
    ("0 */2 * * *", SPRING, DEBIAN, "00:00 04:00"),
    ("0 */2 * * *", SPRING, CELERY, "00:00 03:00 04:00"),
    ("0 * * * *", SPRING, DEBIAN, "00:00 01:00 03:00 04:00 05:00"),
    ("0 * * * *", SPRING, WALL_CLOCK, "00:00 01:00 03:00 04:00 05:00"),
    ("0 * * * *", SPRING, CELERY, "00:00 01:00 03:00 04:00 05:00"),
    ("30 2 * * *", AUTUMN, DEBIAN, "02:30"),
    ("30 2 * * *", AUTUMN, WALL_CLOCK, "02:30 02:30"),
    ("30 2 * * *", AUTUMN, SYSTEMD, "02:30"),
    ("30 2 * * *", AUTUMN, CELERY, "02:30"),
    ("*/30 2 * * *", AUTUMN, DEBIAN, "02:00 02:30 02:00 02:30"),
    ("*/30 2 * * *", AUTUMN, WALL_CLOCK, "02:00 02:30 02:00 02:30"),
    ("*/30 2 * * *", AUTUMN, CELERY, "02:00 02:30"),
    ("0 * * * *", AUTUMN, DEBIAN, "00:00 01:00 02:00 02:00 03:00 04:00 05:00"),
    ("0 * * * *", AUTUMN, SYSTEMD, "00:00 01:00 02:00 03:00 04:00 05:00"),
    ("0 * * * *", AUTUMN, CELERY, "00:00 01:00 02:00 03:00 04:00 05:00"),
]


@pytest.mark.parametrize(
    ("text", "night", "policy", "found"),
    GAP_AND_REPEAT,
    ids=[f"{policy.name}, {night}: {text}" for text, night, policy, _found in GAP_AND_REPEAT],
)
def test_what_a_scheduler_does_with_a_jump(text: str, night: dt.date, policy: Policy, found: str) -> None:
    start = dt.datetime(night.year, night.month, night.day, tzinfo=WARSAW)
    seen = starts(parse(text), WARSAW, start, start.replace(hour=6), policy=policy)
    assert " ".join(f"{instant:%H:%M}" for instant in seen) == found


@pytest.mark.parametrize("text", ["*/15 * * * *", "7,37 * * * *", "* * * * *"])
@pytest.mark.parametrize("name", ["Europe/Warsaw", "America/New_York", "Antarctica/Troll"])
def test_a_row_in_utc_fires_as_cron_does(text: str, name: str) -> None:
    start, end = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (2026, 2028))
    by_cron = epoch_starts(parse(text), ZoneInfo(name), start, end)
    assert list(by_cron) == list(epoch_starts(parse(text), ZoneInfo("UTC"), start, end, policy=CELERY))


def test_the_second_pass_may_go_back_over_midnight() -> None:
    st_johns = ZoneInfo("America/St_Johns")
    start = dt.datetime(2010, 11, 6, 22, tzinfo=st_johns)
    seen = following(parse("0,30 0,23 * * *"), st_johns, start, 4)
    assert [slot.name for slot in seen] == [
        "2010-11-06T23:00-02:30",
        "2010-11-06T23:30-02:30",
        "2010-11-07T00:00-02:30",
        "2010-11-07T00:30-03:30",
    ]


def test_slots_that_start_at_once_are_told_apart_by_what_was_written() -> None:
    after = dt.datetime(2026, 3, 29, 1, tzinfo=dt.UTC)
    past = preceding(parse("0,30 2 * * *"), WARSAW, after)
    assert [next(past).name for _ in range(3)] == [
        "2026-03-29T02:30+01:00",
        "2026-03-29T02:00+01:00",
        "2026-03-28T02:30+01:00",
    ]
