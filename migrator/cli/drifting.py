"""What has drifted since the team decided and generated, for scan and generate."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence

from migrator.adapters.files import read_text
from migrator.adapters.installed_commands import installed_commands
from migrator.adapters.interrupted import finish_interrupted, is_interrupted
from migrator.adapters.manage_script import is_project
from migrator.cli.options import note
from migrator.cli.project import Home
from migrator.cli.project_commands import started_by_manage, with_project
from migrator.codegen.lock import (
    LOCK_FILE,
    edited_files,
    remembered_commands,
    remembered_jobs,
    remembered_schedules,
)
from migrator.codegen.plan import files_of, moving, remembered_regions
from migrator.codegen.project.edits import TASKS, untouched
from migrator.configuration import FILE_NAME
from migrator.findings import Finding
from migrator.i18n import _
from migrator.settings.acceptance import parted
from migrator.sources.drift import drift
from migrator.sources.job import Inventory, Job

_OF_TASKS = frozenset({"CM421", "CM422", "CM434", "CM438"})  # what `generate` would take away, add or change


def drifted(found: Inventory, home: Home) -> list[Finding]:
    """The project's own sources against its decisions, its tasks and the files that hold them."""
    lock = present(home, LOCK_FILE)
    files = {path: present(home, path) for path in files_of(home.configuration, lock)}
    findings = drift(
        found,
        home.configuration.jobs,
        remembered_jobs(lock),
        configuration=(present(home, FILE_NAME) or "") if home.configured else "",
        schedules=remembered_schedules(lock),
        edited=edited_files(lock, files),
        lines=_edited_lines(home, lock),
        commands=remembered_commands(lock),
    )
    able = {job.places[0] for job in moving(found, home.configuration)}
    able_to = [one for one in findings if one.code != "CM422" or one.place in able]
    return parted(able_to, home.configuration.accept)[0]


def drifted_tasks(found: Inventory, home: Home, moved: Sequence[Job]) -> list[Finding]:
    """What has drifted of the tasks of the jobs that are ``moved``, and which of them call no command."""
    unknown = [*_without_command(found, home, {job.id for job in moved})]
    drift = [one for one in drifted(found, home) if one.code in _OF_TASKS]
    if started_by_manage():  # Django knows which commands are gone, and the tree only remembers
        return [*unknown, *(one for one in drift if one.code != "CM438")]
    gone = {one.place for one in drift if one.code == "CM438"}
    return [*(one for one in unknown if one.place not in gone), *drift]


def _without_command(found: Inventory, home: Home, moved: Container[str]) -> Iterator[Finding]:
    """What says that a task calls a command which the project does not have, or may not have.

    The tree alone cannot tell: an installed package may have the command. Django can, where it is started.
    """
    if started_by_manage():
        asked = with_project(found, home, ask=True)
        yield from _of_jobs(asked.jobs, moved, "CM401")
        return
    doubtful = {job.id for job in found.jobs if job.id in moved and _has(job, "CM402")}
    if doubtful:
        looked = installed_commands() if is_project(home.root) else None  # else the project is elsewhere
        beside = with_project(found, home, installed=looked)
        lost = {job.id for job in beside.jobs if job.id in doubtful and _has(job, "CM440")}
        yield from _of_jobs(beside.jobs, lost, "CM440")
        yield from _of_jobs(beside.jobs, doubtful - lost, "CM402")


def _of_jobs(jobs: Iterable[Job], ids: Container[str], code: str) -> Iterator[Finding]:
    found = (one for job in jobs if job.id in ids for one in job.findings if one.code == code)
    yield from dict.fromkeys(found)


def _has(job: Job, code: str) -> bool:
    return any(one.code == code for one in job.findings)


def half_written(home: Home, *, write: bool) -> bool:
    """Whether a write that was killed is still half done; where this run ``write``s, it is finished first."""
    if write and finish_interrupted(home.root):
        note(_("migrator: a write that had been interrupted is finished"))
    elif is_interrupted(home.root):
        note(_("migrator: a write was interrupted, and some files are new, others old"))
        note(_("hint: run the command that was interrupted again, as generate --write"))
        return True
    return False


def _edited_lines(home: Home, lock: str | None) -> Iterator[str]:
    """The user's own files whose generated lines are not as they were written."""
    parts = (*home.configuration.generate.project, TASKS)
    for path, regions in remembered_regions(lock).items():
        ours = [one for one in regions if one.part.partition(":")[0] in parts]
        text = present(home, path)
        if ours and (text is None or untouched(path, text, ours).disputes):
            yield path


def present(home: Home, path: str) -> str | None:
    """The text of a file of the project; None where there is none."""
    return read_text(home.root / path) if (home.root / path).exists() else None
