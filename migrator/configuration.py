"""``migrator.toml``: which sources, which project, and what the team has decided.

Pure: text in, values out. Unknown keys are errors, because a misspelt decision is a lost one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, TypeVar

from migrator.errors import Cannot, UsageProblem
from migrator.i18n import _
from migrator.required import REQUIRED, check_lines

FILE_NAME = "migrator.toml"
Section = TypeVar("Section")


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


def read_configuration(text: str, path: str = FILE_NAME) -> Configuration:
    """The configuration in ``text``; raises Cannot where it is none."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Cannot(
            _("{path} is not TOML: {error}").format(path=path, error=error), hint=_("mend the line it names")
        ) from None
    known = {
        "sources",
        "project",
        "generate",
        "instrument",
        "evidence",
        "ledger",
        "formats",
        "jobs",
        "accept",
        "environment",
    }
    _refuse_unknown(set(document) - known, path, _("the file"), known)
    sources = document.get("sources", [])
    if not isinstance(sources, list) or not all(isinstance(source, str) for source in sources):
        raise UsageProblem(
            _("{path}: sources is no list of paths").format(path=path),
            hint=_('write sources = ["crontabs"]'),
        )
    return Configuration(
        sources=tuple(sources),
        project=_section(Project, document.get("project", {}), path, "project"),
        generate=_generate(document.get("generate", {}), path),
        instrument=_instrument(document.get("instrument", {}), path),
        evidence=_evidence(document.get("evidence", {}), path),
        ledger=_section(Ledger, document.get("ledger", {}), path, "ledger"),
        formats=_formats(document.get("formats", {}), path),
        jobs={
            name: _decision(values, path, name)
            for name, values in _table(document.get("jobs", {}), path, "jobs").items()
        },
        accept=_accept(document.get("accept", {}), path),
        environment=_environment(document.get("environment", {}), path),
    )


def _section(kind: type[Section], values: object, path: str, name: str) -> Section:
    table = _table(values, path, name)
    known = {one.name: one.type for one in fields(kind)}  # type: ignore[arg-type]
    _refuse_unknown(set(table) - set(known), path, f"[{name}]", set(known))
    for key, value in table.items():
        if str(known[key]).startswith("Mapping"):
            _refuse_no_texts(value, path, f"{name}.{key}")
            continue
        listed = str(known[key]).startswith("tuple")
        if known[key] == "bool":
            _refuse_no_truth(value, path, name, key)
            continue
        if str(known[key]).startswith("int"):
            _refuse_no_count(value, path, name, key)
            continue
        texts = value if listed else [value]
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise UsageProblem(
                _("{path}: {key} in [{name}] is no text").format(path=path, key=key, name=name),
                hint=(_('write {key} = ["..."]') if listed else _('write {key} = "..."')).format(key=key),
            )
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in table.items()})


def _evidence(values: object, path: str) -> EvidenceNeeded:
    needed = _section(EvidenceNeeded, values, path, "evidence")
    check_lines(needed.require, path, "[evidence] require")
    return needed


def _decision(values: object, path: str, job: str) -> JobDecision:
    table = dict(_table(values, path, f"jobs.{job}"))
    told = _table(table.pop("evidence", {}), path, f"jobs.{job}.evidence")
    check_lines(list(told), path, f"[jobs.{job}.evidence]")
    for key, reason in told.items():
        if not isinstance(reason, str) or not reason.strip():
            raise UsageProblem(
                _("{path}: [jobs.{job}.evidence] {key} has no reason").format(path=path, job=job, key=key),
                hint=_('write {key} = "who has seen it, and when"').format(key=key),
            )
    decision = replace(_section(JobDecision, table, path, f"jobs.{job}"), evidence=told)
    for rule in decision.ignore_output:
        try:
            re.compile(rule)
        except re.error as error:
            raise UsageProblem(
                _("{path}: [jobs.{job}] ignore_output = {rule} is no regular expression: {error}").format(
                    path=path, job=job, rule=repr(rule), error=error
                ),
                hint=_("write it as Python's re reads it, in single quotes"),
            ) from None
    return decision


def _refuse_no_truth(value: object, path: str, name: str, key: str) -> None:
    if not isinstance(value, bool):
        raise UsageProblem(
            _("{path}: {key} in [{name}] is neither true nor false").format(path=path, key=key, name=name),
            hint=_("write {key} = true").format(key=key),
        )


def _refuse_no_count(value: object, path: str, name: str, key: str) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise UsageProblem(
            _("{path}: {key} in [{name}] is no number from 1 on").format(path=path, key=key, name=name),
            hint=_("write {key} = 7").format(key=key),
        )


def _refuse_no_texts(value: object, path: str, name: str) -> None:
    for key, text in _table(value, path, name).items():
        if not isinstance(text, str):
            raise UsageProblem(
                _("{path}: {key} in [{name}] is no text").format(path=path, key=key, name=name),
                hint=_('write {key} = "..."').format(key=key),
            )


def _instrument(values: object, path: str) -> Instrument:
    instrument = _section(Instrument, values, path, "instrument")
    if instrument.stays not in (RECORD, LEAVE):
        raise UsageProblem(
            _("{path}: [instrument] stays = {value} is no choice").format(
                path=path, value=repr(instrument.stays)
            ),
            hint=_('write "record", or "leave" for lines that stay in cron and are not to be recorded'),
        )
    return instrument


def _generate(values: object, path: str) -> Generate:
    generate = _section(Generate, values, path, "generate")
    _check_apps(generate, path)
    if generate.clock_changes not in ("stock", "exact"):
        raise UsageProblem(
            _("{path}: [generate] clock_changes = {value} is no choice").format(
                path=path, value=repr(generate.clock_changes)
            ),
            hint=_('write "exact" for a schedule that fires as cron does on the nights of the clock change'),
        )
    if generate.format is not None and generate.format not in FORMATTERS:
        raise UsageProblem(
            _("{path}: [generate] format = {value} is no formatter that is known").format(
                path=path, value=repr(generate.format)
            ),
            hint=_("known are {names}; without it, the modules are as black leaves them").format(
                names=", ".join(FORMATTERS)
            ),
        )
    if generate.migration is not None:
        _check_migration(generate.migration, generate.scheduler, path)
    for part in generate.project:
        if part not in (*PROJECT_PARTS, RESULTS):
            raise UsageProblem(
                _("{path}: [generate] project names {part}, which is no part of a project").format(
                    path=path, part=part
                ),
                hint=_("known parts: {parts}; [] edits nothing").format(
                    parts=", ".join((*PROJECT_PARTS, RESULTS))
                ),
            )
    return generate


def _check_apps(generate: Generate, path: str) -> None:
    """A module has the tasks of one app, and its name is a label that Django could give one."""
    taken = {generate.tasks: generate.app_label}
    for label, module in generate.apps.items():
        if not re.fullmatch(r"[A-Za-z_]\w*", label) or not re.fullmatch(r"(?:[\w.-]+/)+\w+\.py", module):
            raise UsageProblem(
                _("{path}: [generate.apps] {label} = {module} is no app with a module of it").format(
                    path=path, label=label, module=repr(module)
                ),
                hint=_('write the app\'s label and a path in its folder: orders = "orders/tasks.py"'),
            )
        if taken.setdefault(module, label) != label:
            raise UsageProblem(
                _("{path}: [generate.apps] {module} is the module of {first} and of {second}").format(
                    path=path, module=module, first=taken[module], second=label
                ),
                hint=_("give each app a module of its own"),
            )


def _check_migration(folder: str, scheduler: str, path: str) -> None:
    if scheduler != "database":
        raise UsageProblem(
            _("{path}: [generate] migration writes rows, and scheduler = {value} has none").format(
                path=path, value=repr(scheduler)
            ),
            hint=_('write scheduler = "database", or leave migration out'),
        )
    if not re.fullmatch(r"(?:[\w.-]+/)+migrations/?", folder):
        raise UsageProblem(
            _("{path}: [generate] migration = {value} is no folder of migrations").format(
                path=path, value=repr(folder)
            ),
            hint=_('write the path of an app\'s, such as "shop/migrations"'),
        )


def _formats(values: object, path: str) -> dict[str, Literal["user", "system"]]:
    table = _table(values, path, "formats")
    for name, value in table.items():
        if value not in ("user", "system"):
            raise UsageProblem(
                _("{path}: [formats] {name} = {value} is no format").format(
                    path=path, name=name, value=repr(value)
                ),
                hint=_('write "system" for a crontab with a user column, else "user"'),
            )
    return table


def _environment(values: object, path: str) -> dict[str, str]:
    table = _table(values, path, "environment")
    for name, value in table.items():
        if not isinstance(value, str):
            raise UsageProblem(
                _("{path}: {key} in [{name}] is no text").format(path=path, key=name, name="environment"),
                hint=_('write {key} = "..."').format(key=name),
            )
    return table


def _accept(values: object, path: str) -> dict[str, str]:
    table = _table(values, path, "accept")
    for key, reason in table.items():
        if not re.fullmatch(r"CM42[3-9]|CM43\d", key.partition(" ")[0]):
            raise UsageProblem(
                _("{path}: [accept] {key} is no finding about the project").format(path=path, key=key),
                hint=_(
                    'CM423 to CM436 are; one about a job is accepted there: accept = ["CM203"] in [jobs.JOB]'
                ),
            )
        if not isinstance(reason, str) or not reason.strip():
            raise UsageProblem(
                _("{path}: [accept] {key} has no reason").format(path=path, key=key),
                hint=_('write {key} = "why this is well"').format(key=f'"{key}"' if " " in key else key),
            )
    return table


def _table(values: object, path: str, name: str) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise UsageProblem(
            _("{path}: {name} is no table").format(path=path, name=name),
            hint=_("write [{name}] on a line of its own").format(name=name),
        )
    return values


def _refuse_unknown(unknown: set[str], path: str, where: str, known: set[str]) -> None:
    if unknown:
        raise UsageProblem(
            _("{path}: {where} has no key {key}").format(path=path, where=where, key=sorted(unknown)[0]),
            hint=_("known keys: {keys}").format(keys=", ".join(sorted(known))),
        )
