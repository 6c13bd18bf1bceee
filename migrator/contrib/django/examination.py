"""All that ``doctor`` looks at: what a hand-over needs, and what would go wrong later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import owners
from migrator.contrib.django.beats import beats
from migrator.contrib.django.checks import Check, State, folded, stored
from migrator.contrib.django.durations import durations
from migrator.contrib.django.in_force import in_force
from migrator.contrib.django.left_rows import left_rows
from migrator.contrib.django.preflight import look
from migrator.contrib.django.row_faults import row_faults
from migrator.contrib.django.time_apart import time_apart
from migrator.contrib.django.versions import versions
from migrator.i18n import _


def examine(
    app: Any, jobs: Iterable[MigratedJob], now: dt.datetime, *, host: str | None = None
) -> list[Check]:
    """Every check, one of each kind for all that it is about; ``host``: the zone of this machine."""
    jobs = list(jobs)
    checks, found = look(app, jobs, now, host=host)
    checks += [*in_force(app, jobs, now.date()), *versions(app)]
    if stored(checks):
        checks += [*of_rows_and_runs(app, jobs, now), *time_apart(app, found)]
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
            _("see why `migrator sync` does not run there; if cron is gone there, --forget HOST"),
            "CM512",
        )
    ]
