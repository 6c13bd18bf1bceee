"""What `instrument apply` did: backups and hashes, so that it can be undone exactly."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from migrator.adapters.files import write_atomically

FOLDER = ".migrator"


@dataclass(frozen=True, slots=True)
class Entry:
    """One edited target; ``path`` None: the user's crontab behind crontab(1)."""

    path: str | None
    backup: str
    before: str
    after: str
    at: str


class Journal:
    """``.migrator/instrument.json`` and ``.migrator/backups/`` in the project, for their owner's eyes."""

    def __init__(self, root: Path) -> None:
        self.folder = root / FOLDER
        self.path = self.folder / "instrument.json"

    def entries(self) -> list[Entry]:
        """What is applied now, oldest first."""
        if not self.path.exists():
            return []
        return [Entry(**values) for values in json.loads(self.path.read_text())["entries"]]

    def record(self, path: str | None, before: bytes, after: bytes) -> Entry:
        """Keep the bytes before, then write down what is about to be done."""
        now = dt.datetime.now(dt.UTC)
        digest = sha256(before)
        backup = self.folder / "backups" / f"{now:%Y%m%dT%H%M%SZ}-{digest[:12]}"
        self._keep(backup, before)
        entry = Entry(path, str(backup), digest, sha256(after), now.isoformat(timespec="seconds"))
        self._save([*self.entries(), entry])
        return entry

    def forget(self, entry: Entry) -> None:
        """Take an entry out once it is undone; its backup stays."""
        self._save([one for one in self.entries() if one != entry])

    def _save(self, entries: list[Entry]) -> None:
        document = {"schema": 1, "entries": [asdict(entry) for entry in entries]}
        self._keep(self.path, (json.dumps(document, indent=2) + "\n").encode())

    def _keep(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(path, data)
        path.chmod(0o600)


def sha256(data: bytes) -> str:
    """The digest that the journal compares."""
    return hashlib.sha256(data).hexdigest()
