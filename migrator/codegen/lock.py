"""``migrator.lock``, read: what earlier generations wrote, and for which jobs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from migrator.errors import Cannot
from migrator.i18n import _

LOCK_FILE = "migrator.lock"


def generated_files(lock: str | None) -> frozenset[str]:
    """The modules that earlier generations wrote."""
    return frozenset(hashes(lock))


def remembered_jobs(lock: str | None) -> Mapping[str, str]:
    """The ids that generated code uses, each with its job's fingerprint."""
    return {} if lock is None else _table(lock, "jobs")


def remembered_schedules(lock: str | None) -> Mapping[str, str]:
    """When the jobs of those ids started when the code was generated."""
    return {} if lock is None else _table(lock, "schedules")


def remembered_commands(lock: str | None) -> Mapping[str, str]:
    """The modules of the commands that the jobs ran then, where they were the project's own."""
    return {} if lock is None else _table(lock, "commands")


def remembered_tasks(lock: str | None) -> Mapping[str, str]:
    """What the tasks of the jobs are called, where they have several apps' names."""
    return {} if lock is None else _table(lock, "tasks")


def edited_files(lock: str | None, present: Mapping[str, str | None]) -> list[str]:
    """The generated files that are not as they were written, those that are gone among them."""
    return [path for path, written in hashes(lock).items() if text_hash(present.get(path) or "") != written]


def hashes(lock: str | None) -> Mapping[str, str]:
    """The generated files, each with the hash of its text."""
    return {} if lock is None else _table(lock, "files")


def text_hash(text: str) -> str:
    """By what an edit of a generated file is seen."""
    return hashlib.sha256(text.encode()).hexdigest()


def _table(lock: str, name: str) -> Mapping[str, str]:
    try:
        values = document_of(lock).get(name, {}).items()
    except AttributeError:
        raise damaged() from None
    return {str(key): str(value) for key, value in values}


def document_of(lock: str) -> dict[str, Any]:
    """The whole of it; raises Cannot where somebody has damaged it."""
    try:
        document = json.loads(lock)
    except ValueError:
        raise damaged() from None
    if not isinstance(document, dict):
        raise damaged()
    return document


def damaged() -> Cannot:
    """What to say then."""
    return Cannot(_("{path} is damaged").format(path=LOCK_FILE), hint=_("restore it from version control"))
