"""Gathers from the ledger what there is to say about one slot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import Min

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.judging import compare
from migrator.comparison.outcomes import SlotComparison
from migrator.comparison.ownership import Handover, Side
from migrator.comparison.runs import RunRecord
from migrator.comparison.why import Asked, Claimed, Facts
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import models, owners
from migrator.contrib.django.job_history import owners_of_slots
from migrator.contrib.django.ledger import record
from migrator.contrib.django.recorded import recorded_jobs
from migrator.contrib.django.retention import horizon
from migrator.schedule.occurrences import Slot

NEAR = dt.timedelta(minutes=10)


def facts_about(job: MigratedJob, slot: Slot, now: dt.datetime) -> Facts:
    """The facts about a slot of a job."""
    definition = job.definition
    chain = owners.chains([definition.id]).get(definition.id, [])
    hosts = {name: host.last_seen for name, host in owners.current_hosts().items()}
    around = _around(definition, slot)
    owner_of = owners_of_slots(definition.id, chain, hosts, among=around)
    runs = _runs(definition, around)
    compared = compare(definition, expected=around, runs=runs, owner_of=owner_of, now=now)
    first = models.Run.objects.filter(job=definition.id).aggregate(first=Min("started"))["first"]
    return Facts(
        job=definition,
        slot=slot,
        owner=owner_of(slot),
        compared=_of(slot, compared.slots),
        runs=[run for run in runs if run.slot == slot.name],
        asked=_asked(definition.id, chain),
        hosts=hosts,
        claim=_claim(definition.id, slot),
        others=_others(definition.id, slot),
        recorded_from=min([*([first] if first else []), *(one.from_due for one in chain)], default=None),
        now=now,
        kept_from=horizon(),
    )


def _around(job: JobDefinition, slot: Slot) -> list[Slot]:
    """The slot between its neighbours, which decide whether it overlaps and how long to wait for it."""
    before = job.latest(slot.due - dt.timedelta(seconds=1))
    after = job.following(slot.due + dt.timedelta(seconds=1), 1)
    return [*([before] if before else []), slot, *after]


def _runs(job: JobDefinition, slots: Sequence[Slot]) -> list[RunRecord]:
    names = [slot.name for slot in slots]
    rows = models.Run.objects.filter(job=job.id, demo=job.demo, slot__in=names).order_by("started", "id")
    return [record(row) for row in rows]


def _of(slot: Slot, compared: Sequence[SlotComparison]) -> SlotComparison | None:
    return next((one for one in compared if one.slot == slot), None)


def _asked(job: str, chain: Sequence[Handover]) -> list[Asked]:
    rows = {row.pk: row for row in models.Handover.objects.filter(job=job)}
    return [
        Asked(one, row.who, row.at, row.reason, row.accepted)
        for one in chain
        if (row := rows.get(one.key)) is not None
    ]


def _claim(job: str, slot: Slot) -> Claimed | None:
    row = models.Slot.objects.filter(job=job, slot=slot.name).first()
    return Claimed(row.holder, row.state, row.claimed_at) if row else None


def _others(job: str, slot: Slot) -> frozenset[Side]:
    """The sides on which other jobs were recorded around then: the machinery of that side was up."""
    # By their names, because the index of starts is by job.
    near = models.Run.objects.filter(
        job__in=recorded_jobs() - {job}, started__range=(slot.due - NEAR, slot.due + NEAR)
    )
    return frozenset(Side(side) for side in near.values_list("side", flat=True).distinct())
