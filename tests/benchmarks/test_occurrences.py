"""All occurrences in a window, and the next one: ours beside croniter and Celery's own stepping."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from celery.schedules import crontab
from croniter import croniter

from migrator.schedule.expression import parse
from migrator.schedule.occurrences import between, following

ZONE = ZoneInfo("Europe/Warsaw")
START = dt.datetime(2026, 1, 1, tzinfo=ZONE)
WINDOWS = [("*/5 * * * *", 30), ("0 12 * * *", 3650), ("0 6 2 * *", 3650), ("0 0 1,15 * 5", 3650)]

shapes = pytest.mark.parametrize(("text", "days"), WINDOWS, ids=[text for text, _days in WINDOWS])


@shapes
@pytest.mark.benchmark(group="occurrences")
def test_ours(benchmark: Any, text: str, days: int) -> None:
    end = START + dt.timedelta(days=days)
    assert benchmark(lambda: sum(1 for _slot in between(parse(text), ZONE, START, end)))


@shapes
@pytest.mark.benchmark(group="occurrences")
def test_croniter(benchmark: Any, text: str, days: int) -> None:
    end = START + dt.timedelta(days=days)

    def count() -> int:
        steps, number = croniter(text, START), 0
        while steps.get_next(dt.datetime) < end:
            number += 1
        return number

    assert benchmark.pedantic(count, rounds=2)


@pytest.mark.benchmark(group="next occurrence")
def test_our_next(benchmark: Any) -> None:
    expression = parse("0 6 2 * *")
    assert benchmark(lambda: following(expression, ZONE, START, 1))


@pytest.mark.benchmark(group="next occurrence")
def test_croniters_next(benchmark: Any) -> None:
    assert benchmark(lambda: croniter("0 6 2 * *", START).get_next(dt.datetime))


@pytest.mark.benchmark(group="next occurrence")
def test_celerys_next(benchmark: Any) -> None:
    schedule = crontab(minute="0", hour="6", day_of_month="2", nowfun=lambda: START)
    assert benchmark(lambda: schedule.remaining_delta(START))
