"""What the installed versions are known for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from migrator.contrib.django.checks import Check, State
from migrator.contrib.django.installed import rows_scheduler
from migrator.i18n import _

SHOWN = ("celery", "kombu", "django-celery-beat", "django")


@dataclass(frozen=True, slots=True)
class Trap:
    """What a version does to jobs, and the remedy."""

    fact: str
    remedy: str


def versions(app: Any) -> list[Check]:
    """The traps; where there is none, the versions."""
    found = [
        Check("versions", State.FAIL, trap.fact, trap.remedy, "CM459") for trap in _traps(app, installed())
    ]
    if found:
        return found
    named = [f"{name} {version}" for name, version in installed().items() if name in SHOWN]
    return [Check("versions", State.OK, ", ".join(named))]


def installed() -> dict[str, str]:
    """The distributions that matter here, with their versions."""
    names = (*SHOWN, "crontab", "python-crontab", "cron-descriptor", "redis")
    return {name: version for name in names if (version := _version(name))}


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _traps(app: Any, found: dict[str, str]) -> Iterator[Trap]:
    if "crontab" in found:
        yield Trap(
            _("the package crontab is installed beside python-crontab, and has a module of the same name"),
            _("pip uninstall crontab python-crontab, then pip install python-crontab"),
        )
    if rows_scheduler(app) is not None and found.get("django-celery-beat") == "2.8.0":
        # issue 875 of django-celery-beat: its filter by hours takes a row's zone for the server's
        yield Trap(
            _("django-celery-beat 2.8.0 does not send rows whose zone is not the server's"),
            _("install django-celery-beat 2.8.1 or newer"),
        )
