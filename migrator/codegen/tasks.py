"""The module of task wrappers: each task calls the command that cron called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from keyword import iskeyword

from migrator.codegen.python_text import call, docstring, quoted
from migrator.configuration import Generate
from migrator.crontab.reading import Step
from migrator.equivalence.words import in_words
from migrator.redaction import redact
from migrator.sources.job import Job

# Options of manage.py itself: a worker has its settings and path already.
_LAUNCHER_OPTIONS = ("--settings", "--pythonpath")
_TAKEN = {"annotations", "lock", "recorded", "run_command", "shared_task"}  # names of the module itself
LONGEST_TITLE = 76  # characters, so that the line ends within python_text.WIDTH
GRACE = 30  # seconds between the soft time limit and the hard one


def tasks_module(jobs: Sequence[Job], configuration: Generate) -> str:
    """The text of ``tasks.py`` for the jobs that move."""
    contract = configuration.contract.removesuffix(".py").replace("/", ".")
    names = ["lock", "run_command"] if any(job.reading.lock for job in jobs) else ["run_command"]
    head = [
        '"""Celery tasks for the jobs that cron runs; written by `migrator generate`.\n',
        "Each task calls the management command that cron called, so the work itself is",
        "described in one place.",
        '"""\n',
        "from __future__ import annotations\n",
        "from celery import shared_task",
        "from migrator.contrib.django.tasks import recorded  # taken out by `migrator finish`\n",
        f"from {contract} import {', '.join(names)}",
    ]
    return "\n".join(head) + "\n" + "".join("\n\n" + _task(job, configuration) + "\n" for job in jobs)


def _task(job: Job, configuration: Generate) -> str:
    assert job.expression is not None
    recorded = call(
        "@recorded",
        [
            quoted(job.id),
            f"expression={quoted(' '.join(job.expression.text.split()))}",
            f"timezone={quoted(job.timezone)}",
        ],
        0,
    )
    lines = [
        call("@shared_task", [f"name={quoted(f'{configuration.app_label}.{job.id}')}", *_limits(job)], 0),
        recorded,
        f"def {function_name(job.id)}() -> None:",
        docstring(*_described(job)),
    ]
    indent = 4
    if job.reading.lock:
        wait = ", wait=True" if job.reading.lock.blocking else ""
        lines.append(f"    with lock({quoted(job.reading.lock.key)}{wait}):")
        indent = 8
    return "\n".join([*lines, *_body(job.reading.steps, indent)])


def function_name(identity: str) -> str:
    """The job's id, unless Python or the module has that name already."""
    taken = iskeyword(identity) or identity in _TAKEN
    return f"{identity}_job" if taken else identity


def _limits(job: Job) -> list[str]:
    """Time limits only where cron had them: timeout(1) first asks, as the soft limit does."""
    limit = job.reading.timeout
    return [] if limit is None else [f"soft_time_limit={limit}", f"time_limit={limit + GRACE}"]


def _described(job: Job) -> tuple[str, list[str]]:
    """The docstring's title and its paragraphs; a schedule of many words is a paragraph."""
    label = redact(job.declared.label or "") or job.command.replace("_", " ").capitalize()
    label, words = label.rstrip("."), in_words(job.schedule)
    if len(label) + len(words) <= LONGEST_TITLE:
        return f"{label}: {words}.", list(_contract(job))
    return f"{label[:LONGEST_TITLE]}.", [f"Runs {words}.", *_contract(job)]


def _body(steps: Sequence[Step], indent: int) -> Iterator[str]:
    for step in steps:
        arguments = [quoted(step.name), *map(quoted, _arguments(step.argv))]
        yield " " * indent + call("run_command", arguments, indent)


def _arguments(argv: Sequence[str]) -> Iterator[str]:
    words = iter(argv)
    for word in words:
        if word == "--":  # what follows are arguments, whatever they look like
            yield word
            yield from words
        elif word in _LAUNCHER_OPTIONS:
            next(words, None)
        elif not word.startswith(tuple(f"{option}=" for option in _LAUNCHER_OPTIONS)):
            yield word


def _contract(job: Job) -> Iterator[str]:
    """What is kept of cron's contract and what is not, for the reader of the task."""
    made = f" (made by {job.generator})" if job.generator else ""
    yield f"From {job.places[0]}{made}."
    yield f"Kept: {'; '.join(_kept(job))}."
    if changed := list(_changed(job)):
        yield f"Changed: {'; '.join(changed)}."
    if lost := list(_lost(job)):
        yield f"Not kept: {'; '.join(lost)}."


def _kept(job: Job) -> Iterator[str]:
    limit, held = job.reading.timeout, job.reading.lock
    yield "exit status"
    if held:
        yield f"the lock {held.key} among its own runs, " + (
            "waited for" if held.blocking else "a failure when it is held"
        )
    yield "no retry"
    yield "no time limit" if limit is None else f"time limit of {limit} s"


def _changed(job: Job) -> Iterator[str]:
    if job.reading.log:
        yield f"output goes to the task's log, not to {redact(job.reading.log)}"
    if job.reading.cwd:
        yield f"the working folder is the worker's, not {redact(job.reading.cwd)}"
    if any(_LAUNCHER_OPTIONS[0] in word for step in job.reading.steps for word in step.argv):
        yield "the settings are the worker's"


def _lost(job: Job) -> Iterator[str]:
    reading, declared = job.reading, job.declared
    if reading.freshness:
        yield f"the alarm when the last success is older than {_hours(reading.freshness)}"
    if declared.mail:
        yield f"mail of any output to {redact(declared.mail)}"
    if reading.environment:
        yield f"the variables {', '.join(reading.environment)}"
    if reading.umask:
        yield f"umask {reading.umask}"
    if declared.user:
        yield f"the user {declared.user}"
    if declared.stdin is not None:
        yield "the text on standard input"


def _hours(seconds: int) -> str:
    days, rest = divmod(seconds, 86400)
    return f"{days} d" if days and not rest else f"{seconds / 3600:g} h"
