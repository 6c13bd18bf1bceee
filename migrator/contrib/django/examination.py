"""All that ``doctor`` looks at: what a hand-over needs, and what would go wrong later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import owners
from migrator.contrib.django.beats import beats
from migrator.contrib.django.checks import Check, State, folded, stored
from migrator.contrib.django.durations import durations, longest_runs
from migrator.contrib.django.in_force import in_force
from migrator.contrib.django.left_rows import left_rows
from migrator.contrib.django.preflight import look
from migrator.contrib.django.row_faults import row_faults
from migrator.contrib.django.time_apart import time_apart
from migrator.contrib.django.times import other_times
from migrator.contrib.django.tries import tried_again
from migrator.contrib.django.versions import versions
from migrator.i18n import _


def examine(
    app: Any,
    jobs: Iterable[MigratedJob],
    now: dt.datetime,
    *,
    host: str | None = None,
    moves: Mapping[str, str] | None = None,
) -> list[Check]:
    """Every check, one of each kind for all that it is about.

    ``host``: the zone of this machine; ``moves``: the schedule that the team has declared for a job.
    """
    jobs = list(jobs)
    checks, found = look(app, jobs, now, host=host)
    taken = longest_runs() if stored(checks) else {}
    checks += [*in_force(app, jobs, now.date(), taken=taken), *versions(app), *tried_again(app, jobs)]
    if stored(checks):
        checks += of_rows_and_runs(app, jobs, now)
        checks += [*other_times(app, jobs, now, told=checks, moves=moves or {}), *time_apart(app, found)]
    return folded(checks)


def of_rows_and_runs(app: Any, jobs: Sequence[MigratedJob], now: dt.datetime) -> list[Check]:
    """What the rows of beat and the ledger tell; nobody else is asked."""
    return [
        *left_rows(app, jobs),
        *row_faults(app, jobs, now),
        *durations(app, jobs),
        *beats(jobs, now),
        *_silent_hosts(now),
    ]


def _silent_hosts(now: dt.datetime) -> list[Check]:
    """The cron hosts that have not synced for five minutes."""
    hosts = sorted(map(str, owners.unheard(now)))
    if not hosts:
        return []
    return [
        Check(
            "hosts",
            State.FAIL,
            _("not heard for five minutes: {hosts}").format(hosts=", ".join(hosts)),
            owners.how_to_be_heard(),
            "CM512",
        )
    ]
