"""The cutover report as one value: the answer, and everything that it rests on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from migrator.codegen.naming import task_name
from migrator.comparison.document import JobComparison
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.outcomes import Comparison, SlotComparison
from migrator.comparison.ownership import Owner
from migrator.comparison.rehearsal_record import Record, cron_fingerprint
from migrator.comparison.verdicts import Judgement, Verdict, judge, needed_for
from migrator.configuration import Configuration
from migrator.cutover.checklist import Item, State, Subject, checklist
from migrator.cutover.facts import CeleryFacts, Evidence
from migrator.cutover.overall import overall_checklist
from migrator.cutover.rehearsed import Rehearsed, judged_rehearsals
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
from migrator.equivalence.lower import lower
from migrator.equivalence.prove import Verdict as ProofVerdict
from migrator.equivalence.prove import prove
from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.schedule.occurrences import Slot
from migrator.schedule.parting import Parting, partings
from migrator.sources.job import Inventory, Job

LAST_SLOTS = 8
NEXT_SLOTS = 3
SEEN_AHEAD = 9  # slots, for the longest gap between two


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
    def earliest_safe(self) -> dt.date | None:
        return self.judgement.earliest_safe

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the caller has gathered; ``left_out``: the jobs without a task, each with the reason."""

    project: str
    configuration: Configuration
    evidence: Evidence
    celery: CeleryFacts
    left_out: Mapping[str, str]
    now: dt.datetime
    rehearsals: Sequence[Record] = ()


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
    jobs = tuple(_readiness(job, situation, lines) for job in moving)
    of_jobs = {finding for job in inventory.jobs for finding in job.findings}
    return CutoverReport(
        made=situation.now,
        project=situation.project,
        jobs=jobs,
        staying=staying,
        checklist=overall_checklist(inventory, moving, situation.evidence),
        crontabs=retired_crontabs(inventory, moving),
        findings=tuple(finding for finding in inventory.findings if finding not in of_jobs),
        rollback=everything_back(),
        no_evidence=situation.evidence.absent,
    )


def _reason_to_stay(job: Job, situation: Situation) -> str | None:
    decision = situation.configuration.jobs.get(job.id)
    if decision and decision.ignore:
        return decision.ignore
    if job.interval and job.status == "exact":
        return _(
            "beat counts it, by no clock: no proof and no verdict; compare its runs, hand it over by"
            " migrator owner {job} celery --accept REASON, and take its line out yourself"
        ).format(job=job.id)
    if job.status in ("stays", "impossible") or job.expression is None:
        return next((f.message for f in job.findings), _("it is not for Celery"))
    return None


def _readiness(job: Job, situation: Situation, lines: Mapping[Place, tuple[str, ...]]) -> JobReadiness:
    assert job.expression is not None
    definition = JobDefinition(job.id, job.expression.text, job.timezone)
    entries = lower(job.expression)
    today = situation.now.astimezone(definition.zone).date()
    coming = definition.following(situation.now, SEEN_AHEAD)
    rehearsals = judged_rehearsals(
        [one for one in situation.rehearsals if one.job == job.id],
        cron=cron_fingerprint(job.expression, job.timezone),
        beat=(situation.celery.fingerprints or {}).get(job.id),
        now=situation.now,
    )
    needed = needed_for(
        definition,
        situation.now,
        situation.configuration.evidence,
        rehearsed=any(one.stands_for_a_slot for one in rehearsals),
    )
    compared = situation.evidence.comparisons.get(job.id) or _never_seen(definition, situation.now, needed)
    decision = situation.configuration.jobs.get(job.id)
    owner = situation.evidence.owners.get(job.id, Owner.CRON)
    kept = situation.configuration.generate.keeps_nights
    subject = Subject(
        job=job,
        task=task_name(job, situation.configuration.generate),
        proof=prove(job.expression, entries, since=today),
        partings=() if kept else partings(job.expression, definition.zone, today),
        hindrance=situation.left_out.get(job.id),
        compared=compared,
        celery=situation.celery,
        rehearsals=rehearsals,
        alert=decision.alert if decision else None,
        coming=coming,
    )
    items = checklist(subject)
    blocked = _blocked(items, compared.judgement)
    return JobReadiness(
        job=job,
        definition=definition,
        task=subject.task,
        entries=entries,
        proof=subject.proof,
        partings=tuple(subject.partings),
        owner=owner,
        compared=compared,
        verdict=_verdict(compared.judgement.verdict, owner, blocked=bool(blocked)),
        reasons=_reasons(compared, blocked),
        checklist=items,
        removal=removed_lines(job, lines),
        rollback=rollback(job.id),
        rehearsals=tuple(subject.rehearsals),
        coming=tuple(coming[:NEXT_SLOTS]),
    )


def _blocked(items: tuple[Item, ...], judgement: Judgement) -> tuple[str, ...]:
    """The blocked lines as reasons; what the ledger's verdict says itself is not said twice."""
    told = {"once", "effects"} if judgement.verdict is Verdict.UNSAFE else set()
    return tuple(
        f"{item.text}: {item.evidence}"
        for item in items
        if item.state is State.BLOCKED and item.key not in told
    )


def _never_seen(definition: JobDefinition, now: dt.datetime, needed: int) -> JobComparison:
    comparison = Comparison(definition)
    judgement = judge(comparison, job=definition, evidence_from=None, now=now, needed=needed)
    return JobComparison(comparison, judgement)


def _verdict(of_the_ledger: Verdict, owner: Owner, *, blocked: bool) -> Verdict:
    """The ledger knows nothing of the rest of the checklist: a blocked line is never safe.

    Under cron it is work that nobody has done yet; once Celery takes part, it is a fault.
    """
    if not blocked:
        return of_the_ledger
    return Verdict.HOLD if owner is Owner.CRON and of_the_ledger is not Verdict.UNSAFE else Verdict.UNSAFE


def _reasons(compared: JobComparison, blocked: tuple[str, ...]) -> tuple[str, ...]:
    judgement = compared.judgement
    if not compared.comparison.slots and not compared.comparison.pending:
        return (*blocked, _("no run has been recorded yet"), *judgement.reasons)
    if judgement.verdict is Verdict.SAFE and blocked:
        return blocked
    return (*blocked, *judgement.reasons)
