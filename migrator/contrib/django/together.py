"""Jobs that are asked for in one query: those of one zone that are looked at about as far back.

One query for all would read months of the job that is due each minute, for the one that is due each month.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.judging import EARLY
from migrator.comparison.runs import RunRecord
from migrator.contrib.django.ledger import records
from migrator.contrib.django.models import Run, Slot

SPANS = [dt.timedelta(hours=4**power) for power in range(9)]  # up to seven years
AN_HOUR = dt.timedelta(hours=1)


class Alike(NamedTuple):
    """Such jobs, and the earliest instant from which one of them is looked at."""

    jobs: list[str]
    zone: ZoneInfo
    begin: dt.datetime

    @classmethod
    def alone(cls, job: JobDefinition, begin: dt.datetime) -> Alike:
        """One job by itself."""
        return cls([job.id], job.zone, begin)

    @property
    def runs(self) -> QuerySet[Run]:
        """Their runs since then."""
        return Run.objects.filter(job__in=self.jobs, started__gte=self.begin - EARLY)

    @property
    def claims(self) -> QuerySet[Slot]:
        """The claims of their slots since then."""
        # The index of claims is by job and name. A name begins with the wall clock, which may repeat an hour;
        # that of an interval with UTC.
        begin = self.begin - AN_HOUR
        low = min(begin.astimezone(zone).strftime("%Y-%m-%dT%H:%M") for zone in (self.zone, dt.UTC))
        return Slot.objects.filter(job__in=self.jobs, slot__gte=low, due__gte=self.begin)


def together(begins: Iterable[tuple[JobDefinition, dt.datetime]], now: dt.datetime) -> Iterator[Alike]:
    """The jobs in groups; ``begins``: from when on each is looked at."""
    groups: dict[tuple[str, int], Alike] = {}
    for job, begin in begins:
        rank = sum(now - begin > span for span in SPANS)
        held = groups.setdefault((job.timezone, rank), Alike([], job.zone, begin))
        held.jobs.append(job.id)
        groups[job.timezone, rank] = held._replace(begin=min(held.begin, begin))
    yield from groups.values()


def read(
    runs: QuerySet[Run], claims: QuerySet[Slot], *, without: Collection[str]
) -> tuple[dict[str, list[RunRecord]], dict[str, dict[str, str]]]:
    """By job, the runs in the order of their starts, and the owners whom claims name, by slot.

    ``without``: columns that nobody looks at. A job of which there is nothing has an empty one.
    """
    told: dict[str, list[RunRecord]] = defaultdict(list)
    owners: dict[str, dict[str, str]] = defaultdict(dict)
    for record in records(runs.order_by("started", "id"), without=without):
        told[record.job].append(record)
    for job, slot, owner in claims.values_list("job", "slot", "owner"):
        owners[job][slot] = owner
    return told, owners
