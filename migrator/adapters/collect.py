"""Gathers the files that a scan reads: files as named, folders by what they hold, stdin."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from migrator.adapters.files import cannot_read, read_bytes
from migrator.crontab.syntax import decode
from migrator.errors import Cannot, MigratorError
from migrator.i18n import _
from migrator.sources.crontab_file import format_of
from migrator.sources.inventory import SourceFile, declares_jobs, is_shell_script

LARGEST = 4 * 1024 * 1024  # bytes; a crontab has 10,000 lines at most
STDIN = "-"
SKIPPED_FOLDERS = {".git", ".venv", "venv", "node_modules", "__pycache__", ".tox", ".mypy_cache", ".demo"}


@dataclass(frozen=True, slots=True)
class Collected:
    """Files to scan, and the paths that could not be read, each with its reason."""

    files: tuple[SourceFile, ...]
    problems: tuple[MigratorError, ...]


def collect(paths: Sequence[str], root: Path) -> Collected:
    """The sources at ``paths`` (relative to ``root``), in their order, each file once."""
    gathering = _Gathering(root)
    for name in dict.fromkeys(paths):
        gathering.take(name)
    return Collected(tuple(gathering.files.values()), tuple(gathering.problems))


class _Gathering:
    """What is gathered so far; ``files`` by their real paths, so that none is read twice."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: dict[str, SourceFile] = {}
        self.problems: list[MigratorError] = []

    def take(self, name: str) -> None:
        try:
            if name == STDIN:
                self.files[STDIN] = SourceFile("<stdin>", _stdin())
            elif _is_folder(self.root / name):
                self.folder(name)
            else:
                self.file(name, self.root / name)
        except MigratorError as problem:
            self.problems.append(problem)

    def file(self, name: str, path: Path) -> None:
        self.add(_file(name, path), path)
        # The lock scripts that a single crontab calls often lie beside it.
        for script in sorted(path.parent.glob("*.sh")):
            beside = _readable(_relative(script, self.root), script)
            if beside and not declares_jobs(beside):
                self.add(beside, script)

    def folder(self, name: str) -> None:
        """The sources in a folder, and its shell scripts, which the lines may call."""
        files, problems = 0, len(self.problems)
        for path in self.below(self.root / name):
            try:
                file = _file(_relative(path, self.root), path)
            except MigratorError as problem:
                self.problems.append(problem)
                continue
            if is_shell_script(file.path, file.text) or declares_jobs(file):
                self.add(file, path)
                files += declares_jobs(file)
        if not files and len(self.problems) == problems:
            raise Cannot(
                _("no crontab found in {path}").format(path=name),
                hint=_("name the file itself, or pipe it in: crontab -l | migrator scan -"),
            )

    def below(self, folder: Path) -> Iterator[Path]:
        """Regular files of a crontab's size; a folder that cannot be listed is a problem."""

        def unlisted(error: OSError) -> None:
            self.problems.append(cannot_read(Path(error.filename), error))

        for here, folders, names in os.walk(folder, onerror=unlisted):
            folders[:] = sorted(set(folders) - SKIPPED_FOLDERS)
            for name in sorted(names):
                path = Path(here, name)
                if path.is_file() and path.stat().st_size <= LARGEST:
                    yield path

    def add(self, file: SourceFile, path: Path) -> None:
        self.files.setdefault(os.path.realpath(path), file)


def _stdin() -> str:
    data = sys.stdin.buffer.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise _too_large("<stdin>")
    return decode(data)


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError) as error:
        raise cannot_read(path, error) from None


def _file(name: str, path: Path) -> SourceFile:
    data = read_bytes(path, most=LARGEST + 1)
    if len(data) > LARGEST:
        raise _too_large(name)
    return SourceFile(name, decode(data), format_of(os.path.realpath(path)))


def _readable(name: str, path: Path) -> SourceFile | None:
    """A file that nobody named: what cannot be read is left out, and its lock stays unread."""
    try:
        return _file(name, path)
    except MigratorError:
        return None


def _too_large(name: str) -> Cannot:
    return Cannot(
        _("{path} has more than {size} bytes: that is no crontab").format(path=name, size=LARGEST),
        hint=_("cron reads 10,000 lines at most"),
    )


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
