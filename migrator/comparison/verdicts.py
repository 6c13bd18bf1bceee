"""May this job leave cron: safe, hold or unsafe, why, and when the evidence can be complete."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any

from migrator.comparison.durations_beside import DurationsBeside, durations_in_words
from migrator.comparison.effects_beside import EffectsBeside, difference_in_words
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.judging import Comparison
from migrator.comparison.likeness import Likeness
from migrator.comparison.outcomes import Outcome, SlotComparison
from migrator.comparison.ownership import Owner, Side
from migrator.comparison.unrecorded import Unrecorded
from migrator.configuration import EvidenceNeeded
from migrator.i18n import _, ngettext

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


class Verdict(StrEnum):
    """Safe: the evidence is complete. Hold: it is not yet. Unsafe: something is wrong."""

    SAFE = "safe"
    HOLD = "hold"
    UNSAFE = "unsafe"


AFTER_A_REHEARSAL = 1  # matched slots of a monthly job whose coming year was rehearsed

# Outcomes of a slot that speak against the job, and the words for them.
AGAINST = (
    Outcome.DUPLICATE,
    Outcome.MISMATCHED,
    Outcome.NEITHER,
    Outcome.CONTROL_ONLY,
    Outcome.CANDIDATE_ONLY,
    Outcome.OVERLAP,
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one job; ``earliest_safe``: the day on which its evidence can be complete.

    ``against``: what speaks against giving the job to Celery; that Celery has not executed it yet does not.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    earliest_safe: dt.date | None
    evidence: int
    needed: int
    against: tuple[str, ...] = ()


def needed_for(
    job: JobDefinition,
    now: dt.datetime,
    needed: EvidenceNeeded | None = None,
    *,
    rehearsed: bool = False,
) -> int:
    """How many matched slots are evidence enough for a job of this period.

    ``rehearsed``: the installed beat has started each of its slots of a year once, on a virtual clock.
    """
    needed = needed or EvidenceNeeded()
    by_period = (
        (HOUR, needed.minutely),
        (23 * HOUR, needed.hourly),
        (6.5 * DAY, needed.daily),
        (27 * DAY, needed.weekly),
    )
    coming = job.following(now, 9)
    gaps = sorted(later.due - earlier.due for earlier, later in pairwise(coming))
    gap = gaps[len(gaps) // 2] if gaps else dt.timedelta.max
    monthly = min(needed.monthly, AFTER_A_REHEARSAL) if rehearsed else needed.monthly
    return next((count for limit, count in by_period if gap < limit), monthly)


@dataclass(slots=True)
class Seen:
    """Slots counted by their outcomes; of each outcome the latest, and whether Celery executed a match."""

    counts: Counter[Outcome] = field(default_factory=Counter)
    latest: dict[Outcome, str] = field(default_factory=dict)
    by_celery: bool = False
    executed: Counter[Side] = field(default_factory=Counter)
    failed: Counter[Side] = field(default_factory=Counter)

    def add(self, one: SlotComparison) -> None:
        self.counts[one.outcome] += 1
        self.latest[one.outcome] = one.slot.name
        if one.outcome is Outcome.MATCHED and one.executed is not None:
            self.by_celery = self.by_celery or one.executed.side is Side.CANDIDATE
        if (run := one.executed) is not None and run.finished is not None:
            self.executed[run.side] += 1
            self.failed[run.side] += not run.finished_well

    def stored(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "counts": dict(self.counts), "latest": dict(self.latest), "by_celery": self.by_celery,
            "executed": dict(self.executed), "failed": dict(self.failed),
        }  # fmt: skip

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Seen:
        """What was stored."""
        counts = {Outcome(name): count for name, count in stored["counts"].items()}
        latest = {Outcome(name): slot for name, slot in stored["latest"].items()}
        executed, failed = (
            Counter({Side(name): count for name, count in stored.get(key, {}).items()})
            for key in ("executed", "failed")
        )
        return cls(Counter(counts), latest, stored["by_celery"], executed, failed)


def judge(
    comparison: Comparison,
    *,
    job: JobDefinition,
    evidence_from: dt.datetime | None,
    now: dt.datetime,
    effects: EffectsBeside | None = None,
    durations: DurationsBeside | None = None,
    needed: int | None = None,
    unrecorded: Sequence[Unrecorded] = (),
    seen: Seen | None = None,
) -> Judgement:
    """The verdict on a job.

    ``job``: with its real schedule, also where the comparison is a demonstration's.
    ``evidence_from``: where its latest time in shadow begins; None: it is under cron.
    ``effects``, ``durations``: those of the slots since then. ``needed``: None: as many as by default.
    ``unrecorded``: where cron starts it past the recorder. ``seen``: its evidence, where the comparison no
    longer holds all slots.
    """
    if seen is None:
        seen = Seen()
        for one in comparison.slots:
            if is_evidence(one, evidence_from):
                seen.add(one)
    matched = seen.counts[Outcome.MATCHED]
    needed = needed_for(job, now) if needed is None else needed
    missing = max(needed - matched, 0)
    wrong = [
        *_wrong(seen),
        *_swallowed(seen),
        *_other_work(comparison, effects),
        *(one.fact for one in unrecorded),
    ]
    lacking = [
        *_lacking(comparison, evidence_from, missing=missing, needed=needed),
        *_other_pace(comparison, durations),
    ]
    against = (*wrong, *lacking)
    reasons = against if seen.by_celery else (*against, _("no slot that Celery executed has matched yet"))
    if wrong:
        return Judgement(Verdict.UNSAFE, reasons, None, matched, needed, against)
    if reasons:
        day = _day_of(job, missing or 1, now)
        return Judgement(Verdict.HOLD, reasons, day, matched, needed, against)
    enough = ngettext("{count} slot matched", "{count} slots matched", matched).format(count=matched)
    return Judgement(Verdict.SAFE, (enough,), now.astimezone(job.zone).date(), matched, needed)


def _swallowed(seen: Seen) -> list[str]:
    """That runs fail under cron alone, where Celery has executed slots too: its task may hide what fails."""
    failures = seen.failed[Side.CONTROL]
    if not failures or not seen.executed[Side.CANDIDATE] or seen.failed[Side.CANDIDATE]:
        return []
    text = ngettext(
        "{count} run failed under cron, and none under Celery: does the task swallow its errors?",
        "{count} runs failed under cron, and none under Celery: does the task swallow its errors?",
        failures,
    )
    return [text.format(count=failures)]


def _other_work(comparison: Comparison, effects: EffectsBeside | None) -> list[str]:
    """How the work that Celery does differs from cron's; a demonstration's is no evidence for it."""
    if effects is None or comparison.job.demo:
        return []
    return [
        _("the work differs: {difference}").format(difference=difference_in_words(one))
        for one in effects.differing
    ]


def _other_pace(comparison: Comparison, durations: DurationsBeside | None) -> list[str]:
    """That Celery takes much longer, or much shorter, than cron did: nobody knows yet why."""
    if durations is None or durations.likeness is not Likeness.DIFFERS or comparison.job.demo:
        return []
    return [_("it takes another time: {durations}").format(durations=durations_in_words(durations))]


def _lacking(
    comparison: Comparison, evidence_from: dt.datetime | None, *, missing: int, needed: int
) -> list[str]:
    """What is not wrong, and still missing."""
    reasons = []
    if evidence_from is None:
        reasons.append(_("the job is under cron: nothing has been compared yet"))
    if comparison.job.demo:
        reasons.append(_("the slots of a demonstration are no evidence"))
    if missing:
        text = ngettext(
            "{count} matched slot of {needed} is missing",
            "{count} matched slots of {needed} are missing",
            missing,
        )
        reasons.append(text.format(count=missing, needed=needed))
    return reasons


def is_evidence(one: SlotComparison, evidence_from: dt.datetime | None) -> bool:
    """Whether a slot is evidence: real, and due since the job's latest time in shadow began."""
    return (
        evidence_from is not None
        and not one.demo
        and one.owner is not Owner.CRON
        and one.slot.due >= evidence_from
    )


def _wrong(seen: Seen) -> list[str]:
    """What speaks against it; the latest slot is the one that people can still look at."""
    return [
        _fact(outcome, count).format(count=count, slot=seen.latest[outcome])
        for outcome in AGAINST
        if (count := seen.counts[outcome])
    ]


def _fact(outcome: Outcome, count: int) -> str:
    match outcome:
        case Outcome.DUPLICATE:
            return ngettext(
                "{count} slot was executed more than once: {slot}",
                "{count} slots were executed more than once, the latest {slot}",
                count,
            )
        case Outcome.NEITHER:
            return ngettext(
                "{count} slot has no run on either side: {slot}",
                "{count} slots have no run on either side, the latest {slot}",
                count,
            )
        case Outcome.CONTROL_ONLY:
            return ngettext(
                "Celery was not there for {count} slot: {slot}",
                "Celery was not there for {count} slots, the latest {slot}",
                count,
            )
        case Outcome.CANDIDATE_ONLY:
            return ngettext(
                "cron was not there for {count} slot: {slot}",
                "cron was not there for {count} slots, the latest {slot}",
                count,
            )
        case Outcome.OVERLAP:
            return ngettext(
                "cron and Celery were at the job at the same time for {count} slot: {slot}",
                "cron and Celery were at the job at the same time for {count} slots, the latest {slot}",
                count,
            )
        case _:
            return ngettext(
                "{count} slot failed, or the wrong side executed it: {slot}",
                "{count} slots failed, or the wrong side executed them, the latest {slot}",
                count,
            )


def _day_of(job: JobDefinition, count: int, now: dt.datetime) -> dt.date | None:
    """The day, where cron runs, of the count-th slot from now on."""
    coming = job.following(now, count)
    return coming[-1].due.astimezone(job.zone).date() if len(coming) == count else None
