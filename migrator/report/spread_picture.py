"""The picture of many seconds: both sides on one axis, from the least to the most, the middle half thick."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from migrator.comparison.milliseconds import Milliseconds
from migrator.comparison.ownership import Side
from migrator.comparison.slots_seen import SlotsSeen
from migrator.crontab.durations import duration_text
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


def lag_plot(seen: SlotsSeen) -> Plot | None:
    """From due to started, for the runs that were there."""
    lag = seen.lag
    return _plot(
        {side: steps.get("total") for side, steps in zip(Side, (lag.control, lag.candidate), strict=True)}
    )


def duration_plot(seen: SlotsSeen) -> Plot | None:
    """From started to finished, for the runs that executed and ended well."""
    return _plot({Side.CONTROL: seen.durations.control, Side.CANDIDATE: seen.durations.candidate})


def _plot(seconds: Mapping[Side, Milliseconds | None]) -> Plot | None:
    known = {side: times for side, times in seconds.items() if times}
    if not known:
        return None
    length = round_length(max(max(times.most, 0.0) for times in known.values()))
    return Plot(duration_text(int(length)), tuple(_row(side, times, length) for side, times in known.items()))


def _row(side: Side, times: Milliseconds, length: float) -> Row:
    # A start that is early by what two clocks differ by is drawn as one in time.
    lower, middle, upper, least, most = (
        max(seconds, 0.0) for seconds in (*times.parts(4), times.least, times.most)
    )
    at = {name: round(one / length * WIDTH) for name, one in (("q", lower), ("m", middle), ("u", upper))}
    return Row(
        side=side,
        slots=len(times),
        median=middle,
        most=most,
        whisker=f"M{round(least / length * WIDTH)} 7H{round(most / length * WIDTH)}",
        box=f"M{at['q']} 7h{max(at['u'] - at['q'], 1)}",
        middle=f"M{at['m']} 1v12",
    )
