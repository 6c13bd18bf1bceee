"""The texts of a project's files, each read when it is asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from migrator.adapters.collect import SKIPPED_FOLDERS
from migrator.adapters.manage_script import MANAGE
from migrator.adapters.project_files import LARGEST


class ProjectTexts(Mapping[str, str]):
    """The UTF-8 texts below a folder by their paths, line ends as they are; other files are not there.

    A folder with a ``manage.py`` of its own is another project, one with ``pyvenv.cfg`` is nobody's work.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._texts: dict[str, str | None] = {}
        self._paths: list[str] | None = None
        self._firsts: dict[str, str] = {}

    def __getitem__(self, path: str) -> str:
        if path not in self._texts:
            self._texts[path] = self._read(path)
        text = self._texts[path]
        if text is None:
            raise KeyError(path)
        return text

    def _read(self, path: str) -> str | None:
        try:
            with Path(self.root, path).open("rb") as file:
                data = file.read(LARGEST + 1)
                return data.decode() if len(data) <= LARGEST else None
        except (OSError, ValueError):
            return None

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and os.path.isfile(self.root / path)  # noqa: PTH113 - False where it is closed

    def real(self, path: str) -> str:
        """The one path of a file that links lead to: its own below the folder, else the first asked for."""
        target = os.path.realpath(self.root / path)
        root = os.path.realpath(self.root)
        if os.path.commonpath((root, target)) == root:
            return Path(target).relative_to(root).as_posix()
        return self._firsts.setdefault(target, path)

    def __iter__(self) -> Iterator[str]:
        if self._paths is None:
            self._paths = list(self._walk())
        return iter(self._paths)

    def _walk(self) -> Iterator[str]:
        for here, folders, names in os.walk(self.root):
            if "pyvenv.cfg" in names or (MANAGE in names and here != str(self.root)):
                folders.clear()
                continue
            folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS and name[0] != ".")
            yield from (Path(here, name).relative_to(self.root).as_posix() for name in sorted(names))

    def __len__(self) -> int:
        return sum(1 for _path in self)
