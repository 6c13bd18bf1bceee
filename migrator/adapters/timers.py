"""Finds a machine's systemd timers, and tells which of them start.

Authority: systemd.unit(5): the folders in their order, the first that has a name wins; a unit
starts where another one wants it, which is a link in a folder ``NAME.wants`` or ``NAME.requires``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from migrator.i18n import _

FOLDERS = (
    "etc/systemd/system",
    "run/systemd/system",
    "usr/local/lib/systemd/system",
    "usr/lib/systemd/system",
    "lib/systemd/system",
)
OWN = FOLDERS[0]
MASK = "/dev/null"


def timer_units(root: Path, *, live: bool) -> Iterator[tuple[Path, str | None]]:
    """The units to read, each with the reason why it does not start.

    A timer that a package brings and nobody enabled is left out: no one counts on it. One that
    stands in /etc/systemd/system is listed anyway.
    """
    booted = not live or (root / "run/systemd/system").is_dir()  # sd_booted(3)
    folders = [root / folder for folder in FOLDERS if not (root / folder).parent.parent.is_symlink()]
    units = _units(folders)
    links = {link.name: link for link in _links(folders)} if booted else {}
    own = {path.name for path in _listed(root / OWN) if path.suffix == ".timer" and "@." not in path.name}
    for name in sorted(own | {name for name in links if name.endswith(".timer")}):
        # the link of an instance is its only file: backup@shop.timer is written in backup@.timer
        path = units.get(name) or links.get(name)
        if path is None or _masked(path):
            continue
        yield path, _reason(name, enabled=name in links, booted=booted)
        for other in _belonging(name, path, units, folders):
            yield other, None


def _reason(name: str, *, enabled: bool, booted: bool) -> str | None:
    if not booted:
        return _("systemd does not run on this machine")
    return None if enabled else _("nothing starts this timer (systemctl enable {name})").format(name=name)


def _units(folders: Iterable[Path]) -> dict[str, Path]:
    """Units by name, from the folder that wins."""
    units: dict[str, Path] = {}
    for folder in folders:
        for path in _listed(folder):
            if path.suffix in (".timer", ".service"):
                units.setdefault(path.name, path)
    return units


def _links(folders: Iterable[Path]) -> Iterator[Path]:
    """The links that start units, from whatever wants them."""
    for folder in folders:
        for wants in _listed(folder):
            if wants.suffix in (".wants", ".requires"):
                yield from _listed(wants)


def _belonging(name: str, timer: Path, units: dict[str, Path], folders: Iterable[Path]) -> Iterator[Path]:
    """The service of a timer, and the drop-ins of both."""
    service = _named_service(timer) or name.removesuffix(".timer") + ".service"
    for unit in dict.fromkeys((name, _template(name), service, _template(service))):
        path = units.get(unit)
        if path and unit.endswith(".service") and not _masked(path):
            yield path
        for folder in folders:
            yield from (path for path in _listed(folder / f"{unit}.d") if path.suffix == ".conf")


def _named_service(timer: Path) -> str | None:
    """What ``Unit=`` says; a timer that cannot be read is told of when its turn comes."""
    try:
        found = re.search(r"^\s*Unit\s*=\s*(\S+)", timer.read_text(errors="replace"), re.MULTILINE)
    except OSError:
        return None
    return found[1] if found else None


def _template(name: str) -> str:
    """``backup@.timer`` of ``backup@shop.timer``."""
    stem, dot, kind = name.rpartition(".")
    return f"{stem.partition('@')[0]}@{dot}{kind}" if "@" in stem else name


def _masked(path: Path) -> bool:
    return path.is_symlink() and str(path.readlink()) == MASK


def _listed(folder: Path) -> list[Path]:
    """What can be seen of a folder of units: they are open to everybody, or not there."""
    try:
        return [folder / name for name in sorted(os.listdir(folder))]  # noqa: PTH208
    except OSError:
        return []
