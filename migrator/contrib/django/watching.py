"""What the ledger says about the latest slots of each job, in some queries however many jobs there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from migrator.comparison.health import Freshness, Watched, WatchedHost, problems
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.judging import EARLY, LONGEST_GRACE, compare
from migrator.comparison.ownership import Handover, Owner, Side, owner_at
from migrator.comparison.runs import Action, Kind, RunRecord
from migrator.comparison.slot_owners import slot_owners
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import owners
from migrator.contrib.django.models import Host, Run
from migrator.contrib.django.retention import horizon
from migrator.contrib.django.together import Alike, read, together

RECENT = dt.timedelta(hours=1)
A_SECOND = dt.timedelta(seconds=1)
A_MINUTE = dt.timedelta(minutes=1)
# what no trouble is told by
SPARE = ("output", "effects", "published", "received", "reason", "user", "worker", "pid")


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
    definitions = [job.definition for job in jobs]
    chains, hosts, before = (
        owners.chains(job.id for job in definitions),
        list(owners.current_hosts()),
        horizon(),
    )
    shipping = bool(hosts or owners.broker_hosts())
    starts = [(job, max(one for one in (since or _latest(job, now), before) if one)) for job in definitions]
    # Since a day that somebody names, the runs of one job are enough to be held at a time.
    groups = together(starts, now) if since is None else (Alike.alone(*one) for one in starts)
    by_name, found = {job.id: (job, start) for job, start in starts}, {}
    for alike in groups:
        runs, claims = read(alike.runs, alike.claims, without=SPARE)
        for name in alike.jobs:
            job, start = by_name[name]
            mine = [run for run in runs[name] if run.demo == job.demo]
            found[name] = _watch(
                job, chains.get(name, []), hosts, limits.get(name), runs=mine, claims=claims[name],
                start=start, now=now, since=since, shipping=shipping,
            )  # fmt: skip
    return [found[job.id] for job in definitions]


def _watch(
    job: JobDefinition,
    chain: Sequence[Handover],
    hosts: Sequence[str],
    limit: dt.timedelta | None,
    *,
    runs: Sequence[RunRecord],
    claims: Mapping[str, str],
    start: dt.datetime,
    now: dt.datetime,
    since: dt.datetime | None,
    shipping: bool,
) -> Watched:
    owner, last = owner_at(chain, now, Side.CANDIDATE, hosts=hosts), _last_success(job, runs)
    begun = min((one.from_due for one in chain[:1]), default=None)
    if begun is None or begun > start or (limit is not None and last is None):
        begun = _begun(job, begun)
    if begun is None:
        return Watched(job.id, owner, None, None, limit, ())
    start = max(begun, start)
    runs = [run for run in runs if not _before(run, start)]
    owner_of = slot_owners(job.id, chain, hosts, claims)
    comparison = compare(job, expected=job.between(start, now), runs=runs, owner_of=owner_of, now=now)
    # Without a host that ships what cron does, nothing is known of the slots that are cron's.
    known = [one for one in comparison.slots if shipping or one.entitled is Side.CANDIDATE]
    slots = known if since else ([one for one in known if one.slot.due >= now - RECENT] or known[-1:])
    found = problems(
        comparison, slots, now=now,
        by_hand=[run for run in runs if run.kind is Kind.MANUAL],
        beside=_beside(job, runs, max(start, since or now - RECENT), now),
        freshness=None if limit is None else Freshness(limit, last, begun),
    )  # fmt: skip
    return Watched(job.id, owner, len(slots), last, limit, tuple(found))


def _before(run: RunRecord, start: dt.datetime) -> bool:
    """Whether the run is of a time that is not looked at."""
    return bool((run.started and run.started < start - EARLY) or (run.due and run.due < start))


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


def _begun(job: JobDefinition, asked: dt.datetime | None) -> dt.datetime | None:
    """From when on the job is watched: its first record, or its first hand-over, which was ``asked`` for."""
    rows = Run.objects.filter(job=job.id, demo=job.demo).order_by("started")
    first = rows.values_list("due", "started").first()
    known = [first[0] or first[1]] if first else []
    return min([*known, *([asked] if asked else [])], default=None)


def _latest(job: JobDefinition, now: dt.datetime) -> dt.datetime:
    """Where to begin, so that a slot has settled although the one after it is still at work."""
    settled = job.latest(now - LONGEST_GRACE)
    before = job.latest(settled.due - A_SECOND) if settled else None
    return min([now - RECENT, *(one.due for one in (settled, before) if one)])


def _last_success(job: JobDefinition, runs: Sequence[RunRecord]) -> dt.datetime | None:
    """When it last succeeded: lately, as these runs tell, or long ago."""
    for run in reversed(runs):
        if run.action is Action.EXECUTE and run.finished_well:
            return run.finished
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
