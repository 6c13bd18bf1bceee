"""Owners: the hand-overs of each job, and how people ask for one."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import (
    Acknowledged,
    Handover,
    Owner,
    Refused,
    Side,
    allowed,
    changing,
    first_slot,
    in_force_from,
    known_owner,
    owner_at,
)
from migrator.contrib.django import instants, models
from migrator.contrib.django.ledger import deciding_alone
from migrator.i18n import _

HEARD = dt.timedelta(minutes=5)


def current_hosts() -> dict[str, models.Host]:
    """The cron hosts that run this project's jobs and follow hand-overs, by their full names."""
    rows = models.Host.objects.filter(left_at=None, over=models.Over.DATABASE)
    return {str(host): host for host in rows}


def broker_hosts() -> dict[str, models.Host]:
    """The cron hosts that reach only the broker: what runs there stays in `cron` or `shadow`."""
    rows = models.Host.objects.filter(left_at=None, over=models.Over.BROKER)
    return {str(host): host for host in rows}


def chains(jobs: Iterable[str] | None = None) -> dict[str, list[Handover]]:
    """The hand-overs of every job, in the order in which they were asked for."""
    rows = models.Handover.objects.order_by("id").values_list("id", "job", "owner", "from_due")
    handovers = list(rows if jobs is None else rows.filter(job__in=list(jobs)))
    words = _words([key for key, *_row in handovers] if jobs is not None else None) if handovers else {}
    found: dict[str, list[Handover]] = defaultdict(list)
    for key, job, owner, due in handovers:
        found[job].append(Handover(known_owner(owner), due, tuple(words.get(key, ())), key))
    return found


def _words(handovers: Collection[int] | None) -> dict[int, list[Acknowledged]]:
    """What the hosts have acknowledged of these hand-overs, or of all."""
    rows = models.Acknowledgement.objects.order_by("id").values_list(
        "handover_id", "host__name", "host__user", "host__spool", "effective", "applied"
    )
    found: dict[int, list[Acknowledged]] = defaultdict(list)
    for key, name, user, spool, *word in rows if handovers is None else rows.filter(handover__in=handovers):
        found[key].append(Acknowledged(_host(name, user, spool), *word))
    return found


@lru_cache(maxsize=256)
def _host(name: str, user: str, spool: str) -> str:
    return str(models.Host(name=name, user=user, spool=spool))


def asked(chain: Sequence[Handover]) -> Owner:
    """The owner that was asked for last, in force or not."""
    return chain[-1].owner if chain else Owner.CRON


def newest(chain: Sequence[Handover]) -> int:
    """The key of the hand-over that was asked for last, by which a decision says what it rests on; or 0."""
    return chain[-1].key if chain else 0


def owner_of(job: str, due: dt.datetime, turn: Side) -> Owner:
    """The owner of the job's slot that is due then, and of that turn."""
    # Hosts first: one that joins between the two reads would look silent, and Celery would leave the slot.
    hosts = current_hosts()
    chain = chains([job]).get(job)
    return owner_at(chain, due, turn, hosts=hosts) if chain else Owner.CRON


@dataclass(frozen=True, slots=True)
class Standing:
    """Who owns a job now, since which slot, and what has been asked for and is not yet in force."""

    job: str
    owner: Owner
    since: dt.datetime | None
    asked: Owner | None
    asked_from: dt.datetime | None
    silent: tuple[str, ...]


def standing(job: str, chain: list[Handover], hosts: Iterable[str], now: dt.datetime) -> Standing:
    """Where a job stands at ``now``; ``alternate`` is in force when Celery may take its turns."""
    known, turn = set(hosts), Side.CANDIDATE
    owner, since, last, shared, start = Owner.CRON, None, None, False, None
    for last, shared in changing(chain, turn):
        start = in_force_from(last, turn, known, shared=shared)
        if start is not None and start <= now:
            owner, since = last.owner, start
    if last is None or (start is not None and start <= now):
        return Standing(job, owner, since, None, None, ())
    silent = tuple(last.silent(known)) if shared else ()
    return Standing(job, owner, since, last.owner, start or last.from_due, silent)


def ask(
    definition: JobDefinition, owner: Owner, *, who: str, reason: str = "", accepted: str = ""
) -> models.Handover | None:
    """Write a hand-over; None where it has been asked for already. Whether it is wise is decided before."""
    now = instants.now()
    with deciding_alone():
        chain = chains([definition.id]).get(definition.id, [])
        current = asked(chain)
        if owner is current:
            return None
        allowed(current, owner, accepted=bool(accepted))
        slot = first_slot(definition, chain, owner, now)
        if slot is None:
            raise Refused(_("{job} is never due").format(job=definition.id))
        return models.Handover.objects.create(
            job=definition.id, owner=owner, previous=current, from_slot=slot.name, from_due=slot.due,
            reason=reason, accepted=accepted, who=who[:150], at=now,
        )  # fmt: skip


def orphans(known: Collection[str]) -> list[str]:
    """The jobs that Celery owns and that no task has: cron yields them, and nothing executes them."""
    return sorted(job for job, chain in chains().items() if job not in known and asked(chain).moves)


def give_up(job: str, *, who: str, reason: str) -> models.Handover:
    """Note that a job without a task is cron's again; only its hosts' spools can make it so."""
    now = instants.now()
    return models.Handover.objects.create(
        job=job, owner=Owner.CRON, previous=asked(chains([job])[job]), from_slot="-", from_due=now,
        reason=reason, who=who[:150], at=now,
    )  # fmt: skip


def how_to_give_up(job: str) -> str:
    """What to do where a job that Celery owns has no task any more."""
    if asked(chains([job]).get(job, [])) is Owner.RETIRED:
        return _(
            "give the task its name back; or put its line back, after which cron executes: "
            "migrator cutover rollback {job} --execute"
        ).format(job=job)
    return _(
        "give the task its name back; or remove jobs/{job} from the spool of each cron host, so that cron"
        " executes, and note it: migrator owner {job} cron"
    ).format(job=job)


def forget(name: str, now: dt.datetime) -> list[models.Host]:
    """Note that a host runs no jobs of ours any more; it comes back with its next sync."""
    gone = [
        host
        for host in (*current_hosts().values(), *broker_hosts().values())
        if name in (host.name, str(host))
    ]
    models.Host.objects.filter(pk__in=[host.pk for host in gone]).update(left_at=now)
    return gone


def unheard(now: dt.datetime) -> list[models.Host]:
    """The hosts that have not synced for five minutes."""
    return [host for host in current_hosts().values() if now - host.last_seen > HEARD]


def how_to_be_heard() -> str:
    """What to do about such a host."""
    return _(
        "see why `migrator sync` does not run there; if cron is gone there: migrator owner --forget HOST"
    )
