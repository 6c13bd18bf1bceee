"""Schedules rehearsed with a scheduler of one's choice, without a project."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from celery import Celery

from migrator.comparison.rehearsal import Result, Spell, compare_starts
from migrator.comparison.rehearsal_events import moments_of, read_event
from migrator.contrib.django.rehearsed_beat import Script, Seen, watch_beat
from migrator.schedule.expression import parse
from migrator.schedule.occurrences import Slot, between

CELERYS_FILE = "celery.beat:PersistentScheduler"
CELERYS_ROWS = "django_celery_beat.schedulers:DatabaseScheduler"
OUR_FILE = "migrator.contrib.celery.beat:PersistentScheduler"
OUR_ROWS = "migrator.contrib.celery.database_beat:DatabaseScheduler"


def watched(
    schedules: Mapping[str, Any],
    scheduler: str,
    window: tuple[str, str],
    *events: str,
    zone: str = "Europe/Warsaw",
    **conf: Any,
) -> tuple[Seen, dict[str, Result]]:
    """What beat did with the schedules, each under its expression, and how that compares with cron."""
    app = Celery("rehearsed", broker="memory://", set_as_current=False)
    app.conf.update(timezone=zone, beat_scheduler=scheduler, **conf)
    app.conf.beat_schedule = {
        text: {"task": "rehearsed.task", "schedule": schedule} for text, schedule in schedules.items()
    }
    clock = ZoneInfo(zone)
    start, end = (_at(text, clock) for text in window)
    spell = Spell(start.timestamp(), end.timestamp())
    asked = [read_event(event, clock) for event in events]
    script = Script(spell, moments_of(asked, spell, clock), sum(event.late for event in asked))
    edits = [(event.when, event.schedule) for event in asked if event.schedule]
    slots = {text: list(_slots(text, edits, clock, (start, end))) for text in schedules}
    due = [slot.due.timestamp() for one in slots.values() for slot in one]
    seen = watch_beat(app, lambda name, task: task == "rehearsed.task", script, due)
    results = {
        text: compare_starts(found, seen.sent.get((text, "rehearsed.task"), []), clock, off=seen.off)
        for text, found in slots.items()
    }
    return seen, results


def _slots(
    text: str,
    edits: list[tuple[Any, str]],
    clock: ZoneInfo,
    window: tuple[dt.datetime, dt.datetime],
) -> Iterator[Slot]:
    """Cron's slots of a line that is edited when beat's entry is."""
    begin, end = window
    for when, edited in edits:
        yield from between(parse(text), clock, begin, when)
        begin, text = when, edited
    yield from between(parse(text), clock, begin, end)


def _at(text: str, clock: ZoneInfo) -> dt.datetime:
    found = dt.datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=clock)
