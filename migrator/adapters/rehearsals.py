"""The rehearsals of a project, in `.migrator/rehearsal.json`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from migrator.adapters.files import read_text, write_atomically
from migrator.adapters.own_folder import FOLDER, make_own_folder
from migrator.comparison.rehearsal_record import Record, read_record, record_document
from migrator.errors import Cannot
from migrator.i18n import _

NAME = f"{FOLDER}/rehearsal.json"


def kept_rehearsals(root: Path) -> list[Record]:
    """The records that are kept; raises Cannot where the file is damaged."""
    path = root / NAME
    if not path.exists():
        return []
    try:
        return [read_record(one) for one in json.loads(read_text(path))["rehearsals"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Cannot(
            _("{path} holds no rehearsals: {error}").format(path=path, error=repr(error)),
            hint=_("remove it, and run `migrator rehearse` again"),
        ) from None


def keep_rehearsals(root: Path, records: Iterable[Record]) -> Path:
    """Write the records down in one step."""
    path = root / NAME
    document = {"schema": 1, "rehearsals": [record_document(one) for one in records]}
    make_own_folder(path.parent)
    write_atomically(path, (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode())
    return path
