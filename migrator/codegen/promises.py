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
from migrator.redaction import redact
from migrator.sources.job import Job


@dataclass(frozen=True, slots=True)
class Promises:
    """Each in words; what is quoted from the line is without its secrets."""

    kept: tuple[str, ...]
    changed: tuple[str, ...]
    lost: tuple[str, ...]


def promises_of(job: Job) -> Promises:
    """The contract of one move."""
    return Promises(tuple(_kept(job)), tuple(_changed(job)), tuple(_lost(job)))


def _kept(job: Job) -> Iterator[str]:
    yield "exit status"
    if any(step.after != "success" for step in job.reading.steps[1:]) and runner_of(job) != "shell":
        yield "what runs after a failure"
    yield from _of_a_process(job)
    yield from _lock(job)
    if not job.declared.idempotent:
        yield "no retry"
    yield from _limits(job)
    yield from _mail(job)


def _of_a_process(job: Job) -> Iterator[str]:
    match runner_of(job):
        case "shell":
            yield f"the line as it is, run by {job.declared.shell}"
        case "subprocess":
            yield "a process of its own"
            if all(map(folder_of, job.reading.steps)):
                yield "the working folder"
            if job.reading.umask:
                yield f"umask {job.reading.umask}"
            if stdin_of(job):
                yield "the text on standard input"
        case "http":
            yield "the request"
    if variables := _kept_variables(job):
        yield f"the variables {', '.join(variables)}"


def _kept_variables(job: Job) -> list[str]:
    return list(variables_of(job)) if runner_of(job) in ("subprocess", "shell") else []


def _lock(job: Job) -> Iterator[str]:
    held = job.reading.lock
    if held is None or in_its_text(job, Lock):
        return
    name = redact(lock_name(job))
    among = "with cron's runs on one host, too" if name.startswith("/") else "among its own runs"
    if not held.blocking:
        how = "a failure when it is held"
    else:
        how = f"waited for, {held.wait} s at most" if held.wait else "waited for"
    yield f"the lock {name} {among}, {how}"


def _limits(job: Job) -> Iterator[str]:
    steps = job.reading.steps
    own = [f"{step.timeout} s for {redact(step.name)}" for step in steps if step.timeout]
    if job.reading.timeout and not in_its_text(job, Limit):
        yield f"time limit of {job.reading.timeout} s"
    elif own:
        yield f"time limit of {' and '.join(own)}"
    elif job.reading.timeout is None:
        yield "no time limit"


def _mail(job: Job) -> Iterator[str]:
    when, reading = mail_on(job), job.reading
    if when:
        what = "any output" if when == "output" else "a failure"
        yield f"mail of {what} to {redact(', '.join(addresses(job)))}"
    elif job.declared.mail == "" or reading.mail_when == "never":
        yield "no mail"
    elif job.declared.mail is not None and "mailed" not in (reading.output, reading.errors):
        yield "no mail, because no output reaches cron"


def _changed(job: Job) -> Iterator[str]:
    reading, runner = job.reading, runner_of(job)
    if runner != "shell":
        yield from _changed_around(job)
    options = (word.partition("=")[0] for step in reading.steps for word in step.argv)
    if runner == "call_command" and any(option in LAUNCHER_OPTIONS for option in options):
        yield "the settings are the worker's"
    own = secret_variables(job) + (workers_variables(job) if runner == "call_command" else [])
    if own:
        yield f"{' and '.join(own)} {'is' if len(own) == 1 else 'are'} the worker's own"
    for argument in secret_arguments(job):
        yield f"{argument.called} is read from the worker's {argument.variable}"
    if job.declared.idempotent:
        yield f"a failed run is tried again, {TRIES} times, after {pause_of(job)} s each"
    if runner == "subprocess" and mail_on(job) == "failure" and reading.mail_when == "output":
        yield "mail of failures only, because a process writes output and errors as one"


def _changed_around(job: Job) -> Iterator[str]:
    """What a shell would have done for the job."""
    reading, runner = job.reading, runner_of(job)
    if reading.log:
        yield f"output goes to the task's log, not to {redact(reading.log)}"
    if runner == "subprocess" and not all(map(folder_of, reading.steps)):
        yield "it starts in the worker's folder, not in the home of cron's user"
    elif runner == "call_command" and reading.cwd:
        yield f"the working folder is the worker's, not {redact(reading.cwd)}"
    if reading.exit_masked:
        yield "a failure is seen, which the line hides"
    if reading.delay:
        yield "it starts at once, without the line's delay"


def _lost(job: Job) -> Iterator[str]:
    reading, declared, inside = job.reading, job.declared, runner_of(job) != "shell"
    if reading.freshness and inside:
        yield f"the alarm when the last success is older than {_hours(reading.freshness)}"
    yield from _lost_mail(job)
    if runner_of(job) == "call_command":
        yield from _lost_without_a_process(job)
    if declared.user or (reading.runs_as and inside):
        yield f"the user {redact((inside and reading.runs_as) or declared.user or '')}"
    if reading.container and reading.container.target and inside:
        yield f"the container {redact(reading.container.target)}"
    if reading.environment_files and inside:
        yield f"the variables in {redact(', '.join(reading.environment_files))}"
    if reading.filters and inside:
        yield f"the filters {redact(', '.join(reading.filters))}"


def _lost_mail(job: Job) -> Iterator[str]:
    reading, declared = job.reading, job.declared
    if reading.output_mail and runner_of(job) != "shell":
        yield f"the mail of {reading.output_mail.command} to {redact(', '.join(reading.output_mail.to))}"
    to = redact(declared.mail or "the crontab's owner")
    goes = "mailed" in (reading.output, reading.errors) and reading.mail_when != "never"
    if goes and not addresses(job) and declared.mail != "" and declared.place.source == "crontab":
        yield f"mail of any output to {to}, whom a worker cannot reach"


def _lost_without_a_process(job: Job) -> Iterator[str]:
    if variables := [name for name in variables_of(job) if name not in workers_variables(job)]:
        yield f"the variables {', '.join(variables)}"
    if job.reading.umask:
        yield f"umask {job.reading.umask}"
    if stdin_of(job):
        yield "the text on standard input"
    if limit_in_worker(job) and any(map(limit_options, job.reading.steps)):
        yield "the signals of timeout(1)"


def _hours(seconds: int) -> str:
    days, rest = divmod(seconds, 86400)
    return f"{days} d" if days and not rest else f"{seconds / 3600:g} h"
