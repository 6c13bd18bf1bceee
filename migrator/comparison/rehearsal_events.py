"""What may happen to beat in a rehearsal: a small closed set.

Written ``KIND@WHEN/DURATION``, and an edit ``edit@WHEN=CRON``.

An event becomes moments, at each of which one thing is done to beat or to its entries.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from zoneinfo import ZoneInfo

from migrator.comparison.rehearsal import Spell
from migrator.crontab.durations import duration
from migrator.errors import UsageProblem
from migrator.i18n import _
from migrator.schedule.expression import parse

KINDS = ("late", "restart", "crash", "deploy", "off", "edit")
SHAPE = re.compile(
    rf"(?P<kind>{'|'.join(KINDS)})(?:@(?P<when>[^/=]+))?(?:/(?P<length>[^=]+)|=(?P<schedule>.+))?"
)
LENGTHS = {"late": 60, "restart": 60, "crash": 60, "deploy": 60, "off": 86400, "edit": 0}  # seconds


class Act(Enum):
    """One thing that is done to beat, or to its entries."""

    STOP = "beat is stopped in order"
    KILL = "beat is killed, and saves nothing"
    START = "beat is started"
    SAVE = "the entries are saved again, as by a deploy"
    OFF = "the entries are switched off"
    ON = "the entries are switched on"
    EDIT = "the entries get another schedule, or are saved as they are"


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, in epoch seconds, and what is done there; ``schedule``: the one that an edit brings."""

    at: float
    act: Act
    schedule: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it was asked for; ``when``: an instant, or a time of each day.

    ``schedule``: cron's expression that beat's entries and cron's lines have from then on.
    """

    text: str
    kind: str
    when: dt.datetime | dt.time | None
    seconds: int
    schedule: str = ""

    @property
    def late(self) -> int:
        """By how many seconds beat oversleeps, each time."""
        return self.seconds if self.kind == "late" else 0

    def moments(self, window: Spell, zone: ZoneInfo) -> Iterator[Moment]:
        """What it does to beat within the window."""
        first, last = {
            "late": ((), ()),
            "restart": ((Act.STOP,), (Act.START,)),
            "crash": ((Act.KILL,), (Act.START,)),
            "deploy": ((Act.STOP, Act.SAVE), (Act.START,)),
            "off": ((Act.OFF,), (Act.ON,)),
            "edit": ((Act.EDIT,), ()),
        }[self.kind]
        for instant in _instants(self.when, window, zone):
            yield from (Moment(instant, act, self.schedule) for act in first)
            yield from (Moment(instant + self.seconds, act) for act in last)


def _instants(when: dt.datetime | dt.time | None, window: Spell, zone: ZoneInfo) -> list[float]:
    if isinstance(when, dt.time):
        first, last = (dt.datetime.fromtimestamp(at, zone).date() for at in (window.start, window.end))
        dates = (first + dt.timedelta(days=days) for days in range((last - first).days + 1))
        found = [dt.datetime.combine(date, when, zone).timestamp() for date in dates]
    else:
        found = [when.timestamp()] if when else []
    return [instant for instant in found if window.start < instant < window.end]


def read_event(text: str, zone: ZoneInfo) -> Event:
    """An event as it is written on the command line; times without an offset are the zone's."""
    shape = SHAPE.fullmatch(text)
    if shape is None:
        raise _refused(text, _("this is no event"))
    kind, when, length, schedule = shape.group("kind", "when", "length", "schedule")
    if (kind == "late") != (when is None):
        raise _refused(text, _("late has no time") if when else _("it needs a time"))
    if (kind == "edit") < bool(schedule) or (kind == "edit" and length):
        raise _refused(text, _("this is no event"))
    if schedule and re.fullmatch(r"\d\d:\d\d", when):
        raise _refused(text, _("a schedule is edited once: give the date, too"))
    if schedule:
        schedule = parse(schedule).text
    seconds = (duration(length) or 0) if length else LENGTHS[kind]
    if length and not seconds:
        raise _refused(text, _("{length} is no duration").format(length=length))
    try:
        return Event(text, kind, _when(when, zone) if when else None, seconds, schedule or "")
    except ValueError:
        raise _refused(text, _("{text} is no time").format(text=when)) from None


def _when(text: str, zone: ZoneInfo) -> dt.datetime | dt.time:
    """A time of day, or an instant; raises ValueError for neither."""
    if re.fullmatch(r"\d\d:\d\d", text):
        return dt.time.fromisoformat(text)
    found = dt.datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _refused(text: str, fact: str) -> UsageProblem:
    return UsageProblem(
        fact,
        text=text,
        hint=_(
            "write late/90s, restart@03:00, crash@2026-10-25T02:30+01:00/5m, deploy@12:00, off@TIME/1d"
            " or edit@TIME='30 5 * * *'"
        ),
    )


def moments_of(events: Iterable[Event], window: Spell, zone: ZoneInfo) -> list[Moment]:
    """The moments of all events, oldest first; those of one event at one instant in their order."""
    return sorted((one for event in events for one in event.moments(window, zone)), key=lambda one: one.at)
