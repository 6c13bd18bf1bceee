"""``migrator sync``: this cron host fetches its owners and ships its spool; once a minute, by cron."""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from migrator.adapters.spool import Spool
from migrator.comparison.handshake import Grant, Plan, follow, joining
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Handover
from migrator.comparison.slot_table import table
from migrator.contrib.django import instants, models, owners
from migrator.contrib.django.ledger import deciding
from migrator.contrib.django.shipping import Shipment, ship
from migrator.contrib.django.time_apart import database_ahead
from migrator.cronwrap import user_name
from migrator.errors import Cannot


@dataclass(slots=True)
class Synced:
    """What a sync did; ``slow``: jobs whose hand-over has to wait for the next one.

    ``kept``: jobs whose slot table could not be written, and why; theirs stay as they are.
    """

    shipment: Shipment
    slow: list[str] = field(default_factory=list)
    kept: dict[str, Cannot] = field(default_factory=dict)

    @property
    def problems(self) -> dict[str, Cannot]:
        """What kept this host from writing, each once, by what it says."""
        return {one.fact: one for one in [*self.shipment.problems, *self.kept.values()]}


def sync(spool: Spool, jobs: Iterable[JobDefinition], *, zone: str = "") -> Synced:
    """Ship first, so that the ledger never waits for a hand-over; then bring every job's table up to date.

    ``zone``: of this machine's clock, where it is known.
    """
    jobs = list(jobs)
    shipment = ship(spool, instants.now(), jobs)
    host = _host(spool, jobs)
    done = Synced(shipment)
    chains = owners.chains(job.id for job in jobs)
    for job in jobs:
        try:
            if not follow(TableOfOneJob(spool, job, host, [chains.get(job.id, [])]), str(host)):
                done.slow.append(job.id)
        except Cannot as problem:  # as if the host had stopped there; the others go on
            done.kept[job.id] = problem
    told: dict[str, Any] = {"last_seen": instants.now(), "quarantined": spool.quarantined()}
    if (ahead := database_ahead()) is not None:
        told["ahead"] = -ahead
    if zone:
        told["timezone"] = zone[:64]
    models.Host.objects.filter(pk=host.pk).update(**told)
    return done


def _host(spool: Spool, jobs: Sequence[JobDefinition]) -> models.Host:
    """This host's row; one that is new joins with its word for what is in force, in one step."""
    key = {
        "name": socket.gethostname()[:128],
        "user": user_name()[:64],
        "spool": str(spool.folder.resolve())[:255],
    }
    known = owners.current_hosts()
    name = str(models.Host(**key))
    if name in known:
        return known[name]
    now = instants.now()
    with deciding():
        host, created = models.Host.objects.get_or_create(**key)
        if not created:
            models.Host.objects.filter(pk=host.pk).update(
                left_at=None, last_seen=now, over=models.Over.DATABASE
            )
        for chain in owners.chains(job.id for job in jobs).values():
            _acknowledge(host, joining(chain, known, now), applied=True)
    return host


def _acknowledge(host: models.Host, grants: Iterable[Grant], *, applied: bool) -> None:
    models.Acknowledgement.objects.bulk_create(
        models.Acknowledgement(
            handover_id=grant.handover.key, host=host, effective=grant.start, applied=applied
        )
        for grant in grants
    )


@dataclass(frozen=True, slots=True)
class TableOfOneJob:
    """The hands with which a host follows the hand-overs of one job.

    ``read``: those that were read with all other jobs', for the first attempt.
    """

    spool: Spool
    job: JobDefinition
    host: models.Host
    read: list[Sequence[Handover]] = field(default_factory=list)

    def handovers(self) -> Sequence[Handover]:
        if self.read:
            return self.read.pop()
        return owners.chains([self.job.id]).get(self.job.id, [])

    def now(self) -> dt.datetime:
        return instants.now()

    def acknowledge(self, grants: Sequence[Grant], *, applied: bool) -> None:
        with transaction.atomic(durable=True):
            _acknowledge(self.host, grants, applied=applied)

    def write(self, plan: Plan) -> None:
        self.spool.write_table(self.job.id, table(self.job, plan, self.now()))

    def applied(self, grants: Sequence[Grant]) -> None:
        keys = [grant.handover.key for grant in grants]
        rows = models.Acknowledgement.objects.filter(host=self.host, handover__in=keys, applied=False)
        rows.update(applied=True)
