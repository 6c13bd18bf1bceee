"""A line of the checklist, and what the lines of one job are made from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from migrator.comparison.document import JobComparison
from migrator.comparison.jobs import JobDefinition
from migrator.cutover.facts import CeleryFacts
from migrator.cutover.rehearsed import Rehearsed
from migrator.equivalence.celery_crontab import CeleryCrontab
from migrator.equivalence.prove import Verdict
from migrator.schedule.occurrences import Slot
from migrator.schedule.parting import Parting
from migrator.sources.job import Job


class State(StrEnum):
    """How far a line of the checklist is."""

    DONE = "done"
    OPEN = "open"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the checklist; ``key`` is its name for machines and for migrator.toml.

    ``holds``: open, and the job may not move before. ``accepted``: why a person lets it be open.
    """

    key: str
    text: str
    state: State
    evidence: str
    holds: bool = False
    accepted: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the checklist of one job is made from."""

    job: Job
    definition: JobDefinition
    task: str
    entries: tuple[CeleryCrontab, ...]
    proof: Verdict
    partings: Sequence[Parting]
    hindrance: str | None  # why there is no task for it
    compared: JobComparison
    celery: CeleryFacts
    rehearsals: Sequence[Rehearsed] = ()
    alert: str | None = None  # who, or what, notices what goes wrong from now on
    coming: Sequence[Slot] = ()
    require: Collection[str] = ()  # the keys of the lines that hold it while they are open
    accepted: Mapping[str, str] = field(default_factory=dict)  # reasons, by the key of a line
