"""Where cron and Celery part, and what is said about it."""

import datetime as dt
from collections import Counter
from zoneinfo import ZoneInfo

import pytest

from migrator.equivalence.lower import lower
from migrator.report.proof import timetables
from migrator.schedule.calendar import SYSTEMD
from migrator.schedule.dialect import BUSYBOX
from migrator.schedule.expression import parse
from migrator.schedule.occurrences import epoch_starts
from migrator.schedule.parting import Parting, clocks, minutes_in_utc, partings
from tests.celery_steps import celery_starts

SINCE = dt.date(2026, 1, 1)
DUBLIN = ZoneInfo("Europe/Dublin")
ZONES = {
    name: ZoneInfo(name)
    for name in ("UTC", "Europe/Warsaw", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kolkata")
}
WARSAW = ZONES["Europe/Warsaw"]


def first(text: str, zone: ZoneInfo = WARSAW) -> Parting:
    return partings(parse(text), zone, SINCE)[0]


@pytest.mark.parametrize(
    ("text", "date", "sentence"),
    [
        ("30 2 * * *", "2026-03-29", "cron starts it at 03:00, Celery at 03:30"),
        ("0,30 2,3 * * *", "2026-03-29", "cron has starts that Celery has not: 03:00 (2 times)"),
        ("0 0-5 * * *", "2026-03-29", "cron has starts that Celery has not: 03:00"),
        ("*/15 2 * * *", "2026-03-29", "Celery has starts that cron has not: 03:00"),
        ("0 * * * *", "2026-10-25", "cron has starts that Celery has not: 02:00+01:00"),
        (
            "*/10 * * * *",
            "2026-10-25",
            "cron has starts that Celery has not: 02:00+01:00, 02:10+01:00, 02:20+01:00, 02:30+01:00, 2 more",
        ),
    ],
)
def test_the_first_parting(text: str, date: str, sentence: str) -> None:
    found = first(text)
    assert (found.date.isoformat(), found.sentence) == (date, sentence)


@pytest.mark.parametrize(
    "text", ["0 2 * * *", "0 4 * * *", "@daily", "*/15 8-18 * * 1-5", "30 2 1 1 *", "0 0 31 2 *"]
)
def test_schedules_that_do_not_part(text: str) -> None:
    assert partings(parse(text), WARSAW, SINCE) == ()


def test_a_repeated_hour_is_no_matter_for_a_fixed_job_and_cron() -> None:
    assert {one.date.month for one in partings(parse("30 2 * * *"), WARSAW, SINCE)} == {3}


def test_busybox_starts_it_in_both_passes() -> None:
    parted = partings(parse("30 2 * * *", BUSYBOX), WARSAW, SINCE, years=1)
    assert [(one.date.isoformat(), clocks(one.cron), clocks(one.celery)) for one in parted] == [
        ("2026-03-29", "", "03:30"),
        ("2026-10-25", "02:30+01:00", ""),
    ]


@pytest.mark.parametrize("text", ["30 2 29 * 0", "0 0-5 * * 0", "30 2 1-31 * 1", "*/20 1-3 * 3,10 *"])
def test_without_what_only_cron_has_and_with_what_only_celery_has_they_are_equal(text: str) -> None:
    entries = lower(parse(text))
    parted = partings(parse(text), WARSAW, SINCE, entries=timetables(entries), years=2)
    assert parted
    for one in parted:
        noon = dt.datetime.combine(one.date, dt.time(12), WARSAW)
        window = noon - dt.timedelta(days=2), noon
        by_cron = Counter(epoch_starts(parse(text), WARSAW, *window))
        real = Counter(start.timestamp() for start in celery_starts(entries, WARSAW, *window))
        assert by_cron - instants(one.cron) + instants(one.celery) == real


def instants(starts: tuple[dt.datetime, ...]) -> Counter[float]:
    return Counter(start.timestamp() for start in starts)


@pytest.mark.parametrize(
    ("text", "zone", "minutes"),
    [
        ("*/15 * * * *", "Europe/Warsaw", (0, 15, 30, 45)),
        ("10 * * * *", "America/St_Johns", (40,)),
        ("*/20 * * * *", "Australia/Lord_Howe", ()),
        ("0,30 * * * *", "Australia/Lord_Howe", (0, 30)),
        ("0 */2 * * *", "Europe/Warsaw", ()),
        ("0 0-23 * * *", "Europe/Warsaw", ()),
        ("0 * * * 1", "Europe/Warsaw", ()),
    ],
)
def test_which_jobs_an_entry_in_utc_runs_as_cron_does(text: str, zone: str, minutes: tuple[int, ...]) -> None:
    assert minutes_in_utc(parse(text), ZONES[zone], SINCE) == minutes


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
def test_zones_without_jumps_part_nothing(zone: str) -> None:
    assert partings(parse("* * * * *"), ZONES[zone], SINCE) == ()


def test_systemd_gives_up_the_rest_of_a_day_in_dublin() -> None:
    """`systemd-analyze` says so, too: tests/oracle/test_occurrences_against_systemd.py."""
    spring, *_later = partings(parse("0 1,12 * * *", SYSTEMD), DUBLIN, SINCE)
    assert spring.sentence == "Celery has starts that cron has not: 02:00, 12:00"
    assert not partings(parse("0 3 * * *", SYSTEMD), DUBLIN, SINCE)


@pytest.mark.parametrize(("name", "found"), [("Europe/Warsaw", ()), ("Asia/Tokyo", (7,)), ("UTC", (7,))])
def test_what_starts_once_in_a_repeated_hour_needs_its_zone(name: str, found: tuple[int, ...]) -> None:
    assert minutes_in_utc(parse("7 * * * *", SYSTEMD), ZoneInfo(name), SINCE) == found
