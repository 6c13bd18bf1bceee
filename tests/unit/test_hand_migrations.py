"""The mistakes of real hand migrations: each is refuted by its first minute, both ways, or told."""

import datetime as dt

import pytest

from migrator.contrib.celery.spelling import odd_fields, read_crontab_calls
from migrator.equivalence.celery_crontab import celery_meaning
from migrator.equivalence.lower import Every, Refused, by_the_clock, lower_schedule
from migrator.equivalence.prove import differences
from migrator.errors import BadExpression
from migrator.schedule.dialect import DEBIAN
from migrator.schedule.expression import parse
from migrator.schedule.kinds import AtStart, Interval, Undecided
from migrator.schedule.meaning import meaning

SINCE = dt.date(2026, 1, 1)  # a Thursday
AT_9 = "Celery fires once too often, at 2026-01-01 09:00; Celery misses 2026-05-01 09:00"


@pytest.mark.parametrize(
    ("expression", "written", "sentence"),
    [
        ("*/30 * * * *", ["crontab(minute=30)"], "Celery misses 2026-01-01 00:00"),
        (
            "0 9 * * 1",
            ["crontab(0, 9, day_of_week=0)"],  # where 0 is Monday elsewhere
            "Celery fires once too often, at 2026-01-04 09:00; Celery misses 2026-01-05 09:00",
        ),
        (
            "@daily",
            ["crontab(0, 3)"],
            "Celery misses 2026-01-01 00:00; Celery fires once too often, at 2026-01-01 03:00",
        ),
        (
            "20 2 1-7 * 0",
            ["crontab(20, 2, day_of_month='1-7', day_of_week=0)"],
            "Celery misses 2026-01-01 02:20",
        ),
        ("0 9 1 * *", ["crontab(hour=9)"], "Celery fires once too often, at 2026-01-01 09:01"),
        ("0 6 * * *", ["crontab(0, 6)", "crontab(0, 6)"], "two Celery entries fire at 2026-01-01 06:00"),
        (
            "0 0 13 * 5",
            ["crontab(0, 0, day_of_month=13)", "crontab(0, 0, day_of_week=5)"],
            "two Celery entries fire at 2026-02-13 00:00",
        ),
        ("0 9 * * *", ["crontab(0, 9, 1, 1)"], "Celery misses 2026-01-01 09:00"),  # the third is the weekday
        ("0 22-2 * * *", ["crontab(0, '22-2')"], "Celery fires once too often, at 2026-01-01 00:00"),
        ("0 9 * 5 *", ["crontab(0, 9, month_of_year='mon')"], AT_9),
        ("*/10 * * * *", ["crontab('*/70')"], "Celery misses 2026-01-01 00:10"),
    ],
    ids=[
        "minute=30 for */30",
        "weekday numbers",
        "daily moved to 03:00",
        "AND for OR",
        "no minute",
        "a duplicate",
        "two halves that overlap",
        "positions",
        "a range that wraps",
        "a day as a month",
        "a step beyond the hour",
    ],
)
def test_a_mistake_is_refuted(expression: str, written: list[str], sentence: str) -> None:
    entries = map(celery_meaning, read_crontab_calls(written))
    assert differences(meaning(parse(expression)), entries, since=SINCE).sentence == sentence


def test_a_65_minute_interval_is_no_hourly_job() -> None:
    with pytest.raises(BadExpression, match="3900 seconds from a start") as caught:
        by_the_clock("@every 65m", DEBIAN)
    assert "schedule(run_every=3900)" in str(caught.value)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("crontab(day_of_week='wednesday')", "day_of_week='wednesday' for 3"),
        ("crontab(day_of_week='1-5#2')", "day_of_week='1-5#2' for 1-5"),
        ("crontab(month_of_year='mon')", "month_of_year='mon' for 1"),
        ("crontab(0, '22-2')", "hour='22-2' for 0-2,22,23"),
        ("crontab('*/5/2')", "minute='*/5/2' for */5"),
        ("crontab('1, 2')", "minute='1, 2' for 1,2"),
    ],
)
def test_what_celery_reads_in_its_own_way_is_told(written: str, message: str) -> None:
    [finding] = odd_fields([written])
    assert (finding.code, finding.message) == ("CM213", f"Celery takes {message}")


@pytest.mark.parametrize(
    "written",
    [
        "crontab(0, 6)",
        "crontab('*/15', '8-18/2')",
        "crontab(day_of_week='mon-fri')",
        "crontab(minute=[1, 2])",
    ],
)
def test_an_ordinary_spelling_is_not(written: str) -> None:
    assert list(odd_fields([written])) == []


@pytest.mark.parametrize(
    ("schedule", "lowered"),
    [
        (Interval("@every 65m", 3900), "schedule(run_every=3900)"),
        (parse("0 6 * * *"), 'crontab(minute="0", hour="6")'),
    ],
)
def test_each_kind_of_schedule_becomes_what_celery_has_for_it(schedule: object, lowered: str) -> None:
    found = lower_schedule(schedule)  # type: ignore[arg-type]
    assert str(found if isinstance(found, Every) else found[0]) == lowered  # type: ignore[index]


@pytest.mark.parametrize("schedule", [AtStart(), Undecided("{{ hour }}", "a placeholder")])
def test_what_celery_cannot_have_is_refused_with_the_reason(schedule: AtStart | Undecided) -> None:
    found = lower_schedule(schedule)
    assert isinstance(found, Refused)
    assert found.reason
    assert found.hint
