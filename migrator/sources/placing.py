"""Crontab files that a script, a Dockerfile or a job puts into place: read as what they are there."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from migrator.findings import Finding
from migrator.i18n import _
from migrator.schedule.dialect import DIALECTS
from migrator.sources import crontab_file
from migrator.sources.facts import Installed
from migrator.sources.job import Declared, Found
from migrator.sources.shell.walk import installing
from migrator.sources.source import SourceFile, Surroundings


def placed(files: Sequence[SourceFile], found: Sequence[Found], around: Surroundings) -> list[Found]:
    """What the files gave, with each installed crontab in its place's format, clock and user."""
    result = [_with_installing_jobs(one) for one in found]
    numbers = {file.path: number for number, file in enumerate(files)}
    for number, one in enumerate(tuple(result)):
        for fact in one.facts:
            if not isinstance(fact, Installed):
                continue
            targets = [path for path in _targets(fact, list(numbers)) if path != fact.place.path]
            for target in targets:
                index = numbers[target]
                result[index] = _read_there(files[index], result[index], fact, around)
            if not targets or fact.changed:
                result[number] = _said(result[number], fact, known=bool(targets))
    return result


def _with_installing_jobs(found: Found) -> Found:
    """Jobs that install a crontab, ``@hourly crontab < jobs``: what they install is known by them."""
    jobs, facts = [], list(found.facts)
    for job in found.jobs:
        if any(f"/{step.name}".endswith("/crontab") for step in job.reading.steps):
            made = installing(job.raw, {}).installations
            facts += [
                Installed(name, job.place, one.crontab, job.timezone, one.stream.unknown)
                for one in made
                for name in one.stream.files
            ]
            jobs.append(replace(job, findings=(*job.findings, _installs(job))) if made else job)
        else:
            jobs.append(job)
    return replace(found, jobs=tuple(jobs), facts=tuple(facts))


def _installs(job: Declared) -> Finding:
    return Finding(
        "CM131",
        job.place,
        _("this installs a crontab at each run: what is edited or taken out by hand comes back"),
        _("edit what it installs, and switch this job off with the last of its jobs"),
    )


def _read_there(file: SourceFile, found: Found, fact: Installed, around: Surroundings) -> Found:
    """The file's jobs as the daemon reads them there; a file that is no crontab is left as it is."""
    if any(job.place.source != crontab_file.SOURCE.name for job in found.jobs):
        return found
    if not found.lines or fact.crontab.dialect or file.format != fact.crontab.format:
        there = replace(around, dialect=DIALECTS.get(fact.crontab.dialect or "", around.dialect))
        found = crontab_file.read(replace(file, format=fact.crontab.format, named=True), there)
    return replace(found, jobs=tuple(_there(job, fact) for job in found.jobs))


def _there(job: Declared, fact: Installed) -> Declared:
    return replace(
        job,
        installer=job.installer or fact.place,
        timezone=job.timezone or fact.zone,
        user=job.user or fact.crontab.user,
        findings=(*job.findings, *fact.findings),
    )


def _said(found: Found, fact: Installed, *, known: bool) -> Found:
    if known:
        message = _("what this makes of {path} depends on the run").format(path=fact.path)
        hint = _("pipe what it makes into the tool: crontab -l | migrator scan -")
    else:
        message = _("{path} becomes a crontab here, and was not scanned").format(path=fact.path)
        hint = _("scan the folder that holds it as well")
    return replace(found, findings=(*found.findings, Finding("CM105", fact.place, message, hint)))


def _targets(fact: Installed, paths: Sequence[str]) -> list[str]:
    """The files that a name means: seen from the folder of its file or from one above, else by their ends."""
    name = fact.path.strip().lstrip("/")
    for folder in _upwards(posixpath.dirname(fact.place.path)):
        wanted = posixpath.normpath(posixpath.join(folder, name)) if name else ""
        exact = [path for path in paths if path == wanted or fnmatchcase(path, wanted)]
        inside = [path for path in paths if wanted and path.startswith(wanted + "/")]
        if exact or inside:
            return exact or inside
    return _alike(name, paths)


def _upwards(folder: str) -> Iterator[str]:
    while folder not in ("", "/"):
        yield folder
        folder = posixpath.dirname(folder)
    yield folder


def _alike(name: str, paths: Sequence[str]) -> list[str]:
    """The one file with the longest common end, at least its own name."""
    words = name.split("/")[::-1]

    def common(path: str) -> int:
        pairs = zip(words, path.split("/")[::-1], strict=False)
        return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(words), path.count("/") + 1))

    ranked = sorted(((common(path), path) for path in paths), reverse=True)
    best = [path for count, path in ranked if count and count == ranked[0][0]]
    return best if len(best) == 1 else []
