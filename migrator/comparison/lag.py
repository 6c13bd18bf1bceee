"""How long each step took: due, published by beat, received by a worker, started."""

from __future__ import annotations

import datetime as dt
from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from migrator.comparison.outcomes import SlotComparison
from migrator.comparison.runs import RunRecord
from migrator.i18n import _


@dataclass(frozen=True, slots=True)
class Spread:
    """Seconds over some slots; a step may be early, then they are negative."""

    median: float
    most: float
    slots: int


Steps = dict[str, "array[float]"]


@dataclass(frozen=True, slots=True)
class Lag:
    """Each step since the one before it, by its name, and ``total``: from due to started."""

    control: dict[str, Spread]
    candidate: dict[str, Spread]


def lag(slots: Iterable[SlotComparison]) -> Lag:
    """The lag of both sides, over the slots at which they were there."""
    seen = LagSeen()
    for one in slots:
        seen.add(one)
    return seen.lag()


class LagSeen:
    """The steps of both sides, gathered slot by slot."""

    def __init__(self) -> None:
        self.control: Steps = defaultdict(_seconds)
        self.candidate: Steps = defaultdict(_seconds)

    def add(self, one: SlotComparison) -> None:
        _add(self.control, one.control, (), one.slot.due)
        _add(self.candidate, one.candidate, ("published", "received", "started"), one.slot.due)

    def lag(self) -> Lag:
        return Lag(_spreads(self.control), _spreads(self.candidate))


def _seconds() -> array[float]:
    return array("d")


def _add(steps: Steps, run: RunRecord | None, names: tuple[str, ...], due: dt.datetime) -> None:
    if run is None or not run.there or run.started is None:
        return
    before = due
    for name in names:
        moment: dt.datetime | None = getattr(run, name)
        if moment is None:  # nor is the step after it known
            break
        steps[name].append((moment - before).total_seconds())
        before = moment
    steps["total"].append((run.started - due).total_seconds())


def _spreads(steps: Steps) -> dict[str, Spread]:
    return {name: Spread(median(all_), max(all_), len(all_)) for name, all_ in steps.items()}


def lag_in_words(steps: Mapping[str, Spread]) -> str:
    """``published +0.1 s (3.0 at most), ...``: the median of each step and the most."""
    words = {
        "published": _("published"),
        "received": _("received"),
        "started": _("started"),
        "total": _("due to started"),
    }
    return ", ".join(
        _("{step} {median} s ({most} at most)").format(
            step=words[name], median=f"{one.median:+.1f}", most=f"{one.most:.1f}"
        )
        for name, one in steps.items()
    )
