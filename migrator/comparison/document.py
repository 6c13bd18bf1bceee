"""The comparison as a JSON document: ``compare --format json``, and what the report is made from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from migrator.comparison.outcomes import Comparison, Outcome, SlotComparison
from migrator.comparison.runs import RunRecord
from migrator.comparison.verdicts import Judgement


@dataclass(frozen=True, slots=True)
class JobComparison:
    """One job: what the ledger says, and the verdict."""

    comparison: Comparison
    judgement: Judgement

    @property
    def id(self) -> str:
        return self.comparison.job.id


def comparison_document(jobs: Iterable[JobComparison]) -> dict[str, Any]:
    """All jobs and all their slots, without the schema number."""
    listed = list(jobs)
    return {
        "jobs": [_job(one) for one in listed],
        "slots": [_slot(slot) for one in listed for slot in one.comparison.slots],
    }


def _job(one: JobComparison) -> dict[str, Any]:
    judgement = one.judgement
    return {
        "id": one.id,
        "expected": len(one.comparison.slots),
        **{outcome.value: one.comparison.count(outcome) for outcome in Outcome},
        "extra": one.comparison.extra,
        "pending": one.comparison.pending,
        "demo": one.comparison.job.demo,
        "verdict": judgement.verdict.value,
        "reasons": list(judgement.reasons),
        "earliest_safe": judgement.earliest_safe.isoformat() if judgement.earliest_safe else None,
        "evidence": judgement.evidence,
        "needed": judgement.needed,
    }


def _slot(one: SlotComparison) -> dict[str, Any]:
    return {
        "job": one.job,
        "slot": one.slot.name,
        "due": _instant(one.slot.due),
        "owner": one.owner.value,
        "outcome": one.outcome.value,
        "demo": one.demo,
        "control": _run(one.control),
        "candidate": _run(one.candidate),
    }


def _run(run: RunRecord | None) -> dict[str, Any] | None:
    if run is None:
        return None
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
    }


def _instant(moment: dt.datetime | None) -> str | None:
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds") if moment else None
