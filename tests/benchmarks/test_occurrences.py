"""All occurrences in a window, the next and the previous one: ours beside croniter, cronsim and Celery.

Everybody gives aware datetimes on the zone's clock, DST included: ``starts``; ``between`` gives
slots, ``epoch_starts`` integers. python-crontab steps with croniter. The package ``crontab`` has
python-crontab's import name: it is installed into a folder of its own, and run by another process.
"""

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path
from statistics import geometric_mean
from timeit import repeat
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


def ours_next(text: str) -> Callable[[], Any]:
    return lambda: following(parse(text), ZONE, START, 1)


def cronsims_next(text: str) -> Callable[[], Any]:
    return lambda: next(CronSim(text, START))


def croniters_next(text: str) -> Callable[[], Any]:
    return lambda: croniter(text, START).get_next(dt.datetime)


def python_crontabs_next(text: str) -> Callable[[], Any]:
    (job,) = CronTab(tab=f"{text} true\n")
    return lambda: job.schedule(START).get_next(dt.datetime)


def celerys_next(text: str) -> Callable[[], Any]:
    """Without the parsing, for which the others have to be asked each time."""
    schedules: list[Any] = [crontab(**entry.as_dict(), nowfun=lambda: START) for entry in lower(parse(text))]
    for schedule in schedules:
        schedule.tz = ZONE
    return lambda: [schedule.remaining_delta(START) for schedule in schedules]


THEIR_NEXT = [croniters_next, cronsims_next, python_crontabs_next, celerys_next]


@near
@pytest.mark.parametrize("way", [ours_next, *THEIR_NEXT], ids=lambda way: way.__name__.removesuffix("s_next"))
@pytest.mark.benchmark(group="next")
def test_the_next(benchmark: Any, way: Callable[[str], Callable[[], Any]], text: str) -> None:
    assert benchmark(way(text))


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


OTHER_CRONTAB = """
import datetime as dt, sys
from timeit import repeat
from zoneinfo import ZoneInfo
from crontab import CronTab
start = dt.datetime(2026, 1, 1, tzinfo=ZoneInfo("Europe/Warsaw"))
step = lambda: CronTab(sys.argv[1]).next(now=start, default_utc=False)
print(min(repeat(step, number=100, repeat=5)) / 100)
"""


def seconds_of(work: Callable[[], Any], number: int) -> float:
    return min(repeat(work, number=number, repeat=3)) / number


def next_of_the_package_crontab(folder: Path) -> Callable[[str], float]:
    """Installs it, and gives the seconds that it takes for an expression."""
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder), "crontab"]
    subprocess.run(pip, check=True)
    environment = {**os.environ, "PYTHONPATH": str(folder)}

    def seconds(text: str) -> float:
        argv = [sys.executable, "-c", OTHER_CRONTAB, text]
        return float(subprocess.run(argv, env=environment, capture_output=True, text=True, check=True).stdout)

    return seconds


@pytest.mark.benchmark(group="others in parts of ours")
def test_others_in_parts_of_ours(benchmark: Any, tmp_path: Path) -> None:
    """Geometric means over the windows and over the next starts, each pair measured one after the other."""
    crontabs_next = next_of_the_package_crontab(tmp_path)
    ours = {text: seconds_of(ours_next(text), 2000) for text in NEAR}
    found = {
        f"next, {way.__name__.removesuffix('s_next')}": geometric_mean(
            seconds_of(way(text), 200) / ours[text] for text in NEAR
        )
        for way in THEIR_NEXT
    }
    found["next, crontab"] = geometric_mean(crontabs_next(text) / ours[text] for text in NEAR)
    for way in THEIRS:
        found[f"window, {way.__name__[3:]}"] = geometric_mean(
            seconds_of(lambda way=way, text=text: sum(1 for _start in way(text)), 1)  # type: ignore[misc]
            / seconds_of(lambda text=text: sum(1 for _start in by_starts(text)), 3)  # type: ignore[misc]
            for text in WINDOWS
        )
    benchmark.extra_info |= {name: round(value, 1) for name, value in found.items()}
    print(f"\n{benchmark.extra_info}")
    benchmark(ours_next(NEAR[0]))
