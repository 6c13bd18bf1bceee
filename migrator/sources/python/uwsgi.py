"""uWSGI: ``@cron(minute, hour, day, month, weekday)`` and ``@timer(seconds)``.

Authority: uwsgi_cron_task_needs_execution() in core/cron.c. -1 is every value, -n every value that n
divides; if both day fields are numbers, either is enough, else both have to fit.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrator.findings import Place
from migrator.i18n import _
from migrator.schedule.expression import KINDS
from migrator.schedule.kinds import Schedule, Undecided
from migrator.sources.python.day_fields import NAMES, schedule_of
from migrator.sources.python.decorated import decorated
from migrator.sources.python.jobs import interval
from migrator.sources.python.reader import Reader, Told
from migrator.sources.python.values import Call, Folder

NAME = "uwsgi"
MODULES = ("uwsgidecorators", "django_uwsgi.decorators")


def read(folder: Folder) -> Iterator[Told]:
    """Each function under one of the decorators."""
    schedules = {"cron": _cron, "timer": _timer, "rbtimer": _timer}
    named = {f"{module}.{name}": read for module in MODULES for name, read in schedules.items()}
    yield from decorated(folder, NAME, named)


READER = Reader(NAME, MODULES, read)


def _cron(call: Call, place: Place) -> Schedule:
    del place
    numbers = dict(zip(NAMES, call.args, strict=False))
    if len(numbers) != len(NAMES) or not all(isinstance(number, int) for number in numbers.values()):
        return Undecided(call.text, _("it depends on the run"))
    values = {
        name: [number] if number >= 0 else [n for n in _range(kind.low, kind.high) if n % -number == 0]
        for (name, number), kind in zip(numbers.items(), KINDS, strict=True)
    }
    return schedule_of(call.text, values, either=numbers["day"] >= 0 and numbers["weekday"] >= 0)


def _range(low: int, high: int) -> range:
    return range(low, 7 if high == 7 else high + 1)


def _timer(call: Call, place: Place) -> Schedule:
    del place
    return interval(call.text, call.argument("secs", 0))
