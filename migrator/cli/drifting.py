"""What has drifted since the team decided and generated, for scan and generate."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.adapters.files import read_text
from migrator.adapters.interrupted import finish_interrupted, is_interrupted
from migrator.cli.options import note
from migrator.cli.project import Home
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
from migrator.sources.job import Inventory

OF_TASKS = frozenset({"CM421", "CM422", "CM434", "CM438"})  # what `generate` would take away, add or change


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
