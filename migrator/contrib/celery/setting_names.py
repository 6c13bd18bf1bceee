"""Names of settings that Celery does not have, judged by its own lists, each with the name that was meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from celery.app.defaults import _TO_NEW_KEY, SETTING_KEYS
from celery.app.task import Task

LIKENESS = 0.85  # below it, a near name is a guess
# what a project without a namespace may mean for Celery: its names from before 4.0
OLD_STYLE = re.compile(r"(?:CELERY|CELERYD|CELERYBEAT|CELERYMON|BROKER)_[A-Z0-9_]+")
# Celery's own Django integration and django-celery-results read these besides
OTHERS = frozenset({"CELERY_BROKER_URL", "CELERY_CACHE_BACKEND", "CELERY_RESULT_BACKEND"})


def unknown_names(names: Iterable[str], namespace: str | None) -> dict[str, str]:
    """Names that look like Celery's and are not, each with what was meant.

    That is a name, ``@shared_task(..)`` for an option of tasks, or "" where nothing is near.
    ``namespace``: the prefix that the app gave to ``config_from_object``; without one, Celery reads
    the names from before 4.0.
    """
    known = _names(namespace)
    return {
        name: _meant(name, namespace, known)
        for name in sorted(set(names) - known - OTHERS)
        if _looks_like_celery(name, namespace)
    }


def _names(namespace: str | None) -> frozenset[str]:
    """Every name that Celery reads."""
    if namespace:
        return frozenset(f"{namespace}_{key}".upper() for key in SETTING_KEYS)
    return frozenset(_TO_NEW_KEY)


def _looks_like_celery(name: str, namespace: str | None) -> bool:
    if namespace and name.startswith(f"{namespace}_"):
        return True
    return name in _TO_NEW_KEY or (not namespace and OLD_STYLE.fullmatch(name) is not None)


def _meant(name: str, namespace: str | None, known: frozenset[str]) -> str:
    """What its author may have meant: Celery's own table of old names first."""
    prefix = f"{namespace}_" if namespace else "CELERY_"
    if namespace and name in _TO_NEW_KEY:
        return f"{prefix}{_TO_NEW_KEY[name]}".upper()
    option = name.removeprefix(prefix).removeprefix("TASK_").lower()
    if hasattr(Task, option) and not option.startswith("_"):
        return f"@shared_task({option}=...)"
    words = set(name.removeprefix(prefix).split("_"))
    holding = sorted((one for one in known if words < set(one.split("_"))), key=len)
    return next(iter(holding or get_close_matches(name, known, 1, LIKENESS)), "")
