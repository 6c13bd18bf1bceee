"""What every verb of the runtime begins with: Django, the Celery app, its jobs, and a ledger that answers."""

from __future__ import annotations

import datetime as dt
import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from migrator.cli.project import find_home, set_up_django
from migrator.configuration import Configuration

if TYPE_CHECKING:
    from migrator.contrib.celery.jobs import MigratedJob
    from migrator.contrib.django.owners import Standing


@dataclass(frozen=True, slots=True)
class Runtime:
    """The Celery app, its migrated jobs, and what the project has decided about them."""

    app: Any
    jobs: dict[str, MigratedJob]
    configuration: Configuration

    def chosen(self, name: str | None) -> list[MigratedJob]:
        """The job of that name, or all."""
        from migrator.contrib.celery.jobs import required_job

        return list(self.jobs.values()) if name is None else [required_job(self.jobs, name)]


@contextmanager
def runtime() -> Iterator[Runtime]:
    """Start Django and load the jobs; a database that fails meanwhile is one line with a remedy."""
    home = find_home()
    set_up_django(home)
    from migrator.contrib.celery.jobs import application, migrated_jobs
    from migrator.contrib.django.ledger import ledger_at_hand

    app = application(home.configuration.project.celery)
    with ledger_at_hand():
        yield Runtime(app, migrated_jobs(app), home.configuration)


def standings(found: Runtime) -> list[Standing]:
    """Where each job stands now."""
    from migrator.contrib.django.owners import chains, current_hosts, standing

    now, chained, hosts = dt.datetime.now(dt.UTC), chains(), current_hosts()
    return [standing(name, chained.get(name, []), hosts, now) for name in found.jobs]


def who() -> str:
    """The person at the keyboard, for the audit log."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "?"
