"""Celery's crontab: its five fields in the one spelling that we write, and their meaning.

Celery wants a day to fit both day fields, whatever the stars (celery issue 4307), and
numbers Sunday 0; it refuses 7. The spelling here is the part of its grammar that
``celery.schedules.crontab`` and django-celery-beat's validators both read as we do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from migrator.i18n import _
from migrator.schedule.expression import (
    DAY_OF_MONTH,
    DAY_OF_WEEK,
    HOUR,
    MINUTE,
    MONTH,
    CronExpression,
    FieldKind,
    parse,
)
from migrator.schedule.meaning import Meaning, meaning

KINDS = {
    "minute": MINUTE,
    "hour": HOUR,
    "day_of_month": DAY_OF_MONTH,
    "month_of_year": MONTH,
    "day_of_week": DAY_OF_WEEK,
}
SHORTEST_RANGE = 3  # values; nobody writes 1-2 for 1,2
SHORTEST_STEPS = 4  # values, beside others; 0,1,20,40 says more than 0,1,20-40/20


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
        return {name: getattr(self, name) for name in KINDS}

    def __str__(self) -> str:
        """As a person writes it: stars left out, but for a minute, whose default is every minute."""
        shown = [f'{name}="{value}"' for name, value in self.as_dict().items() if value != "*"]
        return f"crontab({', '.join(shown)})"


def spell(kind: FieldKind, mask: int, *, starred: bool = False) -> str:
    """The shortest spelling of a set that a person would write; ``starred``: its author used steps."""
    values = tuple(n for n in range(kind.high + 1) if mask >> n & 1)
    if mask == kind.full:
        return "*"
    step = _step(values)
    whole = step > 1 and values[0] == kind.low and values[-1] + step > _top(kind)
    if whole and len(values) > (1 if starred else 2):
        return f"*/{step}"
    listed, stepped = ",".join(_shortest(values)), f"{values[0]}-{values[-1]}/{step}"
    return stepped if step > 1 and len(values) > 2 and len(stepped) < len(listed) else listed


def _top(kind: FieldKind) -> int:
    return 6 if kind is DAY_OF_WEEK else kind.high


def _step(values: Sequence[int]) -> int:
    """The common distance of the values, 0 if there is none."""
    steps = {b - a for a, b in pairwise(values)}
    return steps.pop() if len(steps) == 1 else 0


@lru_cache(maxsize=4096)
def _shortest(values: tuple[int, ...]) -> tuple[str, ...]:
    """The elements of the shortest list; of those of one length the one with the fewest steps."""
    best: list[tuple[int, int, int, tuple[str, ...]]] = [(0, 0, 0, ())]
    for end in range(1, len(values) + 1):
        lists = []
        for start, text in _last_elements(values, end):
            length, steps, count, elements = best[start]
            lists.append((length + len(text) + 1, steps + ("/" in text), count + 1, (*elements, text)))
        best.append(min(lists))
    return best[-1][-1]


def _last_elements(values: Sequence[int], end: int) -> Iterator[tuple[int, str]]:
    """Each element that holds just ``values[start:end]``, with its start: a number, or a range."""
    last = values[end - 1]
    yield end - 1, str(last)
    step = last - values[end - 2]
    start = end - 2
    while start >= 0 and values[start + 1] - values[start] == step:
        count = end - start
        if step == 1 and count >= SHORTEST_RANGE:
            yield start, f"{values[start]}-{last}"
        elif step > 1 and count >= SHORTEST_STEPS:
            yield start, f"{values[start]}-{last}/{step}"
        start -= 1


def celery_expression(entry: CeleryCrontab) -> CronExpression:
    """An entry in our spelling as an expression, under Celery's rule for days: both fields have to fit.

    In that spelling (numbers, ascending ranges, steps) a field reads as cron's does.
    """
    expression = parse(" ".join(entry.as_dict().values()))
    return replace(expression, day_of_month=replace(expression.day_of_month, starred=True))


def celery_meaning(entry: CeleryCrontab) -> Meaning:
    """The wall-clock minutes of an entry in our spelling, under Celery's rules."""
    return meaning(celery_expression(entry))
