"""Gathers what the pages about one job show, and the audit log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import QuerySet

from migrator.comparison.ownership import known_owner
from migrator.comparison.slot_names import named_slot
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import models, owners
from migrator.contrib.django.dashboard.gathering import row_of
from migrator.contrib.django.explaining import facts_about
from migrator.contrib.django.ledger import records
from migrator.contrib.django.recent import recent_slots
from migrator.report.dashboard.job_page import CELLS, Change, JobPage, WhyPage, Word

LOOSE = 8  # runs by hand
A_SECOND = dt.timedelta(seconds=1)


def job_page(job: MigratedJob, now: dt.datetime, until: dt.datetime | None) -> JobPage:
    """The page of a job; ``until``: with slots due then or before, instead of the latest."""
    definition = job.definition
    hosts, chain = list(owners.current_hosts()), owners.chains([definition.id]).get(definition.id, [])
    recent = recent_slots(
        [definition], {definition.id: chain}, hosts, now=now, count=CELLS, until=until, texts=True
    )
    kept = {row.job: row for row in models.Judged.objects.filter(job=definition.id)}
    shown = recent[definition.id]
    return JobPage(
        row=row_of(job, chain, hosts, recent=recent, verdicts=kept, now=now),
        task=job.task,
        history=changes(models.Handover.objects.filter(job=definition.id).order_by("-id")[:50]),
        loose=list(records(_loose(definition.id, demo=definition.demo)[:LOOSE])),
        older=shown[0].slot.due - A_SECOND if len(shown) == CELLS else None,
        current=until is None,
        asked=owners.asked(chain),
    )


def _loose(job: str, *, demo: bool) -> QuerySet[models.Run]:
    return models.Run.objects.filter(job=job, demo=demo, slot="").order_by("-started")


def why_page(job: MigratedJob, slot: str, now: dt.datetime) -> WhyPage:
    """What there is to say about the slot of that name."""
    definition = job.definition
    found = named_slot(definition, slot)
    before = definition.latest(found.due - A_SECOND)
    after = definition.following(found.due + A_SECOND, 1)
    return WhyPage(
        facts_about(job, found, now),
        before.name if before else None,
        after[0].name if after and after[0].due <= now else None,
    )


def changes(rows: QuerySet[models.Handover]) -> list[Change]:
    """The lines of the audit log, with the hosts' words."""
    return [
        Change(
            key=row.pk,
            job=row.job,
            previous=known_owner(row.previous),
            owner=known_owner(row.owner),
            from_slot=row.from_slot,
            who=row.who,
            at=row.at,
            reason=row.reason,
            accepted=row.accepted,
            words=list(_words(row.acknowledgements.all())),
        )
        for row in rows.prefetch_related("acknowledgements__host")
    ]


def _words(rows: Iterable[models.Acknowledgement]) -> Iterable[Word]:
    return (Word(str(one.host), one.effective, one.applied) for one in rows)
