"""The page of one job: its last slots, what both sides did, and how it came to its owner."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from migrator.comparison.durations_beside import DurationsBeside, durations_beside
from migrator.comparison.effects_beside import EffectsBeside, effects_beside
from migrator.comparison.lag import Lag, lag
from migrator.comparison.outcomes import SlotComparison
from migrator.comparison.output_beside import OutputBeside, output_beside
from migrator.comparison.ownership import PATH, Owner
from migrator.comparison.runs import RunRecord
from migrator.comparison.why import Facts
from migrator.report.dashboard.board import Row

CELLS = 60  # slots in its picture, each of which leads to why
LISTED = 12  # slots with a timeline


@dataclass(frozen=True, slots=True)
class Word:
    """A cron host's acknowledgement of a hand-over."""

    host: str
    effective: dt.datetime
    applied: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of the audit log: who asked for what, when, why, and which hosts have acknowledged it."""

    key: int
    job: str
    previous: Owner
    owner: Owner
    from_slot: str
    who: str
    at: dt.datetime
    reason: str
    accepted: str
    words: Sequence[Word] = ()


@dataclass(frozen=True, kw_only=True)
class JobPage:
    """``row``: with the slots of this page; ``loose``: the latest runs by hand, or at no slot's time.

    ``older``: the instant until which the page before this one goes; ``current``: these are the latest.
    """

    row: Row
    task: str
    history: Sequence[Change]
    loose: Sequence[RunRecord]
    older: dt.datetime | None
    current: bool
    asked: Owner

    @cached_property
    def compared(self) -> list[SlotComparison]:
        return [one.compared for one in self.row.recent if one.compared is not None]

    @property
    def listed(self) -> list[SlotComparison]:
        """The latest first."""
        return self.compared[-LISTED:][::-1]

    @cached_property
    def effects(self) -> EffectsBeside:
        return effects_beside(self.compared)

    @cached_property
    def durations(self) -> DurationsBeside:
        return durations_beside(self.compared)

    @cached_property
    def output(self) -> OutputBeside:
        return output_beside(self.compared)

    @cached_property
    def lag(self) -> Lag:
        return lag(self.compared)

    @property
    def tails(self) -> list[RunRecord]:
        """The latest execution of each side that has printed something."""
        executed = [run for one in self.compared for run in (one.control, one.candidate) if run is not None]
        by_side = {run.side: run for run in executed if run.output}
        return [by_side[side] for side in sorted(by_side)]

    @property
    def choices(self) -> list[Owner]:
        """The owners to switch to here; ``migrator cutover`` takes a line out, no owner does."""
        return [owner for owner in PATH if owner not in (self.asked, Owner.RETIRED)]


@dataclass(frozen=True, slots=True)
class WhyPage:
    """What there is to say about one slot, and its neighbours."""

    facts: Facts
    before: str | None
    after: str | None
