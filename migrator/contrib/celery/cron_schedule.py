"""A Celery schedule that starts a task exactly when cron would, on the nights of the clock change too.

    from migrator.contrib.celery.cron_schedule import CronSchedule

    beat_schedule = {"report": {"task": "report", "schedule": CronSchedule("30 2 * * *", "Europe/Warsaw")}}

Celery's own ``crontab`` counts in wall-clock time, loses the second pass of a repeated hour and
may send without end when beat starts in it (celery issue 10107). This one counts in UTC. It
needs Celery, and neither Django nor anything else of the toolkit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from celery import Celery
from celery.schedules import BaseSchedule, schedstate

from migrator.schedule.dialect import DEBIAN
from migrator.schedule.expression import parse
from migrator.schedule.occurrences import occurrences
from migrator.schedule.readers import reader_named
from migrator.zones import zone_of

# cron.c: up to five minutes late, each missed minute is run; a daemon that was not there runs nothing
LATE = dt.timedelta(minutes=5)
PACE = dt.timedelta(seconds=10)  # cron's pause after each missed minute that had jobs
BACKLOG = dt.timedelta(hours=1)  # what a gap of three hours leaves at that pace is done by then
PUT_BACK = dt.timedelta(hours=3)  # cron.c: beyond, fixed jobs are repeated, too
MINUTE = dt.timedelta(minutes=1)
NEVER = dt.timedelta(days=1)  # until the next look at a schedule that never fires
_FIRST, _LAST = (one.replace(tzinfo=dt.UTC) for one in (dt.datetime.min, dt.datetime.max))


class CronSchedule(BaseSchedule):
    """Due when cron starts ``expression`` on a machine whose clock is in ``timezone``.

    ``dialect``: the daemon, Debian's cron, ``cronie``, ``cronie-zone`` (cronie below a CRON_TZ line),
    ``busybox``, ``supercronic``, ``robfig`` (Go's cron package, as in Kubernetes) or ``systemd``.

    What beat was not there for is lost, as under cron, unless ``catch_up``: then it is sent once.
    A start that is late by up to ``beat_cron_starting_deadline`` seconds, 300 without the
    setting, is late and not lost. Raises BadExpression where cron refuses the text, and
    UsageProblem for a zone that is none.
    """

    def __init__(
        self,
        expression: str,
        timezone: str = "UTC",
        *,
        dialect: str = DEBIAN.name,
        catch_up: bool = False,
        nowfun: Callable[[], dt.datetime] | None = None,
        app: Celery | None = None,
    ) -> None:
        super().__init__(nowfun=nowfun, app=app)
        self.dialect = dialect
        self.expression = parse(expression, reader_named(dialect))
        self.zone = zone_of(timezone)
        self.catch_up = catch_up
        self._forget()

    def is_due(self, last_run_at: dt.datetime) -> schedstate:
        """Whether a start has come since the last run, and the seconds until the one after it.

        Where several have come, as after the gap of spring, they follow one another.
        """
        now = self._utc(self.now())
        start = self.next_start(self._utc(last_run_at))
        if start is not None and start <= now and not self.catch_up and start <= (lost := now - self._grace):
            start = self.next_start(lost)
        if start is None:
            return schedstate(False, NEVER.total_seconds())
        if start > now:
            return schedstate(False, (start - now).total_seconds())
        following = self.next_start(now if self.catch_up else start) or now + NEVER
        return schedstate(True, max(0.0, (following - now).total_seconds()))

    def remaining_estimate(self, last_run_at: dt.datetime) -> dt.timedelta:
        """The time until the first start after the last run; negative if it has passed."""
        now = self._utc(self.now())
        start = self.next_start(self._utc(last_run_at))
        return NEVER if start is None else start - now

    def next_start(self, after: dt.datetime) -> dt.datetime | None:
        """The first start later than ``after`` (aware), in UTC; remembered until it has passed."""
        asked, start = self._known
        if asked <= after < start:
            return start
        if after != start:
            self._coming = paced(self, after)
        found = next((one for one in self._coming if one > after), None)
        if found is None:
            self._forget()
        else:
            self._known = (after, found)
        return found

    def _forget(self) -> None:
        """Nothing is known of the starts; ``_coming`` would be those after the one that is."""
        self._known = (_LAST, _FIRST)
        self._coming: Iterator[dt.datetime] = iter(())

    def resumed(self, last_run_at: dt.datetime, back: dt.timedelta) -> dt.datetime:
        """The last run that counts when the clock has been put back by so much, or beat has just started.

        cron follows such a clock with its wildcard jobs. Its fixed jobs wait until it has caught
        up, unless it was put back by more than three hours.
        """
        now, last = self._utc(self.now()), self._utc(last_run_at)
        repeats = self.expression.wildcard or back > PUT_BACK
        if last - now > (MINUTE if repeats else PUT_BACK):
            return now - PACE  # what has come due while beat woke up is not passed over
        return last_run_at

    @property
    def _grace(self) -> dt.timedelta:
        deadline = self.app.conf.beat_cron_starting_deadline
        return LATE if deadline is None else dt.timedelta(seconds=deadline)

    def _utc(self, instant: dt.datetime) -> dt.datetime:
        aware: dt.datetime = self.maybe_make_aware(instant)
        return aware.astimezone(dt.UTC)

    def __json__(self) -> dict[str, Any]:
        """What the constructor takes; kombu's encoder asks for it."""
        named = {"dialect": self.dialect} if self.dialect != DEBIAN.name else {}
        caught = {"catch_up": True} if self.catch_up else {}
        return {"expression": self.expression.text, "timezone": self.zone.key, **named, **caught}

    def __getstate__(self) -> dict[str, Any]:
        """What a shelve of beat keeps; ``nowfun`` and ``app`` belong to a process."""
        return self.__json__()

    def __setstate__(self, state: dict[str, Any]) -> None:
        expression, timezone = state.pop("expression"), state.pop("timezone")
        self.__init__(expression, timezone, **state)  # type: ignore[misc]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CronSchedule):
            return NotImplemented
        return self.__json__() == other.__json__()

    def __hash__(self) -> int:
        return hash(tuple(self.__json__().items()))

    def __repr__(self) -> str:
        return f"<cron: {self}>"

    def __str__(self) -> str:
        return f"{self.expression.text} {self.zone.key}"

    @property
    def human(self) -> str:
        """The schedule in words."""
        from migrator.equivalence.words import in_words

        return f"{in_words(self.expression)} ({self.zone.key})"


def paced(schedule: CronSchedule, after: dt.datetime) -> Iterator[dt.datetime]:
    """The starts from about ``after`` on, each an instant of its own.

    What the gap of spring has swallowed is all due in the minute after it: cron runs it in
    order with a pause after each, and whoever is due meanwhile waits for the end.
    """
    # a zone's clock was put forward a short while ago, or not at all
    jumped = _offset(schedule.zone, after) != _offset(schedule.zone, after - BACKLOG)
    begin = after - BACKLOG if jumped else after.replace(second=0, microsecond=0)
    free = begin
    for slot in occurrences(schedule.expression, schedule.zone, begin):
        start = max(slot.due, free)
        yield start
        free = start + PACE


def _offset(zone: ZoneInfo, instant: dt.datetime) -> dt.timedelta | None:
    return instant.astimezone(zone).utcoffset()
