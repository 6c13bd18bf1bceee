"""Sets of minutes, hours and days as cron's five fields.

Celery, APScheduler, huey and django-cron want a day to fit both day fields; cron does so only where
a day field starts with a star. ``*/2`` does, so some such pairs have a spelling, and the rest have none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from migrator.i18n import _
from migrator.schedule.expression import KINDS, FieldKind, parse
from migrator.schedule.kinds import Schedule, Undecided

Values = Iterable[int]
NAMES = ("minute", "hour", "day", "month", "weekday")


def schedule_of(text: str, values: Mapping[str, Values], *, either: bool = False) -> Schedule:
    """The schedule that fires on these values, a field that is not named being every value.

    ``weekday``: 0 or 7 is Sunday. ``either``: a day may fit one of its two fields, as under cron.
    """
    spelled = {name: _spell(kind, values.get(name)) for name, kind in zip(NAMES, KINDS, strict=True)}
    if "" in spelled.values():
        return Undecided(text, _("it holds a field without a value"))
    if spelled["day"] != "*" and spelled["weekday"] != "*" and not either:
        starred = _starred(spelled)
        if starred is None:
            return Undecided(text, _("both day fields have to fit, which the five fields of cron cannot say"))
        spelled = starred
    return parse(" ".join(spelled.values()))


def _starred(spelled: dict[str, str]) -> dict[str, str] | None:
    """The fields with one day field as ``*/n``, which makes cron want both."""
    expression = parse(" ".join(spelled.values()))
    for name, field in (("day", expression.day_of_month), ("weekday", expression.day_of_week)):
        steps = range(2, field.kind.high + 1)
        step = next((n for n in steps if _steps(field.kind, n) == field.mask), None)
        if step:
            return spelled | {name: f"*/{step}"}
    return None


def _steps(kind: FieldKind, step: int) -> int:
    """The mask of ``*/step``, 7 being Sunday as it is to cron."""
    return kind.folded(sum(1 << n for n in range(kind.low, kind.high + 1, step)))


def _spell(kind: FieldKind, values: Values | None) -> str:
    """A set as a person writes it; empty for a set that holds nothing or what its field cannot."""
    if values is None:
        return "*"
    chosen = sorted({value % 7 if kind.high == 7 and value == 7 else value for value in values})
    if not chosen or chosen[0] < kind.low or chosen[-1] > (6 if kind.high == 7 else kind.high):
        return ""
    if sum(1 << value for value in chosen) == kind.full:
        return "*"
    step = _step(chosen)
    if step > 1 and len(chosen) > 2 and chosen[0] == kind.low and chosen[-1] + step > kind.high:
        return f"*/{step}" if kind.high != 7 else ",".join(map(str, chosen))
    return ",".join(_runs(chosen))


def _step(values: Sequence[int]) -> int:
    steps = {b - a for a, b in pairwise(values)}
    return steps.pop() if len(steps) == 1 else 0


def _runs(values: Sequence[int]) -> Iterable[str]:
    start = 0
    for index, value in enumerate(values):
        if index + 1 < len(values) and values[index + 1] == value + 1:
            continue
        run = values[start : index + 1]
        yield from [f"{run[0]}-{run[-1]}"] if len(run) > 2 else map(str, run)
        start = index + 1
