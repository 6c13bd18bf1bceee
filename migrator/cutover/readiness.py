"""The cutover report as one value: the answer, and everything that it rests on, the worst job first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from migrator.comparison.document import JobComparison
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.outcomes import SlotComparison
from migrator.comparison.ownership import Owner
from migrator.comparison.verdicts import Judgement, Verdict
from migrator.cutover.checklist import Item, State, checklist
from migrator.cutover.deciding import decided, subject_of
from migrator.cutover.facts import Situation
from migrator.cutover.overall import overall_checklist
from migrator.cutover.rehearsed import Rehearsed
from migrator.cutover.removal import (
    RemovedLine,
    Retired,
    removed_lines,
    retired_crontabs,
    shown,
    written_lines,
)
from migrator.cutover.rollback import Step, everything_back, rollback
from migrator.equivalence.celery_crontab import CeleryCrontab
from migrator.equivalence.prove import Verdict as ProofVerdict
from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.schedule.occurrences import Slot
from migrator.schedule.parting import Parting
from migrator.sources.job import Inventory, Job

LAST_SLOTS = 8
NEXT_SLOTS = 3
WORST = (Verdict.UNSAFE, Verdict.HOLD, Verdict.SAFE)  # first


@dataclass(frozen=True, slots=True, kw_only=True)
class JobReadiness:
    """One job: may it leave cron, and why."""

    job: Job
    definition: JobDefinition
    task: str
    entries: tuple[CeleryCrontab, ...]
    proof: ProofVerdict
    partings: tuple[Parting, ...]
    owner: Owner
    compared: JobComparison
    verdict: Verdict
    reasons: tuple[str, ...]
    earliest_safe: dt.date | None
    checklist: tuple[Item, ...]
    removal: tuple[RemovedLine, ...]
    rollback: tuple[Step, ...]
    coming: tuple[Slot, ...]
    rehearsals: tuple[Rehearsed, ...] = ()

    @property
    def id(self) -> str:
        return self.job.id

    @property
    def judgement(self) -> Judgement:
        return self.compared.judgement

    @property
    def missing(self) -> tuple[Item, ...]:
        """The lines of the checklist that are not done."""
        return tuple(item for item in self.checklist if item.state is not State.DONE)

    @property
    def blocked(self) -> bool:
        return any(item.state is State.BLOCKED for item in self.checklist)

    @property
    def last_slots(self) -> tuple[SlotComparison, ...]:
        return self.compared.comparison.slots[-LAST_SLOTS:]

    @property
    def demo(self) -> bool:
        return self.compared.comparison.job.demo


@dataclass(frozen=True, slots=True)
class Staying:
    """A job that is not for Celery, and why."""

    job: Job
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CutoverReport:
    """All that the report says; every renderer starts here."""

    made: dt.datetime
    project: str
    jobs: tuple[JobReadiness, ...]
    staying: tuple[Staying, ...]
    checklist: tuple[Item, ...]
    crontabs: tuple[Retired, ...]
    findings: tuple[Finding, ...]
    rollback: tuple[Step, ...]
    no_evidence: str | None

    @property
    def demo(self) -> bool:
        return any(job.demo for job in self.jobs)

    @property
    def ready(self) -> bool:
        return all(job.verdict is Verdict.SAFE for job in self.jobs)

    def count(self, verdict: Verdict) -> int:
        return sum(job.verdict == verdict for job in self.jobs)

    @property
    def last_date(self) -> dt.date | None:
        """The day on which the evidence of every job can be complete; None: one has no such day."""
        dates = [job.earliest_safe for job in self.jobs]
        known = [date for date in dates if date is not None]
        return max(known) if known and len(known) == len(dates) else None


def assemble(inventory: Inventory, situation: Situation) -> CutoverReport:
    """The report on every job of the inventory."""
    staying = tuple(
        Staying(job, shown(reason))
        for job in inventory.jobs
        if (reason := _reason_to_stay(job, situation)) is not None
    )
    held = {one.job.id for one in staying}
    moving = [job for job in inventory.jobs if job.id not in held]
    lines = written_lines(inventory)
    jobs = sorted(
        (_readiness(job, situation, lines) for job in moving), key=lambda one: WORST.index(one.verdict)
    )
    of_jobs = {finding for job in inventory.jobs for finding in job.findings}
    return CutoverReport(
        made=situation.now,
        project=situation.project,
        jobs=tuple(jobs),
        staying=staying,
        checklist=overall_checklist(inventory, moving, situation.evidence),
        crontabs=retired_crontabs(inventory, moving, situation.configuration.instrument.spool),
        findings=tuple(finding for finding in inventory.findings if finding not in of_jobs),
        rollback=everything_back(),
        no_evidence=situation.evidence.absent,
    )


def _reason_to_stay(job: Job, situation: Situation) -> str | None:
    decision = situation.configuration.jobs.get(job.id)
    if decision and decision.ignore:
        return decision.ignore
    if job.status in ("stays", "impossible") or not (job.expression or job.interval):
        return next((f.message for f in job.findings), _("it is not for Celery"))
    return None


def _readiness(job: Job, situation: Situation, lines: Mapping[Place, tuple[str, ...]]) -> JobReadiness:
    subject = subject_of(job, situation)
    items = checklist(subject)
    owner = situation.evidence.owners.get(job.id, Owner.CRON)
    decision = decided(subject.compared, items, owner)
    return JobReadiness(
        job=job,
        definition=subject.definition,
        task=subject.task,
        entries=subject.entries,
        proof=subject.proof,
        partings=tuple(subject.partings),
        owner=owner,
        compared=subject.compared,
        verdict=decision.verdict,
        reasons=decision.reasons,
        earliest_safe=decision.earliest_safe,
        checklist=items,
        removal=removed_lines(job, lines),
        rollback=rollback(job.id),
        rehearsals=tuple(subject.rehearsals),
        coming=tuple(subject.coming[:NEXT_SLOTS]),
    )
