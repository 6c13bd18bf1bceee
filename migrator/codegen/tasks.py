"""The module of task wrappers: each task runs what cron ran, and says what it keeps of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from keyword import iskeyword

from migrator.codegen.body import body_of, limit_in_worker
from migrator.codegen.contract import offered_names
from migrator.codegen.excerpt import imported, mentions
from migrator.codegen.naming import task_name
from migrator.codegen.project.python_file import module_of
from migrator.codegen.promises import promises_of
from migrator.codegen.python_text import call, docstring, quoted
from migrator.codegen.runner import runner_of
from migrator.codegen.statements import written
from migrator.configuration import Generate
from migrator.equivalence.words import in_words
from migrator.redaction import redact
from migrator.schedule.dialect import DEBIAN
from migrator.sources.job import Job

RECORDED = "from migrator.contrib.django.tasks import recorded  # taken out by `migrator finish`"
_STANDARD = {"os": "import os", "suppress": "from contextlib import suppress", "inf": "from math import inf"}
_TAKEN = {"annotations", "recorded", "shared_task", *_STANDARD}  # names of the module itself
LONGEST_TITLE = 76  # characters, so that the line ends within python_text.WIDTH
GRACE = 30  # seconds between a command's own limit and the end of its worker process


@dataclass(frozen=True, slots=True)
class Needs:
    """What a module of tasks imports: lines of the standard library, and names of the contract."""

    standard: tuple[str, ...]
    names: tuple[str, ...]


def needs_of(code: str) -> Needs:
    """What the code of tasks needs."""
    used = mentions(ast.parse(code))
    # classes before functions
    names = sorted(offered_names() & used, key=lambda name: (name.islower(), name))
    return Needs(tuple(line for name, line in _STANDARD.items() if name in used), tuple(names))


def tasks_module(jobs: Sequence[Job], configuration: Generate) -> tuple[str, list[str]]:
    """The text of ``tasks.py`` for the jobs that move, and the names that it takes from the contract."""
    tasks = "".join("\n\n" + task_code(job, configuration) + "\n" for job in jobs)
    needs = needs_of(tasks)
    standard, names = needs.standard, list(needs.names)
    commands = all(runner_of(job) == "call_command" for job in jobs)
    head = [
        '"""Celery tasks for the jobs that cron runs; written by `migrator generate`.\n',
        *(_CALLS if commands else _RUNS),
        '"""\n',
        "from __future__ import annotations\n",
        *(["\n".join(standard) + "\n"] if standard else []),
        "from celery import shared_task",
        f"{RECORDED}\n",
        *([imported(module_of(configuration.contract), names)] if names else []),
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


def task_code(job: Job, configuration: Generate, taken: Collection[str] = ()) -> str:
    """The task of one job; ``taken``: names that its module has already."""
    recorded = call(
        "@recorded",
        [
            quoted(job.id),
            f"expression={quoted(job.recorded_schedule)}",
            f"timezone={quoted(job.timezone)}",
            *_moved(job),
            *_read_by(job),
        ],
        0,
    )
    lines = [
        call("@shared_task", [f"name={quoted(task_name(job, configuration))}", *_hard_limit(job)], 0),
        recorded,
        f"def {function_name(job.id, taken)}() -> None:",
        docstring(*_described(job)),
    ]
    return "\n".join([*lines, *written(body_of(job), 4)])


def _moved(job: Job) -> list[str]:
    """The time before a declared move that is in force: the slots up to it are the ledger's by that time."""
    move = job.declared.move
    if move is None or job.live:
        return []
    return [f"moved_from={quoted(' '.join(move.before.text.split()))}"]


def _read_by(job: Job) -> list[str]:
    """What reads the schedule, where Debian's cron would read it otherwise."""
    dialect = job.recorded_dialect
    return [] if dialect == DEBIAN.name else [f"dialect={quoted(dialect)}"]


def function_name(identity: str, taken: Collection[str] = ()) -> str:
    """The job's id, unless Python or the module has that name already."""
    own = iskeyword(identity) or identity in _TAKEN or identity in offered_names()
    name = f"{identity}_job" if own or identity in taken else identity
    while name in taken:
        name += "_of_cron"
    return name


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
    if promises.added:
        yield f"Added by migrator.toml: {'; '.join(promises.added)}."
    if promises.changed:
        yield f"Changed: {'; '.join(promises.changed)}."
    if promises.lost:
        yield f"Not kept: {'; '.join(promises.lost)}."
