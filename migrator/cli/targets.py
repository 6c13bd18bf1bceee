"""The crontabs and scripts that instrument and cutover edit; path None: this user's, behind crontab(1)."""

from __future__ import annotations

from pathlib import Path

from migrator.adapters import user_crontab
from migrator.adapters.files import read_bytes, write_atomically
from migrator.cli.project import Home
from migrator.crontab.syntax import decode
from migrator.cutover.editing import Target
from migrator.sources.crontab_file import format_of
from migrator.sources.crontab_script import is_shell_script


def target_at(home: Home, name: str) -> Target:
    """The crontab or script of that name, from here or below the project's folder."""
    path = _path(home, name)
    text = decode(read_bytes(path))
    return Target(name, text, format_of(str(path.resolve()), text), is_shell_script(name, text))


def user_target() -> Target:
    """The installed crontab of this user."""
    return Target(user_crontab.name(), decode(user_crontab.read()))


def absolute(home: Home, name: str) -> str:
    """Where a target lies, whatever folder the next command is called in."""
    return str(_path(home, name).resolve())


def named(home: Home, path: str | None) -> str:
    """How messages call it: below the project's folder by its path there."""
    if path is None:
        return user_crontab.name()
    return str(Path(path).relative_to(home.root)) if Path(path).is_relative_to(home.root) else path


def _path(home: Home, name: str) -> Path:
    return Path(name) if Path(name).exists() else home.root / name


def read(path: str | None) -> bytes:
    """What it holds now."""
    return user_crontab.read() if path is None else read_bytes(Path(path))


def write(path: str | None, data: bytes, *, expected: bytes) -> None:
    """Replace it if it still holds ``expected``, and read it back."""
    if path is None:
        user_crontab.install(data, expected=expected)
    else:
        write_atomically(Path(path), data, expected=expected)
