"""How long a job takes, cron's side beside Celery's, within bounds that cron's own runs have taught.

A run under cron starts an interpreter, and one in a worker does not, so that a few seconds less
say nothing. Much less may be less work, and much more a limit that will be met one night.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from migrator.comparison.likeness import Likeness
from migrator.comparison.milliseconds import Milliseconds, Stored
from migrator.comparison.outcomes import SlotComparison
from migrator.comparison.runs import RunRecord
from migrator.i18n import _, ngettext

FEWEST = 5  # runs of a side that bounds can be learnt from
FENCE = 3  # interquartile ranges: what Tukey calls far out
FACTOR = 2  # runs that are all alike have no range, and half as much again is no news
START = 5.0  # seconds that an interpreter with Django may take to start


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds that the runs of a side took which ended well."""

    slots: int
    median: float
    lower: float
    upper: float
    most: float

    @property
    def bounds(self) -> tuple[float, float]:
        """Between which another median is no news."""
        reach = FENCE * (self.upper - self.lower)
        least = min(self.lower - reach, (self.median - START) / FACTOR)
        return max(least, 0.0), max(self.upper + reach, self.median * FACTOR + START)


@dataclass(frozen=True, slots=True)
class DurationsBeside:
    """Both sides; None: nothing has ended well on it."""

    likeness: Likeness = Likeness.UNKNOWN
    control: Taken | None = None
    candidate: Taken | None = None


def durations_beside(slots: Iterable[SlotComparison]) -> DurationsBeside:
    """Whether Celery takes about as long as cron; unknown while a side has few runs."""
    seen = DurationsSeen()
    for one in slots:
        seen.add(one)
    return seen.beside()


class DurationsSeen:
    """The seconds that the runs of both sides took, gathered slot by slot."""

    def __init__(self, stored: Mapping[str, Stored] | None = None) -> None:
        stored = stored or {}
        self.control = Milliseconds(stored.get("control", ()))
        self.candidate = Milliseconds(stored.get("candidate", ()))

    def add(self, one: SlotComparison) -> None:
        _add(self.control, one.control)
        _add(self.candidate, one.candidate)

    def stored(self) -> dict[str, Stored]:
        """As JSON holds it."""
        return {"control": self.control.stored(), "candidate": self.candidate.stored()}

    def beside(self) -> DurationsBeside:
        control, candidate = _taken(self.control), _taken(self.candidate)
        if control is None or candidate is None or min(control.slots, candidate.slots) < FEWEST:
            return DurationsBeside(Likeness.UNKNOWN, control, candidate)
        least, most = control.bounds
        word = Likeness.EQUAL if least <= candidate.median <= most else Likeness.DIFFERS
        return DurationsBeside(word, control, candidate)


def _add(times: Milliseconds, run: RunRecord | None) -> None:
    if run is not None and run.executed and run.finished_well and run.started and run.finished:
        times.add(run.finished - run.started)


def _taken(times: Milliseconds) -> Taken | None:
    if not len(times):
        return None
    lower, median, upper = times.parts(4)
    return Taken(len(times), median, lower, upper, times.most)


def durations_in_words(beside: DurationsBeside) -> str:
    """``cron 12.0 s in 7 runs, Celery 11.2 s in 5``: the medians."""
    sides = ((_("cron"), beside.control), ("Celery", beside.candidate))
    told = [
        ngettext("{side} {median} s in {count} run", "{side} {median} s in {count} runs", one.slots).format(
            side=side, median=f"{one.median:.1f}", count=one.slots
        )
        for side, one in sides
        if one is not None
    ]
    return ", ".join(told) or _("no run has ended well yet")
