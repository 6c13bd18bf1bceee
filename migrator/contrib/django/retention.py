"""Runs that are older than what is kept leave the ledger, a bounded number at a time.

Hand-overs, acknowledgements and claims stay: they decide, and a message that comes again after a year must
still find its slot taken. The instant is written down before the first run goes, so that what is gone is at
no moment taken for a slot that nobody executed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from django.db.models import Q, QuerySet

from migrator.comparison.retention import Kept, kept
from migrator.comparison.verdicts import needed_for
from migrator.configuration import Configuration, EvidenceNeeded
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django.models import Horizon, Run, UnrecordedStart

ONLY = 1  # the key of the one row
AT_ONCE = 500  # rows in a statement: SQLite may be built to take no more than 999 values
IN_A_SYNC = 10_000
A_DAY = dt.timedelta(days=1)


def horizon() -> dt.datetime | None:
    """Before this instant nothing is known of any slot any more; None: nothing has been pruned."""
    return Horizon.objects.filter(pk=ONLY).values_list("before", flat=True).first()


def kept_by(jobs: Iterable[MigratedJob], days: int, needed: EvidenceNeeded, now: dt.datetime) -> Kept:
    """From when on runs are kept, where the team says so many days."""
    return kept(((job.real, needed_for(job.real, now, needed)) for job in jobs), days, now)


def past(before: dt.datetime) -> QuerySet[Run]:
    """The runs of slots due before then, and those without a slot that began before then."""
    return Run.objects.filter(Q(due=None) | Q(due__lt=before), started__lt=before)


def prune(before: dt.datetime, most: int | None = None) -> Iterator[int]:
    """Forget what is older, piece by piece: the size of each. ``most``: runs at one call."""
    Horizon.objects.update_or_create(pk=ONLY, defaults={"before": before, "done": False})
    left = most
    while left is None or left > 0:
        count = AT_ONCE if left is None else min(AT_ONCE, left)
        keys = list(past(before).values_list("pk", flat=True)[:count])
        if not keys:
            UnrecordedStart.objects.filter(last_seen__lt=before).delete()
            Horizon.objects.filter(pk=ONLY, before=before).update(done=True)
            return
        Run.objects.filter(pk__in=keys).delete()
        left = None if left is None else left - len(keys)
        yield len(keys)


def prune_a_little(jobs: Iterable[MigratedJob], configuration: Configuration, now: dt.datetime) -> int:
    """What one sync may forget: nothing unless the team says how long runs are kept; once a day will do."""
    days = configuration.ledger.keep
    if days is None:
        return 0
    row = Horizon.objects.filter(pk=ONLY).first()
    if row is not None and not row.done:
        return sum(prune(row.before, IN_A_SYNC))
    since = kept_by(jobs, days, configuration.evidence, now).since
    if row is not None and since < row.before + A_DAY:
        return 0
    return sum(prune(since, IN_A_SYNC))
