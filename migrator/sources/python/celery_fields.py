"""``crontab(...)`` of Celery as a schedule, read as ``celery.schedules.crontab_parser`` reads it.

Celery wants a day to fit both day fields (issue 4307), lets a range wrap round, takes numbers, lists
and sets beside texts, and numbers Sunday 0; it refuses 7.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from migrator.i18n import _
from migrator.schedule.expression import MONTHS, WEEKDAYS
from migrator.schedule.kinds import Schedule, Undecided
from migrator.sources.python.day_fields import schedule_of
from migrator.sources.python.jobs import interval
from migrator.sources.python.values import Call, is_static

# In the order of crontab()'s own parameters: name, ours, first value, number of values.
FIELDS = (
    ("minute", "minute", 0, 60),
    ("hour", "hour", 0, 24),
    ("day_of_week", "weekday", 0, 7),
    ("day_of_month", "day", 1, 31),
    ("month_of_year", "month", 1, 12),
)
_RANGE_STEP = re.compile(r"(\w+?)-(\w+)/(\w+)?")
_RANGE = re.compile(r"(\w+?)-(\w+)")
_STAR_STEP = re.compile(r"\*/(\w+)?")


def celery_schedule(value: Any, text: str) -> Schedule:
    """The schedule of a beat entry: a crontab, an interval, or what only Celery knows."""
    if not isinstance(value, Call):
        return interval(text, value)
    name = value.dotted.rpartition(".")[2]
    if name == "crontab":
        return _crontab(value, value.kwargs)
    if name == "from_string" and value.args and isinstance(value.args[0], str):
        return _from_string(value, value.args[0])
    if name in ("schedule", "timedelta"):
        return interval(text, value.argument("run_every", 0))
    if name == "solar":
        return Undecided(text, _("the sun decides"))
    return Undecided(text, _("{name} is a schedule class of its own").format(name=value.dotted))


def _from_string(call: Call, text: str) -> Schedule:
    parts = text.split(" ")
    names = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
    if len(parts) != len(names):
        return Undecided(call.text, _("Celery refuses it: five fields, each after one blank"))
    return _crontab(call, dict(zip(names, parts, strict=True)), positional=False)


def _crontab(call: Call, keywords: Any, *, positional: bool = True) -> Schedule:
    given = dict(zip([name for name, *_rest in FIELDS], call.args if positional else (), strict=False))
    given |= keywords
    if not is_static({name: value for name, value in given.items() if name not in ("app", "nowfun")}):
        return Undecided(call.text, _("it depends on the run"))
    try:
        values = {
            ours: field_values(given[name], low, count) for name, ours, low, count in FIELDS if name in given
        }
    except (ValueError, TypeError, OverflowError) as error:
        return Undecided(call.text, _("Celery refuses it: {error}").format(error=error))
    return schedule_of(call.text, values)


def field_values(spec: Any, low: int, count: int) -> set[int]:
    """The numbers that a field holds; raises ValueError or TypeError where Celery does."""
    if isinstance(spec, int):
        values = {int(spec)}
    elif isinstance(spec, str):
        values = {number for part in spec.split(",") for number in _part(part, low, count)}
    elif isinstance(spec, Iterable):
        values = set(spec)
    else:
        raise TypeError(_("{value} is no field").format(value=spec))
    for number in values:
        _check(number, low, count)
    return values


def _check(number: Any, low: int, count: int) -> None:
    if not isinstance(number, int) or not low <= number < low + count:
        high = low + count - 1
        raise ValueError(_("{value} is outside {low}-{high}").format(value=number, low=low, high=high))


def _part(part: str, low: int, count: int) -> Iterator[int]:
    # Celery matches the start of a part, and skips what follows.
    everything = list(range(low, low + count))
    if not part:
        raise ValueError(_("a part is empty"))
    if match := _RANGE_STEP.match(part):
        yield from _wrapped(match[1], match[2], low, count)[:: _step(match[3])]
    elif match := _RANGE.match(part):
        yield from _wrapped(match[1], match[2], low, count)
    elif match := _STAR_STEP.match(part):
        yield from everything[:: _step(match[1])]
    elif part == "*":
        yield from everything
    else:
        yield _number(part, low, count)


def _step(text: str | None) -> int:
    if not text:
        raise ValueError(_("a step is missing"))
    return int(text)


def _wrapped(first: str, last: str, low: int, count: int) -> list[int]:
    start, end = _number(first, low, count), _number(last, low, count)
    if end < start:
        return [*range(start, low + count), *range(low, end + 1)]
    return list(range(start, end + 1))


def _number(text: str, low: int, count: int) -> int:
    """A number, or the first three letters of a month or a day, whichever field it stands in."""
    try:
        value = int(text)
    except ValueError:
        name = text[:3].lower()
        value = MONTHS.index(name) + 1 if name in MONTHS else WEEKDAYS.index(name)
    _check(value, low, count)
    return value
