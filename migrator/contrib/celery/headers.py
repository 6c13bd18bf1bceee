"""The headers that carry a slot from beat to the worker, and through retries and redeliveries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.runs import Kind

JOB = "migrator_job"
SLOT = "migrator_slot"
DUE = "migrator_due"
KIND = "migrator_kind"
DEMO = "migrator_demo"
DRILL = "migrator_drill"
PUBLISHED = "migrator_published"
RECEIVED = "migrator_received"
FROM_BEAT = "celery_beat_task"  # Celery's own

BEAT_IS_EARLY = dt.timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Stamp:
    """A message from beat: the slot that it is for, and its way to the worker."""

    slot: str
    due: dt.datetime
    kind: Kind
    demo: bool
    published: dt.datetime | None
    received: dt.datetime | None


def stamped(job: JobDefinition, now: dt.datetime) -> dict[str, Any]:
    """The headers of a message that beat publishes at ``now``; empty for a job that was never due.

    A start too late to be the latest slot's is extra. It names that slot all the same, and
    so needs its claim: what beat catches up on is never executed a second time.
    """
    slot = job.latest(now + BEAT_IS_EARLY)
    if slot is None:
        return {}
    late = now - slot.due > job.tolerance(slot)
    return {
        JOB: job.id,
        SLOT: slot.name,
        DUE: slot.due.timestamp(),
        KIND: str(Kind.EXTRA if late else Kind.SCHEDULED),
        DEMO: job.demo,
        PUBLISHED: now.timestamp(),
    }


def read_stamp(request: Any, job_id: str) -> Stamp | None:
    """The stamp of a request for this job; None for a run by hand.

    A task that calls another task's function hands its own request to it: not that job's stamp.
    """
    if request is None or _header(request, JOB) != job_id:
        return None
    return _stamp(partial(_header, request))


def _stamp(header: Callable[[str], Any]) -> Stamp | None:
    if header(SLOT) is None:
        return None
    return Stamp(
        slot=str(header(SLOT)),
        due=dt.datetime.fromtimestamp(float(header(DUE)), dt.UTC),
        kind=Kind(header(KIND)),
        demo=bool(header(DEMO)),
        published=_instant(header(PUBLISHED)),
        received=_instant(header(RECEIVED)),
    )


def drilled(request: Any, job_id: str) -> bool:
    """Whether the message asks for a failure of this job in place of its work."""
    return request is not None and _header(request, DRILL) == job_id


def late_stamp(request: Any, job: JobDefinition, now: dt.datetime) -> Stamp | None:
    """The stamp that beat should have given to this message; None for one that was sent by hand.

    A beat whose settings lack our app stamps nothing; Celery 5.7 marks its messages (5.5 does not).
    """
    from_beat = _header(request, FROM_BEAT) or _header(request, JOB) == job.id
    return _stamp({**stamped(job, now), PUBLISHED: None}.get) if from_beat else None


def _header(request: Any, name: str) -> Any:
    """A custom header: an attribute of the request in the worker, in ``headers`` when it is eager."""
    value = getattr(request, name, None)
    return value if value is not None else (getattr(request, "headers", None) or {}).get(name)


def _instant(value: Any) -> dt.datetime | None:
    return dt.datetime.fromtimestamp(float(value), dt.UTC) if value is not None else None
