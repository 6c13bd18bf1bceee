"""May the toolkit go: every job has left cron, or somebody says why not and what that means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from migrator.comparison.ownership import Owner
from migrator.findings import Place
from migrator.i18n import _


@dataclass(frozen=True, slots=True)
class Standing:
    """A job, its owner, and the places from which cron runs it."""

    job: str
    owner: Owner
    live: tuple[Place, ...]


def hindrances(jobs: Iterable[Standing]) -> Iterator[str]:
    """Why the toolkit has to stay; nothing: it may go.

    A plain task executes whenever beat sends it: a job that cron starts, too, would run twice.
    """
    for one in jobs:
        places = ", ".join(map(str, one.live))
        if one.live:
            yield _("{job} would run twice: beat sends its plain task, and cron runs {places}").format(
                job=one.job, places=places
            )
        elif one.owner not in (Owner.CELERY, Owner.RETIRED):
            yield _("{job} is with {owner}: its plain task would run from now on").format(
                job=one.job, owner=one.owner
            )
