"""The verdict of the cutover for the verbs that compare: the checklist makes the ledger's stricter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from migrator.cli.options import note
from migrator.cli.project import Home
from migrator.cli.report_evidence import (
    beat_fingerprints,
    celery_facts,
    readable_rehearsals,
    standing_rehearsals,
)
from migrator.cli.runtime import Runtime, standings
from migrator.cli.scanning import whole_inventory
from migrator.codegen.plan import generate
from migrator.comparison.document import JobComparison
from migrator.comparison.ownership import Owner
from migrator.comparison.rehearsal_record import Record
from migrator.cutover.checklist import checklist
from migrator.cutover.deciding import stricter, subject_of
from migrator.cutover.facts import CeleryFacts, Evidence, Situation
from migrator.errors import MigratorError
from migrator.i18n import _
from migrator.sources.job import Inventory

# The workers take seconds to answer, or do not: the report asks them, and `owner` does by itself.
NOT_ASKED = frozenset({"registered"})
Decide = Callable[[JobComparison], JobComparison]


@dataclass(frozen=True, slots=True)
class Deciding:
    """What verdicts rest on beside the ledger; ``rehearsed``: the jobs whose coming year was rehearsed."""

    rehearsed: frozenset[str]
    decide: Decide


def deciding(
    home: Home, found: Runtime, now: dt.datetime, accepted: Mapping[str, str] | None = None
) -> Deciding:
    """The checklists of all jobs that the sources have; of others the ledger's word stands."""
    rehearsals = readable_rehearsals(home)
    fingerprints = beat_fingerprints(found, now, rehearsals)
    rehearsed = standing_rehearsals(found, now, rehearsals, fingerprints)
    facts = celery_facts(found, fingerprints, ask_workers=False)
    try:
        inventory = whole_inventory(home) if home.configuration.sources else Inventory()
    except MigratorError as problem:
        note(_("migrator: the verdicts are the ledger's alone: {reason}").format(reason=problem.fact))
        inventory = Inventory()
    situation = _situation(home, inventory, facts, rehearsals, now, accepted or {})
    owners = {one.job: one.owner for one in standings(found)} if inventory.jobs else {}

    def decide(compared: JobComparison) -> JobComparison:
        job = inventory.job(compared.id)
        if job is None or not (job.expression or job.interval) or compared.comparison.job.demo:
            return compared
        evidence = Evidence({compared.id: compared})
        items = checklist(subject_of(job, replace(situation, evidence=evidence)))
        return stricter(compared, items, owners.get(compared.id, Owner.CRON))

    return Deciding(rehearsed, decide)


def _situation(
    home: Home,
    inventory: Inventory,
    facts: CeleryFacts,
    rehearsals: Sequence[Record],
    now: dt.datetime,
    accepted: Mapping[str, str],
) -> Situation:
    configuration = home.configuration
    needed = configuration.evidence
    require = tuple(key for key in needed.require if key not in NOT_ASKED)
    return Situation(
        project=home.name,
        configuration=replace(configuration, evidence=replace(needed, require=require)),
        evidence=Evidence(),
        celery=facts,
        left_out={one.job.id: one.reason for one in generate(inventory, configuration, {}).left_out},
        now=now,
        rehearsals=rehearsals,
        accepted=accepted,
    )
