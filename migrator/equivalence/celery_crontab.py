"""Celery's crontab: its five fields in the one spelling that we write, and their meaning.

Celery wants a day to fit both day fields, whatever the stars (celery issue 4307), and
numbers Sunday 0; it refuses 7. The spelling here is the part of its grammar that
``celery.schedules.crontab`` and django-celery-beat's validators both read as we do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from migrator.schedule.expression import (
    DAY_OF_MONTH,
    DAY_OF_WEEK,
    HOUR,
    MINUTE,
    MONTH,
    FieldKind,
    parse,
)
from migrator.schedule.meaning import NEVER, Meaning, days_mask, minutes_mask

# django-celery-beat 2.9: CrontabSchedule's max_length of each field
FIELD_LIMITS = {"minute": 240, "hour": 96, "day_of_month": 124, "month_of_year": 64, "day_of_week": 64}


@dataclass(frozen=True, slots=True)
class CeleryCrontab:
    """The keyword arguments of ``celery.schedules.crontab``."""

    minute: str = "*"
    hour: str = "*"
    day_of_month: str = "*"
    month_of_year: str = "*"
    day_of_week: str = "*"

    def as_dict(self) -> dict[str, str]:
        """All five fields, in the order in which cron writes them."""
        return asdict(self)

    def __str__(self) -> str:
        """As a person writes it: stars left out, but for a minute, whose default is every minute."""
        shown = [f'{name}="{value}"' for name, value in asdict(self).items() if value != "*"]
        return f"crontab({', '.join(shown)})"


def spell(kind: FieldKind, mask: int, *, starred: bool = False) -> str:
    """The shortest spelling of a set that a person would write; ``starred``: its author used steps."""
    values = [n for n in range(kind.high + 1) if mask >> n & 1]
    if mask == kind.full:
        return "*"
    step = _step(values)
    if step and len(values) > (1 if starred else 2) and step > 1:
        if values[0] == kind.low and values[-1] + step > _top(kind):
            return f"*/{step}"
        if len(values) > 2:
            return f"{values[0]}-{values[-1]}/{step}"
    return ",".join(_runs(values))


def _top(kind: FieldKind) -> int:
    return 6 if kind is DAY_OF_WEEK else kind.high


def _step(values: list[int]) -> int:
    """The common distance of the values, 0 if there is none."""
    steps = {b - a for a, b in zip(values, values[1:], strict=False)}
    return steps.pop() if len(steps) == 1 else 0


def _runs(values: list[int]) -> Iterator[str]:
    start = 0
    for index, value in enumerate(values):
        if index + 1 < len(values) and values[index + 1] == value + 1:
            continue
        run = values[start : index + 1]
        if len(run) > 2:
            yield f"{run[0]}-{run[-1]}"
        else:
            yield from map(str, run)
        start = index + 1


def celery_meaning(entry: CeleryCrontab) -> Meaning:
    """The wall-clock minutes of an entry in our spelling, under Celery's rules."""
    minute = _mask(MINUTE, entry.minute)
    hour = _mask(HOUR, entry.hour)
    days = days_mask(
        _mask(DAY_OF_MONTH, entry.day_of_month),
        _mask(MONTH, entry.month_of_year),
        _mask(DAY_OF_WEEK, entry.day_of_week),
        either=False,
    )
    minutes = minutes_mask(minute, hour)
    return Meaning(((minutes, days),)) if minutes and days else NEVER


def _mask(kind: FieldKind, text: str) -> int:
    """In our spelling (numbers, ascending ranges, steps) a Celery field reads as cron's does."""
    position = (MINUTE, HOUR, DAY_OF_MONTH, MONTH, DAY_OF_WEEK).index(kind)
    return parse(" ".join(text if n == position else "*" for n in range(5))).fields[position].mask
