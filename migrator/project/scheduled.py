"""The jobs beside the project: the command that each runs, its typed call, and what its code means."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from migrator.configuration import JobDecision
from migrator.crontab.reading import Step, TypedCall
from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.project.commands import app_folder
from migrator.project.django_commands import DJANGO_COMMANDS
from migrator.project.evidence import evidence_findings, settled_by_a_process
from migrator.project.model import Command, Project
from migrator.project.signature import Refused
from migrator.redaction import MASK, redact
from migrator.sources.job import Inventory, Job

NEAR = 3  # names that are offered for one that does not exist
ALIKE = 0.7  # of 1; `version` is nothing like `clearsesions`
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
_OPEN = re.compile(r"[$`]|\{\{|<%|%[({]")  # what a shell or a template fills in


def consult(inventory: Inventory, project: Project, decisions: Mapping[str, JobDecision]) -> Inventory:
    """The inventory with what the project says about its jobs, and the project's commands."""
    jobs = [_consulted(job, project, decisions.get(job.id, JobDecision())) for job in inventory.jobs]
    before = {finding for job in inventory.jobs for finding in job.findings}
    added = dict.fromkeys(finding for job in jobs for finding in job.findings if finding not in before)
    findings = sorted((*inventory.findings, *added), key=lambda one: (one.place or Place("", 0), one.code))
    return replace(
        inventory, jobs=tuple(jobs), findings=tuple(findings), commands=tuple(_commands(project, jobs))
    )


def _consulted(job: Job, project: Project, decision: JobDecision) -> Job:
    steps: list[Step] = []
    findings: list[Finding] = []
    for step in job.reading.steps:
        call, found = _step(step, job, project)
        alone = job.declared.runner in ("subprocess", "shell")  # in a process of its own
        found = [one for one in found if not (alone and settled_by_a_process(one))]
        steps.append(step if call is None else replace(step, call=call))
        findings += (one for one in found if one.code not in decision.accept and one not in job.findings)
    reading = replace(job.reading, steps=steps)
    home = _homes_of(job, project)
    return replace(
        job,
        app=app_folder(home[0]) if len(home) == 1 else None,
        source=next(iter(home), None),
        declared=replace(job.declared, reading=reading),
        findings=(*job.findings, *dict.fromkeys(findings)),
    )


def _homes_of(job: Job, project: Project) -> list[str]:
    """The modules of the first of the project's own commands that the job runs; several apps may have it."""
    for step in job.reading.steps:
        known = project.commands.get(step.name, ()) if step.kind == "management" else ()
        paths = [command.path for command in known if command.path]
        if paths and job.reading.host is None:
            return paths
    return []


def _step(step: Step, job: Job, project: Project) -> tuple[TypedCall | None, list[Finding]]:
    """The typed call of a step, and what there is to say about its command."""
    elsewhere = job.reading.host is not None  # another machine may have another project
    if step.kind != "management" or elsewhere or not _NAME.fullmatch(step.name):
        return None, []
    known = project.commands.get(step.name, ())
    if len(known) != 1:
        return _untyped(step), list(_unsettled(step.name, known, job, project))
    command = known[0]
    if command.problem:
        return None, [_unreadable(command, job)]
    call = _call(step, command)
    if isinstance(call, Refused):
        return None, [_refused(step, call, job), *evidence_findings(command, None, step.argv)]
    return call, list(evidence_findings(command, call, step.argv))


def _call(step: Step, command: Command) -> TypedCall | Refused | None:
    if any(_OPEN.search(word) for word in step.argv):
        return None
    return command.signature.call(step.argv) if command.signature else _untyped(step)


def _untyped(step: Step) -> TypedCall | None:
    """A call without arguments needs no parser."""
    return None if step.argv else TypedCall()


def _unsettled(name: str, known: Sequence[Command], job: Job, project: Project) -> Iterator[Finding]:
    """Why the command of that name is not known."""
    place = job.places[0]
    if known:
        where = ", ".join(command.path or command.app for command in known)
        yield Finding(
            "CM402",
            place,
            _("{count} apps have a command {name}: {where}").format(count=len(known), name=name, where=where),
            _("ask Django which one it runs: python manage.py migrator scan"),
        )
    elif project.asked:
        yield Finding(
            "CM401",
            place,
            _("the project has no command {name}: each run fails").format(name=name) + _near(name, project),
            _("mend the name, or install the app that has it; else remove the line"),
        )
    elif name in DJANGO_COMMANDS:
        return
    elif project.installed is not None and name not in project.installed:
        yield Finding(
            "CM440",
            place,
            _("neither the tree nor any package installed here has the command {name}").format(name=name)
            + _near(name, project),
            _("mend the name; if an app has it all the same, ask Django: python manage.py migrator generate"),
        )
    else:
        yield Finding(
            "CM402",
            place,
            _("no module in the tree is the command {name}").format(name=name) + _near(name, project),
            _("if an installed app has it, fine; ask Django: python manage.py migrator scan"),
        )


def _near(name: str, project: Project) -> str:
    others = {*project.commands} if project.asked else {*project.commands, *DJANGO_COMMANDS}
    near = difflib.get_close_matches(name, sorted(others - {name}), NEAR, ALIKE)
    return _("; there is {names}").format(names=", ".join(near)) if near else ""


def _unreadable(command: Command, job: Job) -> Finding:
    return Finding(
        "CM415",
        command.place or job.places[0],
        _("the command {name} cannot be read: {problem}").format(name=command.name, problem=command.problem),
        _("make `python manage.py {name} --help` work with the project's Python").format(name=command.name),
    )


def _refused(step: Step, refused: Refused, job: Job) -> Finding:
    return Finding(
        "CM403",
        job.places[0],
        _("{name} refuses its arguments: {message}").format(
            name=step.name, message=_without_secrets(refused.message, step.argv)
        ),
        _("cron has been failing at each run: correct the line, or remove it"),
    )


def _without_secrets(message: str, argv: Sequence[str]) -> str:
    """The parser's message, which repeats what was given, without the values that are secret."""
    for before, word in zip(("", *argv), argv, strict=False):
        _option, equals, value = word.partition("=")
        pair = f"{before} {word}"
        if redact(pair) != pair and (secret := value if equals else word):
            message = message.replace(secret, MASK)
    return redact(message)


def _commands(project: Project, jobs: Sequence[Job]) -> Iterator[Command]:
    """The commands of the tree, and those from elsewhere that a job runs, each with its jobs."""
    runs = _by_command(jobs)
    for name, commands in sorted(project.commands.items()):
        for command in commands:
            if command.path is not None or name in runs:
                yield replace(command, scheduled=tuple(runs.get(name, ())))


def _by_command(jobs: Sequence[Job]) -> dict[str, list[str]]:
    runs: dict[str, list[str]] = {}
    for job in jobs:
        for name in dict.fromkeys(step.name for step in job.reading.steps if step.kind == "management"):
            runs.setdefault(name, []).append(job.id)
    return runs
