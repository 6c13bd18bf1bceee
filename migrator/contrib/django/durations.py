"""How long the jobs have taken, against what Celery and the broker will let them take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import Count, DurationField, ExpressionWrapper, F, Max

from migrator.codegen.limits import Measured
from migrator.comparison.ownership import Side
from migrator.comparison.runs import Action
from migrator.contrib.celery.effective import scheme
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django.checks import Check, State
from migrator.contrib.django.models import Run
from migrator.i18n import _
from migrator.settings.audit import Patience, patience_of


def durations(app: Any, jobs: Iterable[MigratedJob]) -> Iterator[Check]:
    """The jobs whose longest run would be cut off, or whose message would be given away meanwhile."""
    jobs, longest = list(jobs), longest_runs()
    known = [(job, longest[job.definition.id]) for job in jobs if job.definition.id in longest]
    found = [check for job, seconds in known for check in _judged(app, job, seconds)]
    found += _held_back(app, known)
    yield from found
    if not found and known:
        yield Check("durations", State.OK, _in_short(app, known))


def longest_runs() -> dict[str, float]:
    """The longest run of each job under cron, in seconds."""
    taken = ExpressionWrapper(F("finished") - F("started"), output_field=DurationField())
    runs = Run.objects.filter(side=Side.CONTROL, action=Action.EXECUTE, finished__isnull=False, demo=False)
    return {
        row["job"]: row["longest"].total_seconds()
        for row in runs.values("job").annotate(longest=Max(taken)).order_by("job")
    }


def measured() -> dict[str, Measured]:
    """How often each job ended well, on either side, and the seconds of its longest run."""
    taken = ExpressionWrapper(F("finished") - F("started"), output_field=DurationField())
    runs = Run.objects.filter(action=Action.EXECUTE, started__isnull=False, finished__isnull=False)
    return {
        row["job"]: Measured(row["count"], row["longest"].total_seconds())
        for row in runs.filter(demo=False, exit=0)
        .values("job")
        .annotate(longest=Max(taken), count=Count("id"))
        .order_by("job")
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
            "CM461",
            job.definition.id,
        )
    waits = patience(app)
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
            "CM462",
            job.definition.id,
        )


def patience(app: Any) -> Patience | None:
    """How long the broker waits for an acknowledgement; a queue may have a patience of its own."""
    conf = app.conf
    options = conf.broker_transport_options or {}
    waits = patience_of(scheme(conf.broker_write_url or conf.broker_url), options.get("visibility_timeout"))
    if waits is None or waits.name != "consumer_timeout":
        return waits
    own = [(queue.queue_arguments or {}).get("x-consumer-timeout") for queue in app.amqp.queues.values()]
    shortest = min((one / 1000 for one in own if one), default=waits.seconds)
    return Patience(shortest, waits.name)


def _held_back(app: Any, known: Sequence[tuple[MigratedJob, float]]) -> list[Check]:
    """Messages that a worker has fetched and not begun wait, unacknowledged, for what it is at."""
    waits = patience(app)
    if waits is None or not known:
        return []
    job, seconds = max(known, key=lambda one: one[1])
    fetched_one_by_one = app.conf.worker_prefetch_multiplier == 1 and app.tasks[job.task].acks_late
    if seconds <= waits.seconds or fetched_one_by_one:
        return []
    return [
        Check(
            "prefetch",
            State.WARN,
            _(
                "messages that a worker has fetched wait behind {job}, which took {seconds:.0f} s,"
                " and the broker takes them back after {limit:g} s"
            ).format(job=job.definition.id, seconds=seconds, limit=waits.seconds),
            _("give {job} a queue and a worker of its own, or raise {name} of the broker").format(
                job=job.definition.id, name=waits.name
            ),
            "CM460",
        )
    ]


def _in_short(app: Any, known: Sequence[tuple[MigratedJob, float]]) -> str:
    """The longest run, and what it is measured against."""
    job, seconds = max(known, key=lambda one: one[1])
    parts = [_("the longest run, {job}, took {seconds:.0f} s").format(job=job.definition.id, seconds=seconds)]
    if waits := patience(app):
        parts.append(_("the broker waits {limit:g} s ({name})").format(limit=waits.seconds, name=waits.name))
    late = [one.definition.id for one, _seconds in known if app.tasks[one.task].acks_late]
    parts.append(_("acknowledged late: {jobs}").format(jobs=", ".join(late) or _("none")))
    parts.append(_("prefetch: {count} for each process").format(count=app.conf.worker_prefetch_multiplier))
    return "; ".join(parts)
