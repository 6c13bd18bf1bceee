"""Django's own script, by which a project's folder is known."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

MANAGE = "manage.py"
_NAMED = re.compile(r"""["']DJANGO_SETTINGS_MODULE["'](?:,|\]\s*=)\s*["']([\w.]+)["']""")


def is_project(root: Path) -> bool:
    """Whether a Django project's own script lies there, or its packages, as in ``src/`` below the script."""
    return script_of(root) is not None


def script_of(root: Path) -> Path | None:
    """The project's own script: the one that lies there, else one above whose settings lie there."""
    if _is_file(root / MANAGE):
        return root / MANAGE
    for script in _above(root):
        settings = settings_in(script)
        return script if settings and holds(root, settings) else None
    return None


def packages_of(folder: Path) -> list[Path]:
    """The folders in this one that its manage.py puts on Python's path: its settings lie there, not here."""
    settings = settings_in(folder / MANAGE)
    if settings is None or holds(folder, settings):
        return []
    try:
        return sorted(one for one in folder.iterdir() if holds(one, settings))
    except OSError:  # closed to us: nobody has called the verb there
        return []


def settings_in(path: Path) -> str | None:
    """DJANGO_SETTINGS_MODULE as a script sets it; None, too, where it is no file that may be read."""
    try:
        match = _NAMED.search(path.read_text(errors="replace"))
    except OSError:
        return None
    return match[1] if match else None


def holds(folder: Path, module: str) -> bool:
    """Whether Python finds that module, dotted, where this folder is on its path."""
    place = folder.joinpath(*module.split("."))
    return _is_file(place.with_name(f"{place.name}.py")) or _is_file(place / "__init__.py")


def _above(root: Path) -> Iterator[Path]:
    """The scripts above a folder in the same repository, if it is in one, the nearest first."""
    for folder, parent in zip((root, *root.parents), root.parents, strict=False):
        if (folder / ".git").exists():
            return
        if _is_file(parent / MANAGE):
            yield parent / MANAGE


def _is_file(path: Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113 - False, not an error, in a folder that is closed to us
