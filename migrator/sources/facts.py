"""What a file tells beside its jobs: what other files need to be understood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from migrator.findings import Finding, Place
from migrator.sources.job import Declared
from migrator.sources.shell.installation import Crontab


@dataclass(frozen=True, slots=True)
class Startable:
    """A job that a line ``manage.py COMMAND WORDS`` of another file starts.

    ``installed``: the line is the same job, written by a generator. ``driven``: the line starts
    many such jobs, and with ``words`` missing all of them where ``all_without_words``. ``registered``:
    a function that has no schedule but the line's. ``placed``: a line may start this one alone, too.
    ``borrows``: its schedule is that of the line.
    """

    command: str
    words: tuple[str, ...]
    job: Declared
    how: Literal["installed", "driven", "registered", "placed"]
    all_without_words: bool = False
    borrows: bool = False


@dataclass(frozen=True, slots=True)
class TaskRuns:
    """A Celery task that runs a management command; ``argv`` None: its arguments are not static."""

    tasks: tuple[str, ...]  # the names under which the task may be known, the module's path first
    command: str
    argv: tuple[str, ...] | None
    place: Place


@dataclass(frozen=True, slots=True)
class Assigned:
    """A setting that gets a value at a place; in one process only one of several counts."""

    setting: str
    place: Place


@dataclass(frozen=True, slots=True)
class Installed:
    """A file that a line of another file puts into place as a crontab; ``path`` as that line names it.

    ``zone``: the clock that its cron goes by, where that is said; ``changed``: not as it is;
    ``findings``: what there is to say about its jobs there.
    """

    path: str
    place: Place
    crontab: Crontab
    zone: str | None = None
    changed: bool = False
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """A job that a setting names; with such a setting, ``command`` without words starts no other."""

    command: str
    name: str
    place: Place


Fact = Startable | TaskRuns | Assigned | Listed | Installed
