"""Gathers from the ledger what the board shows: some queries, however many jobs and runs there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from migrator.comparison.ownership import Handover
from migrator.comparison.recent import Recent
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import models, owners
from migrator.contrib.django.dashboard.ground import Ground
from migrator.contrib.django.latest import latest
from migrator.contrib.django.recent import recent_slots
from migrator.contrib.django.retention import horizon
from migrator.report.dashboard.board import CELLS, COMING, Board, Row, Wish
from migrator.report.dashboard.kept_verdict import KeptVerdict, read_kept

FRESH = dt.timedelta(minutes=10)  # a verdict that is older is made anew


def board_of(ground: Ground, wish: Wish, now: dt.datetime) -> Board:
    """The board as the ledger has it now."""
    jobs = list(ground.jobs.values())
    hosts, chains = owners.current_hosts(), owners.chains()
    definitions = [job.definition for job in jobs]
    settled = latest(definitions, chains, hosts, horizon())
    recent = recent_slots(definitions, chains, list(hosts), now=now, count=CELLS, settled=settled)
    verdicts = {row.job: row for row in models.Judged.objects.all()}
    rows = [
        row_of(job, chains.get(job.definition.id, []), list(hosts), recent=recent, verdicts=verdicts, now=now)
        for job in jobs
    ]
    return Board(
        project=ground.home.name,
        rows=rows,
        wish=wish,
        unheard=sorted(name for name, host in hosts.items() if now - host.last_seen > owners.HEARD),
        orphans=sorted(
            job for job, chain in chains.items() if job not in ground.jobs and owners.asked(chain).moves
        ),
    )


def row_of(
    job: MigratedJob,
    chain: list[Handover],
    hosts: list[str],
    *,
    recent: Mapping[str, Sequence[Recent]],
    verdicts: Mapping[str, models.Judged],
    now: dt.datetime,
) -> Row:
    """The board's line about a job."""
    definition = job.definition
    stands = owners.standing(definition.id, chain, hosts, now)
    kept = verdicts.get(definition.id)
    return Row(
        job=definition,
        owner=stands.owner,
        asked=stands.asked,
        asked_from=stands.asked_from,
        silent=stands.silent,
        recent=recent[definition.id],
        coming=definition.following(now, COMING),
        verdict=kept_verdict(job, kept),
        stale=is_stale(job, kept, chain, now),
    )


def kept_verdict(job: MigratedJob, kept: models.Judged | None) -> KeptVerdict | None:
    """The verdict that is kept of the job; None: there is none, or it is of a demonstration that is over."""
    if kept is None or kept.at is None or kept.demo != job.definition.demo:
        return None
    return read_kept(kept.document, kept.at)


def is_stale(
    job: MigratedJob, kept: models.Judged | None, chain: Sequence[Handover], now: dt.datetime
) -> bool:
    """Whether the job is to be judged anew: it has been ten minutes, or its owner was changed since."""
    if kept is None or kept.at is None or kept.demo != job.definition.demo:
        return True
    return now - kept.at > FRESH or kept.handover != owners.newest(chain)
