"""Compares what the ledger holds with the schedule of each job."""

from __future__ import annotations

import datetime as dt
import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass

from migrator.comparison.document import JobComparison
from migrator.comparison.judging import Comparison, Judging, Stretch
from migrator.comparison.outcomes import SlotComparison
from migrator.comparison.ownership import Handover, Owner, Side
from migrator.comparison.runs import Kind
from migrator.comparison.summing import Sums
from migrator.comparison.unrecorded import Unrecorded
from migrator.comparison.verdicts import Seen, judge, needed_for
from migrator.configuration import EvidenceNeeded
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import owners
from migrator.contrib.django.job_history import History
from migrator.contrib.django.latest import Settling
from migrator.contrib.django.retention import horizon
from migrator.contrib.django.settled import DEPTH, Past, pasts, settled_until

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
    the latest, are held; of the others only what they add up to, which is stored where they are settled.
    """
    return [
        comparing.finished(deque(comparing.slots(), maxlen=shown))
        for comparing in comparisons(
            jobs, now=now, since=since, ignored=ignored, needed=needed, rehearsed=rehearsed,
            unrecorded=unrecorded, listed=shown is None or shown > DEPTH,
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
    listed: bool = True,
) -> Iterator[JobComparing]:
    """Each job, to be compared slot by slot; as for ``compare_jobs``.

    ``listed``: the slots are wanted one by one, all of them; else those that are settled may be left out.
    """
    jobs = list(jobs)
    chains = owners.chains(job.definition.id for job in jobs)
    hosts, before = list(owners.current_hosts()), horizon()
    settled = {} if listed else pasts([job.definition for job in jobs], chains, hosts, before)
    # What has been pruned is not missing.
    since = max((one for one in (since, before) if one), default=None)
    for job in jobs:
        name = job.definition.id
        yield JobComparing(
            job, chains.get(name, []), hosts, now=now, since=since, horizon=before,
            ignored=(ignored or {}).get(name, ()),
            needed=needed_for(job.real, now, needed, rehearsed=name in rehearsed),
            unrecorded=(unrecorded or {}).get(name, ()),
            past=settled.get((name, job.definition.demo)),
        )  # fmt: skip


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
    past: Past | None = None

    def __post_init__(self) -> None:
        self.judging = Judging(self.job.definition, self.now)
        self.zone = self.job.definition.zone
        self.sums = Sums(evidence_from(self.chain), self.zone)
        self.evidence = self.sums.evidence
        self.latest: Settling | None = None

    def slots(self) -> Iterator[SlotComparison]:
        """The slots that the reader asked for, oldest first; those that are settled may be left out."""
        # What is listed is the reader's choice; the verdict is about all that speaks for or against the job.
        begin = self.evidence.begin
        kept = max((one for one in (begin, self.horizon) if one), default=None)
        more = begin is not None and self.since is not None and kept is not None and kept < self.since
        if self.past is None or self.since != self.horizon:
            yield from self._judged(self.judging, self.sums, self.since)
        else:
            yield from self._gone_on(self.judging, self.past)
        if more:
            listed, judging = self.sums, Judging(self.job.definition, self.now)
            if self.past is None:
                self.sums = Sums(begin, self.zone)
                all_of_it = self._judged(judging, self.sums, kept)
            else:
                all_of_it = self._gone_on(judging, self.past)
            deque(all_of_it, maxlen=0)
            self.sums, self.evidence = listed, self.sums.evidence
        else:
            self.evidence = self.sums.evidence

    def _judged(self, judging: Judging, sums: Sums, since: dt.datetime | None) -> Iterator[SlotComparison]:
        history = History(self.job.definition, self.chain, self.hosts, since)
        for one in judging.judged(stretch for _day, stretch in history.stretches(self.now)):
            sums.add(one)
            yield one
        self._add_without_slot(judging, history)

    def _gone_on(self, judging: Judging, past: Past) -> Iterator[SlotComparison]:
        """From where the job is settled on; what is settled by now is stored for the next time."""
        history = History(self.job.definition, self.chain, self.hosts, self.horizon)
        until, day = settled_until(self.job.definition, self.now), past.day
        sums = self.sums = Sums(self.evidence.begin, self.zone, past.sums)
        counting = day is None
        latest = self.latest = Settling(self.job.definition, self.now, whole=counting)

        def stretches() -> Iterator[Stretch]:
            nonlocal counting
            if day is not None:
                # The first slot needs those before it, which are a part of the sums already.
                yield history.just_before(day)
                judging.extra, judging.failed = past.sums["extra"], set(map(Side, past.sums["failed"]))
                counting = True
            for first, stretch in history.stretches(self.now, after=day, cut=until):
                if first == until and first != day and not judging.pending:
                    told = {"extra": judging.extra_so_far, "failed": sorted(judging.failed)}
                    past.keep(first, {**sums.stored(), **told})
                yield stretch

        for one in judging.judged(stretches()):
            if counting:
                sums.add(one)
                latest.add(one, pending=judging.pending)
                yield one
        self._add_without_slot(judging, history)

    def _add_without_slot(self, judging: Judging, history: History) -> None:
        judging.extra += history.without_slot.exclude(kind=Kind.MANUAL).count()
        judging.failed |= history.failed_without_slot()

    def keep_latest(self) -> None:
        """Store the outcomes of the latest settled slots, once all slots have been compared."""
        if self.past is not None and self.latest is not None:
            self.past.keep_latest(self.latest.stored())

    def finished(self, shown: Iterable[SlotComparison] = ()) -> JobComparison:
        """What it all came to; ``shown``: the slots that are to be held."""
        judging, evidence = self.judging, self.evidence
        comparison = Comparison(
            self.job.definition, tuple(shown), judging.extra, judging.pending, frozenset(judging.failed),
            self.sums.seen,
        )  # fmt: skip
        effects, durations = evidence.effects.beside(), evidence.durations.beside()
        judgement = judge(
            comparison, job=self.job.real, evidence_from=evidence.begin, now=self.now, effects=effects,
            durations=durations, needed=self.needed, unrecorded=self.unrecorded, seen=evidence.real,
        )  # fmt: skip
        output = evidence.output.beside(self.ignored)
        compared = evidence.all if evidence.begin else Seen()
        return JobComparison(
            comparison, judgement, effects, output, durations, compared, tuple(self.unrecorded)
        )  # fmt: skip


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
