"""``.migrator/rows.json``: what beat's rows were before `migrator rows` wrote them, for its --undo."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from migrator.adapters.journal import Records
from migrator.adapters.own_folder import FOLDER
from migrator.codegen.row_plan import PresentRow
from migrator.errors import Cannot
from migrator.i18n import _

Rows = Mapping[str, PresentRow | None]


@dataclass(frozen=True, slots=True)
class Written:
    """One write: each row before (None: it was not there) and after."""

    before: Rows
    after: Rows


class RowsJournal:
    """The writes, oldest first."""

    def __init__(self, root: Path) -> None:
        self.records = Records(root / FOLDER / "rows.json")

    @property
    def path(self) -> Path:
        return self.records.path

    def last(self) -> Written | None:
        """The newest write; None: there is none."""
        entries = self._entries()
        try:
            return Written(_rows(entries[-1]["before"]), _rows(entries[-1]["after"])) if entries else None
        except (KeyError, TypeError, AttributeError):
            raise self._damaged() from None

    @contextmanager
    def noted(self, entry: Written) -> Iterator[None]:
        """Note it before it is done; what fails is taken out again."""
        at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        document = {"at": at, "before": _plain(entry.before), "after": _plain(entry.after)}
        self._save([*self._entries(), document])
        try:
            yield
        except BaseException:
            self.forget_last()
            raise

    def forget_last(self) -> None:
        """Take the newest write out, once it is undone."""
        self._save(self._entries()[:-1])

    def _entries(self) -> list[dict[str, Any]]:
        try:
            found = self.records.read()
            return [] if found is None else list(found["entries"])
        except (ValueError, KeyError, TypeError):
            raise self._damaged() from None

    def _damaged(self) -> Cannot:
        return Cannot(
            _("{path} is damaged").format(path=self.path), hint=_("put it aside; the rows stay as they are")
        )

    def _save(self, entries: list[dict[str, Any]]) -> None:
        self.records.save({"schema": 1, "entries": entries})


def _plain(rows: Rows) -> dict[str, Any]:
    return {name: row and asdict(row) for name, row in rows.items()}


def _rows(document: Mapping[str, Any]) -> dict[str, PresentRow | None]:
    return {name: row and PresentRow(**row) for name, row in document.items()}
