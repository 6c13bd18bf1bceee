"""The slot that a person means: by its name, by an instant, or by the wall clock where cron runs."""

from __future__ import annotations

import datetime as dt

from migrator.comparison.jobs import JobDefinition
from migrator.errors import UsageProblem
from migrator.i18n import _
from migrator.schedule.instants import read_instant
from migrator.schedule.occurrences import Slot

NEAR = dt.timedelta(days=1)


def named_slot(job: JobDefinition, text: str) -> Slot:
    """The slot of that name; without an offset, cron's zone is meant."""
    wanted = read_instant(text)
    if wanted is None:
        raise UsageProblem(
            _("{text} is no slot").format(text=text),
            hint=_("write it as compare shows it, such as 2026-03-01T12:00+01:00"),
        )
    near = wanted if wanted.tzinfo else wanted.replace(tzinfo=job.zone)
    slots = job.between(near - NEAR, near + NEAR)
    found = [slot for slot in slots if _named(slot, wanted)] or [slot for slot in slots if slot.due == near]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageProblem(
            _("{job} is due at {text} more than once").format(job=job.id, text=text),
            hint=_("name one of {slots}").format(slots=", ".join(slot.name for slot in found)),
        )
    before, after = job.latest(near), job.following(near, 1)
    around = [slot.name for slot in (before, *after) if slot is not None]
    raise UsageProblem(
        _("{job} is not due at {text}").format(job=job.id, text=text),
        hint=_("its slots around then: {slots}").format(slots=", ".join(around)) if around else None,
    )


def _named(slot: Slot, wanted: dt.datetime) -> bool:
    if wanted.tzinfo is None:
        return slot.wall.replace(tzinfo=None) == wanted
    return (slot.wall, slot.wall.utcoffset()) == (wanted, wanted.utcoffset())
