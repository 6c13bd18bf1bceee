"""The management commands of the packages that are installed here, by the names of their modules."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import PurePath

_COMMANDS = ("management", "commands")
_PACKAGES = ("site-packages", "dist-packages")  # where pip and Debian install


def installed_commands(path: Sequence[str] | None = None) -> frozenset[str]:
    """The names, whether or not the project has these apps; ``path``: where Python looks, sys.path by itself.

    Nothing is imported.
    """
    looked_at = dict.fromkeys(sys.path if path is None else path)
    folders = (folder for folder in looked_at if PurePath(folder).name in _PACKAGES)
    return frozenset(name for folder in folders for name in _names(folder))


def _names(folder: str) -> Iterator[str]:
    for where, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name.isidentifier() and name != "__pycache__"]
        if PurePath(where).parts[-2:] == _COMMANDS:
            yield from (name.removesuffix(".py") for name in files if name.endswith(".py"))
