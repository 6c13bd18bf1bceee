"""Text in, values out. Unknown keys are errors, because a misspelt decision is a lost one."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields, replace
from typing import Any, Literal, TypeVar

from migrator.configuration.decided import (
    FILE_NAME,
    FORMATTERS,
    LEAVE,
    PROJECT_PARTS,
    RECORD,
    RESULTS,
    Configuration,
    EvidenceNeeded,
    Generate,
    Instrument,
    JobDecision,
    Ledger,
    Project,
)
from migrator.errors import Cannot, UsageProblem
from migrator.i18n import _
from migrator.required import check_lines
from migrator.zones import known_zone

Section = TypeVar("Section")


def read_configuration(text: str, path: str = FILE_NAME) -> Configuration:
    """The configuration in ``text``; raises Cannot where it is none."""
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits and brackets without end too
        raise Cannot(
            _("{path} is not TOML: {error}").format(path=path, error=error), hint=_("mend the line it names")
        ) from None
    known = {one.name for one in fields(Configuration)}
    _refuse_unknown(set(document) - known, path, _("the file"), known)
    sources = document.get("sources", [])
    if not isinstance(sources, list) or not all(isinstance(source, str) for source in sources):
        raise UsageProblem(
            _("{path}: sources is no list of paths").format(path=path),
            hint=_('write sources = ["crontabs"]'),
        )
    return Configuration(
        sources=tuple(sources),
        project=_project(document.get("project", {}), path),
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


def _project(values: object, path: str) -> Project:
    project = _section(Project, values, path, "project")
    _check_zone(project.timezone, path, "project")
    return project


def _check_zone(name: str | None, path: str, section: str) -> None:
    if name is not None and known_zone(name) is None:
        raise UsageProblem(
            _("{path}: [{section}] timezone = {value} is no time zone").format(
                path=path, section=section, value=repr(name)
            ),
            hint=_("use a name such as Europe/Warsaw"),
        )


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
    _check_zone(decision.timezone, path, f"jobs.{job}")
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
    _check_modules(generate, path)
    _check_apps(generate, path)
    if generate.scheduler not in ("database", "file"):
        raise UsageProblem(
            _("{path}: [generate] scheduler = {value} is no choice").format(
                path=path, value=repr(generate.scheduler)
            ),
            hint=_('write "database" for django-celery-beat, or "file" for Celery\'s own scheduler'),
        )
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


def _check_modules(generate: Generate, path: str) -> None:
    for key in ("tasks", "contract", "schedule", "tests"):
        module = getattr(generate, key)
        if module is not None and not module.endswith(".py"):
            raise UsageProblem(
                _("{path}: [generate] {key} = {value} is no path of a module").format(
                    path=path, key=key, value=repr(module)
                ),
                hint=_('write a path in this folder, such as {key} = "shop/{key}.py"').format(key=key),
            )


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
        if not re.fullmatch(r"CM42[3-9]|CM43[0-6]", key.partition(" ")[0]):
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
