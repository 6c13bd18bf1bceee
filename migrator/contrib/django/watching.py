"""What the ledger says about the latest slots of each job; quick however long the ledger is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from migrator.comparison.health import Freshness, Watched, WatchedHost, problems
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.judging import EARLY, LONGEST_GRACE, compare
from migrator.comparison.ownership import Handover, Owner, Side, owner_at
from migrator.comparison.runs import Action, Kind, RunRecord
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import owners
from migrator.contrib.django.job_history import owners_of_slots, runs_of
from migrator.contrib.django.models import Host, Run
from migrator.contrib.django.retention import horizon

RECENT = dt.timedelta(hours=1)
A_SECOND = dt.timedelta(seconds=1)
A_MINUTE = dt.timedelta(minutes=1)


def watch(
    jobs: Iterable[MigratedJob],
    limits: Mapping[str, dt.timedelta],
    *,
    now: dt.datetime,
    since: dt.datetime | None = None,
) -> list[Watched]:
    """Each job: the slots of the last hour and the latest settled one, or all since ``since``.

    ``limits``: the age at which a job's last success is too old.
    """
    jobs = list(jobs)
    chains, hosts = owners.chains(job.definition.id for job in jobs), list(owners.current_hosts())
    shipping = bool(hosts or owners.broker_hosts())
    return [
        _watch(
            job.definition, chains.get(job.definition.id, []), hosts, limits.get(job.definition.id),
            now=now, since=since, shipping=shipping,
        )
        for job in jobs
    ]  # fmt: skip


def _watch(
    job: JobDefinition,
    chain: Sequence[Handover],
    hosts: Sequence[str],
    limit: dt.timedelta | None,
    *,
    now: dt.datetime,
    since: dt.datetime | None,
    shipping: bool,
) -> Watched:
    owner, begun = owner_at(chain, now, Side.CANDIDATE, hosts=hosts), _begun(job, chain)
    if begun is None:
        return Watched(job.id, owner, None, None, limit, ())
    start = max(one for one in (begun, since or _latest(job, now), horizon()) if one)
    expected = job.between(start, now)
    runs = runs_of(job.id, demo=job.demo, since=start - EARLY)
    owner_of = owners_of_slots(job.id, chain, hosts, among=None if since else expected)
    comparison = compare(job, expected=expected, runs=runs, owner_of=owner_of, now=now)
    # Without a host that ships what cron does, nothing is known of the slots that are cron's.
    known = [one for one in comparison.slots if shipping or one.entitled is Side.CANDIDATE]
    slots = known if since else ([one for one in known if one.slot.due >= now - RECENT] or known[-1:])
    last = _last_success(job)
    found = problems(
        comparison, slots, now=now,
        by_hand=[run for run in runs if run.kind is Kind.MANUAL],
        beside=_beside(job, runs, max(start, since or now - RECENT), now),
        freshness=None if limit is None else Freshness(limit, last, begun),
    )  # fmt: skip
    return Watched(job.id, owner, len(slots), last, limit, tuple(found))


def _beside(
    job: JobDefinition, runs: Iterable[RunRecord], start: dt.datetime, end: dt.datetime
) -> list[RunRecord]:
    """Executions in that time that are no slot's, oldest first; one within a minute of a slot may be its."""
    found = [
        (run.started, run)
        for run in runs
        if run.kind is Kind.EXTRA and run.executed and run.started and start <= run.started < end
    ]
    found = [
        (started, run)
        for started, run in found
        if (slot := job.latest(started + A_SECOND)) is None or started - slot.due > A_MINUTE
    ]
    return [run for _started, run in sorted(found, key=lambda one: one[0])]


def _begun(job: JobDefinition, chain: Sequence[Handover]) -> dt.datetime | None:
    """From when on the job is watched: its first record, or its first hand-over."""
    first = Run.objects.filter(job=job.id, demo=job.demo).order_by("started").first()
    known = [first.due or first.started] if first else []
    return min([*known, *(one.from_due for one in chain[:1])], default=None)


def _latest(job: JobDefinition, now: dt.datetime) -> dt.datetime:
    """Where to begin, so that a slot has settled although the one after it is still at work."""
    settled = job.latest(now - LONGEST_GRACE)
    before = job.latest(settled.due - A_SECOND) if settled else None
    return min([now - RECENT, *(one.due for one in (settled, before) if one)])


def _last_success(job: JobDefinition) -> dt.datetime | None:
    good = Run.objects.filter(
        job=job.id, demo=job.demo, action=Action.EXECUTE, exit=0, signal=None, finished__isnull=False
    )
    return good.order_by("-started").values_list("finished", flat=True).first()


def watch_hosts(watched: Iterable[Watched], now: dt.datetime) -> list[WatchedHost]:
    """The cron hosts; a silent one is of no interest once every job is retired."""
    needed = any(one.owner is not Owner.RETIRED for one in watched)
    return [
        WatchedHost(
            str(host), host.last_seen, needed and now - host.last_seen > owners.HEARD, host.quarantined
        )
        for host in Host.objects.filter(left_at=None).order_by("id")
    ]
