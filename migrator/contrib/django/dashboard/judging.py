"""Brings the verdicts of the board up to date: a comparison of all that a job's ledger holds takes its time.

A page shows the verdicts that are kept. What is stale is judged by a request of its own, some jobs at a
time, and by one at a time of all that look at the board.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import deque
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from migrator.comparison.document import JobComparison
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import models, owners
from migrator.contrib.django.comparing import comparisons
from migrator.contrib.django.dashboard.gathering import is_stale
from migrator.contrib.django.dashboard.ground import Ground
from migrator.contrib.django.handing import Decide
from migrator.report.dashboard.kept_verdict import kept_document

BUDGET = 1.0  # seconds of one request, of which the last job may take more
ABANDONED = dt.timedelta(minutes=5)  # whoever began then is gone


def judge_some(ground: Ground, now: dt.datetime, *, budget: float = BUDGET) -> tuple[int, int]:
    """Judge stale jobs for as long as ``budget`` lasts, at least one: how many, and how many are left."""
    waiting = stale_jobs(ground, now)
    end, done = time.monotonic() + budget, 0
    how = ground.how(waiting, now) if waiting else {}
    for job in waiting:
        if done and time.monotonic() > end:
            break
        judge_one(ground, job, now, how)
        done += 1
    return done, len(waiting) - done


def stale_jobs(ground: Ground, now: dt.datetime) -> list[MigratedJob]:
    """Those whose verdict is missing first, then those with another owner since, then the oldest."""
    kept = {row.job: row for row in models.Judged.objects.all()}
    chains = owners.chains()

    def rank(job: MigratedJob) -> tuple[bool, float, str]:
        name = job.definition.id
        row = kept.get(name)
        if row is None or row.at is None:
            return False, 0.0, name
        return row.handover == owners.newest(chains.get(name, [])), row.at.timestamp(), name

    stale = [
        job
        for job in ground.jobs.values()
        if is_stale(job, kept.get(job.definition.id), chains.get(job.definition.id, []), now)
    ]
    return sorted(stale, key=rank)


def judge_one(ground: Ground, job: MigratedJob, now: dt.datetime, how: dict[str, Any]) -> None:
    """Compare a job's slots and keep the cutover's verdict, unless somebody else is at it."""
    name = job.definition.id
    if not _begin(name, now):
        return
    chain = owners.chains([name]).get(name, [])
    compared = {name: value for name, value in how.items() if name != "decide"}
    [comparing] = comparisons(
        [job], now=now, ignored=ground.configuration.ignored_output, listed=False, **compared
    )
    deque(comparing.slots(), maxlen=0)
    comparing.keep_latest()
    document = kept_document(
        lambda: _decided(comparing.finished(), how.get("decide")).judgement, comparing.sums.seen.days
    )
    models.Judged.objects.filter(job=name).update(
        at=now, begun=None, handover=owners.newest(chain), demo=job.definition.demo, document=document
    )


def _decided(compared: JobComparison, decide: Decide | None) -> JobComparison:
    return decide(compared) if decide else compared


def _begin(job: str, now: dt.datetime) -> bool:
    """Whether this request may judge the job: a row that somebody has begun is theirs for a while."""
    free = Q(begun=None) | Q(begun__lt=now - ABANDONED)
    if models.Judged.objects.filter(free, job=job).update(begun=now):
        return True
    try:
        with transaction.atomic():
            models.Judged.objects.create(job=job, begun=now)
    except IntegrityError:
        return False
    return True
