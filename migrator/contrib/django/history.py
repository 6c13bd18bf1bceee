"""Puts starts from cron's log into the ledger; the same log a second time changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import transaction

from migrator.comparison.runs import RunRecord
from migrator.contrib.django.ledger import row
from migrator.contrib.django.models import Run
from migrator.contrib.django.settled import unsettle

BATCH = 500  # names in one question: SQLite takes a thousand parameters


def keep(runs: Sequence[RunRecord], now: dt.datetime) -> int:
    """Write the runs that are not there yet; how many those were."""
    new = 0
    for start in range(0, len(runs), BATCH):
        batch = {run.run: run for run in runs[start : start + BATCH]}
        known = set(Run.objects.filter(run__in=batch).values_list("run", flat=True))
        fresh = [run for name, run in batch.items() if name not in known]
        with transaction.atomic():
            Run.objects.bulk_create([row(run, now=now) for run in fresh], ignore_conflicts=True)
            unsettle(_oldest(fresh, now))
        new += len(fresh)
    return new


def _oldest(runs: Iterable[RunRecord], now: dt.datetime) -> dict[str, dt.datetime]:
    """When the first of each job's runs was due, or began."""
    oldest: dict[str, dt.datetime] = {}
    for run in runs:
        begun = run.due or run.started or now
        oldest[run.job] = min(begun, oldest.get(run.job, begun))
    return oldest
