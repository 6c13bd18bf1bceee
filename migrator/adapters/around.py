"""Looks at the project around the files that a generation writes."""

from __future__ import annotations

import re
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from migrator.adapters.files import read_text
from migrator.codegen.around import Around
from migrator.configuration import Configuration
from migrator.errors import Cannot
from migrator.i18n import _

_NUMBERED = re.compile(r"\d{4}_\w+\.py")
_PYTEST = {"pytest.ini": "", "conftest.py": "", "pyproject.toml": "[tool.pytest", "setup.cfg": "[tool:pytest"}
_PYTEST |= {"tox.ini": "[pytest]", "tests/conftest.py": ""}


def around(root: Path, configuration: Configuration) -> Around:
    """What the configuration asks to know: the folder of migrations, and whose tests the project has."""
    folder = configuration.generate.migration
    return Around(
        beat=newest_beat_migration() if folder else "",
        migrations=_texts(root / folder) if folder else {},
        pytest=configuration.generate.tests is not None and uses_pytest(root),
    )


def newest_beat_migration() -> str:
    """The newest migration of django-celery-beat that is installed: an older model has no time zone."""
    spec = find_spec("django_celery_beat")
    for place in (spec and spec.submodule_search_locations) or ():
        names = [path.stem for path in Path(place, "migrations").iterdir() if _NUMBERED.fullmatch(path.name)]
        if names:
            return max(names)
    raise Cannot(
        _("django-celery-beat is not installed here"),
        hint=_("install it, or leave migration out of [generate]"),
    )


def uses_pytest(root: Path) -> bool:
    """Whether somebody has set pytest up in the project."""
    return any((root / name).is_file() and text in read_text(root / name) for name, text in _PYTEST.items())


_ABOVE = (
    "requirements.txt",
    "requirements.in",
    "requirements/base.txt",
    "pyproject.toml",
    "Pipfile",
    "setup.cfg",
)


def requirements_above(root: Path) -> dict[str, str]:
    """What may name the project's requirements in the rest of its repository, as seen from its folder."""
    repository = next((one for one in (root, *root.parents) if (one / ".git").exists()), root)
    folders = [one for one in root.parents if one.is_relative_to(repository)]
    found = {}
    for number, folder in enumerate(folders, 1):
        for name in _ABOVE:
            if (folder / name).is_file():
                with suppress(Cannot):
                    found["../" * number + name] = read_text(folder / name)
    return found


def _texts(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        return {}
    return {path.name: read_text(path) for path in sorted(folder.glob("*.py"))}
