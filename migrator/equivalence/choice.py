"""Which schedule beat gets for a job: Celery's crontab wherever it fires as cron does, else one that does.

Chosen for each line: one that no jump of the clock touches keeps Celery's crontabs; one whose
minute alone is restricted needs UTC, which has no such nights; every other one needs the
schedule class of ours, in cron's own zone.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from functools import lru_cache

from migrator.equivalence.celery_crontab import CeleryCrontab
from migrator.equivalence.lower import lower
from migrator.schedule.dialect import DEBIAN
from migrator.schedule.expression import CronExpression, parse
from migrator.schedule.parting import minutes_in_utc, partings
from migrator.schedule.readers import READERS, reader_of
from migrator.zones import zone_of

CLASS = "CronSchedule"
# The years in which a zone's clock is looked at begin on a date of their own, so that the same
# crontab gives the same bytes in any year; after 28 of them the calendar begins again.
SINCE = dt.date(2024, 1, 1)
YEARS = 28
LONGEST_LIST = 4  # minutes


@dataclass(frozen=True, slots=True)
class AsCron:
    """Our schedule class, and what it is given: the text, the zone of its clock, the daemon that reads it."""

    text: str
    timezone: str
    dialect: str = DEBIAN.name

    @property
    def arguments(self) -> tuple[str, ...]:
        """As Python writes them."""
        named = () if self.dialect == DEBIAN.name else (f"dialect={json.dumps(self.dialect)}",)
        return (json.dumps(self.text), json.dumps(self.timezone), *named)

    @property
    def expression(self) -> CronExpression:
        """What the daemon makes of the text."""
        return parse(self.text, READERS[self.dialect])

    def __str__(self) -> str:
        return f"{CLASS}({', '.join(self.arguments)})"


def choose(expression: CronExpression, timezone: str, *, app: str) -> tuple[CeleryCrontab, ...] | AsCron:
    """What fires as cron in ``timezone`` does, where beat goes by the clock of ``app``."""
    if timezone == app and not _partings(expression, timezone):
        return lower(expression)
    return as_cron(expression, timezone)


@lru_cache(maxsize=4096)
def _partings(expression: CronExpression, timezone: str) -> bool:
    return bool(partings(expression, zone_of(timezone), SINCE, years=YEARS))


def right_zones(expression: CronExpression, timezone: str) -> frozenset[str]:
    """The zones in which an entry may be: cron's, and UTC for a job that fires so as in cron's."""
    return frozenset({timezone, "UTC"} if _minutes_in_utc(expression, timezone) else {timezone})


def _minutes_in_utc(expression: CronExpression, timezone: str) -> tuple[int, ...]:
    return minutes_in_utc(expression, zone_of(timezone), SINCE, YEARS)


def as_cron(expression: CronExpression, timezone: str) -> AsCron:
    """Ours, in UTC where that will do: a row of it fires rightly whoever reads it."""
    if minutes := _minutes_in_utc(expression, timezone):
        return AsCron(f"{_spelled(minutes)} * * * *", "UTC")
    return AsCron(" ".join(expression.text.split()), timezone, reader_of(expression).name)


def _spelled(minutes: tuple[int, ...]) -> str:
    """The minutes of every hour: a step where a list would be long; UTC has no jump that tells them apart."""
    step = 60 // len(minutes)
    if len(minutes) > LONGEST_LIST and minutes == tuple(range(0, 60, step)):
        return "*" if step == 1 else f"*/{step}"
    return ",".join(map(str, minutes))
