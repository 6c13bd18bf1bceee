"""The module of task wrappers: each task runs what cron ran, and says what it keeps of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from keyword import iskeyword

from migrator.codegen.body import body_of, limit_in_worker
from migrator.codegen.contract import offered_names
from migrator.codegen.excerpt import imported, mentions
from migrator.codegen.promises import promises_of
from migrator.codegen.python_text import call, docstring, quoted
from migrator.codegen.runner import runner_of
from migrator.codegen.statements import written
from migrator.configuration import Generate
from migrator.equivalence.words import in_words
from migrator.redaction import redact
from migrator.sources.job import Job

_TAKEN = {"annotations", "inf", "os", "recorded", "shared_task", "suppress"}  # names of the module itself
LONGEST_TITLE = 76  # characters, so that the line ends within python_text.WIDTH
GRACE = 30  # seconds between a command's own limit and the end of its worker process


def tasks_module(jobs: Sequence[Job], configuration: Generate) -> tuple[str, list[str]]:
    """The text of ``tasks.py`` for the jobs that move, and the names that it takes from the contract."""
    tasks = "".join("\n\n" + _task(job, configuration) + "\n" for job in jobs)
    used = mentions(ast.parse(tasks))
    # classes before functions
    names = sorted(offered_names() & used, key=lambda name: (name.islower(), name))
    contract = configuration.contract.removesuffix(".py").replace("/", ".")
    standard = ["import os"] * ("os" in used)
    standard += ["from contextlib import suppress"] * ("suppress" in used)
    standard += ["from math import inf"] * ("inf" in used)
    commands = all(runner_of(job) == "call_command" for job in jobs)
    head = [
        '"""Celery tasks for the jobs that cron runs; written by `migrator generate`.\n',
        *(_CALLS if commands else _RUNS),
        '"""\n',
        "from __future__ import annotations\n",
        *(["\n".join(standard) + "\n"] if standard else []),
        "from celery import shared_task",
        "from migrator.contrib.django.tasks import recorded  # taken out by `migrator finish`\n",
        *([imported(contract, names)] if names else []),
    ]
    return "\n".join(head) + "\n" + tasks, names


_CALLS = (
    "Each task calls the management command that cron called, so the work itself is",
    "described in one place.",
)
_RUNS = (
    "Each task runs what cron ran, so the work itself is described in one place: the",
    "management command inside the worker, or all of it in a process of its own.",
)


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
        call("@shared_task", [f"name={quoted(task_name(job, configuration))}", *_hard_limit(job)], 0),
        recorded,
        f"def {function_name(job.id)}() -> None:",
        docstring(*_described(job)),
    ]
    return "\n".join([*lines, *written(body_of(job), 4)])


def task_name(job: Job, configuration: Generate) -> str:
    """The explicit name: moving the module changes nothing in the broker or in beat's rows."""
    return f"{configuration.app_label}.{job.id}"


def function_name(identity: str) -> str:
    """The job's id, unless Python or the module has that name already."""
    taken = iskeyword(identity) or identity in _TAKEN or identity in offered_names()
    return f"{identity}_job" if taken else identity


def _hard_limit(job: Job) -> list[str]:
    """Where the command does not end at its limit, the worker's process does, as at timeout(1)'s signal.

    Celery counts the wait for a lock, which a limit inside the lock does not.
    """
    limit, lock = limit_in_worker(job), job.reading.lock
    if limit is None or runner_of(job) != "call_command" or (lock and lock.blocking):
        return []
    return [f"time_limit={limit + GRACE}"]


def _described(job: Job) -> tuple[str, list[str]]:
    """The docstring's title and its paragraphs; a schedule of many words is a paragraph."""
    label = redact(job.declared.label or "") or re.sub("_", " ", job.command).capitalize()
    label, words = label.rstrip("."), in_words(job.schedule)
    if len(label) + len(words) <= LONGEST_TITLE:
        return f"{label}: {words}.", list(_contract(job))
    return f"{label[:LONGEST_TITLE]}.", [f"Runs {words}.", *_contract(job)]


def _contract(job: Job) -> Iterator[str]:
    """What is kept of cron's contract and what is not, for the reader of the task."""
    made = f" (made by {job.generator})" if job.generator else ""
    yield f"From {job.places[0]}{made}."
    promises = promises_of(job)
    yield f"Kept: {'; '.join(promises.kept)}."
    if promises.changed:
        yield f"Changed: {'; '.join(promises.changed)}."
    if promises.lost:
        yield f"Not kept: {'; '.join(promises.lost)}."
