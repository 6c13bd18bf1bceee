"""Beat as this project has installed it, over a window of virtual time: what it would send."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from celery import beat

from migrator.comparison.rehearsal import Spell
from migrator.comparison.rehearsal_events import Moment
from migrator.comparison.rehearsal_record import digest
from migrator.contrib.celery.rehearsing import Entries, Rehearsal, SettingsEntries, quiet_beat, stage_app
from migrator.contrib.celery.virtual_clock import VirtualClock
from migrator.contrib.django.installed import installed_entries, rows_scheduler, scheduler_class
from migrator.equivalence.celery_crontab import CeleryCrontab
from migrator.equivalence.installed import Installed, entry_starts
from migrator.errors import Cannot
from migrator.i18n import _
from migrator.schedule.expression import CronExpression

Wanted = Callable[[str, str], bool]

LEAD = 30  # seconds by which beat is up before the first slot
LOOK_AHEAD = 1200  # seconds; rows whose hour draws near are in beat's heap by then
GRAIN = 3600  # seconds between two looks
AFTERMATH = 26 * 3600  # after a stop or an edit a row may be caught up with when its hour comes round again
PACKAGES = ("celery", "django-celery-beat", "tzdata")


@dataclass(frozen=True, slots=True)
class Seen:
    """The wanted entries, and what beat did with them.

    ``only_settings``: the scheduler goes by rows, and there are no tables of them yet.
    """

    @classmethod
    def joined(cls, parts: Sequence[Seen]) -> Seen:
        """What was seen in several windows, oldest first, or of several groups of entries."""
        sent: dict[tuple[str, str], list[float]] = {}
        for part in parts:
            for key, starts in part.sent.items():
                sent.setdefault(key, []).extend(starts)
        entries: dict[tuple[str, str], Installed] = {}
        for entry in (entry for part in parts for entry in part.entries):
            entries.setdefault((entry.name, entry.task), entry)
        endless: Counter[tuple[str, str]] = sum((part.endless for part in parts), Counter())
        off = tuple(spell for part in parts for spell in part.off)
        return replace(parts[0], entries=tuple(entries.values()), sent=sent, endless=endless, off=off)

    scheduler: str
    entries: tuple[Installed, ...]
    sent: dict[tuple[str, str], list[float]]
    endless: Counter[tuple[str, str]]
    off: tuple[Spell, ...]
    only_settings: bool


@dataclass(frozen=True, slots=True)
class Script:
    """The window, what happens to beat in it, and by how much it oversleeps each time."""

    window: Spell
    moments: Sequence[Moment] = ()
    late: int = 0


def watch_beat(
    app: Any,
    wanted: Wanted,
    script: Script,
    due: Iterable[float],
    *,
    told: Callable[[float], object] = lambda passed: None,
) -> Seen:
    """Run the installed scheduler with the wanted entries; ``due``: the instants of cron's slots.

    ``told``: is told of virtual seconds that have passed.
    """
    scheduler = required_scheduler(app)
    begin = script.window.start - LEAD
    stage = stage_app(app, wanted)
    with quiet_beat(), _entries(app, stage, wanted, begin) as place, tempfile.TemporaryDirectory() as folder:
        entries = _installed(app, wanted, begin)
        rehearsal = Rehearsal(
            stage,
            scheduler,
            VirtualClock(begin),
            place,
            file=str(Path(folder) / "beat-schedule"),
            pace=app.conf.beat_max_loop_interval or place.pace,
            looks=_looks(entries, due, script) if place.noticed else None,
            late=script.late,
            told=told,
        )
        rehearsal.run(script.moments, script.window.end)
    return Seen(
        scheduler=_name(scheduler),
        entries=entries,
        sent={
            key: [one for one in starts if script.window.start <= one < script.window.end]
            for key, starts in rehearsal.sent.items()
        },
        endless=rehearsal.endless,
        off=tuple(rehearsal.off),
        only_settings=not place.kept,
    )


def staged_entries(app: Any, wanted: Wanted, start: float) -> tuple[Installed, ...]:
    """The wanted entries as a rehearsal that starts then has them."""
    required_scheduler(app)
    with _entries(app, stage_app(app, wanted), wanted, start):
        return _installed(app, wanted, start)


def required_scheduler(app: Any) -> type[Any]:
    """The scheduler class that the settings name, if a rehearsal may lay hands on what it keeps."""
    scheduler = scheduler_class(app)
    plain = isinstance(scheduler, type) and (
        scheduler is beat.Scheduler or issubclass(scheduler, beat.PersistentScheduler)
    )
    if not plain and rows_scheduler(app) is None:
        raise Cannot(
            _("{scheduler} keeps its entries in a place of its own, which a rehearsal must not touch").format(
                scheduler=app.conf.beat_scheduler
            ),
            hint=_("it rehearses Celery's schedulers, django-celery-beat's and what is derived from them"),
        )
    return scheduler  # type: ignore[no-any-return]


def beat_fingerprint(app: Any, entries: Iterable[Installed]) -> str:
    """Beat's side of a rehearsal: the entries of a job, the scheduler, its settings, the versions."""
    told = [[one.name, one.task, one.written, one.timezone, one.idle] for one in entries]
    conf = app.conf
    return digest([told, _name(required_scheduler(app)), conf.beat_cron_starting_deadline, versions()])


def versions() -> dict[str, str]:
    """The versions that a rehearsal is about."""
    return {name: found for name in PACKAGES if (found := _version(name))}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _name(scheduler: type[Any]) -> str:
    return f"{scheduler.__module__}.{scheduler.__qualname__}"


def _installed(app: Any, wanted: Wanted, begin: float) -> tuple[Installed, ...]:
    found = installed_entries(app, dt.datetime.fromtimestamp(begin, dt.UTC))
    return tuple(entry for entry in found if wanted(entry.name, entry.task))


@contextmanager
def _entries(app: Any, stage: Any, wanted: Wanted, begin: float) -> Iterator[Entries]:
    """Where the entries lie: in the settings, or in copies of the rows."""
    if rows_scheduler(app) is None:
        yield SettingsEntries(stage)
        return
    from migrator.contrib.django.rehearsal_rows import rows_in_memory

    with rows_in_memory(wanted, begin) as rows:
        yield rows


def _looks(entries: Iterable[Installed], due: Iterable[float], script: Script) -> list[float]:
    """Where a scheduler that loads rows by their hour has to wake, to have loaded those that are due."""
    start, end = (dt.datetime.fromtimestamp(at, dt.UTC) for at in (script.window.start, script.window.end))
    starts = {
        int(one) // GRAIN
        for entry in entries
        if isinstance(entry.fires, CeleryCrontab | CronExpression)
        for one in entry_starts(entry, start, end)
    } | {int(one) // GRAIN for one in due}
    looks = {one * GRAIN - LOOK_AHEAD for one in starts}
    for moment in script.moments:
        looks.update(range(int(moment.at) // GRAIN * GRAIN, int(moment.at) + AFTERMATH, GRAIN // 2))
    return sorted(looks)
