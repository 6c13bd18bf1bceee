"""The journal of a write of several files: what a kill leaves half done, the next run brings to its end."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from migrator.adapters.files import cannot_read, read_bytes, settle, staged, writing
from migrator.adapters.journal import FOLDER
from migrator.errors import Cannot
from migrator.i18n import _

NAME = f"{FOLDER}/writing.json"
_NOTHING: dict[str, Any] = {"drafts": [], "folders": []}  # killed before the journal had its name


@dataclass(frozen=True, slots=True)
class Swap:
    """One file of the write: digests of what it held and is to hold, and the drafts beside it.

    None: it is not there; ``new``: the draft that takes its place; ``old``: its name while it is put aside.
    """

    path: str
    before: str | None
    after: str | None
    new: str | None
    old: str | None


class WriteJournal:
    """The journal in a project's folder: there while files are written, and after a kill."""

    def __init__(self, root: Path) -> None:
        self.path = root / NAME

    def staging(self, drafts: Sequence[Path], folders: Sequence[Path]) -> None:
        """Before the drafts are made, in folders that are new."""
        self._save({"drafts": list(map(str, drafts)), "folders": list(map(str, folders))})

    def swapping(self, swaps: Sequence[Swap]) -> None:
        """Once all drafts are on the disk: from here on the write can be finished."""
        self._save({"swaps": [asdict(one) for one in swaps]})

    def close(self) -> None:
        """Nothing is half done any more."""
        for path in (self.path, self.path.with_suffix(".new")):
            path.unlink(missing_ok=True)
        settle(self.path.parent)
        with suppress(OSError):  # others keep their records there
            self.path.parent.rmdir()

    def _save(self, document: dict[str, Any]) -> None:
        draft = self.path.with_suffix(".new")  # always the same: a kill leaves one at most
        with writing(self.path):
            self.path.parent.mkdir(mode=0o700, exist_ok=True)
            draft.unlink(missing_ok=True)
            staged(self.path, (json.dumps(document, indent=2) + "\n").encode(), draft).replace(self.path)
        settle(self.path.parent)


def is_interrupted(root: Path) -> bool:
    """Whether a write of this project has been killed, or goes on just now."""
    path = root / NAME
    return path.exists() or path.with_suffix(".new").exists()


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """One write at a time in a project; raises Cannot where another one goes on."""
    try:
        handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise cannot_read(root, error) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EACCES):
                raise Cannot(
                    _("another command is writing in {path}").format(path=root), hint=_("wait for it")
                ) from None
        yield
    finally:
        os.close(handle)


def finish_interrupted(root: Path) -> bool:
    """Bring a write that was killed to its end; gives whether there was one.

    Drafts that were not all on the disk are taken away: then nothing had been replaced. Raises Cannot where
    somebody has edited one of its files since, and does nothing.
    """
    if not is_interrupted(root):
        return False
    with alone(root):
        if not is_interrupted(root):
            return False
        document = _read(root / NAME) if (root / NAME).exists() else _NOTHING
        if "swaps" in document:
            _swap_all([Swap(**one) for one in document["swaps"]], root)
        else:
            _take_away(document["drafts"])
            for folder in reversed(document["folders"]):
                with suppress(OSError):  # somebody else uses it by now
                    Path(folder).rmdir()
        WriteJournal(root).close()
    return True


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(read_bytes(path))
        if "swaps" in document or {"drafts", "folders"} <= document.keys():
            return dict(document)
    except (ValueError, TypeError, AttributeError):
        pass
    raise Cannot(
        _("{path} is damaged").format(path=path),
        hint=_("look at the project in version control, and delete the file"),
    )


def _swap_all(swaps: Sequence[Swap], root: Path) -> None:
    left = [one for one in swaps if digest_at(one.path) != one.after]
    for one in left:
        draft = one.after if one.new is None else digest_at(one.new)
        if digest_at(one.path) != one.before or draft != one.after:
            raise Cannot(
                _("{path} has changed since a write of several files was interrupted").format(path=one.path),
                hint=_(
                    "restore it from version control and run the command again, or delete {journal}: then"
                    " the files stay as they are"
                ).format(journal=root / NAME),
            )
    for one in left:
        with writing(Path(one.path)):
            if one.new is None:
                Path(one.path).unlink()
            else:
                Path(one.new).replace(one.path)
        settle(Path(one.path).parent)
    _take_away([path for one in swaps for path in (one.new, one.old) if path])


def _take_away(paths: Sequence[str]) -> None:
    for path in paths:
        with suppress(OSError):
            Path(path).unlink()


def digest_at(path: str | Path) -> str | None:
    """By what a file is known; None: it is not there."""
    try:
        return digest_of(Path(path).read_bytes())
    except FileNotFoundError:
        return None


def digest_of(data: bytes | None) -> str | None:
    return None if data is None else hashlib.sha256(data).hexdigest()
