"""What became of a slot, and what to call it."""

from __future__ import annotations

from enum import StrEnum

from migrator.comparison.ownership import Owner, Side
from migrator.comparison.runs import RunRecord
from migrator.comparison.turns import entitled
from migrator.schedule.occurrences import Slot
from migrator.values import value


class Outcome(StrEnum):
    """Matched: both sides were there, the owner's executed, once, and succeeded."""

    MATCHED = "matched"
    MISMATCHED = "mismatched"
    CONTROL_ONLY = "control_only"
    CANDIDATE_ONLY = "candidate_only"
    NEITHER = "neither"
    DUPLICATE = "duplicate"
    LATE = "late"
    EARLY = "early"
    OVERLAP = "overlap"
    IGNORED = "ignored"


@value
class SlotComparison:
    """One slot, what each side did, and what to call it."""

    job: str
    slot: Slot
    owner: Owner
    outcome: Outcome
    control: RunRecord | None
    candidate: RunRecord | None
    demo: bool = False

    @property
    def entitled(self) -> Side:
        """The side that was to execute it."""
        return entitled(self.owner, self.job, self.slot.name)

    @property
    def executed(self) -> RunRecord | None:
        """The run that did the work."""
        for run in (self.control, self.candidate):
            if run is not None and run.executed:
                return run
        return None
