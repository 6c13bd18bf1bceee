"""Prove schedules equal for all time, beside stepping through one year of them."""

import datetime as dt
import itertools
import sys
from functools import lru_cache
from typing import Any

import pytest
from croniter import croniter

from migrator.equivalence.celery_crontab import celery_meaning
from migrator.equivalence.lower import lower
from migrator.equivalence.prove import Equivalent, prove
from migrator.schedule import expression

Cache = type(lru_cache(len))
SINCE = dt.date(2026, 1, 1)
MANY = [
    f"{minute} {hour} {day} {month} {weekday}"
    for minute, hour, day, month, weekday in itertools.islice(
        itertools.product(
            range(0, 60, 3), range(24), ("*", "1,15", "*/2", 13), ("*", "1-6"), ("*", 1, "mon-fri")
        ),
        10_000,
    )
]

pytestmark = pytest.mark.benchmark(group="prove")


def cold() -> None:
    """Forget every expression, every field and every table."""
    core = [
        module
        for name, module in sys.modules.items()
        if name.startswith(("migrator.schedule", "migrator.equi"))
    ]
    for cache in {value for module in core for value in vars(module).values() if isinstance(value, Cache)}:
        cache.cache_clear()


def proven(texts: list[str]) -> int:
    parsed = [expression.parse(text) for text in texts]
    return sum(isinstance(prove(one, lower(one), since=SINCE), Equivalent) for one in parsed)


def test_ten_thousand_schedules(benchmark: Any) -> None:
    assert benchmark.pedantic(proven, (MANY,), setup=cold, rounds=3) == len(MANY)


def test_both_tables_of_one_schedule(benchmark: Any) -> None:
    one = expression.parse("0 0 1,15 * 5")
    entries = lower(one)
    assert benchmark(lambda: [celery_meaning(entry) for entry in entries])


def test_croniter_steps_through_one_year(benchmark: Any) -> None:
    def year() -> int:
        steps = croniter("0 0 1,15 * 5", dt.datetime(2026, 1, 1))
        return sum(
            1 for _step in itertools.takewhile(lambda at: at.year == 2026, steps.all_next(dt.datetime))
        )

    assert benchmark(year) > 50
