"""Owners from ``celery`` to ``retired`` and back, in one transaction with a look at beat's rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from migrator.comparison.ownership import Owner, Refused, Side
from migrator.comparison.runs import Kind
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import handing, owners
from migrator.contrib.django.installed import in_database
from migrator.contrib.django.ledger import deciding_alone
from migrator.contrib.django.models import Handover, Run
from migrator.errors import Cannot
from migrator.i18n import _

BeatRows = Mapping[str, tuple[str, ...]]


def beat_rows(app: Any, jobs: Iterable[MigratedJob], *, locked: bool = False) -> BeatRows:
    """What beat's rows for these jobs say, by their names; none where beat goes by the settings."""
    if not in_database(app):
        return {}
    from django_celery_beat.models import PeriodicTask

    rows = PeriodicTask.objects.filter(task__in=[job.task for job in jobs]).order_by("name")
    return {
        row.name: tuple(
            str(one)
            for one in (
                row.task, row.enabled, " ".join(str(row.scheduler).split()), row.args, row.kwargs, row.queue,
                row.one_off, row.start_time, row.expires,
            )
        )
        for row in (rows.select_for_update() if locked else rows)
    }  # fmt: skip


def retire(
    app: Any,
    jobs: Sequence[MigratedJob],
    *,
    who: str,
    reason: str,
    accepted: str,
    planned: BeatRows,
    now: dt.datetime,
) -> list[Handover]:
    """Ask for `retired`, all or none; those for which it has been asked already are left out."""
    out = _with(jobs, Owner.RETIRED)
    leaving = [job for job in jobs if job.definition.id not in out]
    if not leaving:
        return []
    handing.ready(app, leaving, now)
    silent = owners.unheard(now)
    if silent:
        raise handing.silent(silent)
    with deciding_alone():
        if beat_rows(app, jobs, locked=True) != planned:
            raise Cannot(
                _("somebody has changed beat's rows since they were read"),
                hint=_("run the command again and look at the new plan"),
            )
        theirs = _with(leaving, Owner.CELERY)
        for job in leaving:
            if job.definition.id not in theirs:
                raise not_with_celery(job.definition.id)
        asked = [
            owners.ask(job.definition, Owner.RETIRED, who=who, reason=reason, accepted=accepted)
            for job in leaving
        ]
    return [handover for handover in asked if handover is not None]


def release(jobs: Sequence[MigratedJob], *, who: str, reason: str, accepted: str) -> list[Handover]:
    """Ask for `celery` again, all or none, for those that are `retired`."""
    with deciding_alone():
        out = _with(jobs, Owner.RETIRED)
        asked = [
            owners.ask(job.definition, Owner.CELERY, who=who, reason=reason, accepted=accepted)
            for job in jobs
            if job.definition.id in out
        ]
    return [handover for handover in asked if handover is not None]


def _with(jobs: Iterable[MigratedJob], owner: Owner) -> set[str]:
    """The jobs for which this owner was asked for last."""
    chains = owners.chains(job.definition.id for job in jobs)
    return {job for job, chain in chains.items() if owners.asked(chain) is owner}


def not_with_celery(job: str) -> Refused:
    return Refused(
        _("{job} is not with Celery").format(job=job),
        hint=_("hand it over first: migrator owner {job} celery; then wait for its slots").format(job=job),
    )


@dataclass(frozen=True, slots=True)
class Settled:
    """From when on the owner that was asked for holds, and the cron hosts that have not said so."""

    start: dt.datetime | None
    silent: tuple[str, ...]


def settled(jobs: Iterable[str], now: dt.datetime) -> dict[str, Settled]:
    """How far each job's latest hand-over is."""
    names = list(jobs)
    chains, hosts = owners.chains(names), owners.current_hosts()
    found = {}
    for name in names:
        one = owners.standing(name, chains.get(name, []), hosts, now)
        found[name] = Settled(one.asked_from if one.asked else one.since, one.silent)
    return found


@dataclass(frozen=True, slots=True)
class Stray:
    """A start by cron of a job whose line is out."""

    job: str
    host: str
    user: str
    started: dt.datetime
    executed: bool


def strays(jobs: Iterable[str], now: dt.datetime) -> list[Stray]:
    """The latest start by cron of each retired job, host and user, in slots since it is retired."""
    found: dict[tuple[str, str, str], Stray] = {}
    for name, one in settled(jobs, now).items():
        if one.start is None or one.silent:
            continue
        late = Q(due__gte=one.start) | Q(due=None, started__gte=one.start)
        by_cron = Run.objects.filter(late, job=name, side=Side.CONTROL).exclude(kind=Kind.MANUAL)
        for run in by_cron.order_by("started"):
            found[name, run.host, run.user] = Stray(
                name, run.host, run.user, run.started, run.action == "execute"
            )
    return list(found.values())
