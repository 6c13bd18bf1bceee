"""The migrated jobs of a project: the tasks in Celery's registry that carry a definition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from migrator.comparison.jobs import JobDefinition
from migrator.errors import Cannot, UsageProblem
from migrator.i18n import _
from migrator.redaction import first_line


@dataclass(frozen=True, slots=True)
class MigratedJob:
    """A job and its task; ``definition``: the schedule in effect, ``real``: the one in the code."""

    task: str
    definition: JobDefinition
    real: JobDefinition


def application(name: str | None = None) -> Any:
    """The project's Celery app with all its tasks: the one that is named, else the current one."""
    from celery import current_app
    from celery.app.utils import find_app

    try:
        app = find_app(name) if name else current_app._get_current_object()
        app.loader.import_default_modules()
    except Exception as error:  # the project's own modules are imported here
        raise Cannot(
            _("the Celery app does not load: {error}").format(error=first_line(error)),
            hint=_("run `celery -A {name} report`, and name the app in migrator.toml's [project]").format(
                name=name or "PROJECT"
            ),
        ) from error
    return app


def definition_of(task: Any) -> JobDefinition | None:
    """What ``@recorded`` left on a task's function, also behind Celery's own wrappers."""
    definition = getattr(getattr(task, "run", None), "migrated_job", None)
    return definition if isinstance(definition, JobDefinition) else None


def in_effect(definition: JobDefinition) -> JobDefinition:
    """The definition, on the demonstration's schedule while one is on."""
    expression = demo_expression()
    return definition.demonstrated(expression) if expression else definition


def demo_expression() -> str | None:
    """MIGRATOR_DEMO_EXPRESSION: the schedule that every job follows while a demonstration is on."""
    from django.conf import settings

    return getattr(settings, "MIGRATOR_DEMO_EXPRESSION", None) or None


def migrated_jobs(app: Any) -> dict[str, MigratedJob]:
    """All migrated jobs of the app by their id, in the order of their names."""
    app.finalize()
    found = {}
    for name in sorted(app.tasks):
        real = definition_of(app.tasks[name])
        if real is not None:
            found[real.id] = MigratedJob(name, in_effect(real), real)
    return found


def required_job(jobs: Mapping[str, MigratedJob], job_id: str) -> MigratedJob:
    """The job of that id, or an error with the nearest name."""
    if job_id in jobs:
        return jobs[job_id]
    near = get_close_matches(job_id, jobs, 1)
    if near:
        hint = _("do you mean {name}?").format(name=near[0])
    elif jobs:
        hint = _("the jobs are {names}").format(names=", ".join(jobs))
    else:
        hint = _("no task of the Celery app is a migrated job: run `migrator generate --write`")
    raise UsageProblem(_("there is no job {name}").format(name=job_id), hint=hint)
