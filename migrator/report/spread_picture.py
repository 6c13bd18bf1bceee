"""The picture of many seconds: both sides on one axis, from the least to the most, the middle half thick."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from migrator.comparison.outcomes import SlotComparison
from migrator.comparison.ownership import Side
from migrator.comparison.runs import RunRecord
from migrator.cutover.checklist import duration
from migrator.report.cutover_timeline import round_length

WIDTH = 240


@dataclass(frozen=True, slots=True)
class Row:
    """One side: seconds as people read them, and places on the axis."""

    side: Side
    slots: int
    median: float
    most: float
    whisker: str
    box: str
    middle: str


@dataclass(frozen=True, slots=True)
class Plot:
    """``label``: how long the axis is."""

    label: str
    rows: tuple[Row, ...]


def lag_plot(slots: Sequence[SlotComparison]) -> Plot | None:
    """From due to started, for the runs that were there."""
    return _plot({side: [_lag(run, slot) for slot, run in _runs(slots, side) if run.there] for side in Side})


def duration_plot(slots: Sequence[SlotComparison]) -> Plot | None:
    """From started to finished, for the runs that executed and ended well."""
    return _plot(
        {
            side: [_taken(run) for _slot, run in _runs(slots, side) if run.executed and run.finished_well]
            for side in Side
        }
    )


def _runs(slots: Sequence[SlotComparison], side: Side) -> Iterable[tuple[SlotComparison, RunRecord]]:
    for slot in slots:
        run = slot.control if side is Side.CONTROL else slot.candidate
        if run is not None and run.started is not None:
            yield slot, run


def _lag(run: RunRecord, slot: SlotComparison) -> float:
    assert run.started is not None
    return max((run.started - slot.slot.due).total_seconds(), 0.0)


def _taken(run: RunRecord) -> float:
    assert run.started is not None
    assert run.finished is not None
    return (run.finished - run.started).total_seconds()


def _plot(seconds: dict[Side, list[float]]) -> Plot | None:
    known = {side: sorted(values) for side, values in seconds.items() if values}
    if not known:
        return None
    length = round_length(max(values[-1] for values in known.values()))
    return Plot(duration(int(length)), tuple(_row(side, values, length) for side, values in known.items()))


def _row(side: Side, values: Sequence[float], length: float) -> Row:
    lower, middle, upper = quantiles(values, method="inclusive") if len(values) > 1 else [*values] * 3
    at = {name: round(one / length * WIDTH) for name, one in (("q", lower), ("m", middle), ("u", upper))}
    least, most = (round(one / length * WIDTH) for one in (values[0], values[-1]))
    return Row(
        side=side,
        slots=len(values),
        median=median(values),
        most=values[-1],
        whisker=f"M{least} 7H{most}",
        box=f"M{at['q']} 7h{max(at['u'] - at['q'], 1)}",
        middle=f"M{at['m']} 1v12",
    )
