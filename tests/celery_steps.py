"""Celery's own crontab, stepped through as beat does: wake up, ask, start, sleep."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from celery import Celery
from celery.schedules import crontab
from django_celery_beat.tzcrontab import TzAwareCrontab

from migrator.equivalence.celery_crontab import CeleryCrontab

LONGEST_SLEEP = 300  # seconds, beat's max_interval


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: dt.datetime, zone: ZoneInfo) -> None:
        self.instant, self.zone = now.astimezone(dt.UTC), zone

    def __call__(self) -> dt.datetime:
        return self.instant.astimezone(self.zone)


def setting(entry: CeleryCrontab, zone: ZoneInfo, clock: Clock) -> Any:
    """The entry in CELERY_BEAT_SCHEDULE, with CELERY_TIMEZONE."""
    app = Celery("steps", set_as_current=False)
    app.conf.timezone = zone.key
    return crontab(**entry.as_dict(), app=app, nowfun=clock)


def row(entry: CeleryCrontab, zone: ZoneInfo, clock: Clock) -> Any:
    """The entry as a row of django-celery-beat with a zone of its own."""
    schedule = TzAwareCrontab(**entry.as_dict(), tz=zone, app=Celery("steps", set_as_current=False))
    schedule.nowfun = clock
    return schedule


def celery_starts(
    entries: Sequence[CeleryCrontab],
    zone: ZoneInfo,
    start: dt.datetime,
    end: dt.datetime,
    *,
    kind: Any = setting,
) -> list[dt.datetime]:
    """The instants in (start, end) at which Celery starts the job."""
    return sorted(instant for entry in entries for instant in _starts(entry, zone, (start, end), kind))


def _starts(
    entry: CeleryCrontab, zone: ZoneInfo, window: tuple[dt.datetime, dt.datetime], kind: Any
) -> list[dt.datetime]:
    clock = Clock(window[0], zone)
    schedule = kind(entry, zone, clock)
    last, found = clock(), []
    while clock.instant < window[1]:
        due, seconds = schedule.is_due(last)
        if due:
            found.append(clock.instant)
            last = clock()
        clock.instant += dt.timedelta(seconds=min(max(seconds, 1e-3), LONGEST_SLEEP))
    return found
