"""The keys of locks among all jobs: one for each lock file, whatever its folder."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from migrator.crontab.reading import Lock
from migrator.crontab.wrappers.locks import in_full
from migrator.sources.job import Declared


def with_own_keys(jobs: Sequence[Declared]) -> list[Declared]:
    """The jobs; where files of one name lie in different folders, the key is the file's whole path.

    Jobs that share a key share a lock, and those with ``/a/x.lock`` and ``/b/x.lock`` share none.
    """
    files: dict[str, set[str]] = defaultdict(set)
    for job in jobs:
        if path := _file(job.reading.lock):
            files[job.reading.lock.key if job.reading.lock else ""].add(path)
    return [_renamed(job, files) for job in jobs]


def _file(lock: Lock | None) -> str | None:
    if lock is None or lock.path is None or not in_full(lock.path):
        return None
    return posixpath.normpath(lock.path)


def _renamed(job: Declared, files: dict[str, set[str]]) -> Declared:
    lock = job.reading.lock
    path = _file(lock)
    if lock is None or path is None or len(files[lock.key]) < 2:
        return job
    return replace(job, reading=replace(job.reading, lock=replace(lock, key=path)))
