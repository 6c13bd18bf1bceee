"""All sources together: one job for a source and what it renders to, ids, and judgements."""

from __future__ import annotations

import datetime as dt
import hashlib
import posixpath
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, count

from migrator.configuration import JobDecision
from migrator.crontab.syntax import Format
from migrator.findings import Finding, Place
from migrator.redaction import redact
from migrator.sources import crontab_file, crontab_script
from migrator.sources.job import Declared, Found, Inventory, Job
from migrator.sources.judgement import judge
from migrator.sources.rendering import installs_a_crontab
from migrator.zones import zone_of


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as the user named it, and its text."""

    path: str
    text: str
    format: Format | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What a scan knows beside the files."""

    timezone: str
    today: dt.date
    environment: Mapping[str, str] = field(default_factory=dict)
    decisions: Mapping[str, JobDecision] = field(default_factory=dict)
    remembered: Mapping[str, str] = field(default_factory=dict)  # ids in use, each with its fingerprint


def is_shell_script(path: str, text: str) -> bool:
    """Told by its name or its first line."""
    return path.endswith((".sh", ".bash")) or re.match(r"#!.*\b(ba|da|k)?sh\b", text) is not None


def declares_jobs(file: SourceFile) -> bool:
    """Whether a file found in a folder is a source: a crontab, or a script that installs one."""
    if is_shell_script(file.path, file.text):
        return installs_a_crontab(file.text)
    found = crontab_file.read(file.path, file.text, scripts={})
    counted = Counter(line.kind for line in found.lines)
    looks = re.search(r"cron", posixpath.basename(file.path)) is not None
    return counted["job"] > 0 and (looks or counted["unreadable"] == 0)


def take_inventory(files: Sequence[SourceFile], context: Context) -> Inventory:
    """The jobs of the files, each once, in the order of their first places."""
    scripts = {
        posixpath.basename(file.path): file.text for file in files if is_shell_script(file.path, file.text)
    }
    found = [_read(file, scripts, context.environment) for file in files]
    merged = _merge([job for one in found for job in one.jobs])
    zone = zone_of(context.timezone)
    file_findings = [finding for one in found for finding in one.findings]
    jobs = []
    for identity, (declared, places) in zip(_identities(merged, context.remembered), merged, strict=True):
        decision = context.decisions.get(identity, JobDecision())
        job = Job(identity, declared, tuple(place.place for place in places), context.timezone)
        jobs.append(judge(job, file_findings, decision, zone=zone, today=context.today))
    return Inventory(
        tuple(jobs),
        tuple(line for one in found for line in one.lines),
        tuple(sorted(_all_findings(jobs, file_findings), key=_in_order)),
    )


def _read(file: SourceFile, scripts: Mapping[str, str], environment: Mapping[str, str]) -> Found:
    if is_shell_script(file.path, file.text):
        if installs_a_crontab(file.text):
            return crontab_script.read(file.path, file.text, scripts=scripts, environment=environment)
        return Found()
    return crontab_file.read(file.path, file.text, scripts=scripts, format=file.format)


def _merge(declared: Sequence[Declared]) -> list[tuple[Declared, list[Declared]]]:
    """A generator's line and the line it renders to are one job with two places.

    Two equal live lines stay two jobs, as under cron: each rendered line takes one
    generated line, and the other way round.
    """
    generated = [job for job in declared if job.generator]
    merged: list[tuple[Declared, list[Declared]]] = []
    for job in declared:
        if job.generator:
            continue
        twin = next((other for other in generated if _same(job, other)), None)
        if twin is None:
            merged.append((job, [job]))
        else:
            generated.remove(twin)
            merged.append((replace(job, generator=twin.generator), [job, twin]))
    return merged + [(job, [job]) for job in generated]


def _same(a: Declared, b: Declared) -> bool:
    return a.raw.split() == b.raw.split() and (a.expression and a.expression.text) == (
        b.expression and b.expression.text
    )


def fingerprint(declared: Declared) -> str:
    """What a job is known by while its id is remembered: its command, whatever its schedule or line."""
    text = " ".join(declared.raw.split())
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _identities(
    merged: Sequence[tuple[Declared, list[Declared]]], remembered: Mapping[str, str]
) -> list[str]:
    """Readable ids from what the job runs: never from a lock, a label, a line or a schedule.

    An id that is in use stays: the one in an instrumented line, then the one that was
    ``remembered`` (id to fingerprint) when code was generated. Owners and tasks hang on it.
    """
    known = _known(merged, remembered)
    names = [_name(declared) for declared, _places in merged]
    fresh = Counter(name for index, name in enumerate(names) if index not in known)
    taken = set(known.values())
    identities = []
    for index, (declared, _places) in enumerate(merged):
        identity = known.get(index) or _free(declared, names[index], taken, shared=fresh[names[index]] > 1)
        taken.add(identity)
        identities.append(identity)
    return identities


def _known(
    merged: Sequence[tuple[Declared, list[Declared]]], remembered: Mapping[str, str]
) -> dict[int, str]:
    """The ids in use, by the index of their job."""
    left = dict(remembered)
    known: dict[int, str] = {}
    for index, (_declared, places) in enumerate(merged):
        recorded = next((place.recorded for place in places if place.recorded), None)
        if recorded and recorded not in known.values():
            known[index] = recorded
            left.pop(recorded, None)
    for index, (declared, _places) in enumerate(merged):
        print_of_it = fingerprint(declared)
        found = next((identity for identity, one in left.items() if one == print_of_it), None)
        if index not in known and found:
            known[index] = found
            del left[found]
    return known


def _free(declared: Declared, name: str, taken: Collection[str], *, shared: bool) -> str:
    """The name, with the arguments where several jobs share it, with a number where that is taken."""
    arguments = _arguments(declared)
    full = f"{name}_{arguments}" if (shared or name in taken) and arguments else name
    numbered = chain([full], map((full + "_{}").format, count(2)))
    return next(identity for identity in numbered if identity not in taken)


def _name(declared: Declared) -> str:
    """An identifier, so that the job's task can have that name."""
    steps = declared.reading.steps
    main = next((step for step in steps if step.kind == "management"), steps[0] if steps else None)
    if main is None:
        return "empty"
    slug = _slug(main.name.removesuffix(".py").removesuffix(".sh")) or "job"
    return f"job_{slug}" if slug[0].isdigit() else slug


def _arguments(declared: Declared) -> str:
    return _slug(redact(" ".join(argument for step in declared.reading.steps for argument in step.argv)))


def _slug(text: str) -> str:
    """Letters, digits and underscores, at most 60, so that task names fit django-celery-beat's 200."""
    return re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_").lower()[:60]


def _all_findings(jobs: Iterable[Job], file_findings: Iterable[Finding]) -> list[Finding]:
    return list(dict.fromkeys([*(f for job in jobs for f in job.findings), *file_findings]))


def _in_order(finding: Finding) -> tuple[Place, str]:
    return (finding.place or Place("", 0), finding.code)
