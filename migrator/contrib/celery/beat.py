"""Beat for many entries: all that is due is sent in one tick, and what beat was not there for is lost.

    celery -A PROJECT beat -S migrator.contrib.celery.beat:PersistentScheduler

Celery's own schedulers send one entry in a tick and compare all entries at each. This needs
Celery, and neither Django nor anything else of the toolkit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from operator import is_
from typing import Any

from celery import beat

from migrator.contrib.celery.cron_schedule import CronSchedule

PRIORITY = 5  # Celery's, for all entries
CRONS_MEMORY = 60  # seconds: what is later was missed, and cron never catches up
PUT_BACK = 1  # second; by less a clock is adjusted


class Draining:
    """Sends all due entries in one tick, saved before they are sent: a crash doubles nothing.

    ``beat_sync_every`` is the number of messages that a crash may lose: so many are saved, then
    sent. Without it, all that is due is saved at once. ``beat_cron_starting_deadline`` is a
    minute unless the settings have another; one of days brings Celery's catch-up back.
    """

    def __init__(self, app: Any, *args: Any, **options: Any) -> None:
        if app.conf.beat_cron_starting_deadline is None:
            app.conf.beat_cron_starting_deadline = CRONS_MEMORY
        self.draining = self.again = False
        self.seen = 0.0  # of the clock, in epoch seconds
        self.due: list[Any] = []
        self.names: set[str] = set()
        super().__init__(app, *args, **options)
        self.saved_together, self.sync_every_tasks = self.sync_every_tasks, 0

    def tick(self, *args: Any, **options: Any) -> float:
        """Send what is due; the seconds until the next tick."""
        now = beat.time.time()
        back, self.seen = self.seen - now, now
        if back > PUT_BACK and self._heap:
            self._resume(dt.timedelta(seconds=back))
        delay: float = super().tick(*args, **options)  # type: ignore[misc]
        self.draining = True
        try:
            while delay == 0 and not self.again:
                if len(self.due) == self.saved_together:
                    self._save_and_send()
                delay = super().tick(*args, **options)  # type: ignore[misc]
            self._save_and_send()
            # what has come due while they were sent is not waited for
            return 0 if self.names else delay
        finally:
            self.draining = self.again = False
            self.names = set()

    def populate_heap(self, event_t: Any = beat.event_t, heapify: Any = None) -> None:
        """All entries, to be looked at in this tick: Celery's own asks those that are due a second time."""
        self._heap = [event_t(0, PRIORITY, entry) for entry in self.schedule.values()]
        self._resume(dt.timedelta(0))

    def _resume(self, back: dt.timedelta) -> None:
        """Wait for no last run that lies in the future of a clock that was put back."""
        entries = [event.entry for event in self._heap]
        moved = False
        for entry in entries:
            if isinstance(entry.schedule, CronSchedule):
                counts = entry.schedule.resumed(entry.last_run_at, back)
                moved = moved or counts is not entry.last_run_at
                entry.last_run_at = counts
        if moved:
            self._heap = [beat.event_t(0, PRIORITY, entry) for entry in entries]

    def _save_and_send(self) -> None:
        """Beat has counted the entries that were put by as run: that is on disk before the first is sent."""
        due, self.due = self.due, []
        if due:
            self._do_sync()  # type: ignore[attr-defined]
        for entry in due:
            super().apply_entry(entry, producer=self.producer)  # type: ignore[misc]

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        """Put a reserved entry by; one that is due twice in a tick ends it."""
        self.again = entry.name in self.names
        self.names.add(entry.name)
        self.due.append(entry)

    def _when(self, entry: Any, next_time_to_run: float, mktime: Any = None) -> float:
        """The epoch seconds of what is so many seconds away; Celery's own breaks a date of a zone down."""
        return beat.time.time() + (self.adjust(next_time_to_run) or 0)

    def schedules_equal(self, old: Any, new: Any) -> bool:
        """Compared once a tick, and only where an entry is another object than it was."""
        if self.draining or _same(old, new):
            return True
        equal: bool = super().schedules_equal(old, new)  # type: ignore[misc]
        if equal:
            self.old_schedulers = dict(new)
        return equal


def _same(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> bool:
    """Whether both hold the very same entries."""
    if old is None or new is None or len(old) != len(new):
        return False
    return all(map(is_, old.values(), map(new.get, old)))


class PersistentScheduler(Draining, beat.PersistentScheduler):
    """Celery's scheduler with a file, which sends all that is due in one tick."""
