"""One job for a source and what it renders to; a note where several lines run the same command."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from migrator.findings import Finding
from migrator.i18n import _
from migrator.schedule.expression import CronExpression
from migrator.schedule.kinds import Schedule, Undecided
from migrator.schedule.meaning import meaning
from migrator.sources.job import Declared
from migrator.values import value

CRONTAB = "crontab"  # the source of the places that a script or a playbook renders to


@value
class Merged:
    """A job, and everything that declares it: itself first, then the source that renders to it."""

    declared: Declared
    places: tuple[Declared, ...]


def merge(declared: Sequence[Declared]) -> list[Merged]:
    """A generator's line, or a template's, and the line it renders to are one job with two places.

    Two equal live lines stay two jobs, as under cron: each rendered line takes one
    generated line, and the other way round.
    """
    sources = {index: job for index, job in enumerate(declared) if _renders(job)}
    if not sources:
        return [Merged(job, (job,)) for job in declared]
    by_command: dict[str, list[int]] = defaultdict(list)
    by_minutes: dict[object, list[int]] = defaultdict(list)  # templates' lines; None: any may be theirs
    for index, job in sources.items():
        if job.placeholders:
            by_minutes[None if isinstance(job.schedule, Undecided) else _minutes(job.schedule)].append(index)
        else:
            by_command[command_of(job)].append(index)
    merged: dict[int, Merged] = {}
    for index, job in enumerate(declared):
        if index in sources:
            continue
        written = by_command.get(command_of(job), ())
        filled = sorted([*by_minutes.get(_minutes(job.schedule), ()), *by_minutes.get(None, ())])
        candidates = (at for at in (*written, *filled) if at not in merged)
        twin = next((at for at in candidates if _renders_to(declared[at], job)), None)
        if twin is None:
            merged[index] = Merged(job, (job,))
        else:
            source = declared[twin]
            whole = replace(job, generator=source.generator or source.place)
            merged[index] = merged[twin] = Merged(whole, (job, source))
    alone = {index: Merged(job, (job,)) for index, job in sources.items() if index not in merged}
    twins = sources.keys() - alone.keys()
    return [one for index, one in sorted((merged | alone).items()) if index not in twins]


def _renders(job: Declared) -> bool:
    return job.generator is not None or any(finding.code == "CM110" for finding in job.findings)


def _renders_to(source: Declared, line: Declared) -> bool:
    if source.generator is None and source.place.path == line.place.path:
        return False
    if line.place.source not in (CRONTAB, source.place.source):
        return False  # a manifest and a script that say the same are two schedulers, and both run
    if not source.placeholders:
        return command_of(source) == command_of(line) and same_minutes(source.schedule, line.schedule)
    schedule = _fits(source.schedule.text, source.placeholders, line.schedule.text)
    return (
        (schedule if isinstance(source.schedule, Undecided) else same_minutes(source.schedule, line.schedule))
        and _fits(source.user or "", source.placeholders, line.user or "")
        and _fits(command_of(source), source.placeholders, command_of(line), certain=True)
    )


def _fits(pattern: str, placeholders: Sequence[str], text: str, *, certain: bool = False) -> bool:
    """Whether a text is what a pattern becomes; ``certain``: only if enough of it is no placeholder."""
    first, *rest = _pieces(pattern, tuple(placeholders))
    if certain and len(re.findall(r"\w", "".join([first, *rest]))) < 4:
        return False
    if not rest:
        return first == text
    position, end = len(first), len(text) - len(rest[-1])
    if not text.startswith(first) or not text.endswith(rest[-1]) or end < position:
        return False
    for piece in rest[:-1]:
        found = text.find(piece, position, end)
        if found < 0:
            return False
        position = found + len(piece)
    return True


@lru_cache(maxsize=4096)
def _pieces(pattern: str, placeholders: tuple[str, ...]) -> tuple[str, ...]:
    """What stands between the placeholders; each template's line is held against many others."""
    marks = "|".join(re.escape(" ".join(one.split())) for one in sorted(placeholders, key=len, reverse=True))
    return tuple(re.split(marks, " ".join(pattern.split())))


def command_of(job: Declared) -> str:
    """The command as written, whatever blanks stand in it."""
    return " ".join(job.raw.split())


def same_minutes(a: Schedule, b: Schedule) -> bool:
    """Whether two schedules mean the same, however they are spelt: ``* * 7`` and ``* * sun``."""
    return a == b or _minutes(a) == _minutes(b)


def _minutes(schedule: Schedule) -> object:
    """What decides whether two schedules are due together."""
    return meaning(schedule) if isinstance(schedule, CronExpression) else schedule


def repeated(merged: Sequence[Merged]) -> Iterator[tuple[int, Finding]]:
    """Notes for jobs that are due at times, by index, whose command another job runs as well."""
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for index, one in enumerate(merged):
        if not one.declared.in_celery and one.declared.raw.strip() and _minutes(one.declared.schedule):
            groups[_work(one.declared)].append(index)
    for indexes in groups.values():
        if len(indexes) > 1:
            yield from _notes([(index, merged[index].declared) for index in indexes])


def _notes(jobs: Sequence[tuple[int, Declared]]) -> Iterator[tuple[int, Finding]]:
    """Each of several jobs with the same command names another, one at the same minutes if there is any."""
    spelled = {job.schedule.text: job.schedule for _index, job in jobs}
    minutes = {
        text: next(t for t, s in spelled.items() if same_minutes(s, spelled[text])) for text in spelled
    }
    at_once: dict[str, list[Declared]] = defaultdict(list)
    for _index, job in jobs:
        at_once[minutes[job.schedule.text]].append(job)
    for index, job in jobs:
        together = at_once[minutes[job.schedule.text]]
        if len(together) > 1:
            yield index, _both_run(job, together[0] if together[0] is not job else together[1])
        else:
            yield index, _on_another_schedule(job, next(other for _i, other in jobs if other is not job))


def _work(job: Declared) -> tuple[object, ...]:
    """What a job does: its management commands, however they are called, or its command as written."""
    steps = job.reading.steps
    if steps and all(step.kind == "management" for step in steps):
        return tuple((step.name, step.argv) for step in steps)
    return (command_of(job),)


def _both_run(job: Declared, other: Declared) -> Finding:
    message = _("the same command at the same minutes as {place}: both run")
    hint = _("keep one of them, if they are meant to be one job")
    return Finding("CM114", job.place, message.format(place=other.place), hint)


def _on_another_schedule(job: Declared, other: Declared) -> Finding:
    message = _("the same command on another schedule as {place}: two jobs, whose ids go by their order")
    hint = _("give both lines' schedules to one job, or tell their commands apart")
    return Finding("CM114", job.place, message.format(place=other.place), hint)
