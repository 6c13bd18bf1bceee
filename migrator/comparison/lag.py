"""How long each step took: due, published by beat, received by a worker, started."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from migrator.comparison.milliseconds import Milliseconds
from migrator.comparison.outcomes import SlotComparison
from migrator.comparison.runs import RunRecord
from migrator.i18n import _

SIDES = ("control", "candidate")
STEPS = ("published", "received", "started", "total")  # a database may keep them in another order


@dataclass(frozen=True, slots=True)
class Spread:
    """Seconds over some slots; a step may be early, then they are negative."""

    median: float
    most: float
    slots: int


Steps = dict[str, Milliseconds]


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

    def __init__(self, stored: Mapping[str, Any] | None = None) -> None:
        self.control, self.candidate = (_steps((stored or {}).get(side, {})) for side in SIDES)

    def add(self, one: SlotComparison) -> None:
        _add(self.control, one.control, (), one.slot.due)
        _add(self.candidate, one.candidate, ("published", "received", "started"), one.slot.due)

    def lag(self) -> Lag:
        return Lag(_spreads(self.control), _spreads(self.candidate))

    def stored(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {side: {name: times.stored() for name, times in getattr(self, side).items()} for side in SIDES}


def _steps(stored: Mapping[str, Any]) -> Steps:
    return defaultdict(Milliseconds, {name: Milliseconds(times) for name, times in stored.items()})


def _add(steps: Steps, run: RunRecord | None, names: tuple[str, ...], due: dt.datetime) -> None:
    if run is None or not run.there or run.started is None:
        return
    before = due
    for name in names:
        moment: dt.datetime | None = getattr(run, name)
        if moment is None:  # nor is the step after it known
            break
        steps[name].add(moment - before)
        before = moment
    steps["total"].add(run.started - due)


def _spreads(steps: Steps) -> dict[str, Spread]:
    there = {name: steps[name] for name in STEPS if name in steps}
    return {name: Spread(times.parts(2)[0], times.most, len(times)) for name, times in there.items()}


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
