"""Several files written as one: all of them, or none."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from migrator.adapters.files import NotWritten, require, settle, staged
from migrator.codegen.plan import Change


@dataclass(frozen=True, slots=True)
class Replacement:
    """A file's bytes before and after; None: it is not there."""

    path: Path
    before: bytes | None
    after: bytes | None


def write_changes(root: Path, changes: Iterable[Change]) -> None:
    """Write what changes below the folder, all or nothing."""
    write_together(
        [
            Replacement(root / change.path, _bytes(change.before), _bytes(change.after))
            for change in changes
            if change.changes
        ]
    )


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


def write_together(replacements: Sequence[Replacement]) -> None:
    """Write every file, each in one step and only if it still holds what it held before.

    All that needs room on the disk is done first. What fails after that, an interruption included,
    puts back the very files that were there, so that a project is never left between two states.
    Raises Cannot, which names the file.
    """
    changes = [Replacement(_followed(one.path), one.before, one.after) for one in replacements]
    for one in changes:
        require(one.path, one.before)
    with _staging(changes) as new:
        undo: list[tuple[Path, Path | None]] = []
        try:
            for one, temporary in zip(changes, new, strict=True):
                with _named(one.path):
                    undo.append((one.path, _put_aside(one)))
                    _swap(one.path, temporary)
        except BaseException:
            for path, old in reversed(undo):
                _put_back(path, old)
            raise
    for path, old in undo:
        if old is not None:
            with suppress(OSError):
                old.unlink()
        settle(path.parent)


@contextmanager
def _staging(changes: Sequence[Replacement]) -> Iterator[list[Path | None]]:
    """The new texts in files beside the old ones; what is not used is gone in the end."""
    new: list[Path | None] = []
    made: list[Path] = []
    done = False
    try:
        for one in changes:
            with _named(one.path):
                if one.after is None:
                    new.append(None)
                else:
                    made += _folders(one.path.parent)
                    new.append(staged(one.path, one.after))
        yield new
        done = True
    finally:
        for temporary in new:
            if temporary is not None:
                temporary.unlink(missing_ok=True)
        for folder in () if done else reversed(made):
            with suppress(OSError):  # somebody else uses it by now
                folder.rmdir()


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NotWritten(path, error) from None


def _followed(path: Path) -> Path:
    """The link stays a link."""
    return path.resolve() if path.is_symlink() else path


def _folders(folder: Path) -> list[Path]:
    """Make a folder with those above it; the ones that are new, outermost first."""
    new = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return new[::-1]


def _put_aside(one: Replacement) -> Path | None:
    """Another name for the file as it is: to put it back is then a rename, on a full disk, too."""
    if one.before is None:
        return None
    handle, name = tempfile.mkstemp(dir=one.path.parent, prefix=f".{one.path.name}.")
    os.close(handle)
    old = Path(name)
    try:
        old.unlink()
        os.link(one.path, old)
    except OSError:  # a file system without hard links, or a file that is mounted by itself
        shutil.copy2(one.path, old)
    return old


def _swap(path: Path, temporary: Path | None) -> None:
    if temporary is None:
        path.unlink()
    else:
        temporary.replace(path)


def _put_back(path: Path, old: Path | None) -> None:
    """The rest is put back whatever becomes of this one; its old text stays beside it then."""
    with suppress(OSError):
        if old is None:
            path.unlink(missing_ok=True)
        elif path.exists() and path.read_bytes() == old.read_bytes():  # it was not replaced yet
            old.unlink()
        else:
            old.replace(path)
