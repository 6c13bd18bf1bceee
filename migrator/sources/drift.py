"""What has changed since the team decided and generated: jobs that are new, and jobs that are gone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from migrator.configuration import FILE_NAME, JobDecision
from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.sources.identity import runs
from migrator.sources.job import Inventory


def drift(
    inventory: Inventory,
    decisions: Mapping[str, JobDecision],
    remembered: Collection[str],
    *,
    configuration: str,
) -> Iterator[Finding]:
    """Decisions and tasks without a job, then jobs without a task, where there are tasks already.

    ``remembered``: the ids that generated code uses; ``configuration``: the text of migrator.toml,
    for the places.
    """
    jobs = {job.id: job for job in inventory.jobs}
    for identity, decided in decisions.items():
        place = Place(FILE_NAME, _line(configuration, identity), "configuration")
        if decided.command is not None:
            yield from _binding(identity, decided.command, inventory, place)
        elif identity not in jobs:
            yield Finding(
                "CM420",
                place,
                _("[jobs.{id}] decides about a job that no source declares").format(id=identity),
                _("remove the table, or name the job as `migrator scan` does"),
            )
    for identity in remembered:
        if identity not in jobs:
            yield Finding(
                "CM421",
                None,
                _("{id} has a task, and no source declares it any more").format(id=identity),
                _("run `migrator generate` to take the task away, or bring the source back"),
            )
    for identity, job in jobs.items():
        decision = decisions.get(identity)
        if (
            remembered
            and identity not in remembered
            and job.status == "exact"
            and not (decision and decision.ignore)
        ):
            yield Finding(
                "CM422",
                job.places[0],
                _("{id} is new: it has no task yet").format(id=identity),
                _("run `migrator generate`, or say in migrator.toml why it stays in cron"),
            )


def _binding(identity: str, command: str, inventory: Inventory, place: Place) -> Iterator[Finding]:
    """What keeps an id from the one job that runs the command which migrator.toml binds it to."""
    fitting = [job for job in inventory.jobs if runs(job.declared, command)]
    if not fitting:
        yield Finding(
            "CM118",
            place,
            _("[jobs.{id}] is bound to a command that no job runs").format(id=identity),
            _("correct the command as `migrator scan` shows it, or remove the table"),
        )
    elif len(fitting) > 1:
        places = ", ".join(str(job.places[0]) for job in fitting)
        yield Finding(
            "CM119",
            place,
            _("[jobs.{id}] is bound to a command that several jobs run: {places}").format(
                id=identity, places=places
            ),
            _("give the whole command of one of them, as `migrator scan --job` shows it"),
        )
    elif fitting[0].id != identity:
        yield Finding(
            "CM118",
            place,
            _("[jobs.{id}] is bound to a command whose line is recorded as {other}").format(
                id=identity, other=fitting[0].id
            ),
            _("take the recorder out first: migrator instrument rollback"),
        )


def _line(configuration: str, identity: str) -> int:
    """Where the table of a job stands; 1 where it is spelt in another way."""
    header = re.compile(rf"""^\[jobs\.["']?{re.escape(identity)}["']?\]""", re.MULTILINE)
    found = header.search(configuration)
    return configuration.count("\n", 0, found.start()) + 1 if found else 1
