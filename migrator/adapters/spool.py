"""The spool on a cron host: what cronwrap wrote, how far it has been shipped, and the slot tables.

cronwrap may run as other users and at any moment: nothing here waits for it, follows a
link of theirs, or changes a file that they still write to.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migrator.adapters.files import NotWritten, write_atomically
from migrator.cronwrap import default_spool
from migrator.errors import Cannot
from migrator.i18n import _

OFFSETS = "shipped.json"
SENT = "sent.json"
PROJECT = "project.json"
LOCK = "sync.lock"
PIECE = 4 << 20  # bytes read at a time


@dataclass(frozen=True, slots=True)
class Spool:
    """A folder that cronwrap writes to."""

    folder: Path

    def records(self) -> list[Path]:
        """The files of run records, oldest day first."""
        return sorted(self.folder.glob("*.jsonl"), key=lambda path: (path.stem[-8:], path.name))

    def offsets(self) -> dict[str, int]:
        """How many bytes of each file the ledger has; unknown counts as none, which is safe."""
        try:
            offsets = json.loads((self.folder / OFFSETS).read_text())
            return {str(name): int(offset) for name, offset in offsets.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            return {}

    def remember(self, offsets: dict[str, int]) -> None:
        with _writing(self.folder):
            write_atomically(self.folder / OFFSETS, json.dumps(offsets, indent=1, sort_keys=True).encode())

    def sent(self) -> Any:
        """What is on the way over the broker; None where it cannot be read, and is sent again."""
        try:
            return json.loads((self.folder / SENT).read_text())
        except (OSError, ValueError):
            return None

    def remember_sent(self, document: dict[str, Any]) -> None:
        with _writing(self.folder):
            write_atomically(self.folder / SENT, json.dumps(document).encode())

    def project(self) -> tuple[str, str] | None:
        """The folder of the project that syncs here, and its key; None where none is known."""
        try:
            document = json.loads((self.folder / PROJECT).read_text())
            return str(document["root"]), str(document["key"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def mark(self, root: str, key: str) -> None:
        """Say whose spool this is, unless it is said already."""
        if self.project() != (root, key):
            with _writing(self.folder):
                write_atomically(self.folder / PROJECT, json.dumps({"root": root, "key": key}).encode())

    def lines(self, path: Path, offset: int) -> Iterator[tuple[list[bytes], int]]:
        """Pieces of complete lines from ``offset`` on, each with the offset after it."""
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:  # gone, or a link: none of cronwrap's
            return
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            os.close(handle)
            return
        with os.fdopen(handle, "rb") as file:
            file.seek(offset if offset <= status.st_size else 0)
            while piece := file.read(PIECE):
                end = piece.rfind(b"\n") + 1
                if not end and len(piece) < PIECE:
                    return  # a line that is still being written
                if not end:
                    piece += file.readline()
                    end = len(piece)
                file.seek(end - len(piece), os.SEEK_CUR)
                yield piece[:end].split(b"\n")[:-1], file.tell()

    def remove(self, path: Path) -> None:
        """Remove a file of run records."""
        with _writing(self.folder):
            path.unlink()

    def quarantine(self, path: Path, lines: list[bytes]) -> None:
        """Keep lines that cannot be read, where a person can look at them."""
        folder = self.folder / "quarantine"
        with _writing(self.folder):
            folder.mkdir(mode=0o700, exist_ok=True)
            with (folder / path.name).open("ab") as file:
                file.write(b"".join(line + b"\n" for line in lines))

    def quarantined(self) -> int:
        """How many such lines wait there; a person who has looked at them removes them."""
        files = (self.folder / "quarantine").glob("*.jsonl")
        return sum(path.read_bytes().count(b"\n") for path in files)

    def table(self, job: str) -> Path:
        return self.folder / "jobs" / job

    def read_table(self, job: str) -> str:
        """The slot table as it is; empty where there is none."""
        try:
            return self.table(job).read_text("ascii")
        except (OSError, ValueError):
            return ""

    def write_table(self, job: str, text: str) -> None:
        """Replace a slot table in one step, unless it says the same already."""
        path = self.table(job)
        data = text.encode()
        with _writing(self.folder):
            if not (path.is_file() and path.read_bytes() == data):
                write_atomically(path, data)

    def remove_table(self, job: str) -> None:
        """Take a slot table away, after which cron executes the job."""
        with _writing(self.folder):
            self.table(job).unlink(missing_ok=True)


def open_spool(folder: str | None) -> Spool:
    """The spool of that name, else the one that cronwrap uses; made where it is missing."""
    path = Path(folder or default_spool())
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Cannot(
            _("cannot use the spool {path}: {reason}").format(path=path, reason=error.strerror),
            hint=_("run as the user whose crontab it is, or name another with --spool"),
        ) from None
    return Spool(path)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Say in one line what keeps the spool from being written: cron mails it every minute."""
    try:
        yield
    except NotWritten as problem:
        raise _unwritable(folder, problem.reason) from problem
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> Cannot:
    return Cannot(
        _("cannot write the spool {path}: {reason}").format(path=folder, reason=error.strerror),
        hint=(
            _("make room on its disk; until then its tables stay as they are")
            if error.errno in (errno.ENOSPC, errno.EDQUOT)
            else _("run as the user whose crontab it is, or name another with --spool")
        ),
    )


@contextmanager
def alone(spool: Spool) -> Iterator[bool]:
    """Whether no other sync works on this spool; the kernel lets go of the lock when a sync dies."""
    try:
        handle = os.open(spool.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise _unwritable(spool.folder, error) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
