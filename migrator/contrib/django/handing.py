"""Changes owners for people: the gates that a job must pass first, and ``abort``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from migrator.comparison.outcomes import Outcome
from migrator.comparison.ownership import PATH, Owner, Refused, allowed
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import owners
from migrator.contrib.django.comparing import compare_jobs, evidence_from
from migrator.contrib.django.models import Handover, Host
from migrator.contrib.django.preflight import failed, preflight
from migrator.errors import Cannot
from migrator.i18n import _
from migrator.schedule.meaning import meaning


def hand_over(
    app: Any,
    jobs: Iterable[MigratedJob],
    owner: Owner,
    *,
    who: str,
    reason: str,
    accepted: str,
    now: dt.datetime,
) -> list[Handover]:
    """Ask for hand-overs, all or none, once everything they need is there.

    A job for which the owner has been asked for already is left out.
    """
    jobs = list(jobs)
    chains = owners.chains(job.definition.id for job in jobs)
    current = {job.definition.id: owners.asked(chains.get(job.definition.id, [])) for job in jobs}
    moving = [job for job in jobs if current[job.definition.id] is not owner]
    for job in moving:
        allowed(current[job.definition.id], owner, accepted=bool(accepted))
        if current[job.definition.id] is Owner.RETIRED and not accepted:
            raise without_its_line(job.definition.id)
    forward = [job for job in moving if _forward(current[job.definition.id], owner)]
    if forward:
        ready(app, forward, now)
    for job in forward:
        if owner is Owner.CELERY:
            hosts_listen(now)
            if not accepted:
                evidence(job, now)
    with transaction.atomic():
        asked = [
            owners.ask(job.definition, owner, who=who, reason=reason, accepted=accepted) for job in moving
        ]
    return [handover for handover in asked if handover is not None]


def without_its_line(job: str) -> Refused:
    """Why a retired job is given to nobody: cron would own it, and have no line to start it from."""
    return Refused(
        _("{job} is retired: its line is out of the crontab").format(job=job),
        hint=_(
            "run `migrator cutover rollback {job}`, which puts it back; was that done by hand: {accept}"
        ).format(job=job, accept='--accept "reason"'),
    )


def _forward(current: Owner, owner: Owner) -> bool:
    return PATH.index(owner) > PATH.index(current)


def ready(app: Any, jobs: list[MigratedJob], now: dt.datetime) -> None:
    """Raise Cannot where database, broker, worker, registry or beat is not ready for these jobs."""
    problems = failed(preflight(app, jobs, now))
    if problems:
        first, *others = problems
        facts = [
            f"{first.fact}\nhint: {first.remedy}",
            *(f"{one.fact}\nhint: {one.remedy}" for one in others),
        ]
        raise Cannot("\n".join(facts))


def hosts_listen(now: dt.datetime) -> None:
    """Raise Cannot unless every cron host has synced lately: one that has not would go on executing."""
    if not owners.current_hosts():
        raise Cannot(
            _("no cron host has synced yet, so none can give the job up"),
            hint=_("run `migrator instrument`, which adds `migrator sync` to the crontab"),
        )
    unheard = owners.unheard(now)
    if unheard:
        raise silent(unheard)


def silent(hosts: Iterable[Host]) -> Cannot:
    """Why nothing is handed over while cron hosts have not synced lately."""
    return Cannot(
        _("not heard for five minutes: {hosts}").format(hosts=", ".join(str(host) for host in hosts)),
        hint=_("see why `migrator sync` does not run there; if cron is gone there, --forget HOST"),
    )


def evidence(job: MigratedJob, now: dt.datetime) -> None:
    """Raise Refused unless every slot seen in shadow matched, and there was one."""
    chain = owners.chains([job.definition.id]).get(job.definition.id, [])
    since = evidence_from(chain)
    [found] = compare_jobs([job], now=now)
    slots = [one for one in found.comparison.slots if since is not None and one.slot.due >= since]
    bad = [one for one in slots if one.outcome is not Outcome.MATCHED]
    hint = _('see `migrator compare {job}`, or accept the risk: --accept "reason"').format(
        job=job.definition.id
    )
    if bad:
        raise Refused(
            _("in shadow the slot {slot} was {outcome}").format(
                slot=bad[-1].slot.name, outcome=bad[-1].outcome
            ),
            hint=hint,
        )
    if not slots:
        raise Refused(_("no slot has been compared in shadow yet"), hint=hint)


def retired() -> list[str]:
    """The jobs whose lines are out, or about to go: under cron nothing would start them."""
    return sorted(job for job, chain in owners.chains().items() if owners.asked(chain) is Owner.RETIRED)


def abort(jobs: Iterable[MigratedJob], *, who: str, reason: str) -> list[Handover]:
    """Every job that is ever due and has a line back to cron, from the first slot that can be changed."""
    out = retired()
    due = [
        job.definition for job in jobs if job.definition.id not in out and meaning(job.definition.schedule)
    ]
    asked = [owners.ask(definition, Owner.CRON, who=who, reason=reason) for definition in due]
    return [handover for handover in asked if handover is not None]
