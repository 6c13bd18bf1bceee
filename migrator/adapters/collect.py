"""Gathers the files that a scan reads: files as named, folders by what they hold, stdin."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from migrator.adapters.files import read_bytes
from migrator.crontab.syntax import decode
from migrator.errors import Cannot, MigratorError
from migrator.i18n import _
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
    """The sources at ``paths`` (relative to ``root``), in their order."""
    files: list[SourceFile] = []
    problems: list[MigratorError] = []
    for name in paths:
        try:
            files += [SourceFile("<stdin>", _stdin())] if name == STDIN else _at(name, root)
        except MigratorError as problem:
            problems.append(problem)
    return Collected(tuple(files), tuple(problems))


def _stdin() -> str:
    return decode(sys.stdin.buffer.read(LARGEST))


def _at(name: str, root: Path) -> Iterator[SourceFile]:
    path = root / name
    if not path.is_dir():
        yield _file(name, path)
        yield from _scripts_beside(path, root)
        return
    found = list(_below(path, root))
    if not any(not is_shell_script(file.path, file.text) or declares_jobs(file) for file in found):
        raise Cannot(
            _("no crontab found in {path}").format(path=name),
            hint=_("name the file itself, or pipe it in: crontab -l | migrator scan -"),
        )
    yield from found


def _below(folder: Path, root: Path) -> Iterator[SourceFile]:
    """The sources in a folder, and its shell scripts, which the lines may call."""
    for path in sorted(folder.rglob("*")):
        if SKIPPED_FOLDERS & set(path.relative_to(folder).parts) or not path.is_file():
            continue
        if path.stat().st_size > LARGEST:
            continue
        file = _file(_relative(path, root), path)
        if is_shell_script(file.path, file.text) or declares_jobs(file):
            yield file


def _scripts_beside(path: Path, root: Path) -> Iterator[SourceFile]:
    """The lock scripts that a single crontab calls often lie beside it."""
    for script in sorted(path.parent.glob("*.sh")) if path.is_file() else ():
        if script != path:
            file = _file(_relative(script, root), script)
            if not declares_jobs(file):
                yield file


def _file(name: str, path: Path) -> SourceFile:
    data = read_bytes(path)
    if len(data) > LARGEST:
        raise Cannot(
            _("{path} has {size} bytes: that is no crontab").format(path=name, size=len(data)),
            hint=_("cron reads 10,000 lines at most"),
        )
    return SourceFile(name, decode(data))


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
