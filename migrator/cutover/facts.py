"""What the caller knows beside the crontabs: the ledger's word, and Celery as it runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from migrator.comparison.document import JobComparison
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Owner
from migrator.comparison.rehearsal_record import Record
from migrator.configuration import Configuration


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the ledger says about the jobs; ``absent``: why there is none."""

    comparisons: Mapping[str, JobComparison] = field(default_factory=dict)
    owners: Mapping[str, Owner] = field(default_factory=dict)
    absent: str | None = None


@dataclass(frozen=True, slots=True)
class CeleryFacts:
    """Celery as it runs now; None: nobody has looked, or nobody answered."""

    tasks: Mapping[str, JobDefinition] | None = None  # the jobs that the code has tasks for, by id
    registered: frozenset[str] | None = None  # task names that the workers know
    zones: Mapping[str, frozenset[str]] | None = None  # of beat's enabled entries, by task name
    results: dt.timedelta | None = None  # how long Celery keeps a result; none are kept: zero
    fingerprints: Mapping[str, str] | None = None  # of beat's entries, by the id of the job that they do


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the caller has gathered; ``left_out``: the jobs without a task, each with the reason."""

    project: str
    configuration: Configuration
    evidence: Evidence
    celery: CeleryFacts
    left_out: Mapping[str, str]
    now: dt.datetime
    rehearsals: Sequence[Record] = ()
    accepted: Mapping[str, str] = field(default_factory=dict)  # reasons, by the line, for this once
