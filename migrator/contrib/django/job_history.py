"""What the ledger holds of a job: its runs and claims, in stretches of whole days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from django.db.models import Min, QuerySet

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.judging import EARLY, Stretch
from migrator.comparison.ownership import Handover, Owner, Side
from migrator.comparison.rehearsal import clock_changes
from migrator.comparison.runs import Action
from migrator.comparison.slot_owners import slot_owners
from migrator.contrib.django.ledger import records
from migrator.contrib.django.models import Run
from migrator.contrib.django.models import Slot as Claimed
from migrator.schedule.occurrences import Slot

IN_A_STRETCH = 2000  # slots, whose runs are held at a time
ONE = dt.timedelta(days=1)
JUST = dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class History:
    """What the ledger holds of a job, in stretches of whole days; a slot due before ``since`` is out."""

    job: JobDefinition
    chain: Sequence[Handover]
    hosts: Sequence[str]
    since: dt.datetime | None

    def stretches(
        self, now: dt.datetime, *, after: dt.date | None = None, cut: dt.date | None = None
    ) -> Iterator[tuple[dt.date, Stretch]]:
        """The stretches, each with its first day; one begins with the day ``cut``.

        ``after``: the day to begin with, where those before it are not asked for.
        """
        start = self._first()
        begin = max(min(start or now, now), self._midnight(after) if after else start or now)
        day, days = begin.astimezone(self.job.zone).date(), self._days(begin)
        low = after.isoformat() if after else ""
        while begin < now:
            first, day = day, day + days * ONE
            if cut is not None and first < cut < day:
                day = cut
            end = min(self._midnight(day), now)
            # A slot's name begins with its day, and the index of runs is by job and name.
            high = day.isoformat() if end < now else None
            yield first, self._stretch(self._expected(begin, end) if start else [], low, high)
            low, begin = high or "", end

    def just_before(self, day: dt.date) -> Stretch:
        """The last slots before a day, two at least, with the runs that are theirs.

        The clock does not change around the day, but may have where the slots are far apart.
        """
        end, start = self._midnight(day), self._first()
        last = self.job.preceding(end - JUST, 2)
        if len(last) == 2 and end - last[0].due < ONE:
            begin, low = last[0].due, last[0].name
        else:
            dates = [one for slot in last for one in (slot.due.astimezone(self.job.zone), slot.wall)]
            first = min((one.date() for one in dates), default=day) - ONE
            begin, low = self._midnight(first), first.isoformat()
        expected = self.job.between(max(begin, start), end) if start else []
        names = {slot.name for slot in expected}
        stretch = self._stretch(expected, low, day.isoformat())
        return replace(stretch, runs=[run for run in stretch.runs if run.slot in names])

    def _midnight(self, day: dt.date) -> dt.datetime:
        return dt.datetime.combine(day, dt.time(), self.job.zone).astimezone(dt.UTC)

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
        date = first.astimezone(self.job.zone).date() if first else None
        if date is not None and clock_changes(date, self.job.zone):
            # In an hour that is there twice, names are not in the order of their instants.
            first = rows.filter(slot__lt=(date + ONE).isoformat()).aggregate(first=Min("due"))["first"]
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
