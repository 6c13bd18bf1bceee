"""A migrated job as the runtime knows it: its name, its schedule, the zone that cron runs in."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from migrator.schedule.expression import CronExpression, parse
from migrator.schedule.occurrences import Slot, between, occurrences, slot_of
from migrator.zones import zone_of

LARGEST_TOLERANCE = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class JobDefinition:
    """What the decorator of a generated task says; ``demo``: its slots are a demonstration's."""

    id: str
    expression: str
    timezone: str
    demo: bool = False

    @property
    def schedule(self) -> CronExpression:
        return parse(self.expression)

    @property
    def zone(self) -> ZoneInfo:
        return zone_of(self.timezone)

    def demonstrated(self, expression: str) -> JobDefinition:
        """The same job on the schedule of a demonstration."""
        return replace(self, expression=expression, demo=True)

    def between(self, start: dt.datetime, end: dt.datetime) -> list[Slot]:
        """The slots due in [start, end), oldest first."""
        return list(between(self.schedule, self.zone, start, end))

    def following(self, start: dt.datetime, count: int) -> list[Slot]:
        """The first ``count`` slots due at ``start`` or later."""
        return list(islice(occurrences(self.schedule, self.zone, start), count))

    def latest(self, instant: dt.datetime) -> Slot | None:
        """The latest slot due at ``instant`` or earlier."""
        slots = _around(self.expression, self.timezone, instant.astimezone(dt.UTC).date())
        index = bisect_right(slots, instant, key=lambda slot: slot.due)
        return slots[index - 1] if index else slot_of(self.schedule, self.zone, instant)

    def tolerance(self, slot: Slot, before: Slot | None = None) -> dt.timedelta:
        """How late a start may be and still be this slot's: half the gap before it, an hour at most.

        ``before``: the slot before it, where it is known.
        """
        if before is None or before.due >= slot.due:  # two slots at one instant, in spring
            before = self.latest(slot.due - dt.timedelta(seconds=1))
        if before is None:
            return LARGEST_TOLERANCE
        return min((slot.due - before.due) / 2, LARGEST_TOLERANCE)


@lru_cache(maxsize=1024)
def _around(expression: str, timezone: str, day: dt.date) -> tuple[Slot, ...]:
    """The slots of a day and of the one before it, in UTC: beat asks for one with every message."""
    midnight = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
    one = dt.timedelta(days=1)
    return tuple(between(parse(expression), zone_of(timezone), midnight - one, midnight + one))
