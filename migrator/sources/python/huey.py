"""huey: ``@huey.periodic_task(crontab(minute="0"))`` and ``@db_periodic_task(..)``.

Authority: crontab() in huey/api.py 3.5. All fields have to fit; 0 and 7 are Sunday; a range may wrap.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

from migrator.findings import Place
from migrator.i18n import _
from migrator.schedule.kinds import Schedule, Undecided
from migrator.sources.python.day_fields import schedule_of
from migrator.sources.python.decorated import decorated
from migrator.sources.python.reader import Reader, Told
from migrator.sources.python.values import Call, Folder, is_static

NAME = "huey"
# In the order of crontab()'s own parameters: name, ours, first value, number of values.
FIELDS = (
    ("minute", "minute", 0, 60),
    ("hour", "hour", 0, 24),
    ("day", "day", 1, 31),
    ("month", "month", 1, 12),
    ("day_of_week", "weekday", 0, 8),
)
SHORT = {"hourly": {"minute": "0"}, "daily": {"minute": "0", "hour": "0"}}
_RANGE = re.compile(r"(\d+)-(\d+)(?:/(\d+))?")


def read(folder: Folder) -> Iterator[Told]:
    """Each periodic task."""
    yield from decorated(folder, NAME, {"*.periodic_task": _when, "*.db_periodic_task": _when})


READER = Reader(NAME, ("periodic_task",), read, r"@(?:\w+\.)?db_periodic_task\(")


def _when(call: Call, place: Place) -> Schedule | None:
    del place
    if "run_every" in call.kwargs:
        return None  # Celery's decorator of that name
    when = call.argument("validate_datetime", 0)
    name = when.dotted.rpartition(".")[2] if isinstance(when, Call) else ""
    if not isinstance(when, Call) or (name != "crontab" and name not in SHORT):
        return Undecided(call.text, _("a function of the project decides when"))
    given = dict(zip([name for name, *_rest in FIELDS], when.args, strict=False)) | SHORT.get(name, {})
    given |= when.kwargs
    if not is_static(given):
        return Undecided(when.text, _("it depends on the run"))
    try:
        values = {
            ours: _values(given[name], low, count) for name, ours, low, count in FIELDS if name in given
        }
    except ValueError:
        return Undecided(when.text, _("huey refuses it"))
    return schedule_of(when.text, values)


def _values(spec: Any, low: int, count: int) -> set[int]:
    everything = range(low, low + count)
    values: set[int] = set()
    for part in str(spec).split(","):
        for value in _part(part, everything):
            if value not in everything:
                raise ValueError(spec)
            values.add(value)
    if not values:
        raise ValueError(spec)
    return {value % 7 for value in values} if count == 8 else values


def _part(part: str, everything: range) -> Iterable[int]:
    """The values of a part, one by one: it may say without end; an unknown one has none, as to huey."""
    days = len(everything) == 8
    if part == "*":
        return everything
    if part.isdecimal():
        return (int(part),)
    if match := _RANGE.fullmatch(part):
        first, last = int(match[1]), int(match[2])
        run = range(first, last + 1)
        wrapped = chain(range(first, 7 if days else everything.stop), range(everything.start, last + 1))
        step = int(match[3] or 1)
        return islice(run if first <= last else wrapped, 0, None, step)
    if (match := re.fullmatch(r"\*/(\d+)", part)) and not days:
        return everything[:: int(match[1])]
    return ()
