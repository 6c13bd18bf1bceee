"""Compares what the ledger holds with the schedule of each job."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from functools import cached_property

from django.db.models import QuerySet

from migrator.comparison.document import JobComparison
from migrator.comparison.durations_beside import DurationsSeen
from migrator.comparison.effects_beside import EffectsSeen
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.lag import LagSeen
from migrator.comparison.outcomes import EARLY, Comparison, Judging, Outcome, SlotComparison, Stretch
from migrator.comparison.output_beside import OutputSeen
from migrator.comparison.ownership import Handover, Owner, Side
from migrator.comparison.runs import Action, Kind, RunRecord
from migrator.comparison.slot_owners import slot_owners
from migrator.comparison.unrecorded import Unrecorded
from migrator.comparison.verdicts import Seen, is_evidence, judge, needed_for
from migrator.configuration import EvidenceNeeded
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import owners
from migrator.contrib.django.ledger import records
from migrator.contrib.django.models import Run
from migrator.contrib.django.models import Slot as Claimed
from migrator.contrib.django.retention import horizon
from migrator.schedule.occurrences import Slot

JUST = dt.timedelta(microseconds=1)
IN_A_STRETCH = 2000  # slots, whose runs are held at a time

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
    shown: int | None = None,
) -> list[JobComparison]:
    """The comparison and the verdict of each job.

    ``ignored``: lines of its output that tell nothing. ``needed``: matched slots by period.
    ``rehearsed``: the jobs whose coming year was rehearsed, and beat started each slot once.
    ``unrecorded``: by job, where cron starts it past the recorder. ``shown``: so many slots of each job,
    the latest, are held; of the others only what they add up to.
    """
    return [
        comparing.finished(deque(comparing.slots(), maxlen=shown))
        for comparing in comparisons(
            jobs, now=now, since=since, ignored=ignored, needed=needed, rehearsed=rehearsed,
            unrecorded=unrecorded,
        )
    ]  # fmt: skip


def comparisons(
    jobs: Iterable[MigratedJob],
    *,
    now: dt.datetime,
    since: dt.datetime | None = None,
    ignored: IgnoredLines | None = None,
    needed: EvidenceNeeded | None = None,
    rehearsed: Collection[str] = (),
    unrecorded: Mapping[str, Sequence[Unrecorded]] | None = None,
) -> Iterator[JobComparing]:
    """Each job, to be compared slot by slot; as for ``compare_jobs``."""
    jobs = list(jobs)
    chains = owners.chains(job.definition.id for job in jobs)
    hosts, before = list(owners.current_hosts()), horizon()
    # What has been pruned is not missing.
    since = max((one for one in (since, before) if one), default=None)
    for job in jobs:
        name = job.definition.id
        yield JobComparing(
            job, chains.get(name, []), hosts, now=now, since=since, horizon=before,
            ignored=(ignored or {}).get(name, ()),
            needed=needed_for(job.real, now, needed, rehearsed=name in rehearsed),
            unrecorded=(unrecorded or {}).get(name, ()),
        )  # fmt: skip


class Evidence:
    """What a verdict goes by, gathered from the slots since the job's latest time in shadow began."""

    def __init__(self, begin: dt.datetime | None) -> None:
        self.begin = begin
        self.all, self.real = Seen(), Seen()
        self.effects, self.durations, self.output = EffectsSeen(), DurationsSeen(), OutputSeen()

    def add(self, one: SlotComparison) -> None:
        if self.begin is not None and one.slot.due < self.begin:
            return
        self.all.add(one)
        if is_evidence(one, self.begin):
            self.real.add(one)
        self.effects.add(one)
        self.durations.add(one)
        self.output.add(one)


@dataclass
class JobComparing:
    """Compares one job slot by slot, and adds up what they come to; what is held does not grow.

    First ``slots``, to their end; then ``finished``.
    """

    job: MigratedJob
    chain: Sequence[Handover]
    hosts: Sequence[str]
    _: KW_ONLY
    now: dt.datetime
    since: dt.datetime | None
    horizon: dt.datetime | None
    ignored: Sequence[re.Pattern[str]]
    needed: int
    unrecorded: Sequence[Unrecorded]

    def __post_init__(self) -> None:
        definition = self.job.definition
        self.judging = Judging(definition, self.now)
        self.evidence = Evidence(evidence_from(self.chain))
        self.lag = LagSeen()
        self.counts: Counter[Outcome] = Counter()

    def slots(self) -> Iterator[SlotComparison]:
        """The slots that the reader asked for, oldest first."""
        # What is listed is the reader's choice; the verdict is about all that speaks for or against the job.
        begin = self.evidence.begin
        kept = max((one for one in (begin, self.horizon) if one), default=None)
        more = begin is not None and self.since is not None and kept is not None and kept < self.since
        for one in self._judged(self.judging, self.since):
            self.counts[one.outcome] += 1
            self.lag.add(one)
            if not more:
                self.evidence.add(one)
            yield one
        if more:
            for one in self._judged(Judging(self.job.definition, self.now), kept):
                self.evidence.add(one)

    def _judged(self, judging: Judging, since: dt.datetime | None) -> Iterator[SlotComparison]:
        history = History(self.job.definition, self.chain, self.hosts, since)
        yield from judging.judged(history.stretches(self.now))
        judging.extra += history.without_slot.exclude(kind=Kind.MANUAL).count()
        judging.failed |= history.failed_without_slot()

    def finished(self, shown: Iterable[SlotComparison] = ()) -> JobComparison:
        """What it all came to; ``shown``: the slots that are to be held."""
        judging, evidence = self.judging, self.evidence
        comparison = Comparison(
            self.job.definition, tuple(shown), judging.extra, judging.pending, frozenset(judging.failed),
            self.counts,
        )  # fmt: skip
        effects, durations = evidence.effects.beside(), evidence.durations.beside()
        judgement = judge(
            comparison, job=self.job.real, evidence_from=evidence.begin, now=self.now, effects=effects,
            durations=durations, needed=self.needed, unrecorded=self.unrecorded, seen=evidence.real,
        )  # fmt: skip
        output = evidence.output.beside(self.ignored)
        compared = evidence.all if evidence.begin else Seen()
        return JobComparison(
            comparison, judgement, effects, output, durations, compared, tuple(self.unrecorded),
            self.lag.lag(),
        )  # fmt: skip


@dataclass(frozen=True)
class History:
    """What the ledger holds of a job, in stretches of whole days; a slot due before ``since`` is out."""

    job: JobDefinition
    chain: Sequence[Handover]
    hosts: Sequence[str]
    since: dt.datetime | None

    def stretches(self, now: dt.datetime) -> Iterator[Stretch]:
        start = self._first()
        begin = min(start or now, now)
        day = begin.astimezone(self.job.zone).date()
        low, days = "", self._days(begin)
        while begin < now:
            day += dt.timedelta(days=days)
            end = min(dt.datetime.combine(day, dt.time(), self.job.zone).astimezone(dt.UTC), now)
            # A slot's name begins with its day, and the index of runs is by job and name.
            high = day.isoformat() if end < now else None
            yield self._stretch(self._expected(begin, end) if start else [], low, high)
            low, begin = high or "", end

    def _expected(self, begin: dt.datetime, end: dt.datetime) -> list[Slot]:
        """The slots due in [begin, end): up to a declared move by the time that it moved from."""
        before, moved = self.job.before_its_move, self.moved
        if before is None or (moved is not None and moved <= begin):
            return self.job.between(begin, end)
        middle = min(end, moved or end)
        return [*before.between(begin, middle), *self.job.between(middle, end)]

    @cached_property
    def moved(self) -> dt.datetime | None:
        """When the declared move came into force; None: no slot of the new time has been recorded.

        A job leaves cron before its move, and then waits for a deployment. It was after the last slot of the
        old time that was recorded, and before the next one of that time, which nobody expected any more.
        """
        before = self.job.before_its_move
        left = next((one.from_due for one in self.chain if one.owner is Owner.RETIRED), None)
        rows = Run.objects.filter(job=self.job.id, demo=self.job.demo, due__isnull=False).exclude(slot="")
        rows = rows.filter(due__gte=left) if left else rows
        last: dt.datetime | None = None
        for due in rows.order_by("due").values_list("due", flat=True).distinct() if before else ():
            if self._due(before, due):
                last = due
            elif before is not None and self._due(self.job, due):
                following = [one.due for one in before.following(last + JUST, 1)] if last else [left or due]
                return min([due, *following])
        return None

    @staticmethod
    def _due(job: JobDefinition | None, instant: dt.datetime) -> bool:
        return job is not None and bool(job.between(instant, instant + JUST))

    def _days(self, begin: dt.datetime) -> int:
        """Over how many days a stretch goes, so that it holds a bounded number of slots."""
        per_day = len(self.job.between(begin, begin + dt.timedelta(days=1)))
        return max(1, min(IN_A_STRETCH // max(per_day, 1), 366))

    def _stretch(self, expected: Sequence[Slot], low: str, high: str | None) -> Stretch:
        named = {"slot__gt": ""} if not low else {"slot__gte": low}
        named |= {"slot__lt": high} if high else {}
        runs = self.rows.filter(**named).order_by("started", "id")
        claims = Claimed.objects.filter(job=self.job.id, **named)
        return Stretch(expected, records(runs), _owner_of(self.job.id, self.chain, self.hosts, claims))

    def _first(self) -> dt.datetime | None:
        """From when on the job's slots are expected: its first record, or the first hand-over."""
        rows = Run.objects.filter(job=self.job.id, demo=self.job.demo, due__isnull=False).exclude(slot="")
        first = rows.order_by("slot").values_list("due", flat=True).first()
        known = [*([first] if first else []), *(one.from_due for one in self.chain[:1])]
        return max(min(known), self.since or min(known)) if known else None

    @property
    def rows(self) -> QuerySet[Run]:
        return rows_of(self.job.id, demo=self.job.demo, since=self.since)

    @property
    def without_slot(self) -> QuerySet[Run]:
        return self.rows.filter(slot="")

    def failed_without_slot(self) -> set[Side]:
        """The sides of which a failing run by hand, or at no slot's time, was recorded."""
        ended = self.without_slot.filter(action=Action.EXECUTE, finished__isnull=False)
        return {Side(side) for side in ended.exclude(exit=0, signal=None).values_list("side", flat=True)}


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
    return _owner_of(job, chain, hosts, claims)


def _owner_of(
    job: str, chain: Sequence[Handover], hosts: Collection[str], claims: QuerySet[Claimed]
) -> Callable[[Slot], Owner]:
    return slot_owners(job, chain, hosts, dict(claims.values_list("slot", "owner")))


def rows_of(job: str, *, demo: bool, since: dt.datetime | None) -> QuerySet[Run]:
    """The job's rows; a slot that was due before ``since`` is out."""
    rows = Run.objects.filter(job=job, demo=demo)
    if since is not None:
        rows = rows.filter(started__gte=since - EARLY).exclude(due__lt=since)
    return rows


def runs_of(job: str, *, demo: bool, since: dt.datetime | None) -> list[RunRecord]:
    """The job's records in the order of their starts; a slot that was due before ``since`` is out."""
    return list(records(rows_of(job, demo=demo, since=since).order_by("started", "id")))


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
