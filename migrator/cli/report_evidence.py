"""What ``report`` gathers beside the crontabs: the ledger's word, and Celery as it runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from migrator.cli.ledger import Runtime, runtime
from migrator.configuration import Configuration
from migrator.cutover.facts import CeleryFacts, Evidence
from migrator.errors import MigratorError
from migrator.report.installed_proof import entries_of

PATIENCE = 1.5  # seconds for the workers to answer


def gather(
    now: dt.datetime, since: dt.datetime | None, configuration: Configuration, rehearsed: Collection[str]
) -> tuple[Evidence, CeleryFacts]:
    """The evidence and the facts; without a project or a ledger, the reason why there are none.

    ``rehearsed``: the jobs whose rehearsals hold only as long as beat's schedule is what it was.
    """
    facts = CeleryFacts()
    try:
        with runtime() as found:
            # What the code says needs no database, and is kept where there is none.
            facts = CeleryFacts(tasks={job: one.real for job, one in found.jobs.items()})
            evidence = _evidence(found, now, since)
            fingerprints = _fingerprints(found, now, configuration, rehearsed) if rehearsed else None
            facts = _facts(found, fingerprints)
    except MigratorError as problem:
        return Evidence(absent=problem.fact), facts
    return evidence, facts


def _evidence(found: Runtime, now: dt.datetime, since: dt.datetime | None) -> Evidence:
    from migrator.contrib.django import owners
    from migrator.contrib.django.comparing import compare_jobs

    comparisons = {
        one.id: one
        for one in compare_jobs(
            found.jobs.values(), now=now, since=since, ignored=found.configuration.ignored_output
        )
    }
    chains, hosts = owners.chains(), owners.current_hosts()
    states = {job: owners.standing(job, chains.get(job, []), hosts, now).owner for job in found.jobs}
    return Evidence(comparisons, states)


def _fingerprints(
    found: Runtime, now: dt.datetime, configuration: Configuration, jobs: Collection[str]
) -> dict[str, str] | None:
    """Beat's side of the jobs' rehearsals; None for a scheduler that cannot be rehearsed any more."""
    from migrator.contrib.django.installed import installed_entries
    from migrator.contrib.django.rehearsed_beat import beat_fingerprint

    try:
        entries = installed_entries(found.app, now)
        return {job: beat_fingerprint(found.app, entries_of(job, entries, configuration)) for job in jobs}
    except MigratorError:
        return None


def _facts(found: Runtime, fingerprints: dict[str, str] | None) -> CeleryFacts:
    from migrator.contrib.django.beat import beat_entries

    zones: dict[str, set[str]] = {}
    for entry in beat_entries(found.app):
        zones.setdefault(entry.task, set()).update([entry.timezone] if entry.timezone else [])
    return CeleryFacts(
        tasks={job: one.real for job, one in found.jobs.items()},
        registered=_registered(found.app),
        zones={task: frozenset(names) for task, names in zones.items()},
        fingerprints=fingerprints,
    )


def _registered(app: Any) -> frozenset[str] | None:
    """The task names that the workers know; None where no worker answers."""
    from migrator.contrib.django.preflight import State, broker

    if broker(app).state is not State.OK:
        return None
    try:
        answers = app.control.inspect(timeout=PATIENCE).registered() or {}
    except Exception:  # each transport has errors of its own, and `doctor` is where they are told
        return None
    # "tasks.name [rate_limit=..]": what follows the name is of no interest
    names = {str(task).split(" ", 1)[0] for tasks in answers.values() for task in tasks or ()}
    return frozenset(names) if answers else None
