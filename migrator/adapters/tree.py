"""Every text file below some paths, hidden folders included, and what was passed over, with the reason."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from migrator.adapters.binary import what_it_is
from migrator.adapters.collect import LARGEST, SKIPPED_FOLDERS
from migrator.adapters.files import read_bytes
from migrator.crontab.syntax import decode
from migrator.cutover.residue.texts import TextFile, is_generated, is_record
from migrator.errors import Cannot, MigratorError
from migrator.i18n import _
from migrator.sources.endings import declares_nothing

VENDORED = frozenset(
    ("vendor", "vendored", "_vendor", "third_party", "third-party", "thirdparty", ".terraform")
)


@dataclass(slots=True)
class Tree:
    """The texts, and the paths that were passed over: by reason, each with its paths."""

    files: list[TextFile] = field(default_factory=list)
    passed: dict[str, list[str]] = field(default_factory=dict)

    def pass_over(self, path: str, reason: str) -> None:
        self.passed.setdefault(reason, []).append(path)


def read_tree(
    paths: Sequence[str],
    root: Path,
    *,
    excluded: Callable[[str], bool] = lambda path: False,
    seen: Callable[[str], object] = lambda path: None,
) -> Tree:
    """The texts at ``paths`` (relative to ``root``), each once, under their names from there."""
    tree, been = Tree(), set[str]()
    for name in paths:
        start = root / name
        if not start.exists():
            raise Cannot(
                _("there is no {path}").format(path=name), hint=_("name a file or a folder; . is this one")
            )
        for path in _below(start, root, tree, excluded) if start.is_dir() else [start]:
            relative = named_from(path, root)
            real = os.path.realpath(path)
            if real not in been:
                been.add(real)
                seen(relative)
                _take(tree, path, relative)
    return tree


def named_from(path: Path, root: Path) -> str:
    """How messages call a path: below ``root`` by the way from there."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _below(folder: Path, root: Path, tree: Tree, excluded: Callable[[str], bool]) -> Iterator[Path]:
    def unlisted(error: OSError) -> None:
        tree.pass_over(named_from(Path(error.filename), root), _("could not be read"))

    for here, folders, names in os.walk(folder, onerror=unlisted):
        relative = named_from(Path(here), root)
        if "pyvenv.cfg" in names and here != str(folder):
            tree.pass_over(relative, _("vendored code and caches"))
            folders.clear()
            continue
        kept = []
        for one in sorted(folders):
            path = named_from(Path(here) / one, root)
            if one in SKIPPED_FOLDERS or one in VENDORED:
                tree.pass_over(path, _("vendored code and caches"))
            elif excluded(path):
                tree.pass_over(path, _("excluded"))
            else:
                kept.append(one)
        folders[:] = kept
        for name in sorted(names):
            if excluded(named_from(Path(here) / name, root)):
                tree.pass_over(named_from(Path(here) / name, root), _("excluded"))
            else:
                yield Path(here) / name


def _take(tree: Tree, path: Path, relative: str) -> None:
    reason = _reason_by_name(relative)
    if reason is None:
        try:
            data = read_bytes(path, most=LARGEST + 1)
        except MigratorError:
            reason = _("could not be read")
        else:
            reason = _reason_by_content(data)
            if reason is None:
                tree.files.append(TextFile(relative, decode(data)))
    if reason is not None:
        tree.pass_over(relative, reason)


def _reason_by_name(path: str) -> str | None:
    if is_record(path):
        return _("changelogs and licences")
    if is_generated(path):
        return _("written by tools")
    return _("no text") if declares_nothing(path) else None


def _reason_by_content(data: bytes) -> str | None:
    if len(data) > LARGEST:
        return _("too large")
    return _("no text") if what_it_is(data) else None
