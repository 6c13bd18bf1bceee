"""Calls of the planner of project edits, as the tests make them: texts in, texts out."""

from collections.abc import Mapping, Sequence
from typing import Any

from migrator.codegen.project.edits import Edits, Region
from migrator.codegen.project.plan import project_edits
from migrator.configuration import Configuration, Generate, Project

SETTINGS = """\
import os

INSTALLED_APPS = [
    "orders",
]
"""
VERSIONS = {"celery": "5.6.2", "django-celery-beat": "2.8.1", "django-celery-results": "2.6.0"}


def plan(
    texts: Mapping[str, str],
    *,
    settings: str | None = "shop.settings",
    zone: str = "Europe/Warsaw",
    remembered: Mapping[str, Sequence[Region]] | None = None,
    **generate: Any,
) -> Edits:
    """The edits of a project with these files, one of whose apps is ``orders``."""
    where = {"tasks": "orders/tasks.py", "schedule": "shop/beat_schedule.py", **generate}
    configuration = Configuration(project=Project(settings=settings), generate=Generate(**where))
    return project_edits(texts, configuration, zone=zone, versions=VERSIONS, remembered=remembered or {})


def after(texts: Mapping[str, str], edits: Edits) -> dict[str, str]:
    """The files once the edits are written."""
    return {**texts, **{one.path: one.after for one in edits.files}}


def added(before: str, text: str) -> list[str]:
    """The lines that are new, in their order; everything before is there, in its order."""
    rest = iter(before.split("\n"))
    waiting = next(rest, None)
    new = []
    for line in text.split("\n"):
        if line == waiting:
            waiting = next(rest, None)
        else:
            new.append(line)
    assert waiting is None, waiting
    return new
