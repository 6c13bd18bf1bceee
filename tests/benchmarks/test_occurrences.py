"""All occurrences in a window, the next and the previous one: ours beside croniter, cronsim and Celery.

Everybody gives aware datetimes on the zone's clock, DST included: ``starts``; ``between`` gives
slots, ``epoch_starts`` integers. python-crontab steps with croniter. The package ``crontab``
has python-crontab's import name, so that the two cannot be compared in one environment.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from celery.schedules import crontab
from croniter import croniter
from cronsim import CronSim
from crontab import CronTab

from migrator.equivalence.lower import lower
from migrator.schedule.expression import parse
from migrator.schedule.occurrences import between, epoch_starts, following, slot_of, starts
from migrator.schedule.policy import CELERY

ZONE = ZoneInfo("Europe/Warsaw")
START = dt.datetime(2026, 1, 1, tzinfo=ZONE)
DAY = dt.timedelta(days=1)
WINDOWS = {"*/5 * * * *": 365, "0 12 * * *": 3650, "0 6 2 * *": 3650, "0 0 1,15 * 5": 3650}
NEAR = ["*/5 * * * *", "30 2 * * *", "0 6 2 * *", "0 0 29 2 *"]

windows = pytest.mark.parametrize("text", WINDOWS)
near = pytest.mark.parametrize("text", NEAR)


def end_of(text: str) -> dt.datetime:
    return START + WINDOWS[text] * DAY


def by_starts(text: str) -> Iterator[Any]:
    return starts(parse(text), ZONE, START, end_of(text))


def by_epoch_starts(text: str) -> Iterator[Any]:
    return epoch_starts(parse(text), ZONE, START, end_of(text))


def by_between(text: str) -> Iterator[Any]:
    return between(parse(text), ZONE, START, end_of(text))


def by_celerys_policy(text: str) -> Iterator[Any]:
    return starts(parse(text), ZONE, START, end_of(text), policy=CELERY)


def by_cronsim(text: str) -> Iterator[Any]:
    end = end_of(text)
    return takewhile(lambda at: at < end, CronSim(text, START))


def by_croniter(text: str) -> Iterator[Any]:
    end = end_of(text)
    return takewhile(lambda at: at < end, croniter(text, START).all_next(dt.datetime))


def by_celery(text: str) -> Iterator[Any]:
    for entry in lower(parse(text)):
        last, end = START, end_of(text)
        schedule: Any = crontab(**entry.as_dict(), nowfun=lambda: START)
        schedule.tz = ZONE
        while True:
            before, delta, _now = schedule.remaining_delta(last)
            last = before + delta
            if last >= end:
                break
            yield last


OURS = [by_starts, by_epoch_starts, by_between, by_celerys_policy]
THEIRS = [by_cronsim, by_croniter, by_celery]


@windows
@pytest.mark.parametrize("way", OURS + THEIRS, ids=lambda way: way.__name__[3:])
@pytest.mark.benchmark(group="window")
def test_a_window(benchmark: Any, way: Callable[[str], Iterator[Any]], text: str) -> None:
    rounds = {} if way in OURS else {"rounds": 2}
    found = benchmark.pedantic(lambda: sum(1 for _start in way(text)), **({"rounds": 7} | rounds))
    assert abs(found - sum(1 for _start in by_starts(text))) <= 25  # the first, and the nights of ten years


@near
@pytest.mark.benchmark(group="next")
def test_our_next(benchmark: Any, text: str) -> None:
    assert benchmark(lambda: following(parse(text), ZONE, START, 1))


@near
@pytest.mark.benchmark(group="next")
def test_cronsims_next(benchmark: Any, text: str) -> None:
    assert benchmark(lambda: next(CronSim(text, START)))


@near
@pytest.mark.benchmark(group="next")
def test_croniters_next(benchmark: Any, text: str) -> None:
    assert benchmark(lambda: croniter(text, START).get_next(dt.datetime))


@near
@pytest.mark.benchmark(group="next")
def test_python_crontabs_next(benchmark: Any, text: str) -> None:
    (job,) = CronTab(tab=f"{text} true\n")
    assert benchmark(lambda: job.schedule(START).get_next(dt.datetime))


@near
@pytest.mark.benchmark(group="next")
def test_celerys_next(benchmark: Any, text: str) -> None:
    schedules: list[Any] = [crontab(**entry.as_dict(), nowfun=lambda: START) for entry in lower(parse(text))]
    for schedule in schedules:
        schedule.tz = ZONE
    assert benchmark(lambda: [schedule.remaining_delta(START) for schedule in schedules])


@near
@pytest.mark.benchmark(group="previous")
def test_our_slot_of(benchmark: Any, text: str) -> None:
    assert benchmark(lambda: slot_of(parse(text), ZONE, START))


@near
@pytest.mark.benchmark(group="previous")
def test_cronsims_previous(benchmark: Any, text: str) -> None:
    assert benchmark(lambda: next(CronSim(text, START, reverse=True)))


@near
@pytest.mark.benchmark(group="previous")
def test_croniters_previous(benchmark: Any, text: str) -> None:
    assert benchmark(lambda: croniter(text, START).get_prev(dt.datetime))
