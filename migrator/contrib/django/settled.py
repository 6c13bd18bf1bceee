"""What the settled past of each job adds up to, stored, so that a comparison goes on from there.

A slot is settled once all that can be known of it has come: then its outcome changes no more, and is
only a part of a sum. Where something comes after all, or decides anew, the sums are made again from
the first slot on: a run that is inserted late leaves word, as one does that is told more of (``unsettle``),
and is found by its key as well; hand-overs, hosts, schedule, pruning and our own rules are in the sums'
fingerprint.

Our own rules are the texts of the modules that decide: nobody has to remember to raise a number.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import F, Max, Min

from migrator import comparison, schedule
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Handover
from migrator.comparison.rehearsal import clock_changes
from migrator.comparison.runs import RunRecord
from migrator.contrib.django import ledger
from migrator.contrib.django.models import Run, Settled
from migrator.schedule.kinds import Interval

AGE = dt.timedelta(hours=6)  # from then on nothing is expected to come any more
LATE = dt.timedelta(hours=3)  # and from then on what comes leaves word: clocks differ by less than the rest
DEPTH = 500  # slots at the end, the latest, which are compared each time, so that they can be shown
LONGEST = dt.timedelta(days=3660)
ONE = dt.timedelta(days=1)
# What reads the ledger for a comparison, beside the pure packages that judge.
READING = tuple(
    f"migrator.contrib.django.{name}"
    for name in ("comparing", "instants", "job_history", "latest", "ledger", "settled")
)


@dataclass(slots=True)
class Past:
    """The settled past of one job; ``day``: the first by its clock that is not settled, if any is."""

    row: Settled | None
    rules: str
    newest: int  # the key of the newest run before any was read
    usable: bool

    @property
    def day(self) -> dt.date | None:
        return self.row.day if self.row is not None and self.usable else None

    @property
    def sums(self) -> Mapping[str, Any]:
        return self.row.sums if self.row is not None and self.usable else {}

    def keep(self, day: dt.date, sums: Mapping[str, Any]) -> None:
        """Store what the slots before that day add up to, unless word came meanwhile that it is not all."""
        if self.row is None:
            return
        self._store(rules=self.rules, newest=self.newest, day=day, sums=sums)

    def keep_latest(self, latest: Mapping[str, Any]) -> None:
        """Store the outcomes of the latest slots, for as long as no word comes and the rules are these."""
        if self.row is not None:
            told = {**latest, "version": self.row.version, "rules": self.rules}
            if told != self.row.latest:
                self._store(latest=told)

    def _store(self, **told: Any) -> None:
        assert self.row is not None
        same = Settled.objects.filter(pk=self.row.pk, version=self.row.version)
        try:
            with transaction.atomic():
                same.update(**told)
        except DatabaseError:
            self.row = None  # a database that is only read: the next comparison takes as long again


def pasts(
    jobs: Sequence[JobDefinition],
    chains: Mapping[str, Sequence[Handover]],
    hosts: Collection[str],
    horizon: dt.datetime | None,
) -> dict[tuple[str, bool], Past]:
    """The settled past of each job, by id and ``demo``; to be asked before any run is read."""
    rows = _rows(jobs)
    newest = Run.objects.aggregate(newest=Max("pk"))["newest"] or 0
    late = _late(rows.values())
    found = {}
    for job in jobs:
        key = (job.id, job.demo)
        row, rules = rows.get(key), fingerprint(job, chains.get(job.id, ()), hosts, horizon)
        fits = row is not None and row.day is not None and row.rules == rules
        usable = fits and row is not None and not (key in late and late[key] < row.day.isoformat())
        found[key] = Past(row, rules, newest, usable)
    return found


def _rows(jobs: Sequence[JobDefinition]) -> dict[tuple[str, bool], Settled]:
    of_these = Settled.objects.filter(job__in=[job.id for job in jobs])
    rows = {(row.job, row.demo): row for row in of_these}
    missing = [job for job in jobs if (job.id, job.demo) not in rows]
    if missing:
        try:
            with transaction.atomic():
                new = [Settled(job=job.id, demo=job.demo) for job in missing]
                Settled.objects.bulk_create(new, ignore_conflicts=True)
        except DatabaseError:
            return rows
        rows = {(row.job, row.demo): row for row in of_these.all()}
    return rows


def _late(rows: Iterable[Settled]) -> dict[tuple[str, bool], str]:
    """The earliest slot of the runs that were inserted since the sums of their job were made."""
    since: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        if row.day is not None:
            since[row.newest].append(row.job)
    found: dict[tuple[str, bool], str] = {}
    for newest, jobs in since.items():
        runs = Run.objects.filter(pk__gt=newest, job__in=jobs).exclude(slot="").order_by()
        for job, demo, slot in runs.values_list("job", "demo").annotate(earliest=Min("slot")):
            found[job, demo] = slot
    return found


def fingerprint(
    job: JobDefinition, chain: Sequence[Handover], hosts: Collection[str], horizon: dt.datetime | None
) -> str:
    """What the outcomes of a job's slots follow from, beside its runs and claims."""
    told = repr((rules(), job, tuple(chain), sorted(hosts), horizon))
    return hashlib.sha256(told.encode()).hexdigest()


@lru_cache(maxsize=1)
def rules() -> str:
    """A fingerprint of the rules by which a slot comes to an outcome, and outcomes to sums."""
    told = hashlib.sha256()
    for name in rule_modules():
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        told.update(name.encode() + Path(spec.origin).read_bytes())
    return told.hexdigest()


def rule_modules() -> list[str]:
    """The modules whose texts are the rules, by name."""
    found = [
        f"{package.__name__}.{module.name}"
        for package in (comparison, schedule)
        for module in iter_modules(package.__path__)
    ]
    return sorted([*found, *READING])


def settled_until(job: JobDefinition, now: dt.datetime) -> dt.date | None:
    """The latest day, by the job's clock, before which every slot is settled; None where there is none.

    Around a change of the clock no day ends in the order of its slots' names, the stretches of an
    interval end at no day's end, and a job that is moved to another time has two schedules.
    """
    deep = max(DEPTH, 1)
    slots = job.preceding(now - AGE, deep) if by_minutes(job) else []
    if len(slots) < deep or now - slots[0].due > LONGEST:
        return None
    day = slots[0].due.astimezone(job.zone).date()
    while any(clock_changes(day + number * ONE, job.zone) for number in (-2, -1, 0, 1)):
        day -= ONE
    return day


def by_minutes(job: JobDefinition) -> bool:
    """Whether each slot of the job is a minute of its one schedule."""
    return not isinstance(job.schedule, Interval) and job.before_its_move is None


def add(record: RunRecord, now: dt.datetime) -> None:
    """Insert a run; where its slot may be settled, with word of it."""
    run = ledger.row(record, now=now)
    if record.due is None or record.due >= now - LATE:
        run.save(force_insert=True)
        return
    with transaction.atomic():
        run.save(force_insert=True)
        unsettle({record.job: record.due})


def unsettle(late: Mapping[str, dt.datetime]) -> None:
    """Leave word, in the same transaction, that more is told of a job's slots from an instant on."""
    for job, since in sorted(late.items()):
        rows = Settled.objects.filter(job=job)
        if not rows.update(version=F("version") + 1):
            # A comparison that begins meanwhile makes its row itself, or waits for these.
            new = [Settled(job=job, demo=demo) for demo in (False, True)]
            Settled.objects.bulk_create(new, ignore_conflicts=True)
            rows.update(version=F("version") + 1)
        rows.filter(day__gt=since.date() - ONE).update(day=None, sums={})
