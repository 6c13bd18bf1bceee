"""The texts around a project's settings: what names them, the modules beside them, and requirements."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from migrator.adapters.collect import SKIPPED_FOLDERS
from migrator.adapters.project_files import LARGEST, decoded

# where DJANGO_SETTINGS_MODULE gets a value, at the root of a project and in its packages
_NAMING = ("manage.py", "pytest.ini", "pyproject.toml", "setup.cfg", "tox.ini", "conftest.py", ".env")
_NAMING_BELOW = ("*/wsgi.py", "*/asgi.py", "*/celery.py", "*/celery_app.py")
_REQUIREMENTS = ("requirements*.txt", "requirements*.in", "requirements/*.txt", "requirements/*.in")
_REQUIREMENTS += ("pyproject.toml", "setup.cfg", "setup.py", "Pipfile")
_SETTINGS_FOLDER = re.compile(r"settings|config|conf|environments?", re.IGNORECASE)


def naming_texts(root: Path) -> list[str]:
    """The texts of the files that name a settings module."""
    below = (path for pattern in _NAMING_BELOW for path in sorted(root.glob(pattern)))
    return [text for path in (*(root / name for name in _NAMING), *below) if (text := _text(path))]


def beside(root: Path, modules: Sequence[str]) -> dict[str, str]:
    """The Python files in the folders of the named modules, by their paths."""
    texts: dict[str, str] = {}
    for name in modules:
        module = root.joinpath(*name.split("."))
        folder = module if module.is_dir() else module.parent
        if not folder.is_dir() or not folder.resolve().is_relative_to(root.resolve()):
            continue
        for path in _python(folder, deep=folder != root and bool(_SETTINGS_FOLDER.search(folder.name))):
            if text := _text(path):
                texts[path.relative_to(root).as_posix()] = text
    return texts


def requirements(root: Path) -> dict[str, str]:
    """The files that say what the project installs, by their paths."""
    paths = sorted({path for pattern in _REQUIREMENTS for path in root.glob(pattern)})
    return {path.relative_to(root).as_posix(): text for path in paths if (text := _text(path))}


def _python(folder: Path, *, deep: bool) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.suffix == ".py" and path.is_file():
            yield path
        elif deep and path.is_dir() and path.name not in SKIPPED_FOLDERS and path.name[0] != ".":
            yield from _python(path, deep=True)


def _text(path: Path) -> str:
    """The file's text; nothing where there is none, or none that somebody wrote."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError:
        return ""
    return decoded(data) if len(data) <= LARGEST else ""
