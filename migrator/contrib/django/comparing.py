"""Compares what the ledger holds with the schedule of each job."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from migrator.comparison.document import JobComparison
from migrator.comparison.durations_beside import durations_beside
from migrator.comparison.effects_beside import effects_beside
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.outcomes import EARLY, Comparison, compare
from migrator.comparison.output_beside import output_beside
from migrator.comparison.ownership import Handover, Owner, owner_at
from migrator.comparison.runs import RunRecord
from migrator.comparison.turns import turn
from migrator.comparison.unrecorded import Unrecorded
from migrator.comparison.verdicts import judge, needed_for
from migrator.configuration import EvidenceNeeded
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import owners
from migrator.contrib.django.ledger import records
from migrator.contrib.django.models import Run
from migrator.contrib.django.models import Slot as Claimed
from migrator.contrib.django.retention import horizon
from migrator.schedule.occurrences import Slot

IgnoredLines = Mapping[str, Sequence[re.Pattern[str]]]


def compare_jobs(
    jobs: Iterable[MigratedJob],
    *,
    now: dt.datetime,
    since: dt.datetime | None = None,
    ignored: IgnoredLines | None = None,
    needed: EvidenceNeeded | None = None,
    rehearsed: Collection[str] = (),
    unrecorded: Mapping[str, Sequence[Unrecorded]] | None = None,
) -> list[JobComparison]:
    """The comparison and the verdict of each job.

    ``ignored``: lines of its output that tell nothing. ``needed``: matched slots by period.
    ``rehearsed``: the jobs whose coming year was rehearsed, and beat started each slot once.
    ``unrecorded``: by job, where cron starts it past the recorder.
    """
    jobs = list(jobs)
    chains = owners.chains(job.definition.id for job in jobs)
    hosts = list(owners.current_hosts())
    return [
        _compare(
            job, chains.get(job.definition.id, []), hosts, now=now, since=since,
            ignored=(ignored or {}).get(job.definition.id, ()),
            needed=needed_for(job.real, now, needed, rehearsed=job.definition.id in rehearsed),
            unrecorded=(unrecorded or {}).get(job.definition.id, ()),
        )
        for job in jobs
    ]  # fmt: skip


def _compare(
    job: MigratedJob,
    chain: Sequence[Handover],
    hosts: Sequence[str],
    *,
    now: dt.datetime,
    since: dt.datetime | None,
    ignored: Sequence[re.Pattern[str]],
    needed: int,
    unrecorded: Sequence[Unrecorded],
) -> JobComparison:
    owner_of, begin = owners_of_slots(job.definition.id, chain, hosts), evidence_from(chain)
    listed = _compared(job.definition, chain, owner_of, now=now, since=since)
    # What is listed is the reader's choice; the verdict is about all that speaks for or against the job.
    more = begin is not None and since is not None and begin < since
    evidence = _compared(job.definition, chain, owner_of, now=now, since=begin) if more else listed
    slots = [one for one in evidence.slots if begin is None or one.slot.due >= begin]
    effects, durations = effects_beside(slots), durations_beside(slots)
    judgement = judge(
        evidence, job=job.real, evidence_from=begin, now=now,
        effects=effects, durations=durations, needed=needed, unrecorded=unrecorded,
    )  # fmt: skip
    compared = tuple(slots) if begin else ()
    output = output_beside(slots, ignored)
    return JobComparison(listed, judgement, effects, output, durations, compared, tuple(unrecorded))


def _compared(
    job: JobDefinition,
    chain: Sequence[Handover],
    owner_of: Callable[[Slot], Owner],
    *,
    now: dt.datetime,
    since: dt.datetime | None,
) -> Comparison:
    # What has been pruned is not missing.
    since = max((one for one in (since, horizon()) if one), default=None)
    runs = runs_of(job.id, demo=job.demo, since=since)
    start = _first(runs, chain, since)
    expected = job.between(start, now) if start else []
    return compare(job, expected=expected, runs=runs, owner_of=owner_of, now=now)


def owners_of_slots(
    job: str,
    chain: Sequence[Handover],
    hosts: Collection[str],
    *,
    among: Collection[Slot] | None = None,
) -> Callable[[Slot], Owner]:
    """The owner of each slot; a claim says by whose right it was executed, whatever was asked for since.

    ``among``: the slots that will be asked for, where they are few.
    """
    claims = Claimed.objects.filter(job=job)
    if among is not None:
        claims = claims.filter(slot__in=[slot.name for slot in among])
    claimed = dict(claims.values_list("slot", "owner"))

    def owner_of(slot: Slot) -> Owner:
        held = claimed.get(slot.name)
        return Owner(held) if held else owner_at(chain, slot.due, turn(job, slot.name), hosts=hosts)

    return owner_of


def runs_of(job: str, *, demo: bool, since: dt.datetime | None) -> list[RunRecord]:
    """The job's records in the order of their starts; a slot that was due before ``since`` is out."""
    rows = Run.objects.filter(job=job, demo=demo).order_by("started", "id")
    if since is not None:
        rows = rows.filter(started__gte=since - EARLY).exclude(due__lt=since)
    return list(records(rows))


def _first(
    runs: Sequence[RunRecord], chain: Sequence[Handover], since: dt.datetime | None
) -> dt.datetime | None:
    """From when on the job's slots are expected: its first record, or the first hand-over."""
    known = [run.due for run in runs if run.due] + [one.from_due for one in chain[:1]]
    first = min(known, default=None)
    return max(first, since) if first and since else first


def evidence_from(chain: Sequence[Handover]) -> dt.datetime | None:
    """Where the job's latest time in shadow, or with Celery, begins; None: it is under cron.

    Back to turns is a fresh start too; back from retired, where only the line went, is not.
    """
    begins, previous = None, Owner.CRON
    for handover in chain:
        afresh = handover.owner is Owner.SHADOW or (
            handover.owner is Owner.ALTERNATE and previous in (Owner.CELERY, Owner.RETIRED)
        )
        if handover.owner is Owner.CRON:
            begins = None
        elif begins is None or afresh:
            begins = handover.from_due
        previous = handover.owner
    return begins
