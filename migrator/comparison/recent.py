"""The last slots of a job, those among them that cannot be judged yet, and what they come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from migrator.comparison.outcomes import Outcome, SlotComparison
from migrator.schedule.occurrences import Slot


class Recent(NamedTuple):
    """A slot, and what became of it; None: it is too early to tell.

    ``compared``: what each side did, where that was read; of a slot that is settled the outcome is enough.
    """

    slot: Slot
    outcome: Outcome | None
    compared: SlotComparison | None = None


def counted(recent: Iterable[Recent]) -> Counter[Outcome]:
    """How many of the slots became what."""
    return Counter(one.outcome for one in recent if one.outcome is not None)
