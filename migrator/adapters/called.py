"""Scripts that scanned lines call, where they lie in the same project or on the machine that is scanned.

A line is understood by what its script does, so a script is looked for beyond the paths that were named:
in the tree of the project around them, and, of a machine, at the path itself.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from migrator.adapters.manage_script import MANAGE
from migrator.configuration import FILE_NAME
from migrator.crontab.recipes.calls import RUNNERS, TASK_FILES
from migrator.sources.source import SourceFile

MARKS = (FILE_NAME, MANAGE, ".git")  # of a project's root
MOST = 20_000  # names that are looked at for one project
_ENDINGS = (".sh", ".bash")
# `x.sh`, and `bin/x` without an ending, as far as a shell writes them without quoting.
_NAMES = re.compile(r"[\w.+@/-]*?([\w.+@-]+\.(?:sh|bash)\b|/[\w+@-]+(?![\w.+@/-]))")
_OF_THE_SYSTEM = re.compile(r"/(?:usr/)?s?bin/|/(?:dev|proc|sys|etc|var|tmp)/|/usr/(?:share|lib)/")
_RUNNERS = re.compile(rf"(?:^|[\s;&|(/])(?:{'|'.join(RUNNERS)})\s")
_FOLDERS = re.compile(r"\bcd\s+[\"']?(/[\w.+@/-]+)")


def project_root(path: Path) -> Path | None:
    """The nearest folder at or above a path that is the root of a project."""
    for folder in (path, *path.parents):
        if any(os.path.lexists(folder / mark) for mark in MARKS):
            return folder
    return None


def called_names(text: str) -> set[str]:
    """The names of what may be scripts in a text; programs of the system are none."""
    names = {match[1].lstrip("/") for match in _NAMES.finditer(text) if not _OF_THE_SYSTEM.match(match[0])}
    return names | TASK_FILES if _RUNNERS.search(text) else names


def called_paths(text: str) -> Iterator[str]:
    """The absolute paths of what may be scripts in a text, also of those behind a ``cd``."""
    folders = ["", *dict.fromkeys(_FOLDERS.findall(text))]
    for name in dict.fromkeys(match[0] for match in _NAMES.finditer(text)):
        if not _OF_THE_SYSTEM.match(name):
            yield from (path for path in (posixpath.join(one, name) for one in folders) if path[0] == "/")


class ProjectScripts:
    """The files of a project that may be scripts, by their names; listed when they are first asked for."""

    def __init__(self, root: Path, skipped: Iterable[str]) -> None:
        self.root = root
        self.skipped = frozenset(skipped)
        self._by_name: dict[str, list[Path]] | None = None

    def named(self, name: str) -> list[Path]:
        """The files of that name."""
        if self._by_name is None:
            self._by_name = {}
            for path in self._all():
                self._by_name.setdefault(path.rpartition("/")[2], []).append(Path(path))
        return self._by_name.get(name, [])

    def _all(self) -> Iterator[str]:
        seen = 0
        for here, folders, names in os.walk(self.root):
            folders[:] = sorted(set(folders) - self.skipped)
            if "pyvenv.cfg" in names:
                folders.clear()
                continue
            seen += len(names)
            if seen > MOST:
                return
            yield from (
                f"{here}/{name}"
                for name in sorted(names)
                if name.endswith(_ENDINGS) or "." not in name or name in TASK_FILES
            )


def unnamed(file: SourceFile) -> SourceFile:
    """A file that is there because a line calls it, and not because the user named it."""
    return replace(file, named=False)
