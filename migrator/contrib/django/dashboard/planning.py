"""What a switch would do, by the same gates and the same slot that the switch itself goes by."""

from __future__ import annotations

import datetime as dt

from migrator.comparison.ownership import Owner, first_slot
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import handing, owners
from migrator.contrib.django.dashboard.ground import Ground
from migrator.redaction import redact
from migrator.report.dashboard.plans import AbortPlan, GateSeen, Listener, Return, SwitchPlan


def switch_plan(ground: Ground, job: MigratedJob, wanted: Owner, now: dt.datetime) -> SwitchPlan:
    """The hand-over as ``hand_over`` would make it now."""
    definition = job.definition
    chain = owners.chains([definition.id]).get(definition.id, [])
    current = owners.asked(chain)
    shared = wanted.moves or any(one.owner.moves for one in chain)
    compared = ground.how([job], now) if wanted in (Owner.ALTERNATE, Owner.CELERY) else None
    found = handing.gates(ground.app, [job], wanted, accepted="", now=now, compared=compared)
    hosts = owners.current_hosts() if shared else {}
    behind = chain[-1].silent(hosts) if chain and any(one.owner.moves for one in chain) else []
    lost = ground.lines_gone(definition.id) if wanted is Owner.CRON else []
    return SwitchPlan(
        job=definition,
        current=current,
        wanted=wanted,
        slot=first_slot(definition, chain, wanted, now),
        gates=[_seen(gate) for gate in found],
        hosts=[
            Listener(name, host.last_seen, now - host.last_seen > owners.HEARD, name in behind)
            for name, host in sorted(hosts.items())
        ],
        lost=[f"{line.place} ({line.backup}:{line.number})" for line in lost],
        seen=owners.newest(chain),
    )


def _seen(gate: handing.Gate) -> GateSeen:
    problem = gate.problem
    if problem is None:
        return GateSeen(gate.name, None)
    return GateSeen(gate.name, redact(problem.fact), redact(problem.hint or ""), gate.acceptable)


def abort_plan(ground: Ground, now: dt.datetime) -> AbortPlan:
    """What ``abort`` would do now."""
    chains, out = owners.chains(), handing.retired()
    returning = []
    for name, job in ground.jobs.items():
        chain = chains.get(name, [])
        current = owners.asked(chain)
        if current is not Owner.CRON and name not in out:
            returning.append(
                Return(job.definition, current, first_slot(job.definition, chain, Owner.CRON, now))
            )
    lost = [job for job in owners.orphans(ground.jobs) if job not in out]
    return AbortPlan(returning, out, lost)
