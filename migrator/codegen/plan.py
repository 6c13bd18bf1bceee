"""What `generate` would write: the files after, and the ones that somebody has edited."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from migrator.codegen.around import Around
from migrator.codegen.contract import contract_module
from migrator.codegen.differing import differing
from migrator.codegen.http_request import request_of
from migrator.codegen.lock import LOCK_FILE, damaged, document_of, hashes, remembered_commands, text_hash
from migrator.codegen.migration import migration_files
from migrator.codegen.naming import by_module, task_name
from migrator.codegen.project.edits import Dispute, Edits, Instruction, Region
from migrator.codegen.runner import hindrance, runner_of
from migrator.codegen.schedule import app_zone, schedule_module
from migrator.codegen.task_tests import tests_module
from migrator.codegen.tasks import tasks_module
from migrator.configuration import Configuration, Generate
from migrator.differences import unified
from migrator.i18n import _, speaking
from migrator.sources.drift import schedule_of
from migrator.sources.identity import fingerprint
from migrator.sources.job import Inventory, Job

NOTHING = Around()
NO_EDITS = Edits()


@dataclass(frozen=True, slots=True)
class Change:
    """One file: its text before (None: not there) and after (None: taken away).

    ``edited``: the file is not as we wrote it.
    """

    path: str
    before: str | None
    after: str | None
    edited: bool

    @property
    def changes(self) -> bool:
        return self.before != self.after

    @property
    def parts(self) -> tuple[str, ...]:
        """The tasks, entries and functions that differ in a file that is there."""
        both = self.before is not None and self.after is not None and self.path.endswith(".py")
        return differing(self.before, self.after) if both and self.changes else ()

    def diff(self) -> str:
        """The change as a unified diff."""
        return unified(f"a/{self.path}", f"b/{self.path}", self.before or "", self.after or "")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A job that gets no task, and why."""

    job: Job
    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A job that gets a task, and the task's name."""

    job: Job
    task: str


@dataclass(frozen=True, slots=True)
class Plan:
    """All files of a generation, the lock file last; the jobs of both fates; what is left to the user."""

    changes: tuple[Change, ...]
    left_out: tuple[LeftOut, ...]
    disputes: tuple[Dispute, ...] = ()
    instructions: tuple[Instruction, ...] = ()
    moved: tuple[Moved, ...] = ()

    @property
    def drift(self) -> bool:
        return any(change.changes for change in self.changes) or bool(self.disputes)

    @property
    def lacks(self) -> bool:
        """Whether something is left to the user without which jobs would not run as they should."""
        return any(one.breaks for one in self.instructions)

    @property
    def conflicts(self) -> tuple[Change, ...]:
        """Files that somebody has edited and that we would change."""
        return tuple(change for change in self.changes if change.edited and change.changes)


def moving(inventory: Inventory, configuration: Configuration) -> list[Job]:
    """The jobs that get a task, in the order of the inventory."""
    ready = [job for job in inventory.jobs if _hindrance(job, configuration) is None]
    zone = app_zone(ready)
    return [job for job in ready if configuration.generate.keeps_nights or job.timezone == zone]


_STAYS = frozenset({"CM204", "CM305"})  # what keeps a job in cron: at a boot, no command of Django's


def _hindrance(job: Job, configuration: Configuration) -> str | None:
    """Why a job gets no task; None if it gets one."""
    decision = configuration.jobs.get(job.id)
    if decision and decision.ignore:
        return decision.ignore
    if job.status != "exact":
        weighty = sorted(job.findings, key=lambda one: (not one.blocks, one.code not in _STAYS))
        return next((finding.message for finding in weighty), job.status)
    return _not_carried(job, configuration)


def _not_carried(job: Job, configuration: Configuration) -> str | None:
    """What no task can keep of a job that could move."""
    if job.interval and configuration.generate.migration:
        return _("the migration writes crontabs only, and it is an interval: leave `migration` out")
    if (reason := hindrance(job)) is not None:
        return reason
    if runner_of(job) == "http":
        refused = (request_of(step) for step in job.reading.steps)
        if (reason := next((one for one in refused if isinstance(one, str)), None)) is not None:
            return reason
    return None


def _elsewhere(job: Job, jobs: list[Job]) -> str:
    """Why a job is left out that nothing else hinders: Celery's crontab has one zone for all."""
    return _(
        "it is in {own}, the others are in {zone}, and Celery's crontab knows one CELERY_TIMEZONE:"
        ' write clock_changes = "exact" in [generate]'
    ).format(own=job.timezone, zone=app_zone(jobs))


def generate(
    inventory: Inventory,
    configuration: Configuration,
    present: Mapping[str, str | None],
    around: Around = NOTHING,
    *,
    edits: Edits = NO_EDITS,
    formatted: Callable[[str, str], str] | None = None,
) -> Plan:
    """The files for the jobs, against those that are ``present`` (path to text or None).

    ``edits``: what the project around them lacks; ``formatted``: what the project's formatter makes of
    a module, by its path and text.
    """
    jobs = moving(inventory, configuration)
    where = configuration.generate
    with speaking("en"):  # what is committed is the same whoever runs it
        modules = {path: tasks_module(some, where) for path, some in by_module(jobs, where).items()}
        texts = {
            where.contract: contract_module({name for _text, taken in modules.values() for name in taken}),
            **{path: text for path, (text, _taken) in modules.items() if path not in edits.shared},
            where.schedule: schedule_module(jobs, where),
        }
        if where.tests:
            texts[where.tests] = tests_module(jobs, configuration, around)
        migrations = dict(migration_files(jobs, where, around))
    if formatted is not None:
        texts = {path: formatted(path, text) for path, text in texts.items()}
        migrations = {path: text and formatted(path, text) for path, text in migrations.items()}
    written = hashes(present.get(LOCK_FILE))
    changes = [
        Change(path, present.get(path), text, edited=_edited(present.get(path), written.get(path)))
        for path, text in texts.items()
    ]
    changes += [
        Change(path, present[path], None, edited=_edited(present[path], written[path]))
        for path in sorted(written.keys() - texts.keys())
        if present.get(path) is not None
    ]
    changes += [Change(path, None, text, edited=False) for path, text in migrations.items()]
    changes += [Change(one.path, one.before, one.after, edited=False) for one in edits.files]
    known = remembered_commands(present.get(LOCK_FILE))
    lock = _lock(texts, jobs, edits, where=where, known=known)
    changes.append(Change(LOCK_FILE, present.get(LOCK_FILE), lock, edited=False))
    ids = {job.id for job in jobs}
    left_out = [
        LeftOut(job, _hindrance(job, configuration) or _elsewhere(job, jobs))
        for job in inventory.jobs
        if job.id not in ids
    ]
    moved = [Moved(job, task_name(job, where)) for job in jobs]
    return Plan(tuple(changes), tuple(left_out), edits.disputes, edits.instructions, tuple(moved))


def files_of(configuration: Configuration, lock: str | None) -> Iterator[str]:
    """The paths that a generation looks at: those it writes, and those that ``lock`` says it wrote."""
    where = configuration.generate
    wanted = (where.contract, where.tasks, *where.apps.values(), where.schedule, where.tests, LOCK_FILE)
    yield from dict.fromkeys((*filter(None, wanted), *hashes(lock)))


def remembered_regions(lock: str | None) -> Mapping[str, list[Region]]:
    """What earlier edits put into the project's files."""
    table = {} if lock is None else document_of(lock).get("project", {})
    try:
        return {path: [Region(**one) for one in ours] for path, ours in table.items()}
    except (AttributeError, TypeError):
        raise damaged() from None


def _lock(
    texts: Mapping[str, str],
    jobs: Sequence[Job],
    edits: Edits,
    *,
    where: Generate,
    known: Mapping[str, str],
) -> str:
    """What was written, so that an edit is seen, and for which jobs, so that ids stay.

    ``known``: where the commands were; one that is gone is remembered until its job is gone, too.
    """
    document: dict[str, object] = {
        "schema": 1,
        "files": {path: text_hash(text) for path, text in texts.items()},
        "jobs": {job.id: fingerprint(job.declared) for job in jobs},
        "schedules": {job.id: schedule_of(job) for job in jobs},
    }
    if commands := {job.id: source for job in jobs if (source := job.source or known.get(job.id))}:
        document["commands"] = commands
    if where.apps:
        document["tasks"] = {job.id: task_name(job, where) for job in jobs}
    if edits.regions:
        document["project"] = {path: [asdict(one) for one in ours] for path, ours in edits.regions.items()}
    return json.dumps(document, indent=2) + "\n"


def _edited(text: str | None, written: str | None) -> bool:
    """An empty file, as `startapp` may leave it, holds nothing of anybody's."""
    return text is not None and text != "" and (written is None or text_hash(text) != written)
