"""Folders that run-parts runs: /etc/cron.daily and its like, Alpine's /etc/periodic.

Authority: run-parts(8). One file is one job; its time stands in the line that runs the folder.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from migrator.crontab.command import read_command
from migrator.crontab.scripts import Scripts
from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.schedule.kinds import Schedule, Undecided
from migrator.sources import anacrontab
from migrator.sources.job import Declared, Found
from migrator.sources.lines import accounted
from migrator.sources.part_folders import folder_of, lines_that_run_folders
from migrator.sources.source import Source, SourceFile, Surroundings

NAME = "run-parts"
PART = re.compile(
    r"(?P<root>(?:.*/)?)(?P<folder>etc/(?:cron\.\w+ly|periodic/\w+))/(?P<name>[^/]+)", re.DOTALL
)


def may_be(path: str) -> bool:
    """Told by the folder alone."""
    return PART.fullmatch(path) is not None


def recognises(file: SourceFile) -> bool:
    """A file of such a folder, other than the hidden ones that keep it in version control."""
    part = PART.fullmatch(file.path)
    return part is not None and not part["name"].startswith(".")


def read(file: SourceFile, around: Surroundings) -> Found:
    """The job that the file is, at the time of the line that runs its folder."""
    part = PART.fullmatch(file.path)
    if part is None:
        return Found()
    place = Place(file.path, _first_line(file.text), NAME)
    folder = "/" + part["folder"]
    schedule, line = _when(part["root"], folder, around)
    command = posixpath.join(folder, part["name"])
    reading = read_command(command, scripts=Scripts.beside(around.scripts, {part["name"]: file.text}))
    findings = [Finding(r.code, place, r.message, r.hint, r.detail) for r in reading.remarks]
    if any(step.kind == "management" for step in reading.steps):
        findings += _in_a_row(file, place, around)
    job = Declared(
        place=place,
        raw=command,
        schedule=schedule,
        reading=reading,
        also=(line,) if line else (),
        user="root",
        label=posixpath.basename(folder),
        findings=tuple(findings),
    )
    return Found((job,), tuple(accounted(file.path, file.text, {place.line: "job"})))


SOURCE = Source(NAME, recognises, read, may_be)


def _first_line(text: str) -> int:
    """The first line that is neither blank nor a comment, 1 where there is none: a program, not a script."""
    lines = enumerate(text.split("\n"), 1)
    return next((number for number, line in lines if line.strip() and not line.lstrip().startswith("#")), 1)


def _when(root: str, folder: str, around: Surroundings) -> tuple[Schedule, Place | None]:
    """When the folder is run, and the line that says so: anacron's, where there is one, else cron's."""
    near = [file for path, file in around.files.items() if path.startswith(root)]
    for file in near:
        if anacrontab.may_be(file.path) and not file.skipped:
            for job in anacrontab.periods(file.text):
                if folder_of(job.command) == folder:
                    return job.schedule, Place(file.path, job.line, anacrontab.NAME)
    for place, line, ran in lines_that_run_folders(near):
        if ran == folder:
            return line.schedule, place
    unknown = Undecided(
        posixpath.basename(folder),
        _("no crontab that was read runs the folder {folder}").format(folder=folder),
        _("read it where it is installed, with /etc/crontab: migrator scan --host"),
    )
    return unknown, None


def _in_a_row(file: SourceFile, place: Place, around: Surroundings) -> Iterator[Finding]:
    """Said of a job with neighbours, or where they are not known: a task does not wait for another."""
    folder = posixpath.dirname(file.path)
    alone = not any(
        posixpath.dirname(path) == folder and path != file.path and not other.skipped
        for path, other in around.files.items()
    )
    asked = file.skipped is not None
    if not (alone and asked):
        yield Finding(
            "CM121",
            place,
            _("run-parts runs the files of {folder} one after another, by their names").format(
                folder=posixpath.basename(folder)
            ),
            _("if one needs what another leaves behind, make them one task or a chain"),
        )
