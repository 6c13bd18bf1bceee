"""What ``migrator.toml`` may say: the sources, the project, and what the team has decided."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from migrator.required import REQUIRED

FILE_NAME = "migrator.toml"

# What `generate` puts into a project that has no Celery, and what only those get who ask for it.
PROJECT_PARTS = ("app", "settings", "requirements", "compose", "make")
RESULTS = "results"
RECORD, LEAVE = "record", "leave"
FORMATTERS = ("black", "ruff", "yapf")  # what may format the generated modules


@dataclass(frozen=True, slots=True)
class Project:
    """The Django project that the jobs belong to."""

    settings: str | None = None  # DJANGO_SETTINGS_MODULE where the environment names none
    celery: str | None = None  # what `celery -A` takes
    timezone: str | None = None  # the zone that cron's daemon runs in; None: this host's
    dialect: str | None = None  # the daemon whose rules crontabs are read by; None: Debian's cron
    manage: tuple[str, ...] = ()  # programs beside manage.py that take Django's commands


@dataclass(frozen=True, slots=True)
class Generate:
    """Where generated code goes; paths are relative to migrator.toml."""

    tasks: str = "tasks/tasks.py"
    contract: str = "tasks/cron_contract.py"  # what keeps locks and exit statuses
    schedule: str = "config/beat_schedule.py"
    app_label: str = "tasks"
    scheduler: str = "database"  # "database": django-celery-beat, "file": Celery's own
    clock_changes: str = "stock"  # "exact": what Celery's crontab does otherwise is a CronSchedule
    migration: str | None = None  # the folder of an app's migrations that gets one with beat's rows
    tests: str | None = None  # the module of tests that tasks and schedule are what cron had
    project: tuple[str, ...] = PROJECT_PARTS  # what of the project around it may be edited
    format: str | None = None  # the project's formatter, which the modules go through
    apps: Mapping[str, str] = field(default_factory=dict)  # labels of apps with tasks modules of their own

    def place_of(self, app: str | None) -> tuple[str, str]:
        """The label and the tasks module for the jobs of the app in that folder; None: of no app."""
        for label, module in self.apps.items():
            folder = module.rpartition("/")[0]
            if app is not None and app in (folder, folder.removesuffix("/tasks")):
                return label, module
        return self.app_label, self.tasks

    def names_of(self, job: str) -> frozenset[str]:
        """What the task of a job may be called, whichever app its command is in."""
        return frozenset(f"{label}.{job}" for label in (self.app_label, *self.apps))

    @property
    def keeps_nights(self) -> bool:
        """Whether the entries fire as cron does on the nights of the clock change, too."""
        return self.clock_changes == "exact"


@dataclass(frozen=True, slots=True)
class Instrument:
    """What an instrumented crontab line calls; None: this interpreter, this installation."""

    python: str | None = None
    cronwrap: str | None = None
    spool: str | None = None
    sync: str | None = None  # the command of the added line, without its schedule
    stays: str = RECORD  # what becomes of lines that are not for Celery: "record" or "leave"


@dataclass(frozen=True, slots=True)
class EvidenceNeeded:
    """How many matched slots make a job safe, by its period; a yearly job counts as a monthly one.

    ``require``: the lines of the checklist that hold a job while they are open.
    """

    minutely: int = 100
    hourly: int = 48
    daily: int = 7
    weekly: int = 3
    monthly: int = 2
    require: tuple[str, ...] = REQUIRED


@dataclass(frozen=True, slots=True)
class Ledger:
    """How long runs are kept."""

    keep: int | None = None  # days; None: for good


@dataclass(frozen=True, slots=True)
class JobDecision:
    """What the team has decided about one job."""

    ignore: str | None = None  # the reason why it is none of ours
    accept: tuple[str, ...] = ()  # finding codes that the team has looked at and accepts
    runs: str | None = None  # the command that the line is for, where it was read wrongly
    timezone: str | None = None  # the zone of this job's schedule
    overlap: str | None = None  # while the run before goes on: "skip", "wait" or "allow"
    lock: str | None = None  # the name of the lock, for jobs that share one
    timeout: str | None = None  # the time limit: 90, 90m, 12h
    freshness: str | None = None  # the age at which the last success is too old: 25h
    command: str | None = None  # the command that this id is bound to, whatever its file or schedule
    celery: tuple[str, ...] = ()  # the entries of beat, or the tasks, that do this job by now
    ignore_output: tuple[str, ...] = ()  # regular expressions: lines of its output that `compare` leaves out
    runner: str | None = None  # what runs it: "call_command", "subprocess", "shell" or "http"
    mail: str | None = None  # what makes a mail: "output", "failure" or "never"
    mailto: str | None = None  # to whom: "ops@shop.example, it@shop.example"
    idempotent: bool = False  # a run may be repeated, so a failed one is tried again
    interval: str | None = None  # "beat": beat counts it, from starts of its own
    move: str | None = None  # the schedule from the cutover on, where the team wants another than cron's
    move_reason: str | None = None  # why the time may change
    alert: str | None = (
        None  # who, or what, notices that it failed or did not run, now that cron mails nobody
    )
    evidence: dict[str, str] = field(
        default_factory=dict, hash=False
    )  # reasons, by the line of the checklist


@dataclass(frozen=True, slots=True)
class Configuration:
    """All of ``migrator.toml``."""

    sources: tuple[str, ...] = ()
    project: Project = field(default_factory=Project)
    generate: Generate = field(default_factory=Generate)
    instrument: Instrument = field(default_factory=Instrument)
    evidence: EvidenceNeeded = field(default_factory=EvidenceNeeded)
    ledger: Ledger = field(default_factory=Ledger)
    formats: dict[str, Literal["user", "system"]] = field(default_factory=dict)  # crontabs, by their paths
    jobs: dict[str, JobDecision] = field(default_factory=dict)
    accept: dict[str, str] = field(default_factory=dict)  # findings about the project, with the reasons
    environment: dict[str, str] = field(default_factory=dict)  # variables of what installs crontabs

    @property
    def ignored_output(self) -> dict[str, tuple[re.Pattern[str], ...]]:
        """The lines of each job's output that tell nothing."""
        return {name: tuple(map(re.compile, one.ignore_output)) for name, one in self.jobs.items()}
