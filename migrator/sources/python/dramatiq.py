"""dramatiq: ``@cron("0 0 * * *")`` of dramatiq-crontab, ``@actor(periodic=cron(".."))`` of periodiq.

Authority: dramatiq_crontab 1.2 hands the five fields to APScheduler, which wants all of them to fit;
CronSpec in periodiq 0.14 lets a day fit either field, as cron does.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrator.findings import Finding, Place
from migrator.schedule.kinds import Schedule
from migrator.sources.python.apscheduler_fields import five_fields
from migrator.sources.python.decorated import decorated
from migrator.sources.python.jobs import cron_schedule, interval
from migrator.sources.python.reader import Reader, Told
from migrator.sources.python.values import Call, Folder

NAME = "dramatiq"


def read(folder: Folder) -> Iterator[Told]:
    """Each actor under one of the decorators."""
    yield from decorated(
        folder,
        NAME,
        {
            "dramatiq_crontab.cron": lambda call, place: five_fields(call.text, call.argument("schedule", 0)),
            "dramatiq_crontab.interval": lambda call, place: interval(call.text, call.argument("seconds")),
            "dramatiq.actor": _periodic,
            "*.actor": _periodic,
        },
    )


READER = Reader(NAME, ("dramatiq_crontab", "periodiq"), read)


def _periodic(call: Call, place: Place) -> Schedule | Finding | None:
    when = call.argument("periodic")
    if when is None:
        return None
    return cron_schedule(when.argument("spec", 0) if isinstance(when, Call) else when, place)
