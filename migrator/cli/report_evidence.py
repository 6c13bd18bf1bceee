"""What ``report`` gathers beside the crontabs: the ledger's word, and Celery as it runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from migrator.adapters.rehearsals import kept_rehearsals
from migrator.cli.options import note
from migrator.cli.past_recorder import past_the_recorder
from migrator.cli.project import Home
from migrator.cli.runtime import Runtime, runtime
from migrator.comparison.rehearsal_record import Record, cron_fingerprint
from migrator.cutover.facts import CeleryFacts, Evidence
from migrator.cutover.rehearsed import judged_rehearsals
from migrator.errors import Cannot, MigratorError
from migrator.i18n import _
from migrator.report.installed_proof import entries_of

PATIENCE = 1.5  # seconds for the workers to answer


def gather(
    now: dt.datetime, since: dt.datetime | None, rehearsals: Sequence[Record]
) -> tuple[Evidence, CeleryFacts]:
    """The evidence and the facts; without a project or a ledger, the reason why there are none.

    ``rehearsals``: they hold only as long as beat's schedule is what it was.
    """
    facts = CeleryFacts()
    try:
        with runtime() as found:
            # What the code says needs no database, and is kept where there is none.
            facts = CeleryFacts(tasks={job: one.real for job, one in found.jobs.items()})
            fingerprints = beat_fingerprints(found, now, rehearsals)
            evidence = _evidence(found, now, since, standing_rehearsals(found, now, rehearsals, fingerprints))
            facts = celery_facts(found, fingerprints, ask_workers=True)
    except MigratorError as problem:
        return Evidence(absent=problem.fact), facts
    return evidence, facts


def readable_rehearsals(home: Home) -> list[Record]:
    """The rehearsals that are kept; a damaged file of them is told, and counts for nothing."""
    try:
        return kept_rehearsals(home.root)
    except Cannot as problem:
        note(_("migrator: no rehearsals: {reason}").format(reason=problem.fact))
        return []


def standing_rehearsals(
    found: Runtime, now: dt.datetime, rehearsals: Sequence[Record], beat: dict[str, str] | None
) -> frozenset[str]:
    """The jobs whose rehearsal of a year still holds, and found nothing; ``beat``: its fingerprints."""
    return frozenset(
        job
        for job, one in found.jobs.items()
        if any(
            judged.stands_for_a_slot
            for judged in judged_rehearsals(
                [record for record in rehearsals if record.job == job],
                cron=cron_fingerprint(one.real.schedule, one.real.timezone),
                beat=(beat or {}).get(job),
                now=now,
            )
        )
    )


def _evidence(
    found: Runtime, now: dt.datetime, since: dt.datetime | None, rehearsed: Collection[str]
) -> Evidence:
    from migrator.contrib.django import owners
    from migrator.contrib.django.comparing import compare_jobs
    from migrator.contrib.django.settled import DEPTH

    comparisons = {
        one.id: one
        for one in compare_jobs(
            found.jobs.values(),
            now=now,
            since=since,
            ignored=found.configuration.ignored_output,
            needed=found.configuration.evidence,
            rehearsed=rehearsed,
            unrecorded=past_the_recorder(found.jobs.values(), now),
            shown=DEPTH,
        )
    }
    chains, hosts = owners.chains(), owners.current_hosts()
    states = {job: owners.standing(job, chains.get(job, []), hosts, now).owner for job in found.jobs}
    return Evidence(comparisons, states)


def beat_fingerprints(
    found: Runtime, now: dt.datetime, rehearsals: Sequence[Record]
) -> dict[str, str] | None:
    """Beat's side of the rehearsals, by job; None without any, or where beat cannot be rehearsed any more."""
    jobs = {one.job for one in rehearsals}
    if not jobs:
        return None
    from migrator.contrib.django.installed import installed_entries
    from migrator.contrib.django.rehearsed_beat import beat_fingerprint

    try:
        entries = installed_entries(found.app, now)
        return {
            job: beat_fingerprint(found.app, entries_of(job, entries, found.configuration)) for job in jobs
        }
    except MigratorError:
        return None


def celery_facts(found: Runtime, fingerprints: dict[str, str] | None, *, ask_workers: bool) -> CeleryFacts:
    """Celery as it runs now; the workers take their time to answer."""
    from migrator.contrib.django.beat import beat_entries

    zones: dict[str, set[str]] = {}
    for entry in beat_entries(found.app):
        zones.setdefault(entry.task, set()).update([entry.timezone] if entry.timezone else [])
    return CeleryFacts(
        tasks={job: one.real for job, one in found.jobs.items()},
        registered=_registered(found.app) if ask_workers else None,
        zones={task: frozenset(names) for task, names in zones.items()},
        results=_results_kept(found.app),
        fingerprints=fingerprints,
    )


def _results_kept(app: Any) -> dt.timedelta:
    """How long a result can be looked up."""
    from celery.backends.base import DisabledBackend

    if app.conf.task_ignore_result or isinstance(app.backend, DisabledBackend):
        return dt.timedelta(0)
    expires = app.conf.result_expires
    if not expires:
        return dt.timedelta.max
    return expires if isinstance(expires, dt.timedelta) else dt.timedelta(seconds=expires)


def _registered(app: Any) -> frozenset[str] | None:
    """The task names that the workers know; None where no worker answers."""
    from migrator.contrib.django.checks import State
    from migrator.contrib.django.services import broker

    if broker(app).state is not State.OK:
        return None
    try:
        answers = app.control.inspect(timeout=PATIENCE).registered() or {}
    except Exception:  # each transport has errors of its own, and `doctor` is where they are told
        return None
    # "tasks.name [rate_limit=..]": what follows the name is of no interest
    names = {str(task).split(" ", 1)[0] for tasks in answers.values() for task in tasks or ()}
    return frozenset(names) if answers else None
