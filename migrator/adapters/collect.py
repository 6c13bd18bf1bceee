"""Gathers the files that a scan reads: files as named, folders by what they hold, stdin."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from migrator.adapters.binary import what_it_is
from migrator.adapters.called import ProjectScripts, called_names, project_root, unnamed
from migrator.adapters.files import cannot_read, read_bytes
from migrator.adapters.own_folder import FOLDER
from migrator.crontab.columns import format_by_path
from migrator.crontab.recipes.calls import is_task_file
from migrator.crontab.syntax import decode
from migrator.errors import Cannot, MigratorError
from migrator.i18n import _
from migrator.sources.crontab_script import is_shell_script
from migrator.sources.kinds import belongs, source_of, worth_opening
from migrator.sources.source import SourceFile

LARGEST = 4 * 1024 * 1024  # bytes; a crontab has 10,000 lines at most
STDIN, STDIN_NAME = "-", "<stdin>"
# What tools put there: other people's code, copies and caches. A folder that is named is read anyway.
SKIPPED_FOLDERS = {
    *(
        ".git",
        ".hg",
        ".svn",
        ".venv",
        "venv",
        "virtualenv",
        "site-packages",
        "node_modules",
        "bower_components",
    ),
    *("__pycache__", ".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".eggs", ".demo"),
    FOLDER,  # its backups are crontabs that nothing reads
}
# What usually lies beside a single named file: lock scripts that a crontab calls, what a timer starts.
BESIDE = {".timer": "*.service"}
SCRIPTS = "*.sh"


@dataclass(frozen=True, slots=True)
class Collected:
    """Files to scan, and the paths that could not be read, each with its reason."""

    files: tuple[SourceFile, ...]
    problems: tuple[MigratorError, ...]


def collect(
    paths: Sequence[str], root: Path, *, seen: Callable[[str], object] = lambda path: None
) -> Collected:
    """The sources at ``paths`` (relative to ``root``), in their order, each file once.

    ``seen`` is told each path that is looked at, for those who wait.
    """
    gathering = Gathering(root, seen)
    for name in dict.fromkeys(paths):
        gathering.take(name)
    gathering.follow([root / name for name in paths if name not in ("", STDIN)])
    return Collected(tuple(gathering.files.values()), tuple(gathering.unexplained()))


@dataclass(slots=True)
class Gathering:
    """What is gathered so far; ``files`` by their real paths, so that none is read twice."""

    root: Path
    seen: Callable[[str], object] = lambda path: None
    files: dict[str, SourceFile] = field(default_factory=dict)
    problems: list[MigratorError] = field(default_factory=list)

    def take(self, name: str) -> None:
        """A path that the user named."""
        try:
            if name == STDIN:
                self.files[STDIN] = SourceFile(STDIN_NAME, _stdin())
            elif not name:  # a variable that is not set, and not this folder
                raise Cannot(_("the path is empty"), hint=_("name a file or a folder; . is this one"))
            elif _is_folder(self.root / name):
                self.folder(name)
            else:
                self.file(name, self.root / name)
        except MigratorError as problem:
            self.problems.append(problem)

    def file(self, name: str, path: Path) -> None:
        self.add(read_source(name, path), path)
        pattern = BESIDE.get(path.suffix, SCRIPTS)
        for other in sorted(path.parent.glob(pattern)):
            beside = _readable(_relative(other, self.root), other)
            # a script that installs a crontab is for its reader to name
            if beside and (pattern != SCRIPTS or not source_of(beside)):
                self.add(beside, other)

    def follow(self, named: Sequence[Path]) -> None:
        """The scripts of the project around the paths that the lines call; a folder has brought its own."""
        paths = [Path(os.path.realpath(path)) for path in named]
        roots = dict.fromkeys(filter(None, map(project_root, paths)))
        outside = [root for root in roots if not any(root.is_relative_to(path) for path in paths)]
        trees = [ProjectScripts(root, SKIPPED_FOLDERS) for root in outside]
        texts, looked = [file.text for file in self.files.values()] if trees else [], set[str]()
        while texts:
            names = {name for text in texts for name in called_names(text)} - looked
            looked |= names
            found = [path for tree in trees for name in sorted(names) for path in tree.named(name)]
            texts = [file.text for path in found if (file := self.script(path))]

    def script(self, path: Path) -> SourceFile | None:
        """Adds a shell script that a line may call; one that installs a crontab is for its reader to name."""
        if os.path.realpath(path) in self.files or not _is_of_a_size(str(path)):
            return None
        file = _readable(_relative(path, self.root), path)
        if file is None:
            return None
        called = is_shell_script(file.path, file.text) or is_task_file(file.path, file.text)
        if not called or source_of(unnamed(file)):
            return None
        self.add(unnamed(file), path)
        return file

    def folder(self, name: str) -> None:
        """The sources in a folder, and the scripts and services that those may call."""
        files, problems, gathered = 0, len(self.problems), len(self.files)
        for path in self.below(self.root / name):
            relative = _relative(path, self.root)
            self.seen(relative)
            try:
                file = replace(read_source(relative, path), named=False)
            except NoText:
                continue
            except MigratorError as problem:
                self.problems.append(problem)
                continue
            source = source_of(file)
            if source or belongs(file):
                self.add(file, path)
                files += source is not None
        if not files and len(self.problems) == problems:
            raise NoSource(
                _("no crontab found in {path}").format(path=name),
                hint=_("name the file itself, or pipe it in: crontab -l | migrator scan -"),
                scripts=len(self.files) > gathered,
            )

    def unexplained(self) -> list[MigratorError]:
        """The problems, without folders that hold what the lines of another path's crontab may call."""
        called = [one for one in self.problems if isinstance(one, NoSource) and one.scripts]
        if not called or not any(source_of(file) for file in self.files.values()):
            return self.problems
        return [one for one in self.problems if one not in called]

    def below(self, folder: Path) -> Iterator[Path]:
        """Files of a crontab's size whose names may be sources; a closed folder is a problem."""

        def unlisted(error: OSError) -> None:
            self.problems.append(cannot_read(Path(error.filename), error))

        for here, folders, names in os.walk(folder, onerror=unlisted):
            folders[:] = sorted(set(folders) - SKIPPED_FOLDERS)
            if "pyvenv.cfg" in names and here != str(folder):
                folders.clear()  # a virtual environment, whatever its name
                continue
            for path in (f"{here}/{name}" for name in sorted(names)):
                if worth_opening(path) and _is_of_a_size(path):
                    yield Path(path)

    def add(self, file: SourceFile, path: Path) -> None:
        self.files.setdefault(os.path.realpath(path), file)


class NoSource(Cannot):
    """A folder in which nothing declares a job: what a migration ends with, and no good place to begin.

    ``scripts``: there are scripts in it, which the lines of a crontab may call.
    """

    def __init__(self, fact: str, *, hint: str, scripts: bool) -> None:
        super().__init__(fact, hint=hint)
        self.scripts = scripts


class NoText(Cannot):
    """A binary file: a problem where it was named, nothing to say of it in a folder."""


def read_source(name: str, path: Path) -> SourceFile:
    """The file at a path, under the name that the user knows it by; raises Cannot with the reason."""
    text = _text(name, read_bytes(path, most=LARGEST + 1))
    return SourceFile(name, text, format_by_path(_real(path)))


def _text(name: str, data: bytes) -> str:
    kind = what_it_is(data)
    if kind:
        raise NoText(
            _("{path} is no text: {kind}").format(path=name, kind=kind),
            hint=_("name the crontab itself, or a folder: sources are then found in it"),
        )
    if len(data) > LARGEST:
        raise Cannot(
            _("{path} has more than {size} bytes: that is no crontab").format(path=name, size=LARGEST),
            hint=_("cron reads 10,000 lines at most"),
        )
    return decode(data)


def _real(path: Path) -> str:
    """The path behind links, because cron.d may be what ``.`` is, or what a link leads to."""
    if path.is_symlink():
        return os.path.realpath(path)
    return f"{_real_folder(str(path.parent))}/{path.name}"


@lru_cache(maxsize=64)
def _real_folder(folder: str) -> str:
    return os.path.realpath(folder)


def _stdin() -> str:
    if sys.stdin is None or sys.stdin.closed:
        raise Cannot(_("standard input is closed"), hint=_("pipe a crontab in: crontab -l | migrator scan -"))
    if sys.stdin.isatty():
        raise Cannot(
            _("standard input is this terminal, and no crontab"),
            hint=_("pipe a crontab in: crontab -l | migrator scan -"),
        )
    return _text(STDIN_NAME, sys.stdin.buffer.read(LARGEST + 1))


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError) as error:
        raise cannot_read(path, error) from None


def _is_of_a_size(path: str) -> bool:
    """A regular file that is no log; what vanished meanwhile is none."""
    try:
        status = os.stat(path)  # noqa: PTH116 - 20,000 paths are not made before they are needed
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size <= LARGEST


def _readable(name: str, path: Path) -> SourceFile | None:
    """A file that nobody named: what cannot be read is left out, and its lock stays unread."""
    try:
        return read_source(name, path)
    except MigratorError:
        return None


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
