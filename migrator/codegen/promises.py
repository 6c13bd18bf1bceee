"""What a task keeps of cron's contract, what it changes, and what it does not keep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from migrator.codegen.arguments import LAUNCHER_OPTIONS
from migrator.codegen.body import (
    TRIES,
    addresses,
    folder_of,
    in_its_text,
    limit_in_worker,
    lock_name,
    mail_on,
    pause_of,
    secret_arguments,
)
from migrator.codegen.runner import (
    limit_options,
    runner_of,
    secret_variables,
    stdin_of,
    variables_of,
    workers_variables,
)
from migrator.crontab.reading import Limit, Lock
from migrator.i18n import _
from migrator.redaction import redact
from migrator.sources.job import Job


@dataclass(frozen=True, slots=True)
class Promises:
    """Each in words; what is quoted from the line is without its secrets."""

    kept: tuple[str, ...]
    changed: tuple[str, ...]
    lost: tuple[str, ...]
    added: tuple[str, ...] = ()  # what migrator.toml says and the line does not


def promises_of(job: Job) -> Promises:
    """The contract of one move."""
    return Promises(tuple(_kept(job)), tuple(_changed(job)), tuple(_lost(job)), tuple(_added(job)))


def _added(job: Job) -> Iterator[str]:
    added = job.declared.added
    if "lock" in added:
        yield from [_("no lock: runs may overlap")] if job.reading.lock is None else _lock(job)
    if "timeout" in added:
        yield from _limits(job)
    if "mail" in added:
        yield from _mail(job)


def _kept(job: Job) -> Iterator[str]:
    yield _("exit status")
    if any(step.after != "success" for step in job.reading.steps[1:]) and runner_of(job) != "shell":
        yield _("what runs after a failure")
    if any(step.forgiven for step in job.reading.steps) and runner_of(job) != "shell":
        yield _("a condition that is not met fails nothing")
    yield from _of_a_process(job)
    added = job.declared.added
    if "lock" not in added:
        yield from _lock(job)
    if not job.declared.idempotent:
        yield _("no retry")
    if "timeout" not in added:
        yield from _limits(job)
    if "mail" not in added:
        yield from _mail(job)


def _of_a_process(job: Job) -> Iterator[str]:
    match runner_of(job):
        case "shell":
            yield _("the line as it is, run by {shell}").format(shell=job.declared.shell)
        case "subprocess":
            yield _("a process of its own")
            if all(map(folder_of, job.reading.steps)):
                yield _("the working folder")
            if job.reading.umask:
                yield _("umask {umask}").format(umask=job.reading.umask)
            if stdin_of(job):
                yield _("the text on standard input")
        case "http":
            yield _("the request")
    if runner_of(job) in ("subprocess", "shell") and (variables := variables_of(job)):
        yield _("the variables {names}").format(names=", ".join(variables))


def _lock(job: Job) -> Iterator[str]:
    held = job.reading.lock
    if held is None or in_its_text(job, Lock):
        return
    name = redact(lock_name(job))
    if not held.blocking and held.status == 0:
        how = _("skipped when it is held")
    elif not held.blocking:
        how = _("a failure when it is held")
    elif held.wait:
        how = _("waited for, {seconds} s at most").format(seconds=held.wait)
    else:
        how = _("waited for")
    if name.startswith("/"):
        yield _("the lock {name} with cron's runs on one host, too, {how}").format(name=name, how=how)
    else:
        yield _("the lock {name} among Celery's runs, {how}").format(name=name, how=how)


def _limits(job: Job) -> Iterator[str]:
    steps = job.reading.steps
    own = [(step.timeout, redact(step.name)) for step in steps if step.timeout]
    if job.reading.timeout and not in_its_text(job, Limit):
        yield _("time limit of {seconds} s").format(seconds=job.reading.timeout)
    elif own:
        for seconds, name in own:
            yield _("time limit of {seconds} s for {name}").format(seconds=seconds, name=name)
    elif job.reading.timeout is None:
        yield _("no time limit")


def _mail(job: Job) -> Iterator[str]:
    when, reading = mail_on(job), job.reading
    to = redact(", ".join(addresses(job)))
    if when == "output":
        yield _("mail of any output to {to}").format(to=to)
    elif when:
        yield _("mail of a failure to {to}").format(to=to)
    elif job.declared.mail == "" or reading.mail_when == "never":
        yield _("no mail")
    elif job.declared.mail is not None and "mailed" not in (reading.output, reading.errors):
        yield _("no mail, because no output reaches cron")


def _changed(job: Job) -> Iterator[str]:
    reading, runner = job.reading, runner_of(job)
    if job.interval:
        yield _("{seconds} s are counted from beat's last start, not from its scheduler's").format(
            seconds=job.interval.seconds
        )
    if runner != "shell":
        yield from _changed_around(job)
    options = (word.partition("=")[0] for step in reading.steps for word in step.argv)
    if runner == "call_command" and any(option in LAUNCHER_OPTIONS for option in options):
        yield _("the settings are the worker's")
    for name in secret_variables(job) + (workers_variables(job) if runner == "call_command" else []):
        yield _("{name} is the worker's own").format(name=name)
    for argument in secret_arguments(job):
        yield _("{argument} is read from the worker's {variable}").format(
            argument=argument.called, variable=argument.variable
        )
    if job.declared.idempotent:
        yield _("a failed run is tried again, {times} times, after {seconds} s each").format(
            times=TRIES, seconds=pause_of(job)
        )
    if runner == "subprocess" and mail_on(job) == "failure" and reading.mail_when == "output":
        yield _("mail of failures only, because a process writes output and errors as one")


def _changed_around(job: Job) -> Iterator[str]:
    """What a shell would have done for the job."""
    reading, runner = job.reading, runner_of(job)
    if reading.log:
        yield _("output goes to the task's log, not to {log}").format(log=redact(reading.log))
    if runner == "subprocess" and not all(map(folder_of, reading.steps)):
        yield _("it starts in the worker's folder, not in the home of cron's user")
    elif runner == "call_command" and reading.cwd:
        yield _("the working folder is the worker's, not {folder}").format(folder=redact(reading.cwd))
    if reading.exit_masked:
        yield _("a failure is seen, which the line hides")
    if reading.delay:
        yield _("it starts at once, without the line's delay")


def _lost(job: Job) -> Iterator[str]:
    reading, declared, inside = job.reading, job.declared, runner_of(job) != "shell"
    if reading.freshness and inside:
        yield _("the alarm when the last success is older than {age}").format(age=_hours(reading.freshness))
    yield from _lost_mail(job)
    if runner_of(job) == "call_command":
        yield from _lost_without_a_process(job)
    if declared.user or (reading.runs_as and inside):
        yield _("the user {user}").format(user=redact((inside and reading.runs_as) or declared.user or ""))
    if not inside:
        return
    if reading.container and reading.container.target:
        yield _("the container {name}").format(name=redact(reading.container.target))
    if reading.environment_files:
        yield _("the variables in {files}").format(files=redact(", ".join(reading.environment_files)))
    if reading.filters:
        yield _("the filters {filters}").format(filters=redact(", ".join(reading.filters)))


def _lost_mail(job: Job) -> Iterator[str]:
    reading, declared = job.reading, job.declared
    if reading.output_mail and runner_of(job) != "shell":
        yield _("the mail of {program} to {to}").format(
            program=reading.output_mail.command, to=redact(", ".join(reading.output_mail.to))
        )
    goes = "mailed" in (reading.output, reading.errors) and reading.mail_when != "never"
    if goes and not addresses(job) and declared.mail != "" and declared.place.source == "crontab":
        yield _("mail of any output to {to}, whom a worker cannot reach").format(
            to=redact(declared.mail or _("the crontab's owner"))
        )


def _lost_without_a_process(job: Job) -> Iterator[str]:
    if variables := [name for name in variables_of(job) if name not in workers_variables(job)]:
        yield _("the variables {names}").format(names=", ".join(variables))
    if job.reading.umask:
        yield _("umask {umask}").format(umask=job.reading.umask)
    if stdin_of(job):
        yield _("the text on standard input")
    if limit_in_worker(job) and any(map(limit_options, job.reading.steps)):
        yield _("the signals of timeout(1)")


def _hours(seconds: int) -> str:
    days, rest = divmod(seconds, 86400)
    return f"{days} d" if days and not rest else f"{seconds / 3600:g} h"
