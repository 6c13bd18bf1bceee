"""What every page stands on: the project's migrator.toml, its Celery app and its jobs.

The dashboard is a second front of the tool: what a verb reads of the project, a page reads as well, by the
same functions. This is the one module of it that looks up to the command line.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from migrator.cli.deciding import deciding
from migrator.cli.lines_gone import lines_gone
from migrator.cli.past_recorder import past_the_recorder, since_slot
from migrator.cli.project import Home, find_home
from migrator.cli.runtime import Runtime
from migrator.comparison.unrecorded import Unrecorded
from migrator.configuration import FILE_NAME
from migrator.contrib.celery.jobs import MigratedJob, application, demo_expression, migrated_jobs
from migrator.cutover.switching import LostLine
from migrator.schedule.occurrences import Slot
from migrator.zones import zone_of


@dataclass(frozen=True, slots=True)
class Ground(Runtime):
    """The runtime of a verb, and where its project lies."""

    home: Home

    @property
    def zone(self) -> ZoneInfo:
        """Where cron runs, for instants that belong to no job; without one in migrator.toml, Django's."""
        return zone_of(self.configuration.project.timezone or settings.TIME_ZONE)

    def how(self, jobs: Sequence[MigratedJob], now: dt.datetime) -> dict[str, Any]:
        """How jobs are handed over, as the project has decided; as the verbs do it.

        ``decide`` gives a comparison the verdict of the cutover; all else is how jobs are compared.
        """
        resting = deciding(self.home, self, now)
        return {
            "needed": self.configuration.evidence,
            "rehearsed": resting.rehearsed,
            "unrecorded": past_the_recorder(jobs, now, self.home),
            "decide": resting.decide,
        }

    def past_the_recorder(self, job: MigratedJob, slot: Slot, now: dt.datetime) -> list[Unrecorded]:
        """Where cron has started the job past the recorder since the slot was due."""
        return since_slot(job, slot, now, self.home)

    def lines_gone(self, job: str) -> list[LostLine]:
        """The lines of the job that a cutover took out, where the crontab they were in can be read here."""
        return list(lines_gone(self.home, {job}))


def ground() -> Ground:
    """The project as it is now; read anew when migrator.toml has changed."""
    start = _folder()
    path = start / FILE_NAME
    written = path.stat().st_mtime_ns if path.is_file() else 0
    return _ground(start, written, demo_expression())


@lru_cache(maxsize=4)
def _ground(start: Path, _written: int, _demo: str | None) -> Ground:
    home = find_home(start)
    app = application(home.configuration.project.celery)
    return Ground(app, migrated_jobs(app), home.configuration, home)


def _folder() -> Path:
    """Where migrator.toml lies: a web server starts anywhere."""
    starts = list(_starts())
    homes = (find_home(start) for start in starts)
    return next((home.root for home in homes if home.configured), starts[-1])


def _starts() -> Iterator[Path]:
    named = getattr(settings, "MIGRATOR_HOME", None)
    if named:
        yield Path(named)
        return
    if isinstance(base := getattr(settings, "BASE_DIR", None), str | Path):
        yield Path(base)
    module = sys.modules.get(getattr(settings, "SETTINGS_MODULE", None) or "")
    if module is not None and module.__file__:
        yield Path(module.__file__).parent
    yield Path.cwd()
