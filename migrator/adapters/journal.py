"""What was written into crontabs: backups and hashes, so that it can be undone exactly."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from migrator.adapters.files import read_bytes, write_atomically, writing
from migrator.adapters.own_folder import FOLDER, make_own_folder
from migrator.cutover.operation import Operation, document, operations_in, sha256
from migrator.errors import Cannot
from migrator.i18n import _


@dataclass(frozen=True, slots=True)
class Entry:
    """One edited target; ``path`` None: the user's crontab behind crontab(1).

    ``spool``: the one that its lines name, which tells them from another project's. ``unnamed``: an earlier
    version, whose marks named none, did not write it down.
    """

    path: str | None
    backup: str
    before: str
    after: str
    at: str
    spool: str | None = None
    unnamed: bool = False


@dataclass(frozen=True, slots=True)
class Records:
    """A document in ``.migrator/`` of the project and the backups beside it, for their owner's eyes."""

    path: Path

    def read(self) -> dict[str, Any] | None:
        """The document; None where none was written."""
        if not self.path.exists():
            return None
        found: dict[str, Any] = json.loads(read_bytes(self.path))
        return found

    @contextmanager
    def undamaged(self, hint: str) -> Iterator[None]:
        """Turn what cannot be read as such a document into one line with a remedy."""
        try:
            yield
        except (ValueError, KeyError, TypeError):
            raise Cannot(_("{path} is damaged").format(path=self.path), hint=hint) from None

    def save(self, document: dict[str, Any]) -> None:
        """Replace the document in one step, and see it to the disk."""
        self._keep(self.path, (json.dumps(document, indent=2) + "\n").encode())

    def back_up(self, data: bytes) -> str:
        """Keep bytes in a file of their own."""
        now = dt.datetime.now(dt.UTC)
        backup = self.path.parent / "backups" / f"{now:%Y%m%dT%H%M%SZ}-{sha256(data)[:12]}"
        self._keep(backup, data)
        return str(backup)

    def _keep(self, path: Path, data: bytes) -> None:
        make_own_folder(path.parent)
        write_atomically(path, data)
        path.chmod(0o600)


class Journal:
    """``.migrator/instrument.json``: what `instrument apply` did."""

    def __init__(self, root: Path) -> None:
        self.records = Records(root / FOLDER / "instrument.json")

    def entries(self) -> list[Entry]:
        """What is applied now, oldest first."""
        hint = _(
            "the crontabs as they were are in {folder}: put the file aside, and put them back by hand, "
            "or name the crontabs from now on (--crontab FILE)"
        ).format(folder=self.records.path.parent / "backups")
        with self.records.undamaged(hint):
            found = self.records.read()
            entries = [] if found is None else found["entries"]
            return [Entry(**{"unnamed": "spool" not in values, **values}) for values in entries]

    def record(self, path: str | None, before: bytes, after: bytes, spool: str | None = None) -> Entry:
        """Keep the bytes before, then write down what is about to be done."""
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        entry = Entry(path, self.records.back_up(before), sha256(before), sha256(after), now, spool)
        self._save([*self.entries(), entry])
        return entry

    def forget(self, entry: Entry) -> None:
        """Take an entry out once it is undone; its backup stays."""
        self._save([one for one in self.entries() if one != entry])

    def _save(self, entries: list[Entry]) -> None:
        self.records.save({"schema": 1, "entries": [asdict(entry) for entry in entries]})


class CutoverJournal:
    """``.migrator/cutover.json``: every apply and rollback, step by step."""

    def __init__(self, root: Path) -> None:
        self.records = Records(root / FOLDER / "cutover.json")

    def operations(self) -> tuple[Operation, ...]:
        """All of them, oldest first."""
        with self.records.undamaged(_("compare the crontabs with the backups beside it, and put it aside")):
            found = self.records.read()
            return () if found is None else operations_in(found)

    def note(self, operation: Operation) -> None:
        """The operation as it stands now, in the place of what it was; else a new one."""
        known = [one for one in self.operations() if one.begun != operation.begun]
        self.records.save(document([*known, operation]))

    def withdraw(self, operation: Operation) -> None:
        """Take an operation out that has changed nothing."""
        self.records.save(document([one for one in self.operations() if one.begun != operation.begun]))

    def kept(self, name: str) -> bytes:
        """The bytes that were kept under this name; the project may have moved since, its backups with it."""
        path = Path(name)
        return read_bytes(path if path.exists() else self.records.path.parent / "backups" / path.name)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One cutover at a time; the kernel lets go of the lock when its holder dies."""
        folder = self.records.path.parent
        make_own_folder(folder)
        with writing(folder / "cutover.lock"):
            handle = os.open(folder / "cutover.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Cannot(
                    _("another cutover is at work in {folder}").format(folder=folder), hint=_("wait for it")
                ) from None
            yield
        finally:
            os.close(handle)
