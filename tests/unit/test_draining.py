"""One tick of beat over many entries: each is looked at once, and compared where it is another object."""

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any, ClassVar

import pytest
from celery import Celery
from celery.schedules import schedstate, schedule

from migrator.contrib.celery.beat import PersistentScheduler

EVERY = dt.timedelta(hours=1)


class Counting(schedule):
    """Due each hour; how often each was asked, by its name."""

    asked: ClassVar[Counter[str]] = Counter()

    def __init__(self, name: str, app: Any = None) -> None:
        super().__init__(EVERY, app=app)
        self.name = name

    def is_due(self, last_run_at: dt.datetime) -> schedstate:
        self.asked[self.name] += 1
        due: schedstate = super().is_due(last_run_at)
        return due

    def __reduce__(self) -> Any:
        return type(self), (self.name,)


@pytest.fixture
def beat(tmp_path: Path) -> Any:
    app = Celery("draining", broker="memory://", set_as_current=False)
    app.conf.update(result_expires=None, timezone="UTC")
    app.conf.beat_schedule = {
        f"job{n}": {"task": "job", "schedule": Counting(f"job{n}", app)} for n in range(6)
    }
    Counting.asked = Counter()
    scheduler = PersistentScheduler(app=app, schedule_filename=str(tmp_path / "beat"))
    for name in ("job1", "job4"):
        scheduler.schedule[name].last_run_at -= 2 * EVERY
    scheduler.sent = []
    scheduler.send_task = lambda name, *_, **options: scheduler.sent.append(name)
    yield scheduler
    scheduler.close()


def test_a_first_tick_asks_each_entry_once_and_sends_those_that_are_due(beat: Any) -> None:
    assert beat.tick() == 0  # what has come due while they were sent is not waited for
    assert Counting.asked == dict.fromkeys((f"job{n}" for n in range(6)), 1)
    assert beat.sent == ["job", "job"]
    assert beat.tick() > 0
    assert Counting.asked.total() == 6


def test_entries_are_compared_where_they_are_others(beat: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    monkeypatch.setattr(beat.Entry, "__eq__", lambda one, other: compared.append(one.name) or one is other)
    beat.tick()
    beat.tick()
    compared.clear()
    beat.tick()
    assert compared == []


def test_an_entry_that_is_added_or_taken_away_is_noticed(beat: Any) -> None:
    beat.tick()
    beat.tick()
    beat.add(name="late", task="late", schedule=Counting("late", beat.app))
    beat.schedule["late"].last_run_at -= 2 * EVERY
    beat.tick()
    assert beat.sent[2:] == ["late"]
    del beat.schedule["late"]
    beat.tick()
    assert "late" not in {event.entry.name for event in beat._heap}
