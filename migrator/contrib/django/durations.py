"""How long the jobs have taken under cron, against what Celery and the broker will let them take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import DurationField, ExpressionWrapper, F, Max

from migrator.comparison.ownership import Side
from migrator.comparison.runs import Action
from migrator.contrib.celery.effective import scheme
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django.models import Run
from migrator.contrib.django.preflight import Check, State
from migrator.i18n import _
from migrator.settings.audit import patience_of


def durations(app: Any, jobs: Iterable[MigratedJob]) -> Iterator[Check]:
    """The jobs whose longest run would be cut off, or whose message would be given away meanwhile."""
    longest = _longest()
    for job in jobs:
        seconds = longest.get(job.definition.id)
        if seconds is not None:
            yield from _judged(app, job, seconds)


def _longest() -> dict[str, float]:
    """The longest run of each job under cron, in seconds."""
    taken = ExpressionWrapper(F("finished") - F("started"), output_field=DurationField())
    runs = Run.objects.filter(side=Side.CONTROL, action=Action.EXECUTE, finished__isnull=False, demo=False)
    return {
        row["job"]: row["longest"].total_seconds()
        for row in runs.values("job").annotate(longest=Max(taken)).order_by("job")
    }


def _judged(app: Any, job: MigratedJob, seconds: float) -> Iterator[Check]:
    task, conf = app.tasks[job.task], app.conf
    given = (task.soft_time_limit, task.time_limit, conf.task_soft_time_limit, conf.task_time_limit)
    own = [one for one in given[:2] if one]
    limit = min(own or [one for one in given[2:] if one], default=None)
    if limit is not None and seconds > limit:
        yield Check(
            "durations",
            State.FAIL,
            _("{job} took {seconds:.0f} s under cron, and its task is stopped after {limit:g} s").format(
                job=job.definition.id, seconds=seconds, limit=limit
            ),
            _("raise the limit of the task above its longest run"),
        )
    options = conf.broker_transport_options or {}
    broker = scheme(conf.broker_write_url or conf.broker_url)
    waits = patience_of(broker, options.get("visibility_timeout"))
    if task.acks_late and waits and seconds > waits.seconds:
        yield Check(
            "durations",
            State.FAIL,
            _("{job} took {seconds:.0f} s under cron, and the broker waits {limit:g} s for its end").format(
                job=job.definition.id, seconds=seconds, limit=waits.seconds
            ),
            _("raise {name} of the broker above the longest run, or acknowledge early").format(
                name=waits.name
            ),
        )
