"""What a settings module makes of Celery, as the process that loaded it told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of ``beat_schedule``; ``idle``: why beat never sends it."""

    name: str
    task: str
    schedule: str
    timezone: str | None = None
    idle: str = ""
    options: tuple[str, ...] = ()  # what the message is sent with, by name


OURS = "migrator.contrib.celery.database_beat:DatabaseScheduler"
"""Our scheduler of the rows of django-celery-beat, as settings name it."""


@dataclass(frozen=True, slots=True)
class Effective:
    """One settings module; ``error``: why it does not load, and then nothing else is known."""

    module: str
    path: str
    error: str = ""
    debug: bool = False
    entries: tuple[Entry, ...] = ()
    unknown: Mapping[str, str] = field(default_factory=dict)  # names, each with what was meant
    scheduler: str = ""
    timezone: str = "UTC"
    enable_utc: bool = True
    django_zone: str = "UTC"  # TIME_ZONE
    use_tz: bool = True
    tz_aware: bool = True
    database: str = ""
    broker: str = ""
    visibility_timeout: float | None = None
    acks_late: bool = False
    eager: bool = False
    soft_time_limit: float | None = None
    time_limit: float | None = None
    result_backend: str = ""
    result_expires: float | None = None
    tasks: tuple[str, ...] | None = None  # None: they do not load
    problem: str = ""  # why

    @property
    def in_rows(self) -> bool:
        """Whether beat goes by rows of django-celery-beat."""
        return self.scheduler.endswith("DatabaseScheduler") or self.scheduler == "django"

    @property
    def in_rows_of_its_own(self) -> bool:
        """Whether that is by django-celery-beat's scheduler, or an heir of it that is not ours."""
        return self.in_rows and not self.scheduler.startswith(OURS.partition(":")[0])

    def sends(self, task: str) -> bool:
        return any(entry.task == task and not entry.idle for entry in self.entries)


def read_effective(module: str, path: str, document: Mapping[str, Any]) -> Effective:
    """The values of the document that ``migrator.contrib.celery.effective`` prints."""
    values = dict(document)
    if "error" in values:
        return Effective(module, path, error=str(values["error"]))
    values["entries"] = tuple(
        Entry(**{**entry, "options": tuple(entry["options"])}) for entry in values["entries"]
    )
    values["tasks"] = None if values["tasks"] is None else tuple(values["tasks"])
    return Effective(module, path, **values)
