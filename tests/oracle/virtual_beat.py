"""The real ``celery.beat.Service`` under a virtual clock: when does it send an entry?

Beat runs unmodified; the clock that it and the schedules look at is ours, and what it sends is noted.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, beat

from tests.own_celery import current

TICK = 0.01  # virtual seconds that a tick takes


class Stop(SystemExit):
    """The end of the window."""


@dataclass
class VirtualClock:
    """What `time` is inside celery.beat, and `now` to the app.

    ``corrections``: instants at which somebody puts the clock, and by how many seconds.
    """

    now: float
    end: float = 0.0
    corrections: list[tuple[float, float]] = field(default_factory=list)
    passed: float = 0.0

    def advance(self, seconds: float) -> None:
        self.passed += max(seconds, 0)
        before, self.now = self.now, self.now + max(seconds, 0)
        if self.corrections and before < self.corrections[0][0] <= self.now:
            self.now += self.corrections.pop(0)[1]
        if self.now >= self.end:
            raise Stop(0)

    sleep = advance

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.passed

    def instant(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.now, dt.UTC)


@dataclass
class Beat:
    """One beat over its starts and stops; ``sent``: the epoch seconds of each entry's messages."""

    app: Celery
    clock: VirtualClock
    scheduler: type[Any]
    file: Path
    sent: dict[str, list[int]] = field(default_factory=dict)

    def run(self, start: dt.datetime, end: dt.datetime) -> None:
        """Start beat at one instant and stop it in order at the other."""
        self.clock.now, self.clock.end = start.timestamp(), end.timestamp()
        beat.Service(self.app, schedule_filename=str(self.file), scheduler_cls=self._noting()).start()

    def _noting(self) -> type[Any]:
        noted, clock = self.sent, self.clock

        class Noting(self.scheduler):  # type: ignore[misc, name-defined]
            producer = None

            def tick(self, *args: Any, **options: Any) -> float:
                clock.advance(TICK)
                return super().tick(*args, **options)

            def send_task(self, *args: Any, **options: Any) -> None:
                noted.setdefault(options["headers"]["name"], []).append(int(clock.instant().timestamp()))

        return Noting


@contextmanager
def virtual_beat(
    entries: Mapping[str, Any], timezone: str, scheduler: type[Any], folder: Path
) -> Iterator[Beat]:
    """A beat with these schedules, by their names."""
    app = Celery("oracle", broker="memory://", set_as_current=False)
    app.conf.update(timezone=timezone, beat_enable_remote_control=False, result_expires=None)
    app.conf.beat_schedule = {
        name: {"task": "t", "schedule": schedule, "options": {"headers": {"name": name}}}
        for name, schedule in entries.items()
    }
    clock = VirtualClock(0.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(beat, "time", clock)
        patch.setattr(app, "now", lambda: clock.instant().astimezone(app.timezone))
        with current(app):
            yield Beat(app, clock, scheduler, folder / "beat-schedule")
