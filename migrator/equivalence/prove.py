"""The proof that Celery fires exactly when cron does: for all time, by comparing sets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from migrator.equivalence.celery_crontab import CeleryCrontab, celery_meaning
from migrator.i18n import _
from migrator.schedule.expression import CronExpression
from migrator.schedule.meaning import NEVER, Meaning, meaning


@dataclass(frozen=True, slots=True)
class Equivalent:
    """Both fire at exactly the same minutes."""


@dataclass(frozen=True, slots=True)
class Missed:
    """Cron fires at ``moment``, Celery does not."""

    moment: dt.datetime


@dataclass(frozen=True, slots=True)
class Extra:
    """Celery fires at ``moment``, cron does not."""

    moment: dt.datetime


@dataclass(frozen=True, slots=True)
class Twice:
    """Two Celery entries fire at ``moment``, where cron starts one job."""

    moment: dt.datetime


Verdict = Equivalent | Missed | Extra | Twice


def prove(expression: CronExpression, entries: Sequence[CeleryCrontab], *, since: dt.date) -> Verdict:
    """Equal for all time, or the first wall-clock minute from ``since`` on at which they differ."""
    cron = meaning(expression)
    union = NEVER
    repeated = NEVER
    for entry in entries:
        own = celery_meaning(entry)
        repeated |= union & own
        union |= own
    if union == cron and not repeated:
        return Equivalent()
    moments = [
        (moment, verdict)
        for difference, verdict in ((cron - union, Missed), (union - cron, Extra), (repeated, Twice))
        if (moment := _first(difference, since)) is not None
    ]
    moment, verdict = min(moments, key=lambda found: found[0])
    return verdict(moment)


def _first(difference: Meaning, since: dt.date) -> dt.datetime | None:
    return difference.first_from(since)


def explain(verdict: Verdict) -> str:
    """One sentence for the report."""
    match verdict:
        case Equivalent():
            return _("fires at exactly the same minutes, for all time")
        case Missed(moment):
            return _("Celery misses {moment}").format(moment=_clock(moment))
        case Extra(moment):
            return _("Celery fires once too often, at {moment}").format(moment=_clock(moment))
        case Twice(moment):
            return _("two Celery entries fire at {moment}").format(moment=_clock(moment))
        case _:
            assert_never(verdict)


def _clock(moment: dt.datetime) -> str:
    return moment.isoformat(sep=" ", timespec="minutes")
