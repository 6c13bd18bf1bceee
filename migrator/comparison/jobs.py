"""A migrated job as the runtime knows it: its name, its schedule, the zone that cron runs in."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from migrator.schedule.cells import cell_of, cells, read_interval
from migrator.schedule.dialect import DEBIAN
from migrator.schedule.expression import CronExpression, parse
from migrator.schedule.kinds import Interval
from migrator.schedule.meaning import meaning
from migrator.schedule.occurrences import Slot, between, occurrences, preceding, slot_of
from migrator.schedule.readers import reader_named
from migrator.zones import zone_of

LARGEST_TOLERANCE = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class JobDefinition:
    """What the decorator of a generated task says; ``demo``: its slots are a demonstration's.

    ``expression``: five fields, or an interval as ``@every 3900s``.
    ``moved_from``: the expression by which its slots went before a declared move; empty without one.
    ``dialect``: the name of what reads both expressions, one of READERS.
    """

    id: str
    expression: str
    timezone: str
    demo: bool = False
    moved_from: str = ""
    dialect: str = DEBIAN.name

    @property
    def before_its_move(self) -> JobDefinition | None:
        """The same job as it was before its declared move."""
        return replace(self, expression=self.moved_from, moved_from="") if self.moved_from else None

    @property
    def schedule(self) -> CronExpression | Interval:
        return read_interval(self.expression) or parse(self.expression, reader_named(self.dialect))

    @property
    def fires(self) -> bool:
        """Whether it is ever due."""
        schedule = self.schedule
        return isinstance(schedule, Interval) or bool(meaning(schedule))

    @property
    def zone(self) -> ZoneInfo:
        return zone_of(self.timezone)

    def demonstrated(self, expression: str) -> JobDefinition:
        """The same job on the schedule of a demonstration."""
        return replace(self, expression=expression, demo=True, moved_from="", dialect=DEBIAN.name)

    def between(self, start: dt.datetime, end: dt.datetime) -> list[Slot]:
        """The slots due in [start, end), oldest first."""
        schedule = self.schedule
        if isinstance(schedule, Interval):
            return list(takewhile(lambda slot: slot.due < end, cells(schedule, start)))
        return list(between(schedule, self.zone, start, end))

    def following(self, start: dt.datetime, count: int) -> list[Slot]:
        """The first ``count`` slots due at ``start`` or later."""
        schedule = self.schedule
        if isinstance(schedule, Interval):
            return list(islice(cells(schedule, start), count))
        return list(islice(occurrences(schedule, self.zone, start), count))

    def preceding(self, instant: dt.datetime, count: int) -> list[Slot]:
        """The last ``count`` slots due at ``instant`` or earlier, oldest first."""
        schedule = self.schedule
        if isinstance(schedule, Interval):
            length = dt.timedelta(seconds=schedule.seconds)
            return list(islice(cells(schedule, cell_of(schedule, instant).due - (count - 1) * length), count))
        return list(islice(preceding(schedule, self.zone, instant), count))[::-1]

    def latest(self, instant: dt.datetime) -> Slot | None:
        """The latest slot due at ``instant`` or earlier."""
        schedule = self.schedule
        if isinstance(schedule, Interval):
            return cell_of(schedule, instant)
        slots = _around(schedule, self.timezone, instant.astimezone(dt.UTC).date())
        index = bisect_right(slots, instant, key=lambda slot: slot.due)
        return slots[index - 1] if index else slot_of(schedule, self.zone, instant)

    def tolerance(self, slot: Slot, before: Slot | None = None) -> dt.timedelta:
        """How late a start may be and still be this slot's: half the gap before it, an hour at most.

        ``before``: the slot before it, where it is known. An interval's slot is all of its stretch.
        """
        schedule = self.schedule
        if isinstance(schedule, Interval):
            return dt.timedelta(seconds=schedule.seconds)
        if before is None or before.due >= slot.due:  # two slots at one instant, in spring
            before = self.latest(slot.due - dt.timedelta(seconds=1))
        if before is None:
            return LARGEST_TOLERANCE
        return min((slot.due - before.due) / 2, LARGEST_TOLERANCE)


@lru_cache(maxsize=1024)
def _around(schedule: CronExpression, timezone: str, day: dt.date) -> tuple[Slot, ...]:
    """The slots of a day and of the one before it, in UTC: beat asks for one with every message."""
    midnight = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
    one = dt.timedelta(days=1)
    return tuple(between(schedule, zone_of(timezone), midnight - one, midnight + one))
