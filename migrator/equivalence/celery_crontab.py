"""Celery's crontab: its five fields in the one spelling that we write, and their meaning.

Celery wants a day to fit both day fields, whatever the stars (celery issue 4307), and
numbers Sunday 0; it refuses 7. The spelling here is the part of its grammar that
``celery.schedules.crontab`` and django-celery-beat's validators both read as we do.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import asdict, dataclass
from itertools import pairwise

from migrator.i18n import _
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

KINDS = {
    "minute": MINUTE,
    "hour": HOUR,
    "day_of_month": DAY_OF_MONTH,
    "month_of_year": MONTH,
    "day_of_week": DAY_OF_WEEK,
}


@dataclass(frozen=True, slots=True)
class CeleryCrontab:
    """The keyword arguments of ``celery.schedules.crontab``."""

    minute: str = "*"
    hour: str = "*"
    day_of_month: str = "*"
    month_of_year: str = "*"
    day_of_week: str = "*"

    @classmethod
    def of_sets(cls, **sets: Set[int]) -> CeleryCrontab:
        """The entry that fires on these values; a field that is not named is every value.

        Raises ValueError for a value that its field cannot hold, and for a field without one.
        """
        spelled = {}
        for name, values in sets.items():
            kind = KINDS[name]
            mask = sum(1 << value for value in values if value >= 0)
            if not values or mask & ~kind.full or min(values) < 0:
                raise ValueError(
                    _("{values} is no set for {field}").format(values=sorted(values), field=name)
                )
            spelled[name] = spell(kind, mask)
        return cls(**spelled)

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
    steps = {b - a for a, b in pairwise(values)}
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
    """The wall-clock minutes of an entry in our spelling, under Celery's rules.

    In that spelling (numbers, ascending ranges, steps) a field reads as cron's does.
    """
    expression = parse(" ".join(entry.as_dict().values()))
    minutes = minutes_mask(expression.minute.mask, expression.hour.mask)
    days = days_mask(
        expression.day_of_month.mask, expression.month.mask, expression.day_of_week.mask, either=False
    )
    return Meaning(((minutes, days),)) if minutes and days else NEVER
