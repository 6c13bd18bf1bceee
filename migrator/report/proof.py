"""The proof of each job as values that every renderer shares."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from migrator.equivalence.celery_crontab import CeleryCrontab
from migrator.equivalence.lower import lower
from migrator.equivalence.prove import Equivalent, Verdict, explain, prove
from migrator.i18n import _
from migrator.schedule.expression import CronExpression
from migrator.schedule.meaning import meaning
from migrator.schedule.transitions import Transition, touched
from migrator.sources.job import Job
from migrator.zones import zone_of


@dataclass(frozen=True, slots=True)
class Proof:
    """A schedule, the Celery entries for it, and whether they are the same."""

    name: str
    expression: CronExpression
    entries: tuple[CeleryCrontab, ...]
    timezone: str
    verdict: Verdict
    jumps: tuple[Transition, ...]
    since: dt.date

    @property
    def exact(self) -> bool:
        """Equal for all time on the wall clock, and untouched by the clock's jumps."""
        return self.equal and not self.jumps

    @property
    def equal(self) -> bool:
        """Equal for all time on the wall clock."""
        return isinstance(self.verdict, Equivalent)

    @property
    def sentence(self) -> str:
        return explain(self.verdict)

    @property
    def clock_changes(self) -> str:
        """What the zone's jumps do to it in the next ten years."""
        if not self.jumps:
            return _("no clock change in {zone} touches it in the next ten years").format(zone=self.timezone)
        return _("the clock of {zone} jumps over its minutes on {date}").format(
            zone=self.timezone, date=", ".join(jump.start.date().isoformat() for jump in self.jumps[:4])
        )


def proof_of(
    name: str,
    expression: CronExpression,
    timezone: str,
    *,
    today: dt.date,
    entries: tuple[CeleryCrontab, ...] | None = None,
) -> Proof:
    """The proof for an expression, against our own entries or somebody else's."""
    entries = lower(expression) if entries is None else entries
    verdict = prove(expression, entries, since=today)
    jumps = tuple(touched(meaning(expression), zone_of(timezone), today))
    return Proof(name, expression, entries, timezone, verdict, jumps, today)


def proofs(jobs: tuple[Job, ...], today: dt.date) -> list[Proof]:
    """The proofs of all jobs that have a schedule."""
    return [
        proof_of(job.id, job.expression, job.timezone, today=today)
        for job in jobs
        if job.expression is not None
    ]


def proof_document(proof: Proof) -> dict[str, Any]:
    """One proof as JSON."""
    return {
        "job": proof.name,
        "expression": proof.expression.text,
        "celery": [entry.as_dict() for entry in proof.entries],
        "timezone": proof.timezone,
        "equal": proof.equal,
        "exact": proof.exact,
        "verdict": type(proof.verdict).__name__.lower(),
        "moment": getattr(proof.verdict, "moment", None),
        "sentence": proof.sentence,
        "clock_changes": [
            {
                "start": jump.start.isoformat(timespec="minutes"),
                "end": jump.end.isoformat(timespec="minutes"),
                "kind": "gap" if jump.gap else "repeat",
            }
            for jump in proof.jumps
        ],
    }
