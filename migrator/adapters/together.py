"""Several files written as one: all of them, or none."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from migrator.adapters.files import NotWritten, require, settle, staged
from migrator.adapters.interrupted import Swap, WriteJournal, alone, digest_of
from migrator.codegen.plan import Change


@dataclass(frozen=True, slots=True)
class Replacement:
    """A file's bytes before and after; None: it is not there."""

    path: Path
    before: bytes | None
    after: bytes | None


@dataclass(frozen=True, slots=True)
class _Draft:
    """A replacement with the names of its new text and of the file that it takes the place of."""

    change: Replacement
    new: Path | None
    old: Path | None

    @classmethod
    def of(cls, one: Replacement) -> _Draft:
        new = None if one.after is None else _beside(one.path)
        return cls(one, new, None if one.before is None else _beside(one.path))

    @property
    def swap(self) -> Swap:
        one = self.change
        return Swap(
            str(one.path),
            digest_of(one.before),
            digest_of(one.after),
            self.new and str(self.new),
            self.old and str(self.old),
        )


def write_changes(root: Path, changes: Iterable[Change]) -> None:
    """Write what changes below the folder, all or nothing, also where the process is killed."""
    replacements = [
        Replacement(root / change.path, _bytes(change.before), _bytes(change.after))
        for change in changes
        if change.changes
    ]
    if not replacements:
        return
    with alone(root):
        write_together(replacements, WriteJournal(root))


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


def write_together(replacements: Sequence[Replacement], journal: WriteJournal | None = None) -> None:
    """Write every file, each in one step and only if it still holds what it held before.

    All that needs room on the disk is done first. What fails after that, an interruption included,
    puts back the very files that were there, so that a project is never left between two states.
    A process that is killed leaves its ``journal``, by which the next one finishes. Raises Cannot, which
    names the file.
    """
    changes = [Replacement(_followed(one.path), one.before, one.after) for one in replacements]
    for one in changes:
        require(one.path, one.before)
    drafts = [_Draft.of(one) for one in changes]
    try:
        with _staging(drafts, journal):
            undo: list[tuple[Path, Path | None]] = []
            try:
                for draft in drafts:
                    with _named(draft.change.path):
                        _put_aside(draft)
                        undo.append((draft.change.path, draft.old))
                        _swap(draft)
            except BaseException:
                for path, old in reversed(undo):
                    _put_back(path, old)
                raise
        for draft in drafts:
            if draft.old is not None:
                with suppress(OSError):
                    draft.old.unlink()
            settle(draft.change.path.parent)
    finally:
        if journal:
            journal.close()


def _beside(path: Path) -> Path:
    """A name that nobody has yet."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}")


@contextmanager
def _staging(drafts: Sequence[_Draft], journal: WriteJournal | None) -> Iterator[None]:
    """The new texts in files beside the old ones; what is not used is gone in the end."""
    made = _missing_folders([one.change.path.parent for one in drafts if one.new])
    done = False
    if journal:
        journal.staging([one.new for one in drafts if one.new], made)
    try:
        for one in drafts:
            with _named(one.change.path):
                if one.new is not None and one.change.after is not None:
                    one.change.path.parent.mkdir(parents=True, exist_ok=True)
                    staged(one.change.path, one.change.after, one.new)
        if journal:
            for folder in {one.change.path.parent for one in drafts}:
                settle(folder)
            journal.swapping([one.swap for one in drafts])
        yield
        done = True
    finally:
        for one in drafts:
            if one.new is not None:
                with suppress(OSError):  # nothing could be written there either
                    one.new.unlink(missing_ok=True)
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


def _missing_folders(folders: Iterable[Path]) -> list[Path]:
    """The folders that are to be made with those above them, outermost first."""
    found = {one for folder in folders for one in (folder, *folder.parents) if not one.exists()}
    return sorted(found)


def _put_aside(draft: _Draft) -> None:
    """Another name for the file as it is: to put it back is then a rename, on a full disk, too."""
    path, old = draft.change.path, draft.old
    if old is None:
        return
    try:
        os.link(path, old)
    except OSError:  # a file system without hard links, or a file that is mounted by itself
        shutil.copy2(path, old)


def _swap(draft: _Draft) -> None:
    if draft.new is None:
        draft.change.path.unlink()
    else:
        draft.new.replace(draft.change.path)


def _put_back(path: Path, old: Path | None) -> None:
    """The rest is put back whatever becomes of this one; its old text stays beside it then."""
    with suppress(OSError):
        if old is None:
            path.unlink(missing_ok=True)
        elif path.exists() and path.read_bytes() == old.read_bytes():  # it was not replaced yet
            old.unlink()
        else:
            old.replace(path)
