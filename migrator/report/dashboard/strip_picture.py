"""The picture of a job's last slots: a cell for each, the latest at the right.

A path per outcome, and in it a stroke per run of equal cells, dashed into cells: two hundred jobs with
two dozen slots each are small. Cells differ in shape, too, for eyes that tell no colours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from migrator.comparison.outcomes import Outcome
from migrator.comparison.recent import Recent
from migrator.comparison.slots_seen import WORST
from migrator.report.calendar_picture import CELL, PITCH

PENDING = "pending"
_CROSS = (Outcome.DUPLICATE, Outcome.MISMATCHED, Outcome.OVERLAP)
_MIDDLE = {Outcome.CONTROL_ONLY: 2.5, Outcome.CANDIDATE_ONLY: 7.5}  # above cron, below Celery: as everywhere


@dataclass(frozen=True, slots=True)
class Strip:
    """``paths``: what to draw, by the outcome's word."""

    width: int
    paths: tuple[tuple[str, str], ...]


def strip_of(recent: Sequence[Recent], count: int) -> Strip:
    """The picture of the last ``count`` slots; where there were fewer, the left stays empty."""
    shown = recent[-count:]
    begin = count - len(shown)
    drawn: dict[Outcome | None, list[str]] = defaultdict(list)
    cells = enumerate(one.outcome for one in shown)
    for outcome, run in groupby(cells, key=lambda one: one[1]):
        places = [index for index, _outcome in run]
        drawn[outcome].append(_stroke(outcome, begin + places[0], len(places)))
    order = [*reversed(WORST), None]
    paths = tuple((one.value if one else PENDING, "".join(drawn[one])) for one in order if drawn[one])
    return Strip(count * PITCH - (PITCH - CELL), paths)


def cell(outcome: Outcome | None) -> Strip:
    """A single cell, for the legend and for links."""
    return Strip(CELL, ((outcome.value if outcome else PENDING, _stroke(outcome, 0, 1)),))


def _stroke(outcome: Outcome | None, place: int, count: int) -> str:
    """The cells of one run: a dashed line through them, or a sign for each."""
    x = place * PITCH
    if outcome in _CROSS:
        return "".join(f"M{x + PITCH * n + 1} 1l8 8m0-8l-8 8" for n in range(count))
    if outcome is Outcome.NEITHER:
        return "".join(f"M{x + PITCH * n + 1} 1h8v8h-8z" for n in range(count))
    if outcome is None:
        return "".join(f"M{x + PITCH * n + 5} 5h0" for n in range(count))
    middle = _MIDDLE.get(outcome, 5) if outcome else 5
    return f"M{x} {middle:g}h{PITCH * count - 2}"
