"""The words of a command in code: as they are, but a secret is read from the worker's environment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count

from migrator.codegen.python_text import quoted
from migrator.crontab.reading import Step
from migrator.redaction import MASK, redact_arguments
from migrator.sources.job import Job

# Options of manage.py itself: a worker has its settings and path already.
LAUNCHER_OPTIONS = ("--settings", "--pythonpath")


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument as code; of a secret one, what it is called and the variable that holds it."""

    code: str
    called: str = ""
    variable: str | None = None


def command_arguments(job: Job, step: Step) -> list[Argument]:
    """What the management command itself gets."""
    return list(_arguments(job, step, list(_without_launcher_options(step.argv))))


def process_arguments(job: Job, step: Step) -> list[Argument]:
    """All words of the step, the program first."""
    return [Argument(quoted(step.words[0])), *_arguments(job, step, step.words[1:])]


def _arguments(job: Job, step: Step, words: Sequence[str]) -> Iterator[Argument]:
    shown = redact_arguments(step.name, words, line=step.text)
    taken: set[str] = set()
    for before, word, masked in zip(("", *words), words, shown, strict=False):
        option, equals, value = masked.partition("=")
        if word == masked:
            yield Argument(quoted(word))
        elif option.startswith("-") and value == MASK:
            variable = _variable(job, step, option, taken)
            yield Argument(f"{quoted(option + equals)} + {_taken(variable)}", option, variable)
        else:
            called = before if before.startswith("-") else f"argument {words.index(word) + 1}"
            variable = _variable(job, step, called, taken)
            yield Argument(_taken(variable), called, variable)


def _taken(variable: str) -> str:
    return f"os.environ[{quoted(variable)}]"


def _variable(job: Job, step: Step, called: str, taken: set[str]) -> str:
    """A name that no other secret of the job has; an option may be given twice."""
    same = [one for one in job.reading.steps if one.name == step.name]
    owner = [job.id] if job.id == step.name else [job.id, step.name]
    number = [str(same.index(step) + 1)] if len(same) > 1 else []
    name = re.sub(r"\W+", "_", "_".join([*owner, *number, called.strip("-")])).upper()
    names = chain([name], (f"{name}_{another}" for another in count(2)))
    own = next(one for one in names if one not in taken)
    taken.add(own)
    return own


def _without_launcher_options(argv: Sequence[str]) -> Iterator[str]:
    words = iter(argv)
    for word in words:
        if word == "--":  # what follows are arguments, whatever they look like
            yield word
            yield from words
        elif word in LAUNCHER_OPTIONS:
            next(words, None)
        elif word.partition("=")[0] not in LAUNCHER_OPTIONS:
            yield word
