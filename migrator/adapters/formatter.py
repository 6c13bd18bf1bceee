"""The project's own formatter: black, ruff or yapf, with the configuration that it finds by itself."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from migrator.configuration import FILE_NAME, FORMATTERS
from migrator.errors import Cannot
from migrator.i18n import _
from migrator.redaction import first_line

_WORDS = {
    "black": ("-q", "--stdin-filename", "{path}", "-"),
    "ruff": ("format", "-q", "--stdin-filename", "{path}", "-"),
    "yapf": (),
}
# Where each of them is configured, beside its table in pyproject.toml, and how pre-commit calls it.
_FILES = {"black": (), "ruff": ("ruff.toml", ".ruff.toml"), "yapf": (".style.yapf",)}
_HOOKS = {"black": r"black(-jupyter)?", "ruff": r"ruff-format", "yapf": r"yapf"}
PATIENCE = 60  # seconds


def formatting(name: str, root: Path) -> Callable[[str, str], str]:
    """What the formatter of that name makes of a module, by its path below the project's folder and its text.

    Raises Cannot where it is not installed: without it every module would look edited.
    """
    program = _program(name)
    if program is None:
        raise Cannot(
            _("{name} is not installed here, and [generate] of {file} names it").format(
                name=name, file=FILE_NAME
            ),
            hint=_("install it, or leave format out"),
        )

    def formatted(path: str, text: str) -> str:
        words = [*program, *(word.format(path=path) for word in _WORDS[name])]
        try:
            done = subprocess.run(
                words, check=True, input=text.encode(), cwd=root, capture_output=True, timeout=PATIENCE
            )
            return done.stdout.decode()
        except subprocess.CalledProcessError as error:
            reason = error.stderr.decode(errors="replace").strip() or str(error)
        except (OSError, subprocess.TimeoutExpired) as error:
            reason = str(error)
        raise Cannot(
            _("{name} does not format {path}: {reason}").format(
                name=name, path=path, reason=first_line(RuntimeError(reason))
            ),
            hint=_("run it by hand, or leave format out of [generate]"),
        )

    return formatted


def formatter_of(root: Path) -> str | None:
    """The formatter that the project configures and that is installed; None: there is none."""
    hooks = _text(root / ".pre-commit-config.yaml")
    tables = _tables(root / "pyproject.toml")
    for name in FORMATTERS:
        hooked = re.search(rf"^\s*-?\s*id:\s*{_HOOKS[name]}\s*$", hooks, re.MULTILINE)
        table = tables.get(name)
        # ruff is a linter to many, who format with something else or not at all
        configured = "format" in (table or {}) if name == "ruff" else table is not None
        files = name != "ruff" and any((root / file).is_file() for file in _FILES[name])
        formats = name == "ruff" and any(
            re.search(r"^\[format\]", _text(root / file), re.MULTILINE) for file in _FILES[name]
        )
        if (hooked or configured or files or formats) and _program(name):
            return name
    return None


def _program(name: str) -> list[str] | None:
    """Beside this interpreter, where the project's own environment is, or on the path."""
    if find_spec(name):
        return [sys.executable, "-m", name]
    found = shutil.which(name)
    return [found] if found else None


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _tables(path: Path) -> dict[str, dict[str, object]]:
    try:
        tables = tomllib.loads(_text(path)).get("tool", {})
    except tomllib.TOMLDecodeError:
        return {}
    return {name: table for name, table in tables.items() if isinstance(table, dict)}
