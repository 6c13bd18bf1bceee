"""Puts starts from cron's log into the ledger; the same log a second time changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from migrator.comparison.runs import RunRecord
from migrator.contrib.django.ledger import row
from migrator.contrib.django.models import Run

BATCH = 500  # names in one question: SQLite takes a thousand parameters


def keep(runs: Sequence[RunRecord], now: dt.datetime) -> int:
    """Write the runs that are not there yet; how many those were."""
    new = 0
    for start in range(0, len(runs), BATCH):
        batch = {run.run: run for run in runs[start : start + BATCH]}
        known = set(Run.objects.filter(run__in=batch).values_list("run", flat=True))
        fresh = [row(run, now=now) for name, run in batch.items() if name not in known]
        Run.objects.bulk_create(fresh, ignore_conflicts=True)
        new += len(fresh)
    return new
