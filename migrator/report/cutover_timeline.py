"""The picture of a slot: both sides on one axis of seconds after the slot was due.

Positions are percentages, so that the picture is as wide as its place on the page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from migrator.comparison.outcomes import SlotComparison
from migrator.comparison.ownership import Side
from migrator.comparison.runs import Action, RunRecord
from migrator.cutover.checklist import duration

LEFT, RIGHT = 3.0, 94.0  # percent: room for a mark at either end
_LADDER = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)

Shape = Literal["bar", "failed", "open", "ring", "diamond", "lost"]


@dataclass(frozen=True, slots=True)
class Mark:
    """One run: ``bar`` executed, ``failed`` executed and failed, ``open`` no end seen, ``ring`` would
    have run, ``diamond`` yielded, ``lost`` the message never started.
    """

    side: Side
    shape: Shape
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Axis:
    """Seconds before and after due that the pictures of a job show."""

    first: float
    last: float

    def at(self, seconds: float) -> float:
        """The place of an instant, in percent."""
        inside = min(max(seconds, self.first), self.last)
        return round(LEFT + (inside - self.first) / (self.last - self.first) * (RIGHT - LEFT), 2)

    @property
    def due(self) -> float:
        return self.at(0)

    @property
    def label(self) -> str:
        """The length after due, such as ``30 s``."""
        return duration(int(self.last))


def axis_of(slots: Sequence[SlotComparison]) -> Axis:
    """One axis for all slots of a job, to a round number."""
    seconds = [offset for slot in slots for run in _runs(slot) for offset in _offsets(run, slot)]
    longest = max([1.0, *seconds])
    last = next((float(step) for step in _LADDER if step >= longest), longest)
    earliest = min([0.0, *seconds])
    return Axis(max(earliest, -last), last)


def marks(slot: SlotComparison, axis: Axis) -> list[Mark]:
    """What to draw for a slot; a side without a run has no mark."""
    return [_mark(run, slot, axis) for run in _runs(slot) if _offsets(run, slot)]


def _mark(run: RunRecord, slot: SlotComparison, axis: Axis) -> Mark:
    offsets = _offsets(run, slot)
    return Mark(run.side, _shape(run), axis.at(min(offsets)), axis.at(max(offsets)))


def _shape(run: RunRecord) -> Shape:
    match run.action:
        case Action.EXECUTE if run.finished is None:
            return "open"
        case Action.EXECUTE:
            return "bar" if run.finished_well else "failed"
        case Action.WOULD:
            return "ring"
        case Action.YIELD:
            return "diamond"
        case _:
            return "lost"


def _runs(slot: SlotComparison) -> list[RunRecord]:
    return [run for run in (slot.control, slot.candidate) if run is not None]


def _offsets(run: RunRecord, slot: SlotComparison) -> list[float]:
    """Seconds after due; only an execution has a length."""
    instants: list[dt.datetime | None] = [run.started, run.finished] if run.executed else [run.started]
    known = [at for at in instants if at is not None] or [at for at in (run.received,) if at is not None]
    return [(at - slot.slot.due).total_seconds() for at in known]
