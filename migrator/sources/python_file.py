"""Python files that declare jobs: settings, decorated functions, classes, calls of a scheduler."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.sources.facts import Fact, Startable
from migrator.sources.job import Declared, Found, LineKind
from migrator.sources.lines import accounted
from migrator.sources.python import (
    apscheduler,
    celery_beat,
    cronjobs_registry,
    crontab_writers,
    django_cron,
    django_crontab,
    django_q,
    dramatiq,
    extensions_jobs,
    huey,
    kronos,
    rq_scheduler,
    schedule_every,
    uwsgi,
)
from migrator.sources.python.jobs import not_static
from migrator.sources.python.module import Unparsed, parse_module
from migrator.sources.python.reader import Reader, Told
from migrator.sources.python.secrets import without_secrets
from migrator.sources.python.values import Folder
from migrator.sources.source import Source, SourceFile, Surroundings

NAME = "python"
READERS: tuple[Reader, ...] = (
    django_crontab.READER,
    django_cron.READER,
    kronos.READER,
    extensions_jobs.READER,
    cronjobs_registry.READER,
    celery_beat.READER,
    apscheduler.READER,
    huey.READER,
    django_q.READER,
    rq_scheduler.READER,
    uwsgi.READER,
    dramatiq.READER,
    schedule_every.READER,
    crontab_writers.READER,
)
GENERATED = "written by `migrator generate`"
_DECLARES = re.compile("|".join(rf"^[ \t]*(?:{reader.declares})" for reader in READERS), re.MULTILINE)


def may_be(path: str) -> bool:
    """Told by the name."""
    return path.endswith(".py")


def recognises(file: SourceFile) -> bool:
    """A Python file that was named, or one in a folder that declares something."""
    return may_be(file.path) and (file.named or bool(_told(file.path, file.text, ())))


def read(file: SourceFile, around: Surroundings) -> Found:
    """The jobs of a file, what it tells of other files' jobs, and every line of it."""
    told = _told(file.path, file.text, tuple(sorted(around.environment.items())))
    jobs = tuple(one for one in told if isinstance(one, Declared))
    findings = tuple(dict.fromkeys(one for one in told if isinstance(one, Finding)))
    facts = tuple(one for one in told if isinstance(one, Fact))
    reason = _("written by `migrator generate`") if _generated(file.text) else None
    text = _without_secrets(file.path, file.text)
    lines = accounted(file.path, text, _kinds(jobs, findings, facts))
    return Found(jobs, tuple(replace(line, reason=reason) for line in lines), findings, facts)


SOURCE = Source(NAME, recognises, read, may_be)


def _kinds(
    jobs: Iterable[Declared], findings: Iterable[Finding], facts: Iterable[Fact]
) -> dict[int, LineKind]:
    """The lines that are more than text: refused ones and those of jobs."""
    kinds: dict[int, LineKind] = {
        one.place.line: "unreadable" for one in findings if one.code == "CM101" and one.place
    }
    declared = (*jobs, *(one.job for one in facts if isinstance(one, Startable) and one.how != "registered"))
    return kinds | {job.place.line: "job" for job in declared}


def _generated(text: str) -> bool:
    """Whether ``migrator generate`` wrote it: its entries are the counterparts of jobs that are known."""
    return GENERATED in text[:400]


@lru_cache(maxsize=512)
def _told(path: str, text: str, environment: tuple[tuple[str, str], ...]) -> tuple[Told, ...]:
    """What the readers say; a file is asked for twice, when it is gathered and when it is read."""
    readers = [reader for reader in READERS if any(mark in text for mark in reader.marks)]
    if not readers or _generated(text):
        return ()
    try:
        folder = Folder(parse_module(path, text, dict(environment)))
    except Unparsed as problem:
        return tuple(_not_python(path, text, problem))
    return tuple(one for reader in readers for one in reader.read(folder))


def _without_secrets(path: str, text: str) -> str:
    """The text as it may be shown; what is no Python is looked at line by line, as all that is shown."""
    try:
        return without_secrets(text, parse_module(path, text))
    except Unparsed:
        return text


def _not_python(path: str, text: str, problem: Unparsed) -> Iterator[Finding]:
    """Said only where the file declares jobs beyond doubt: a repository may hold Python 2 and templates."""
    found = _DECLARES.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        reason = _("line {line}: {reason}").format(line=problem.line, reason=problem.reason)
        yield not_static(Place(path, line, NAME), f"{found.group().strip()} ({reason})")
