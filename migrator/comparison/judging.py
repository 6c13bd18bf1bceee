"""Judges runs of both sides against the schedule: what became of each expected slot.

Expected slots come from the schedule, not from the runs, so that a job that never fires
is visible.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from migrator.comparison.effects import of_processes
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.outcomes import Outcome, SlotComparison
from migrator.comparison.ownership import Owner, Side
from migrator.comparison.runs import Kind, RunRecord
from migrator.comparison.slots_seen import SlotsSeen
from migrator.comparison.turns import entitled
from migrator.schedule.occurrences import Slot

EARLY = dt.timedelta(seconds=2)  # what two clocks may differ by
SYNCED = dt.timedelta(seconds=180)  # by then two syncs have shipped what cron's side wrote
SYNCED_IN_DEMO = dt.timedelta(seconds=75)
LONGEST_GRACE = dt.timedelta(minutes=10)
LONGEST_RUN = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that the ledger says about one job; ``pending``: slots too young to be judged.

    ``failed``: the sides of which a failing run was recorded, by hand or for a slot. ``seen``: what all
    slots add up to, where ``slots`` holds only the latest.
    """

    job: JobDefinition
    slots: tuple[SlotComparison, ...] = ()
    extra: int = 0
    pending: int = 0
    failed: frozenset[Side] = frozenset()
    seen: SlotsSeen | None = None

    def count(self, outcome: Outcome) -> int:
        if self.seen is not None:
            return self.seen.days.counts[outcome]
        return sum(one.outcome is outcome for one in self.slots)

    @property
    def expected(self) -> int:
        """How many slots were judged."""
        return len(self.slots) if self.seen is None else self.seen.days.counts.total()

    @property
    def told(self) -> SlotsSeen:
        """What all slots add up to."""
        return self.seen or SlotsSeen.of(self.slots, self.job.zone)


def compare(
    job: JobDefinition,
    *,
    expected: Sequence[Slot],
    runs: Iterable[RunRecord],
    owner_of: Callable[[Slot], Owner],
    now: dt.datetime,
) -> Comparison:
    """The outcome of every expected slot that is old enough to have one."""
    judging = Judging(job, now)
    slots = tuple(judging.judged([Stretch(expected, runs, owner_of)]))
    return Comparison(job, slots, judging.extra, judging.pending, frozenset(judging.failed))


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a job's history: the slots due in it, and the runs of slots with a name from it."""

    expected: Sequence[Slot]
    runs: Iterable[RunRecord]
    owner_of: Callable[[Slot], Owner]


@dataclass(slots=True)
class Judging:
    """Judges a history of any length stretch by stretch, and holds no more than two of them."""

    job: JobDefinition
    now: dt.datetime
    extra: int = 0
    pending: int = 0
    failed: set[Side] = field(default_factory=set)
    _before: SlotComparison | None = None
    _held: _Sides | None = None
    _earlier: dict[str | None, list[RunRecord]] = field(default_factory=dict)

    @property
    def extra_so_far(self) -> int:
        """With those of the latest stretch that the next one is not going to claim."""
        return self.extra + _extra(self._earlier)

    def judged(self, stretches: Iterable[Stretch]) -> Iterator[SlotComparison]:
        """The slots that are old enough to have an outcome, oldest first."""
        earlier = self._earlier
        before: Slot | None = None
        for stretch in stretches:
            runs = self._by_slot(stretch.runs)
            for slot in stretch.expected:
                name = slot.name
                sides = runs.pop(name, [])
                if name in earlier:
                    # A slot that a jump of the clock moved into the next day is due in the next stretch.
                    sides = [*earlier.pop(name), *sides]
                tolerance = self.job.tolerance(slot, before)
                yield from self._next(_Sides(self.job, slot, stretch.owner_of(slot), sides, tolerance, None))
                before = slot
            self.extra += _extra(earlier)
            earlier = self._earlier = runs
        self.extra += _extra(earlier)
        yield from self._next(None)

    def _by_slot(self, runs: Iterable[RunRecord]) -> dict[str | None, list[RunRecord]]:
        by_slot: dict[str | None, list[RunRecord]] = defaultdict(list)
        for run in runs:
            by_slot[run.slot].append(run)
            if run.executed and run.finished and not run.finished_well:
                self.failed.add(run.side)
        return by_slot

    def _next(self, one: _Sides | None) -> Iterator[SlotComparison]:
        """Judge the slot before, now that it is known what follows it."""
        held, self._held = self._held, one
        if held is None:
            return
        held.following = one.slot.due if one else None
        if held.pending(self.now):
            self.pending += 1
        else:
            self._before = held.judged(self._before)
            yield self._before


def _extra(runs: Mapping[str | None, Sequence[RunRecord]]) -> int:
    """What belongs to no expected slot: an unknown minute, or none at all. By hand is nobody's fault."""
    return sum(run.kind is not Kind.MANUAL for rest in runs.values() for run in rest)


@dataclass(slots=True)
class _Sides:
    """The runs of one slot, side by side. Most slots have one of each, of which one executed."""

    job: JobDefinition
    slot: Slot
    owner: Owner
    runs: list[RunRecord]
    tolerance: dt.timedelta
    following: dt.datetime | None
    control: list[RunRecord] = field(init=False)
    candidate: list[RunRecord] = field(init=False)
    executed: list[RunRecord] = field(init=False)

    def __post_init__(self) -> None:
        self.control = self._of(Side.CONTROL)
        self.candidate = self._of(Side.CANDIDATE)
        self.executed = [run for run in self.runs if run.executed]

    def _of(self, side: Side) -> list[RunRecord]:
        runs = [run for run in self.runs if run.side is side]
        if len(runs) > 1:
            runs.sort(key=lambda run: (run.executed, run.there, run.started or self.slot.due))
        return runs

    def shown(self, runs: Sequence[RunRecord]) -> RunRecord | None:
        """The run that says most about a side: an execution before a yield, a yield before a lost message.

        The effects of the attempts of one message are shown with the last of them.
        """
        run = runs[-1] if runs else None
        if run is None or not run.executed or not run.task:
            return run
        attempts = [one.effects for one in self.executed if one.task == run.task]
        return run if len(attempts) == 1 else replace(run, effects=of_processes(attempts))

    @property
    def executions(self) -> list[RunRecord]:
        """One for each execution; attempts that announced a retry are one with the last of their message.

        The same message executed twice, without having said so, is two executions.
        """
        if len(self.executed) < 2:
            return self.executed
        ended = [run for run in self.executed if not run.retried]
        followed = {run.task for run in ended}
        waiting = {run.task: run for run in self.executed if run.retried and run.task not in followed}
        return [*ended, *waiting.values()]

    @property
    def both(self) -> bool:
        """Whether every side that is expected was there."""
        return (self.owner is Owner.RETIRED or _there(self.control)) and _there(self.candidate)

    def pending(self, now: dt.datetime) -> bool:
        """Whether something may still arrive: a record on its way, or the end of a run."""
        if any(run.finished is None and not run.observed for run in self.executions):
            until = min(self.following or dt.datetime.max.replace(tzinfo=dt.UTC), self.slot.due + LONGEST_RUN)
            return now < until + self.grace()
        return now < self.slot.due + self.grace() and not (self.both and self.executions)

    def grace(self) -> dt.timedelta:
        synced = SYNCED_IN_DEMO if self.job.demo else SYNCED
        return max(synced, min(self.tolerance, LONGEST_GRACE))

    def judged(self, previous: SlotComparison | None) -> SlotComparison:
        control, candidate = self.shown(self.control), self.shown(self.candidate)
        return SlotComparison(
            self.job.id, self.slot, self.owner, self.outcome(previous), control, candidate, self.job.demo
        )

    def outcome(self, previous: SlotComparison | None) -> Outcome:
        executions = self.executions
        if len(executions) > 1:
            return Outcome.DUPLICATE
        if not self.both:
            return self.one_sided()
        if len(executions) != 1:
            return Outcome.MISMATCHED
        [execution] = executions
        theirs = execution.side is entitled(self.owner, self.job.id, self.slot.name)
        if theirs and execution.observed:
            return Outcome.IGNORED  # unknown is never equal
        if not theirs or not execution.finished_well:
            return Outcome.MISMATCHED
        return self.timing(execution, previous)

    def one_sided(self) -> Outcome:
        control, candidate = _there(self.control), _there(self.candidate)
        if control and self.owner is Owner.CRON:
            return Outcome.IGNORED  # nothing is compared before shadow: Celery need not be there
        if control or candidate:
            return Outcome.CONTROL_ONLY if control else Outcome.CANDIDATE_ONLY
        return Outcome.NEITHER

    def timing(self, execution: RunRecord, previous: SlotComparison | None) -> Outcome:
        due = self.slot.due
        # A side that was there in time and then once more is not late.
        first = [min(_starts(runs), default=due) for runs in (self.control, self.candidate)]
        if max(first) > due + self.tolerance:
            return Outcome.LATE
        if min(first) < due - EARLY:
            return Outcome.EARLY
        return Outcome.OVERLAP if _overlaps(execution, previous) else Outcome.MATCHED


def _there(runs: Iterable[RunRecord]) -> bool:
    return any(run.there for run in runs)


def _starts(runs: Iterable[RunRecord]) -> Iterator[dt.datetime]:
    return (run.started for run in runs if run.there and run.started)


def _overlaps(execution: RunRecord, previous: SlotComparison | None) -> bool:
    """Whether cron and Celery were at the same job at once: neither's lock keeps the other out."""
    before = previous.executed if previous else None
    if before is None or before.side is execution.side or not before.finished or not execution.started:
        return False
    return before.finished > execution.started
