"""Beat for many entries: all that is due is sent in one tick, and what beat was not there for is lost.

    celery -A PROJECT beat -S migrator.contrib.celery.beat:PersistentScheduler

Celery's own schedulers send one entry in a tick and compare all entries at each. This needs
Celery, and neither Django nor anything else of the toolkit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from heapq import heapreplace
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
        delay = self._look_at_the_first()
        self.draining = True
        try:
            while delay == 0 and not self.again:
                if len(self.due) == self.saved_together:
                    self._save_and_send()
                delay = self._look_at_the_first()
            self._save_and_send()
            # what has come due while they were sent is not waited for
            return 0 if self.names else delay
        finally:
            self.draining = self.again = False
            self.names = set()

    def _look_at_the_first(self) -> float:
        """A tick as Celery 5.7 has it: reserve the first entry if it is due; the seconds until the next look.

        The tick of Celery before 5.7 leaves an entry that is not due at the top, where those behind it
        wait for it: https://github.com/celery/celery/issues/7649
        """
        if self._heap is None or not self.schedules_equal(self.old_schedulers, self.schedule):
            self.old_schedulers = dict(self.schedule)
            self.populate_heap()
        if not self._heap:
            return self.max_interval
        when, priority, entry = self._heap[0]
        wait = when - self._when(entry, 0)
        if wait > 0:
            return min(wait, self.max_interval)
        due, seconds = self._asked(entry)
        if due:
            following = self.reserve(entry)
            self.apply_entry(entry, producer=self.producer)
            heapreplace(self._heap, beat.event_t(self._when(following, seconds), priority, following))
            return 0
        heapreplace(self._heap, beat.event_t(self._when(entry, seconds), priority, entry))
        return 0 if self._heap[0][2] is not entry else min(self.adjust(seconds), self.max_interval)

    def _asked(self, entry: Any) -> tuple[bool, float]:
        """Whether it is due, and the seconds until it is to be asked again; one that fails stops no other."""
        try:
            due, seconds = self.is_due(entry)
        except Exception:
            beat.error("beat: cannot tell when %r runs next", entry.name, exc_info=True)
            return False, self.max_interval
        return due, seconds if isinstance(seconds, int | float) else self.max_interval

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
