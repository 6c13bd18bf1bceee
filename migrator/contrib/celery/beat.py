"""Beat for many entries: all that is due is sent in one tick, and what beat was not there for is lost.

    celery -A PROJECT beat -S migrator.contrib.celery.beat:PersistentScheduler

Celery's own schedulers send one entry in a tick and compare all entries at each. This needs
Celery, and neither Django nor anything else of the toolkit.
"""

from __future__ import annotations

import datetime as dt
import heapq
from typing import Any

from celery import beat

from migrator.contrib.celery.cron_schedule import CronSchedule

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

    def populate_heap(self, *args: Any, **options: Any) -> None:
        """Order the entries by their next starts: when beat starts, and when they have changed."""
        super().populate_heap(*args, **options)  # type: ignore[misc]
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
            self._heap = [beat.event_t(self._next(entry), 5, entry) for entry in entries]
            heapq.heapify(self._heap)

    def _next(self, entry: Any) -> float:
        """The epoch second at which an entry is looked at next."""
        is_due, delay = entry.is_due()
        return self._when(entry, 0 if is_due else delay) or 0  # type: ignore[attr-defined]

    def _save_and_send(self) -> None:
        """Beat has counted the entries that were put by as run: that is on disk before the first is sent."""
        due, self.due = self.due, []
        if due:
            self.sync()  # type: ignore[attr-defined]
        for entry in due:
            super().apply_entry(entry, producer=self.producer)  # type: ignore[misc]

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        """Put a reserved entry by; one that is due twice in a tick ends it."""
        self.again = entry.name in self.names
        self.names.add(entry.name)
        self.due.append(entry)

    def schedules_equal(self, *schedules: Any) -> bool:
        """Compared once a tick."""
        return self.draining or super().schedules_equal(*schedules)  # type: ignore[misc]


class PersistentScheduler(Draining, beat.PersistentScheduler):
    """Celery's scheduler with a file, which sends all that is due in one tick."""
