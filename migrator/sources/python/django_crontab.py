"""django-crontab: ``CRONJOBS`` in the settings, which ``manage.py crontab add`` writes into a crontab.

Authority: django_crontab/crontab.py 0.7.1. A tuple is (schedule, function, suffix) or (schedule,
function, args, kwargs, suffix); the line in the crontab names the job by a hash of that tuple.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from migrator.crontab.command import read_command
from migrator.crontab.reading import Lock
from migrator.findings import Finding, Place
from migrator.schedule.kinds import Schedule
from migrator.sources.facts import Assigned, Startable
from migrator.sources.job import Declared
from migrator.sources.python.jobs import (
    CALL_COMMAND,
    MANAGE,
    command_job,
    command_words,
    cron_schedule,
    function_job,
    name_of,
    not_static,
    words_of,
)
from migrator.sources.python.module import Scope, text_of
from migrator.sources.python.parts import elements
from migrator.sources.python.reader import Reader, Told
from migrator.sources.python.settings import Given, given, imported, replaces
from migrator.sources.python.values import Folder, is_static, shown

NAME = "django-crontab"
SETTING = "CRONJOBS"
PREFIX, SUFFIX, LOCKS = "CRONTAB_COMMAND_PREFIX", "CRONTAB_COMMAND_SUFFIX", "CRONTAB_LOCK_JOBS"


@dataclass(frozen=True, slots=True)
class _Around:
    """What the other settings put around each command."""

    prefix: str
    suffix: str
    locked: bool


def read(folder: Folder) -> Iterator[Told]:
    """The jobs of every statement about ``CRONJOBS``."""
    module = folder.module
    around = _Around(_text(folder, PREFIX), _text(folder, SUFFIX), _setting(folder, LOCKS) is True)
    seen: set[int] = set()  # a setting that is made of itself shows its elements again
    for imports, _name in imported(module, SETTING.__eq__):
        yield Assigned(SETTING, module.place(imports, NAME))
    for one in given(module, SETTING.__eq__):
        generator = module.place(one.node, NAME)
        if replaces(module, one, SETTING.__eq__):
            yield Assigned(SETTING, generator)
        for node, scope, readable in _elements(folder, one):
            if id(node) in seen:
                continue
            seen.add(id(node))
            if readable:
                yield from _Entry(folder, module.place(node, NAME), generator, around).told(node, scope)
            elif module.dotted(node).rpartition(".")[2] != SETTING:  # another module's is read there
                yield not_static(module.place(node, NAME), text_of(node))


READER = Reader(NAME, (SETTING,), read, rf"{SETTING}\s*\+?=")


def _elements(folder: Folder, one: Given) -> Iterator[tuple[ast.expr, Scope, bool]]:
    if one.one:
        yield one.value, one.scope, True
    else:
        yield from elements(folder, one.value, one.scope)


def _setting(folder: Folder, name: str) -> Any:
    values = [folder.fold(one.value, one.scope) for one in given(folder.module, name.__eq__)]
    return values[-1] if values else None


def _text(folder: Folder, name: str) -> str:
    value = _setting(folder, name)
    return "" if value is None else shown(value)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One tuple of the setting."""

    folder: Folder
    place: Place
    generator: Place
    around: _Around

    def told(self, node: ast.expr, scope: Scope) -> Iterator[Told]:
        entry = self.folder.fold(node, scope)
        if not isinstance(entry, list | tuple) or not 2 <= len(entry):
            yield not_static(self.place, text_of(node))
            return
        schedule = cron_schedule(entry[0], self.place)
        if isinstance(schedule, Finding):
            yield schedule
            return
        yield Startable("crontab", ("run", _hash(entry)), self.job(entry, schedule), "installed")

    def job(self, entry: Sequence[Any], schedule: Schedule) -> Declared:
        third = entry[2] if len(entry) > 2 else None
        suffix = third if isinstance(third, str) else entry[4] if len(entry) > 4 else ""
        args = () if third is None or isinstance(third, str) else third
        kwargs = entry[3] if len(entry) > 3 else {}
        name = name_of(entry[1])
        words = command_words(args, kwargs) if name == CALL_COMMAND else None
        # The line as it stands in the crontab, so that what is around the command is read as there.
        command = f"{MANAGE} crontab run"
        line = " ".join(filter(None, [self.around.prefix, command, shown(suffix), self.around.suffix]))
        reading = read_command(line)
        if self.around.locked and reading.lock is None:
            reading.lock = Lock(f"django_crontab_{_hash(entry) or '?'}.lock", blocking=False)
        more = {
            "generator": self.generator,
            "findings": tuple(
                Finding(one.code, self.place, one.message, one.hint, one.detail) for one in reading.remarks
            ),
        }
        if words is None:
            arguments = words_of(args, kwargs)
            return function_job(self.place, name, schedule, argv=arguments, reading=reading, **more)
        job = command_job(self.place, words, schedule, **more)
        reading.steps[:] = job.reading.steps
        return Declared(
            place=job.place,
            raw=job.raw,
            schedule=schedule,
            reading=reading,
            generator=job.generator,
            findings=job.findings,
        )


def _hash(entry: Sequence[Any]) -> str:
    """What ``manage.py crontab run`` calls the job: see __hash_job(); empty where it is not static."""
    if not is_static(entry):
        return ""
    try:
        text = json.JSONEncoder(sort_keys=True).encode(entry)
    except (TypeError, ValueError, RecursionError):
        return ""
    return hashlib.md5(text.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()
