"""The verdict of the cutover: what the ledger says, made stricter by the checklist."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from migrator.codegen.naming import task_name
from migrator.comparison.document import JobComparison
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.judging import Comparison
from migrator.comparison.ownership import Owner
from migrator.comparison.rehearsal_record import cron_fingerprint
from migrator.comparison.verdicts import Judgement, Verdict, judge, needed_for
from migrator.cutover.checklist import Item, State, Subject
from migrator.cutover.facts import Situation
from migrator.cutover.rehearsed import judged_rehearsals
from migrator.equivalence.celery_crontab import CeleryCrontab
from migrator.equivalence.lower import lower
from migrator.equivalence.prove import Equivalent, prove
from migrator.equivalence.prove import Verdict as ProofVerdict
from migrator.i18n import _
from migrator.schedule.cells import spelled
from migrator.schedule.expression import CronExpression
from migrator.schedule.kinds import Interval
from migrator.schedule.parting import Parting, partings
from migrator.sources.job import Job

SEEN_AHEAD = 9  # slots, for the longest gap between two


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict with its reasons; ``against``: those that speak against giving the job to Celery.

    ``earliest_safe``: the day on which its evidence can be complete; None while something is wrong.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    against: tuple[str, ...]
    earliest_safe: dt.date | None


def subject_of(job: Job, situation: Situation) -> Subject:
    """All that the checklist of a job is made from."""
    schedule = job.interval or job.expression
    assert schedule is not None
    written = spelled(schedule) if isinstance(schedule, Interval) else schedule.text
    definition = JobDefinition(job.id, written, job.timezone, dialect=job.recorded_dialect)
    today = situation.now.astimezone(definition.zone).date()
    configuration = situation.configuration
    rehearsals = judged_rehearsals(
        [one for one in situation.rehearsals if one.job == job.id],
        cron=cron_fingerprint(schedule, job.timezone),
        beat=(situation.celery.fingerprints or {}).get(job.id),
        now=situation.now,
    )
    needed = needed_for(
        definition,
        situation.now,
        configuration.evidence,
        rehearsed=any(one.stands_for_a_slot for one in rehearsals),
    )
    compared = situation.evidence.comparisons.get(job.id)
    decision = configuration.jobs.get(job.id)
    entries, proof, parted = _proved(schedule, definition, today)
    return Subject(
        job=job,
        definition=definition,
        task=task_name(job, configuration.generate),
        entries=entries,
        proof=proof,
        partings=() if configuration.generate.keeps_nights else parted,
        hindrance=situation.left_out.get(job.id),
        compared=compared or _never_seen(definition, situation.now, needed),
        celery=situation.celery,
        rehearsals=rehearsals,
        alert=decision.alert if decision else None,
        coming=definition.following(situation.now, SEEN_AHEAD),
        require=configuration.evidence.require,
        accepted={**(decision.evidence if decision else {}), **situation.accepted},
    )


def _proved(
    schedule: CronExpression | Interval, definition: JobDefinition, today: dt.date
) -> tuple[tuple[CeleryCrontab, ...], ProofVerdict, Sequence[Parting]]:
    """Celery's crontabs, whether they fire as cron does, and the nights on which they do not.

    An interval has none of them: what `generate` writes counts as many seconds.
    """
    if isinstance(schedule, Interval):
        return (), Equivalent(), ()
    entries = lower(schedule)
    nights = partings(schedule, definition.zone, today)
    return entries, prove(schedule, entries, since=today), nights


def _never_seen(definition: JobDefinition, now: dt.datetime, needed: int) -> JobComparison:
    comparison = Comparison(definition)
    judgement = judge(comparison, job=definition, evidence_from=None, now=now, needed=needed)
    return JobComparison(comparison, judgement)


def decided(compared: JobComparison, items: tuple[Item, ...], owner: Owner) -> Decision:
    """The ledger knows only its part of the checklist: while a line is blocked or holds, no job is safe.

    Blocked under cron, a line is work that nobody has done yet; once Celery takes part, it is a fault.
    """
    judgement = compared.judgement
    blocked, holding = _blocked(items, judgement), _holding(items)
    verdict = judgement.verdict
    if blocked:
        hold = owner is Owner.CRON and verdict is not Verdict.UNSAFE
        verdict = Verdict.HOLD if hold else Verdict.UNSAFE
    elif holding and verdict is Verdict.SAFE:
        verdict = Verdict.HOLD
    unseen = not compared.comparison.expected and not compared.comparison.pending
    ledger = () if judgement.verdict is Verdict.SAFE and (blocked or holding) else judgement.reasons
    reasons = (*blocked, *((_("no run has been recorded yet"),) if unseen else ()), *ledger, *holding)
    if verdict is Verdict.SAFE:
        reasons = (*reasons, *_notes(items))
    earliest = None if verdict is Verdict.UNSAFE else judgement.earliest_safe
    return Decision(verdict, reasons, (*blocked, *judgement.against, *holding), earliest)


def stricter(compared: JobComparison, items: tuple[Item, ...], owner: Owner) -> JobComparison:
    """The comparison with the verdict of the cutover in the place of the ledger's."""
    decision = decided(compared, items, owner)
    judgement: Judgement = replace(
        compared.judgement,
        verdict=decision.verdict,
        reasons=decision.reasons,
        against=decision.against,
        earliest_safe=decision.earliest_safe,
    )
    return replace(compared, judgement=judgement)


def _blocked(items: tuple[Item, ...], judgement: Judgement) -> tuple[str, ...]:
    """The blocked lines as reasons; what the ledger's verdict says itself is not said twice."""
    told = {"once", "effects"} if judgement.verdict is Verdict.UNSAFE else set()
    return tuple(
        f"{item.text}: {item.evidence}"
        for item in items
        if item.state is State.BLOCKED and item.key not in told
    )


def _holding(items: tuple[Item, ...]) -> tuple[str, ...]:
    """The open lines that hold the job, by their names: the checklist says what to do about each."""
    names = ", ".join(item.key for item in items if item.holds)
    return (_("open on the checklist: {lines}").format(lines=names),) if names else ()


def _notes(items: tuple[Item, ...]) -> tuple[str, ...]:
    """What a person answers for: a verdict that rests on it says so."""
    return tuple(
        _("{line} was accepted: {reason}").format(line=item.key, reason=item.accepted)
        for item in items
        if item.accepted
    )
