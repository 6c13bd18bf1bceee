"""One lock file, locked in ways that do not see each other."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from migrator.configuration import JobDecision
from migrator.crontab.reading import Lock
from migrator.crontab.wrappers.locks import in_full
from migrator.findings import Finding
from migrator.i18n import _
from migrator.redaction import redact
from migrator.sources.job import Job

# flock(1) and setlock(8) call flock(2); procmail's and liblockfile's programs take the file's being there for
# the lock; the others have each a way of its own, fcntl(2) or a record beside the file.
FLOCK, THERE = "flock(2)", "the file itself"
_WAYS = {"flock": FLOCK, "setlock": FLOCK, "lockfile": THERE, "dotlockfile": THERE, "lockfile-create": THERE}
CODE = "CM439"


def with_mixed_locks(jobs: Sequence[Job], decisions: Mapping[str, JobDecision]) -> list[Job]:
    """The jobs; those that lock one file in different ways, and are not decided about, with a finding."""
    ways: dict[str, dict[str, Job]] = defaultdict(dict)
    for job in jobs:
        for path, program in _locked(job):
            ways[path].setdefault(_WAYS.get(program, program), job)
    mixed = {path: found for path, found in ways.items() if len(found) > 1}
    return [_told(job, mixed, decisions.get(job.id, JobDecision())) for job in jobs] if mixed else list(jobs)


def _told(job: Job, mixed: Mapping[str, Mapping[str, Job]], decision: JobDecision) -> Job:
    if CODE in decision.accept or decision.lock is not None or decision.overlap is not None:
        return job
    for path, program in _locked(job):
        others = {way: one for way, one in mixed.get(path, {}).items() if way != _WAYS.get(program, program)}
        for other in others.values():
            finding = Finding(
                CODE,
                job.places[0],
                _("it locks {path} by {program}, and {other} by {its}: neither keeps the other out").format(
                    path=redact(path),
                    program=program,
                    other=other.id,
                    its=next(name for where, name in _locked(other) if where == path),
                ),
                _(
                    "if they are to exclude each other, write lock = {name} into [jobs.{id}] and"
                    ' [jobs.{other}]; else accept = ["{code}"] in both'
                ).format(name=f'"{redact(path)}"', id=job.id, other=other.id, code=CODE),
            )
            return replace(job, findings=(*job.findings, finding))
    return job


def _locked(job: Job) -> Iterable[tuple[str, str]]:
    """The lock files that the line names in full, each with the program that locks it."""
    covers = (cover for step in job.reading.steps for cover in step.around)
    found = ((one.meaning.path, one.program) for one in covers if isinstance(one.meaning, Lock))
    return list(dict.fromkeys((_one(path), program) for path, program in found if path and in_full(path)))


def _one(path: str) -> str:
    """The path as every line would have it; /var/run is a link to /run."""
    path = posixpath.normpath(path)
    return path.removeprefix("/var") if path.startswith("/var/run/") else path
