"""Whether exactly one beat sends: two of them publish every slot twice, and the ledger has both messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import Count, Max, QuerySet

from migrator.comparison.ownership import Side
from migrator.comparison.runs import Kind
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django.checks import Check, State
from migrator.contrib.django.models import Run
from migrator.i18n import _

LATELY = dt.timedelta(days=2)
LATEST = 5  # published slots of each job


def beats(jobs: Iterable[MigratedJob], now: dt.datetime) -> Iterator[Check]:
    """The jobs whose latest slots came in two messages; a redelivery and a retry have the same task id."""
    names = [job.definition.id for job in jobs]
    several = {one["job"] for one in _by_slot(names, now).filter(messages__gt=1)}
    double = [name for name in names if name in several and _double(name, now)]
    if double:
        yield Check(
            "beats",
            State.FAIL,
            _("slots came in two messages, so two beats are sending: {jobs}").format(jobs=", ".join(double)),
            _("stop all beats but one, on every host and in every container"),
            "CM456",
        )


def _double(job: str, now: dt.datetime) -> bool:
    """Whether two of the job's latest published slots, or the only one, had several messages each.

    One alone may be a beat that was started again within its minute.
    """
    counts = [one["messages"] for one in _by_slot([job], now).order_by("-last")[:LATEST]]
    double = sum(count > 1 for count in counts)
    return double >= 2 or double == len(counts) == 1


def _by_slot(jobs: Sequence[str], now: dt.datetime) -> QuerySet[Run, dict[str, Any]]:
    """In how many messages each slot of the jobs came lately."""
    runs = Run.objects.filter(
        job__in=jobs, side=Side.CANDIDATE, kind=Kind.SCHEDULED, started__gte=now - LATELY, demo=False
    )
    slots = runs.exclude(slot="").exclude(task="").order_by().values("job", "slot")
    return slots.annotate(messages=Count("task", distinct=True), last=Max("due"))
