"""The clock of a rehearsal: it stands still while beat works, and jumps when beat wants to wait."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any

from celery import beat

# where django-celery-beat looks at the clock; Celery's own schedules ask their app
ROWS = tuple(f"django_celery_beat.{name}" for name in ("schedulers", "tzcrontab", "utils"))


class VirtualClock:
    """Seconds since the epoch, which pass only where somebody waits; what `time` is to celery.beat."""

    def __init__(self, now: float) -> None:
        self.now = now

    def sleep(self, seconds: float) -> None:
        self.now += max(seconds, 0)

    def time(self) -> float:
        return self.now

    monotonic = time

    def instant(self, tz: dt.tzinfo | None = dt.UTC) -> dt.datetime:
        """The same as a date; without a zone it is naive, as ``datetime.now()`` is."""
        return dt.datetime.fromtimestamp(self.now, tz)


@contextmanager
def in_force(clock: VirtualClock, classes: Iterable[type]) -> Iterator[None]:
    """The clock in place of the real one, for celery.beat, Django and the modules of these classes."""
    names = {*ROWS, *(one.__module__ for kind in classes for one in kind.__mro__)}
    with ExitStack() as stack:
        stack.enter_context(replaced(beat, "time", clock))
        if "django.utils.timezone" in sys.modules:
            stack.enter_context(replaced(sys.modules["django.utils.timezone"], "now", _now_of_django(clock)))
        for module in (sys.modules[name] for name in sorted(names) if name in sys.modules):
            seen = vars(module).get("datetime")
            if seen is dt or seen is dt.datetime:
                stack.enter_context(replaced(module, "datetime", _stand_in(seen, clock)))
        yield


@contextmanager
def replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """An attribute with another value, until the end of the block."""
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


def _now_of_django(clock: VirtualClock) -> Any:
    from django.conf import settings

    return lambda: clock.instant(dt.UTC if settings.USE_TZ else None)


def _stand_in(seen: Any, clock: VirtualClock) -> Any:
    """``datetime``, the module or the class as the code has imported it, with our clock."""

    class Virtual(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Any:
            return clock.instant(tz)

        @classmethod
        def utcnow(cls) -> Any:
            return clock.instant().replace(tzinfo=None)

    if seen is dt.datetime:
        return Virtual
    module = ModuleType("datetime")
    vars(module).update(vars(dt), datetime=Virtual)
    return module
