"""What is declared more than once: settings of several modules, commands of cron and of Celery."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.sources.facts import Assigned, Fact, TaskRuns
from migrator.sources.job import Declared, Found

ENTRY, ROW = "beat schedule", "periodic task"
REPEATED = ("django-crontab", ENTRY)  # sources that a settings module can repeat


def overridden(own: Sequence[Fact], facts: Sequence[Fact]) -> Iterator[Finding]:
    """A setting that gets its value twice, in the settings of one project."""
    first: dict[tuple[str, str], Place] = {}
    for fact in facts:
        if not isinstance(fact, Assigned):
            continue
        key = (posixpath.dirname(fact.place.path), fact.setting)
        other = first.setdefault(key, fact.place)
        if other != fact.place and any(fact is one for one in own):
            yield Finding(
                "CM143",
                fact.place,
                _("{setting} gets a value here and at {place}: only one of them counts").format(
                    setting=fact.setting, place=other
                ),
                _("look at what the settings of production leave: python manage.py diffsettings"),
            )


def with_rows(found: Sequence[Found]) -> list[Found]:
    """An entry of the settings that beat has written into a row of its name is one job with two places."""
    entries = {_entry(job): job for one in found for job in one.jobs if job.place.source == ENTRY}
    rows = {_entry(job): job.place for one in found for job in one.jobs if job.place.source == ROW}
    if not entries.keys() & rows.keys():
        return list(found)

    def joined(jobs: Sequence[Declared]) -> Iterator[Declared]:
        for job in jobs:
            key = _entry(job)
            if job is entries.get(key) and key in rows:
                yield replace(job, also=(*job.also, rows[key]))
            elif job.place.source != ROW or key not in entries:
                yield job

    return [replace(one, jobs=tuple(joined(one.jobs))) for one in found]


def _entry(job: Declared) -> tuple[str | None, str]:
    """The name of an entry, under which DatabaseScheduler keeps its row, and the task."""
    return job.label, job.reading.steps[0].name if job.reading.steps else ""


def once(found: Sequence[Found]) -> list[Found]:
    """A job that several settings modules of one folder repeat is one job with several places."""
    kept: dict[tuple[str, ...], Declared] = {}
    for one in found:
        for job in one.jobs:
            first = kept.setdefault(_repeated(job), job)
            if first.place.path != job.place.path:
                kept[_repeated(job)] = replace(first, also=(*first.also, job.place))
    paths = {key: job.place.path for key, job in kept.items()}
    return [
        replace(
            one,
            jobs=tuple(
                kept[key] if kept[key].place == job.place else job
                for job in one.jobs
                if paths[key := _repeated(job)] == job.place.path
            ),
        )
        for one in found
    ]


def _repeated(job: Declared) -> tuple[str, ...]:
    """What is equal where settings repeat a job; a line of a crontab is equal to none."""
    place = job.place
    if place.source not in REPEATED:
        return (place.path, str(place.line), place.source, job.schedule.text, job.raw)
    return (posixpath.dirname(place.path), "", place.source, job.schedule.text, job.raw, job.label or "")


def told_of_doubles(found: Sequence[Found], facts: Sequence[Fact]) -> list[Found]:
    """Jobs of cron whose command a task of Celery's schedule runs, too."""
    entries = [job for one in found for job in one.jobs if job.in_celery]
    runs = _runs(entries, [fact for fact in facts if isinstance(fact, TaskRuns)])
    if not runs:
        return list(found)
    return [replace(one, jobs=tuple(_told_of_double(job, runs) for job in one.jobs)) for one in found]


_Runs = Mapping[str, Sequence[tuple[Declared, TaskRuns]]]


def _runs(entries: Sequence[Declared], tasks: Sequence[TaskRuns]) -> _Runs:
    """The entries that run each command."""
    found: dict[str, list[tuple[Declared, TaskRuns]]] = defaultdict(list)
    for entry in entries:
        name = entry.reading.steps[0].name if entry.reading.steps else ""
        for task in tasks:
            if any(name == known or known.endswith(f".{name}") for known in task.tasks):
                found[task.command].append((entry, task))
    return found


def _told_of_double(job: Declared, runs: _Runs) -> Declared:
    if job.in_celery:
        return job
    findings = [
        Finding(
            "CM142",
            job.place,
            _("Celery runs {command} too: {entry} at {place}").format(
                command=step.name, entry=entry.label or entry.raw, place=entry.place
            ),
            _("if both are live it runs twice: take one out, or say which of the two is to stay"),
        )
        for step in job.reading.steps
        if step.kind == "management"
        for entry, task in runs.get(step.name, ())
        if task.argv is None or task.argv == step.argv
    ]
    return replace(job, findings=(*job.findings, *findings)) if findings else job
