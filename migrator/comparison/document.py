"""The comparison as a JSON document: ``compare --format json``, and what the report is made from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from migrator.comparison.durations_beside import DurationsBeside, Taken
from migrator.comparison.effects_beside import Counts, EffectsBeside, SideOfEffects, summary
from migrator.comparison.judging import Comparison
from migrator.comparison.lag import Lag, Spread
from migrator.comparison.outcomes import Outcome, SlotComparison
from migrator.comparison.output_beside import OneSided, OutputBeside
from migrator.comparison.ownership import Owner
from migrator.comparison.runs import RunRecord
from migrator.comparison.turns import turn
from migrator.comparison.unrecorded import Unrecorded
from migrator.comparison.verdicts import Judgement, Seen


@dataclass(frozen=True, slots=True)
class JobComparison:
    """One job: what the ledger says, the two sides beside each other, and the verdict.

    ``compared``: what the slots since its latest time in shadow began came to. ``unrecorded``: where cron
    starts it past the recorder.
    """

    comparison: Comparison
    judgement: Judgement
    effects: EffectsBeside = field(default_factory=EffectsBeside)
    output: OutputBeside = field(default_factory=OutputBeside)
    durations: DurationsBeside = field(default_factory=DurationsBeside)
    compared: Seen = field(default_factory=Seen)
    unrecorded: tuple[Unrecorded, ...] = ()

    @property
    def id(self) -> str:
        return self.comparison.job.id

    @property
    def lag(self) -> Lag:
        return self.comparison.told.lag.lag()


def comparison_document(jobs: Iterable[JobComparison]) -> dict[str, Any]:
    """All jobs and all their slots, without the schema number."""
    listed = list(jobs)
    return {
        "jobs": [job_document(one) for one in listed],
        "slots": [slot_document(slot) for one in listed for slot in one.comparison.slots],
    }


def job_document(one: JobComparison) -> dict[str, Any]:
    judgement = one.judgement
    return {
        "id": one.id,
        "expected": one.comparison.expected,
        **{outcome.value: one.comparison.count(outcome) for outcome in Outcome},
        "extra": one.comparison.extra,
        "pending": one.comparison.pending,
        "demo": one.comparison.job.demo,
        "verdict": judgement.verdict.value,
        "reasons": list(judgement.reasons),
        "earliest_safe": judgement.earliest_safe.isoformat() if judgement.earliest_safe else None,
        "evidence": judgement.evidence,
        "needed": judgement.needed,
        **beside_document(one),
    }


def beside_document(one: JobComparison) -> dict[str, Any]:
    """Effects, output, lag and durations of a job, side by side."""
    return {
        "effects": _effects(one.effects),
        "output": _output(one.output),
        "lag": {"control": _steps(one.lag.control), "candidate": _steps(one.lag.candidate)},
        "durations": {
            "likeness": one.durations.likeness.value,
            "control": _taken(one.durations.control),
            "candidate": _taken(one.durations.candidate),
        },
    }


def _effects(beside: EffectsBeside) -> dict[str, Any]:
    return {
        "likeness": beside.likeness.value,
        "sentence": summary(beside),
        "control": _side_of_effects(beside.control),
        "candidate": _side_of_effects(beside.candidate),
        "counts": [
            {
                "effect": one.name,
                "likeness": one.likeness.value,
                "control": _counts(one.control),
                "candidate": _counts(one.candidate),
                "slot": one.drill.slot if one.drill else None,
            }
            for one in beside.effects
        ],
    }


def _side_of_effects(side: SideOfEffects) -> dict[str, int]:
    return {"slots": side.slots, "uncounted": side.uncounted, "partly": side.partly}


def _counts(counts: Counts) -> dict[str, int | None]:
    return {"slots": counts.slots, "total": counts.total, "least": counts.least, "most": counts.most}


def _output(beside: OutputBeside) -> dict[str, Any]:
    return {
        "likeness": beside.likeness.value,
        "control_only": _one_sided(beside.control),
        "candidate_only": _one_sided(beside.candidate),
        "ignored": beside.ignored,
        "noise": beside.noise,
    }


def _one_sided(side: OneSided) -> dict[str, Any]:
    return {"count": side.count, "samples": list(side.samples)}


def _steps(steps: Mapping[str, Spread]) -> dict[str, dict[str, float | int]]:
    return {
        name: {"median": round(one.median, 3), "max": round(one.most, 3), "slots": one.slots}
        for name, one in steps.items()
    }


def _taken(taken: Taken | None) -> dict[str, float | int] | None:
    if taken is None:
        return None
    return {"slots": taken.slots, "median": round(taken.median, 3), "max": round(taken.most, 3)}


def slot_document(one: SlotComparison) -> dict[str, Any]:
    return {
        "job": one.job,
        "slot": one.slot.name,
        "due": _instant(one.slot.due),
        "owner": one.owner.value,
        "turn": turn(one.job, one.slot.name).value if one.owner is Owner.ALTERNATE else None,
        "outcome": one.outcome.value,
        "demo": one.demo,
        "control": run_document(one.control) if one.control else None,
        "candidate": run_document(one.candidate) if one.candidate else None,
    }


def run_document(run: RunRecord) -> dict[str, Any]:
    """One run, without its side."""
    return {
        "run": run.run,
        "action": run.action.value,
        "kind": run.kind.value,
        "published": _instant(run.published),
        "received": _instant(run.received),
        "started": _instant(run.started),
        "finished": _instant(run.finished),
        "exit": run.exit,
        "signal": run.signal,
        "reason": run.reason,
        "output": run.output,
        "host": run.host,
        "user": run.user,
        "worker": run.worker,
        "pid": run.pid,
        "task": run.task,
        "effects": run.effects.document() if run.effects else None,
    }


def _instant(moment: dt.datetime | None) -> str | None:
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds") if moment else None
