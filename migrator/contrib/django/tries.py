"""Tasks of migrated jobs that Celery tries again by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django.checks import Check, State
from migrator.i18n import _


def tried_again(app: Any, jobs: Iterable[MigratedJob]) -> Iterator[Check]:
    """``autoretry_for`` of a task or of CELERY_TASK_ANNOTATIONS; a declared retry is in the task's body."""
    for job in jobs:
        errors = getattr(app.tasks[job.task], "autoretry_for", None) or ()
        if errors:
            yield Check(
                "retries",
                State.FAIL,
                _(
                    "{task} is tried again after {errors}, and cron never did: the second try finds its slot"
                    " taken and ends well, so Celery calls the failure a success; a run by hand is repeated"
                ).format(task=job.task, errors=", ".join(sorted(one.__name__ for one in errors))),
                _(
                    "take autoretry_for out; if a run may be repeated, set idempotent = true for"
                    " {job} in migrator.toml, and generate"
                ).format(job=job.definition.id),
                "CM471",
                job.definition.id,
            )
