"""The picture of a slot: both sides on one axis of seconds after the slot was due.

A mark is one path in a picture of fixed size, which the page scales: hundreds of them are small.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from migrator.comparison.outcomes import SlotComparison
from migrator.comparison.ownership import Side
from migrator.comparison.runs import Action, RunRecord
from migrator.crontab.durations import duration_text

LEFT, RIGHT, HEIGHT = 8, 224, 36  # room for a mark at either end
LINES = {Side.CONTROL: 10, Side.CANDIDATE: 27}
DIAMOND, RING, CROSS = (
    "m0-5.5l5.5 5.5-5.5 5.5-5.5-5.5z",
    "m-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z",
    "l8 8m0-8l-8 8",
)
_LADDER = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)

Shape = Literal["bar", "failed", "open", "ring", "diamond", "lost"]


@dataclass(frozen=True, slots=True)
class Mark:
    """One run, and the cross behind one that failed.

    ``bar`` executed, ``failed`` executed and failed, ``open`` no end seen, ``ring`` would have run,
    ``diamond`` yielded, ``lost`` the message never started.
    """

    side: Side
    shape: Shape
    path: str
    cross: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """Seconds before and after due that the pictures of a job show."""

    first: float
    last: float

    def at(self, seconds: float) -> float:
        """The place of an instant."""
        inside = min(max(seconds, self.first), self.last)
        return round(LEFT + (inside - self.first) / (self.last - self.first) * (RIGHT - LEFT), 1)

    @property
    def due(self) -> str:
        """The line at which the slot was due."""
        return f"M{self.at(0):g} 0v{HEIGHT}"

    @property
    def label(self) -> str:
        """The length after due, such as ``30 s``."""
        return duration_text(int(self.last))


def axis_of(slots: Sequence[SlotComparison]) -> Axis:
    """One axis for all slots of a job, to a round number."""
    seconds = [offset for slot in slots for run in _runs(slot) for offset in _offsets(run, slot)]
    last = round_length(max([0.0, *seconds]))
    earliest = min([0.0, *seconds])
    return Axis(max(earliest, -last), last)


def round_length(seconds: float) -> float:
    """A round number of seconds, that many or more."""
    return next((float(step) for step in _LADDER if step >= seconds), seconds)


def marks(slot: SlotComparison, axis: Axis) -> list[Mark]:
    """What to draw for a slot; a side without a run has no mark."""
    return [_mark(run, slot, axis) for run in _runs(slot) if _offsets(run, slot)]


def _mark(run: RunRecord, slot: SlotComparison, axis: Axis) -> Mark:
    offsets = _offsets(run, slot)
    start, end, y = axis.at(min(offsets)), axis.at(max(offsets)), LINES[run.side]
    shape = _shape(run)
    if shape == "ring":
        return Mark(run.side, shape, f"M{start:g} {y}{RING}")
    if shape in ("diamond", "lost"):
        return Mark(run.side, shape, f"M{start:g} {y}{DIAMOND}")
    cross = f"M{end + 7:g} {y - 4}{CROSS}" if shape == "failed" else ""
    return Mark(run.side, shape, f"M{start:g} {y}H{end:g}", cross)


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
