"""What runs a job: the worker, or a process of its own where the line gives it what only a process has."""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrator.crontab.reading import Limit, Step
from migrator.i18n import _
from migrator.redaction import redact_part, redact_setting
from migrator.sources.job import Job, Runner

# A worker has these of its own, for all its tasks: a line that sets them needs no process for that.
_WORKERS_OWN = re.compile(
    r"PATH|HOME|TZ|USER|LOGNAME|VIRTUAL_ENV|PYTHON\w+|DJANGO_(?:SETTINGS_MODULE|CONFIGURATION)"
)
_COMPUTED = re.compile(r"[$`]|\{\{")
_REFERENCE = re.compile(r"from \w+Ref")  # Kubernetes' own way to name a value that is elsewhere
_UMASK = re.compile(r"[0-7]{1,4}")


def runner_of(job: Job) -> Runner:
    """What runs the job: as the team says, else the worker wherever it can give what the line gives."""
    if job.declared.runner is not None:
        return job.declared.runner
    needs = _own_variables(job) or job.reading.umask or stdin_of(job) or any(_ends_otherwise(job))
    able = all(step.words and not _computed(step) for step in job.reading.steps)
    return "subprocess" if needs and able else "call_command"


def hindrance(job: Job) -> str | None:
    """Why the runner cannot run the job."""
    runner = runner_of(job)
    copied = {"shell": f"{shell_text(job)}\n{job.declared.stdin or ''}", "subprocess": stdin_of(job)}
    if redact_part(text := copied.get(runner, ""), job.declared.raw) != text:
        return _(
            "its text holds a secret, which is not copied into code: move it into a variable of the worker"
        )
    if runner != "subprocess":
        return None
    if any(not step.words or _computed(step) for step in job.reading.steps):
        return _('the shell computes words of its command: let a shell run it, runner = "shell"')
    if computed := [name for name, value in job.reading.environment.items() if _COMPUTED.search(value)]:
        return _(
            'the shell computes {names}: write the value out, or let a shell run it, runner = "shell"'
        ).format(names=", ".join(computed))
    if job.reading.umask and not _UMASK.fullmatch(job.reading.umask):
        return _("umask {umask} is no number").format(umask=job.reading.umask)
    return None


def shell_text(job: Job) -> str:
    """What cron's shell gets of the line."""
    return job.declared.raw if job.declared.text is None else job.declared.text


def stdin_of(job: Job) -> str:
    """What the job reads, where it is known."""
    return job.declared.stdin or job.reading.stdin or ""


def variables_of(job: Job) -> dict[str, str]:
    """What a process of the job gets beside the worker's variables; no secret, which a worker has itself."""
    return {name: value for name, value in _set(job).items() if not _elsewhere(name, value)}


def secret_variables(job: Job) -> list[str]:
    """What has to be in the worker's environment, because code is no place for it."""
    return [name for name, value in _set(job).items() if _elsewhere(name, value)]


def workers_variables(job: Job) -> list[str]:
    """What the line or its crontab sets and a command inside a worker finds as the worker has it."""
    return [name for name in variables_of(job) if _WORKERS_OWN.fullmatch(name)]


def limit_options(step: Step) -> tuple[str, ...]:
    """The options of the timeout(1) around a step, such as ``-k 10``."""
    return next((cover.meaning.options for cover in step.around if isinstance(cover.meaning, Limit)), ())


def _set(job: Job) -> dict[str, str]:
    """The variables of the crontab and of the line; a shell reads the line's by itself."""
    declared = job.declared
    if declared.runner == "shell":
        return {**declared.found_by, **declared.inherited}
    elsewhere = job.reading.container or job.reading.host
    given = {name: value for name, value in declared.inherited.items() if name not in declared.macros}
    return {**({} if elsewhere else declared.found_by), **given, **job.reading.environment}


def _own_variables(job: Job) -> list[str]:
    return [name for name in variables_of(job) if not _WORKERS_OWN.fullmatch(name)]


def _elsewhere(name: str, value: str) -> bool:
    return redact_setting(name, value) != value or _REFERENCE.fullmatch(value) is not None


def _computed(step: Step) -> bool:
    return any(_COMPUTED.search(word) for word in step.words)


def _ends_otherwise(job: Job) -> Iterator[bool]:
    """A limit that sends another signal, or kills: timeout(1) itself does it in a process."""
    return (bool(limit_options(step)) for step in job.reading.steps)
