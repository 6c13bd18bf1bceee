"""The scheduler class that a project has installed, run on a virtual clock; what it sends is noted.

The class runs unmodified: its entries, its file or rows, its heap. What is ours is the clock,
the loop around it (celery.beat.Service.start) and the message, which goes nowhere.
"""

from __future__ import annotations

import copy
import logging
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from celery import Celery, beat, current_app
from celery.schedules import crontab

from migrator.comparison.rehearsal import Spell
from migrator.comparison.rehearsal_events import Act, Moment
from migrator.contrib.celery.cron_schedule import CronSchedule
from migrator.contrib.celery.virtual_clock import VirtualClock, in_force, replaced
from migrator.equivalence.celery_crontab import CeleryCrontab
from migrator.equivalence.lower import lower
from migrator.errors import Cannot
from migrator.i18n import _
from migrator.redaction import first_line
from migrator.schedule.expression import parse

TICK = 0.01  # virtual seconds that a tick takes
ENDLESS = 100  # messages of one entry in a minute: it would go on until the minute of the entry has passed
DAY = 86400  # seconds
LONGEST_JUMP = DAY  # seconds; a due time in beat's heap is known exactly, however long the wait
BEFORE_A_KILL = 600  # seconds in which beat wakes at its own pace: what it saves is what a kill leaves

# what a scheduler looks at, beside its entries
SETTINGS = ("timezone", "enable_utc", "beat_cron_starting_deadline", "beat_sync_every")


class Entries(Protocol):
    """Where beat's entries lie.

    ``kept``: the place exists; ``noticed``: beat sees a change while it runs; ``pace``: the most
    seconds between two of its looks.
    """

    kept: bool
    noticed: bool
    pace: float

    def staged(self, scheduler: type[Any], *, killed: bool) -> type[Any]:
        """The scheduler as it goes on stage; ``killed``: what it has not saved will be lost."""
        ...

    def switch(self, *, on: bool) -> None:
        """Switch all of them on or off."""
        ...

    def save(self) -> None:
        """Save all of them again, as a deploy does."""
        ...

    def edit(self, entry: CeleryCrontab, expression: str) -> None:
        """Give all of them another schedule: the crontab, which is all that the expression of cron says."""
        ...


@dataclass
class SettingsEntries:
    """The entries of ``beat_schedule``, which beat reads when it starts."""

    app: Celery
    kept: bool = True
    noticed: bool = False
    pace: float = beat.DEFAULT_MAX_INTERVAL

    def __post_init__(self) -> None:
        self.schedule = dict(self.app.conf.beat_schedule)

    def staged(self, scheduler: type[Any], *, killed: bool) -> type[Any]:
        return scheduler

    def switch(self, *, on: bool) -> None:
        self.app.conf.beat_schedule = dict(self.schedule) if on else {}

    def save(self) -> None:
        """A deploy brings new objects that say the same."""
        self.app.conf.beat_schedule = copied(self.schedule)

    def edit(self, entry: CeleryCrontab, expression: str) -> None:
        """As somebody writes it: what fires as cron does goes on to do so."""
        for name, written in self.schedule.items():
            before = written["schedule"]
            exact = isinstance(before, CronSchedule)
            after = (
                CronSchedule(**{**before.__json__(), "expression": expression})
                if exact
                else crontab(**entry.as_dict())
            )
            self.schedule[name] = {**written, "schedule": after}
        self.save()


def copied(schedule: Mapping[str, Any]) -> dict[str, Any]:
    """Entries whose schedules are objects of their own: an app writes itself into those it uses."""
    return {name: {**entry, "schedule": copy.copy(entry["schedule"])} for name, entry in schedule.items()}


def stage_app(app: Any, wanted: Callable[[str, str], bool]) -> Celery:
    """An app with the project's settings for beat and the wanted entries, but no broker and no task."""
    stage = Celery("rehearsal", broker="memory://", set_as_current=False)
    stage.conf.update({name: app.conf[name] for name in SETTINGS}, result_expires=None)
    entries = {
        name: entry
        for name, entry in (app.conf.beat_schedule or {}).items()
        if isinstance(entry, Mapping) and {"task", "schedule"} <= entry.keys() and wanted(name, entry["task"])
    }
    stage.conf.beat_schedule = copied(entries)
    return stage


@dataclass
class Rehearsal:
    """Beat from its first start to the end of the window.

    ``sent``: the epoch seconds of the messages of each entry, by name and task; ``endless``: how
    many minutes of each entry were cut short; ``off``: the spells in which they were switched off.
    ``looks``: where a scheduler that reads its rows again has to wake, whatever its heap says.
    ``told``: somebody who waits, to whom the virtual seconds that have passed are told each day.
    """

    app: Celery
    scheduler: type[Any]
    clock: VirtualClock
    entries: Entries
    file: str
    pace: float  # seconds between two looks of the real beat
    looks: Sequence[float] | None = None
    late: int = 0
    told: Callable[[float], object] = lambda passed: None
    sent: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    endless: Counter[tuple[str, str]] = field(default_factory=Counter)
    off: list[Spell] = field(default_factory=list)
    running: Any = None
    since: float | None = None
    killed: bool = False
    told_at: float = 0

    def run(self, moments: Sequence[Moment], end: float) -> None:
        """Start beat now, do to it what the moments say, and stop it at the end."""
        self.killed = any(one.act is Act.KILL for one in moments)
        self.told_at = self.clock.now
        with on_stage(self.app, self.clock), in_force(self.clock, (self.scheduler, self.scheduler.Entry)):
            try:
                self._start()
                for moment in moments:
                    self._go_on(moment.at, killed=moment.act is Act.KILL)
                    self._act(moment)
                self._go_on(end)
                self._switched(on=True)
            finally:
                self._stop(saved=False)

    def _act(self, moment: Moment) -> None:
        match act := moment.act:
            case Act.STOP | Act.KILL:
                self._stop(saved=act is Act.STOP)
            case Act.START if self.running is None:
                self._start()
            case Act.SAVE:
                self.entries.save()
            case Act.OFF | Act.ON:
                with self._noticed():
                    self.entries.switch(on=act is Act.ON)
                self._switched(on=act is Act.ON)
            case Act.EDIT:
                with self._noticed():
                    self._edit(moment.schedule)
            case _:
                pass

    def _edit(self, expression: str) -> None:
        if not expression:
            self.entries.save()
            return
        entries = lower(parse(expression))
        if len(entries) != 1:
            raise Cannot(
                _("{expression} is not one entry of Celery's").format(expression=expression),
                hint=_("edit to a schedule that fires, and whose days are of the month or of the week"),
            )
        self.entries.edit(entries[0], expression)

    @contextmanager
    def _noticed(self) -> Iterator[None]:
        """Change entries between two looks of beat's: those of the settings it sees when it starts again."""
        restarts = self.running is not None and not self.entries.noticed
        if restarts:
            self._stop(saved=True)
        elif self.running is not None:
            self.running.settle()
        yield
        if restarts:
            self._start()

    def _switched(self, *, on: bool) -> None:
        """Where nothing is expected; as with cron, the minute in which it is switched on is lost."""
        if on and self.since is not None:
            self.off.append(Spell(self.since, (self.clock.now // 60 + 1) * 60))
        self.since = None if on else self.clock.now

    def _start(self) -> None:
        try:
            self.running = self._noting()(
                app=self.app, schedule_filename=self.file, max_interval=LONGEST_JUMP, lazy=False
            )
        except Exception as error:  # what the project's entries and classes raise stops the real beat, too
            raise Cannot(
                _("beat does not start with this schedule: {error}").format(error=first_line(error)),
                hint=_("run `migrator prove --installed`: it names the entry"),
            ) from error
        if hasattr(self.running, "_finalize"):
            # the promise to save its rows when this process ends, where the database is the real one again
            self.running._finalize.cancel()

    def _stop(self, *, saved: bool) -> None:
        scheduler, self.running = self.running, None
        if scheduler is None:
            return
        if saved:
            scheduler.close()
            return
        if getattr(scheduler, "_store", None) is not None:  # a shelf, whose cache is what is not saved yet
            scheduler._store.cache, scheduler._store.writeback = {}, False
            scheduler._store.close()
        if hasattr(scheduler, "_dirty"):
            scheduler._dirty.clear()

    def _go_on(self, until: float, *, killed: bool = False) -> None:
        """What celery.beat.Service.start does between a start and a stop."""
        clock, scheduler = self.clock, self.running
        if scheduler is None:
            clock.now = max(clock.now, until)
            return
        while clock.now < until:
            wait = self._tick(scheduler)
            clock.sleep(TICK)
            if wait and wait > 0:
                if killed:
                    wait = min(wait, max(self.pace, until - BEFORE_A_KILL - clock.now))
                clock.sleep(min(self._pause(wait) + self.late, until - clock.now))
                if scheduler.should_sync():
                    scheduler._do_sync()
            if clock.now - self.told_at >= DAY:
                self.told(clock.now - self.told_at)
                self.told_at = clock.now

    def _tick(self, scheduler: Any) -> float:
        try:
            wait: float = scheduler.tick()
        except Exception as error:  # nothing catches it in the real beat, which ends there
            raise Cannot(
                _("beat stops at {moment}: {error}").format(
                    moment=self.clock.instant(self.app.timezone).isoformat(" ", "minutes"),
                    error=first_line(error),
                ),
                hint=_("mend what it names, or leave out the entry"),
            ) from error
        return wait

    def _pause(self, wait: float) -> float:
        if self.looks is None:
            return wait
        following = bisect_right(self.looks, self.clock.now)
        return min(wait, self.looks[following] - self.clock.now) if following < len(self.looks) else wait

    def _noting(self) -> type[Any]:
        """The scheduler's class, whose messages are noted instead of sent."""
        rehearsal = self

        class Noting(self.entries.staged(self.scheduler, killed=self.killed)):  # type: ignore[misc, name-defined]
            producer = None

            def should_sync(self) -> bool:
                """What is saved before the end is seen by nobody, unless beat is killed."""
                return bool(rehearsal.killed and super().should_sync())

            def _do_sync(self) -> None:
                if rehearsal.killed:
                    super()._do_sync()

            def settle(self) -> None:
                """Save what was sent, before somebody edits it."""
                super()._do_sync()

            def install_default_entries(self, data: Any) -> None:
                """Celery's own clean-up is no job of cron's."""

            def apply_async(
                self, entry: Any, producer: Any = None, advance: bool = True, **options: Any
            ) -> None:
                rehearsal.note(entry)
                self._tasks_since_sync += 1
                if self.should_sync():
                    self._do_sync()

        return Noting

    def note(self, entry: Any) -> None:
        """A message, to the microsecond; too many of them put the clock on to the next minute."""
        sent = self.sent.setdefault((entry.name, entry.task), [])
        sent.append(self.clock.instant().timestamp())
        if len(sent) >= ENDLESS and sent[-ENDLESS] // 60 == self.clock.now // 60:
            self.endless[entry.name, entry.task] += 1
            self.clock.now = (self.clock.now // 60 + 1) * 60


@contextmanager
def on_stage(app: Celery, clock: VirtualClock) -> Iterator[None]:
    """Give the app the clock, and make it the one that schedules without an app of their own ask."""
    before = current_app._get_current_object()
    app.set_current()
    try:
        with replaced(app, "now", lambda: clock.instant(app.timezone)):
            yield
    finally:
        before.set_current()


@contextmanager
def quiet_beat() -> Iterator[None]:
    """Without a line in the log for each message of thirteen months; errors are still told."""
    loggers = [logging.getLogger(name) for name in ("celery.beat", "django_celery_beat.schedulers")]
    before = [one.level for one in loggers]
    for one in loggers:
        one.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for one, level in zip(loggers, before, strict=True):
            one.setLevel(level)
