"""APScheduler's cron trigger as a schedule.

Authority: apscheduler/triggers/cron 3.11. All fields have to fit; fields finer than the finest that is
given are at their lowest value, coarser ones at every value; weekday 0 is Monday.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from migrator.i18n import _
from migrator.schedule.expression import MONTHS
from migrator.schedule.kinds import Schedule, Undecided
from migrator.sources.python.day_fields import schedule_of
from migrator.sources.python.values import is_static

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# In the order of CronTrigger.FIELD_NAMES: name, ours, lowest, highest, default below the finest given.
FIELDS = (
    ("year", "", 1970, 9999, "*"),
    ("month", "month", 1, 12, "1"),
    ("day", "day", 1, 31, "1"),
    ("week", "", 1, 53, "*"),
    ("day_of_week", "weekday", 0, 6, "*"),
    ("hour", "hour", 0, 23, "0"),
    ("minute", "minute", 0, 59, "0"),
    ("second", "", 0, 59, "0"),
)
NAMES = tuple(name for name, *_rest in FIELDS)
_STAR = re.compile(r"\*(?:/(\d+))?$")
_RANGE = re.compile(r"(\d+)(?:-(\d+))?(?:/(\d+))?$")
_NAMED = re.compile(r"([a-z]+)(?:-([a-z]+))?", re.IGNORECASE)


def cron_trigger(text: str, given: Mapping[str, Any]) -> Schedule:
    """The schedule of ``CronTrigger(**given)``."""
    fields = {name: value for name, value in given.items() if name in NAMES and value is not None}
    if not is_static(fields):
        return Undecided(text, _("it depends on the run"))
    finest = max((NAMES.index(name) for name in fields), default=-1)
    spelled = {
        name: str(fields.get(name, default if 0 <= finest < index else "*")).strip()
        for index, (name, _ours, _low, _high, default) in enumerate(FIELDS)
    }
    if spelled["year"] != "*" or spelled["week"] != "*" or spelled["second"] != "0":
        return Undecided(text, _("cron has no years, weeks of the year or seconds"))
    try:
        values = {
            ours: set(_values(spelled[name], name, low, high))
            for name, ours, low, high, _default in FIELDS
            if ours
        }
    except ValueError:
        return Undecided(text, _("the five fields of cron have no word for it"))
    values["weekday"] = {(day + 1) % 7 for day in values["weekday"]}
    return schedule_of(text, values)


def five_fields(text: str, expression: Any) -> Schedule:
    """The schedule of ``CronTrigger.from_crontab(expression)``."""
    parts = expression.split() if isinstance(expression, str) else []
    names = ("minute", "hour", "day", "month", "day_of_week")
    if len(parts) != len(names):
        return Undecided(text, _("it has no five fields that are static"))
    return cron_trigger(text, dict(zip(names, parts, strict=True)))


def _values(text: str, name: str, low: int, high: int) -> Iterator[int]:
    """The numbers of a field; raises ValueError for ``last``, ``3rd fri`` and for what is refused."""
    for part in re.split(r" *, *", text):
        if match := _STAR.match(part):
            yield from range(low, high + 1, _step(match[1], high - low))
        elif match := _RANGE.match(part):
            first = int(match[1])
            last = int(match[2]) if match[2] else high if match[3] else first
            yield from _checked(first, last, low, high)[:: _step(match[3], last - first)]
        elif match := _NAMED.match(part):
            first = _named(match[1], name)
            yield from _checked(first, _named(match[2], name) if match[2] else first, low, high)
        else:
            raise ValueError(part)


def _checked(first: int, last: int, low: int, high: int) -> range:
    if not low <= first <= last <= high:
        raise ValueError(first)
    return range(first, last + 1)


def _step(text: str | None, span: int) -> int:
    step = int(text or 1)
    if text and not 0 < step <= span:
        raise ValueError(text)
    return step


def _named(word: str, name: str) -> int:
    names = {"month": MONTHS, "day_of_week": WEEKDAYS}.get(name, ())
    return names.index(word.lower()) + (1 if name == "month" else 0)
