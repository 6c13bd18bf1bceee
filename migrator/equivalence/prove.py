"""The proof that Celery fires exactly when cron does: for all time, by comparing sets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import assert_never

from migrator.equivalence.celery_crontab import CeleryCrontab, celery_meaning
from migrator.i18n import _
from migrator.schedule.expression import CronExpression
from migrator.schedule.kinds import Interval
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


@dataclass(frozen=True, slots=True)
class Differences:
    """The first minute of each way in which two schedules can differ, the earliest first; none: equal."""

    firsts: tuple[Missed | Extra | Twice, ...] = ()

    @classmethod
    def of(cls, verdict: Verdict) -> Differences:
        """What a verdict alone tells."""
        return cls() if isinstance(verdict, Equivalent) else cls((verdict,))

    @property
    def verdict(self) -> Verdict:
        """Equal for all time, or the first minute at which they differ."""
        return self.firsts[0] if self.firsts else Equivalent()

    @property
    def sentence(self) -> str:
        """All of it in one sentence for the report."""
        return _("; ").join(map(explain, self.firsts)) if self.firsts else explain(Equivalent())


def prove(expression: CronExpression, entries: Sequence[CeleryCrontab], *, since: dt.date) -> Verdict:
    """Equal for all time, or the first wall-clock minute from ``since`` on at which they differ."""
    return differences(meaning(expression), map(celery_meaning, entries), since=since).verdict


def differences(cron: Meaning, entries: Iterable[Meaning], *, since: dt.date) -> Differences:
    """Where cron's minutes and those of the entries part, both ways, from ``since`` on."""
    union = repeated = NEVER
    for own in entries:
        repeated |= union & own
        union |= own
    if union == cron and not repeated:
        return Differences()
    firsts = [
        verdict(moment)
        for difference, verdict in ((cron - union, Missed), (union - cron, Extra), (repeated, Twice))
        if (moment := difference.first_from(since)) is not None
    ]
    return Differences(tuple(sorted(firsts, key=lambda first: first.moment)))


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


def same_pace(interval: Interval) -> str:
    """What stands in the place of a proof where both sides count as many seconds."""
    return _("counts the same {seconds} seconds, from a start of its own").format(seconds=interval.seconds)


def _clock(moment: dt.datetime) -> str:
    return moment.isoformat(sep=" ", timespec="minutes")
