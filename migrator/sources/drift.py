"""What has changed since the team decided and generated: jobs that are new, and jobs that are gone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from migrator.configuration import FILE_NAME, JobDecision
from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.sources.identity import fingerprint, running
from migrator.sources.job import Inventory, Job

NONE: Mapping[str, str] = MappingProxyType({})


def drift(
    inventory: Inventory,
    decisions: Mapping[str, JobDecision],
    remembered: Mapping[str, str],
    *,
    configuration: str,
    schedules: Mapping[str, str] = NONE,
    edited: Iterable[str] = (),
    lines: Iterable[str] = (),
    commands: Mapping[str, str] = NONE,
) -> Iterator[Finding]:
    """Decisions and tasks without a job, jobs without a task, old schedules, edited files.

    ``remembered``: the ids that generated code uses, with the fingerprints of their commands;
    ``schedules``: when each job started then, as ``schedule_of`` says it; ``commands``: the modules of the
    commands that were in the tree then; ``edited``: generated files that are not as they were written;
    ``lines``: files of the user's with lines that are not;
    ``configuration``: the text of migrator.toml, for the places.
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
    new = [job for job in inventory.jobs if _without_task(job, decisions, remembered)] if remembered else []
    for identity in remembered:
        if identity not in jobs:
            yield Finding(
                "CM421",
                None,
                _("{id} has a task, and no source declares it any more").format(id=identity),
                _what_became_of(identity, schedules.get(identity), new),
            )
        else:
            yield from _outdated(jobs[identity], remembered[identity], schedules.get(identity))
            yield from _without_command(jobs[identity], commands.get(identity))
    for job in new:
        yield Finding(
            "CM422",
            job.places[0],
            _("{id} is new: it has no task yet").format(id=job.id),
            _("run `migrator generate`, or say in migrator.toml why it stays in cron"),
        )
    for path in edited:
        yield Finding(
            "CM435",
            Place(path, 1, "generated"),
            _("the file is not as `migrator generate` wrote it"),
            _("look at `migrator generate --diff`; move your edit elsewhere, or delete the file"),
        )
    for path in lines:
        yield Finding(
            "CM435",
            Place(path, 1, "generated"),
            _("the lines that `migrator generate` put there are not as it wrote them"),
            _("`migrator generate --check` says which; undo the edit"),
        )


def schedule_of(job: Job) -> str:
    """When a job starts, as text to compare: its expression and its zone."""
    return f"{' '.join(job.expression.text.split())} {job.timezone}" if job.expression else ""


def _outdated(job: Job, command: str, schedule: str | None) -> Iterator[Finding]:
    """What has changed in the line of a job since its task was written; "": not known what was."""
    said = []
    if schedule and schedule != schedule_of(job):
        said.append(
            _("{id} is due at {now}, and its task at {then}").format(
                id=job.id, now=schedule_of(job) or job.declared.schedule.text, then=schedule
            )
        )
    if command and command != fingerprint(job.declared):
        said.append(_("{id} runs another command than its task was written for").format(id=job.id))
    for message in said:
        yield Finding(
            "CM434", job.places[0], message, _("run `migrator generate`, and deploy what it writes")
        )


def _without_command(job: Job, module: str | None) -> Iterator[Finding]:
    """The task of a job calls a command that was in the tree, and that nothing in it is any more."""
    unknown = any(finding.code == "CM402" for finding in job.findings)
    if module is not None and job.source is None and unknown:
        yield Finding(
            "CM438",
            job.places[0],
            _("the task of {id} calls {command}, which was in {path} and is gone").format(
                id=job.id, command=job.command, path=module
            ),
            _("bring it back, or name the new one in the line of cron; then run `migrator generate`"),
        )


def _without_task(job: Job, decisions: Mapping[str, JobDecision], remembered: Collection[str]) -> bool:
    decision = decisions.get(job.id)
    return job.id not in remembered and job.status == "exact" and not (decision and decision.ignore)


def _what_became_of(identity: str, schedule: str | None, new: Sequence[Job]) -> str:
    """What to do about a task whose job is gone; the one new job of the same schedule may be it, renamed."""
    same = [job.id for job in new if schedule_of(job) == schedule]
    if len(same) == 1:
        return _(
            "it may be {new} now: write its command in [jobs.{id}] to keep id and owner,"
            " or run `migrator generate`"
        ).format(new=same[0], id=identity)
    return _("run `migrator generate` to take the task away, or bring the source back")


def _binding(identity: str, command: str, inventory: Inventory, place: Place) -> Iterator[Finding]:
    """What keeps an id from the one job that runs the command which migrator.toml binds it to."""
    is_meant = running(command)
    fitting = [job for job in inventory.jobs if is_meant(job.declared)]
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
