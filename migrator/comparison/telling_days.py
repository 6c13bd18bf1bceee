"""The days that tell how a job's starts go: what a rehearsal of a dense job looks at, and why.

A schedule knows the minute of the day, the day of the month, the month and the weekday, and the proof
compares all of these. What beat adds to it is at work where the clock jumps, where a month or a leap
day ends, where beat is started, and where something happens to it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from migrator.comparison.rehearsal import Spell, clock_changes
from migrator.comparison.rehearsal_events import Event
from migrator.i18n import _

DENSE = 20_000  # slots of one job: thirteen months of every half hour are still rehearsed in full
ORDINARY = 7  # days from the window's start: each weekday once
ONE = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sample:
    """How many days of the window were rehearsed, of how many."""

    days: int
    of: int

    @property
    def sentence(self) -> str:
        """What was rehearsed, and who speaks for the rest."""
        return _("{days} of {of} days, the others by the proof").format(days=self.days, of=self.of)


def telling_spells(window: Spell, zone: ZoneInfo, events: Iterable[Event]) -> tuple[Spell, ...]:
    """The telling days of a window, whole days by the zone's clock, those that touch in one spell."""
    chosen = telling_days(window, zone, events)
    spells: list[Spell] = []
    for date in _dates(window, zone):
        if date not in chosen:
            continue
        start, end = (min(max(_midnight(one, zone), window.start), window.end) for one in (date, date + ONE))
        if spells and spells[-1].end == start:
            start = spells.pop().start
        spells.append(Spell(start, end))
    return tuple(spells)


def sample(window: Spell, zone: ZoneInfo, events: Iterable[Event]) -> Sample:
    """How much of the window its telling days are."""
    return Sample(len(telling_days(window, zone, events)), len([*_dates(window, zone)]))


def telling_days(window: Spell, zone: ZoneInfo, events: Iterable[Event]) -> set[dt.date]:
    """A week, the turn of each month, each change of the clock and each event, with the days around them."""
    happening = {
        date
        for event in events
        if isinstance(event.when, dt.datetime)  # what happens each day happens on the others, too
        for date in _dates(Spell(event.when.timestamp(), event.when.timestamp() + event.seconds), zone)
    }

    def tells(date: dt.date) -> bool:
        return date.day == 1 or date in happening or clock_changes(date, zone)

    return {
        date
        for number, date in enumerate(_dates(window, zone))
        if number < ORDINARY or any(tells(date + days * ONE) for days in (-1, 0, 1))
    }


def _dates(window: Spell, zone: ZoneInfo) -> Iterator[dt.date]:
    date = dt.datetime.fromtimestamp(window.start, zone).date()
    while _midnight(date, zone) < window.end:
        yield date
        date += ONE


def _midnight(date: dt.date, zone: ZoneInfo) -> float:
    return dt.datetime.combine(date, dt.time(), zone).timestamp()
