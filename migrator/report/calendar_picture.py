"""The picture of a job's slots: a square per day, by the worst that became of its slots.

A path per kind of day, and in it a stroke per run of equal days in a week, dashed into squares: a
quarter of a year costs a few hundred bytes. Kinds differ in shape, too, for eyes that tell no colours.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from migrator.comparison.outcomes import Outcome
from migrator.comparison.slots_seen import WORST, DaysSeen

WEEKS = 26  # at most, the latest: older slots are in `migrator compare`
CELL, PITCH = 10, 12

_CROSS = (Outcome.DUPLICATE, Outcome.MISMATCHED, Outcome.OVERLAP)


@dataclass(frozen=True, slots=True)
class Month:
    """A label above the week in which a month begins."""

    x: int
    name: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """Weeks are columns from Monday down; ``paths``: what to draw for each kind of day."""

    first: dt.date
    last: dt.date
    width: int
    grid: str
    months: tuple[Month, ...]
    paths: tuple[tuple[Outcome, str], ...]
    counts: tuple[tuple[Outcome, int, dt.date], ...]  # of slots, all of them, each with the latest day


def calendar_of(seen: DaysSeen) -> Calendar | None:
    """The picture of a job's slots, by the days of cron's zone; None: there is none."""
    if not seen.days:
        return None
    days, last = seen.days, max(seen.days)
    monday = last - dt.timedelta(days=last.weekday())
    start = max(_monday(min(days)), monday - dt.timedelta(weeks=WEEKS - 1))
    weeks = (monday - start).days // 7 + 1
    return Calendar(
        first=max(start, min(days)),
        last=last,
        width=weeks * PITCH,
        grid="".join(_stroke(Outcome.MATCHED, week, 0, 7) for week in range(weeks)),
        months=tuple(_months(start, weeks)),
        paths=_paths(days, start),
        counts=tuple(
            (one, seen.counts[one], seen.latest[one]) for one in reversed(WORST) if seen.counts[one]
        ),
    )


def one_day(outcome: Outcome) -> str:
    """A single square, for the legend."""
    return _stroke(outcome, 0, 0, 1)


def _monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def _months(start: dt.date, weeks: int) -> Iterator[Month]:
    """The first week of each month that has two or more, so that no name runs into the next."""
    begins: dict[tuple[int, int], int] = {}
    for week in range(weeks):
        sunday = start + dt.timedelta(days=7 * week + 6)
        begins.setdefault((sunday.year, sunday.month), week)
    ends = [*list(begins.values())[1:], weeks + 1]
    for ((_year, month), week), end in zip(begins.items(), ends, strict=True):
        if end - week > 1:
            yield Month(week * PITCH, f"{month:02}")


def _paths(days: dict[dt.date, Outcome], start: dt.date) -> tuple[tuple[Outcome, str], ...]:
    drawn: dict[Outcome, list[str]] = defaultdict(list)
    shown = sorted(day for day in days if day >= start)
    runs = groupby(
        enumerate(shown),
        # days that follow each other in a week with the same outcome are one stroke
        key=lambda one: (one[1].toordinal() - one[0], _monday(one[1]), days[one[1]]),
    )
    for (_run, week_of, outcome), members in runs:
        found = [day for _index, day in members]
        week = (week_of - start).days // 7
        drawn[outcome].append(_stroke(outcome, week, found[0].weekday(), len(found)))
    return tuple((one, "".join(drawn[one])) for one in reversed(WORST) if drawn[one])


def _stroke(outcome: Outcome, week: int, row: int, count: int) -> str:
    """The days of one run: a dashed line down the middle, or a sign for each."""
    x, y = week * PITCH + CELL // 2, row * PITCH
    if outcome in _CROSS:
        return "".join(f"M{x - 4} {y + PITCH * n + 1}l8 8m0-8l-8 8" for n in range(count))
    if outcome is Outcome.NEITHER:
        return "".join(f"M{x - 4} {y + PITCH * n + 1}h8v8h-8z" for n in range(count))
    if outcome is Outcome.CANDIDATE_ONLY:
        y += CELL // 2
    return f"M{x} {y}v{PITCH * count - 2}"
