"""The Python modules of a project: its management commands, and what they import from the same tree."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from migrator.adapters.collect import SKIPPED_FOLDERS
from migrator.adapters.manage_script import MANAGE, is_project
from migrator.project.commands import is_command

LARGEST = 1024 * 1024  # bytes of a module that somebody wrote
FOLDER = str(Path("management", "commands"))
OURS = os.path.realpath(Path(__file__).parents[1])  # the tool in its own repository is nobody's command


class ProjectTree(Mapping[str, str]):
    """The texts of a project's modules by their paths, each read when it is asked for.

    Iteration gives the management commands only. A folder below with a ``manage.py`` of its own
    is another project, where the root has one.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def __getitem__(self, path: str) -> str:
        try:
            with Path(self.root, path).open("rb") as file:
                data = file.read(LARGEST + 1)
        except (OSError, ValueError):
            raise KeyError(path) from None
        if len(data) > LARGEST:
            raise KeyError(path)
        return decoded(data)

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and os.path.isfile(self.root / path)  # noqa: PTH113

    def __iter__(self) -> Iterator[str]:
        alone = is_project(self.root)
        for here, folders, names in os.walk(self.root):
            nested = alone and MANAGE in names and here != str(self.root)
            if nested or "pyvenv.cfg" in names or _ours(here):
                folders.clear()
                continue
            folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS and name[0] != ".")
            if here.endswith(FOLDER):
                paths = (Path(here, name).relative_to(self.root).as_posix() for name in sorted(names))
                yield from (path for path in paths if is_command(path))

    def __len__(self) -> int:
        return sum(1 for _path in self)


def _ours(folder: str) -> bool:
    return os.path.basename(folder) == os.path.basename(OURS) and os.path.realpath(folder) == OURS  # noqa: PTH119


def decoded(data: bytes) -> str:
    """Source code by its own declaration of an encoding, else by its bytes."""
    try:
        return importlib.util.decode_source(data)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return data.decode("latin-1")
