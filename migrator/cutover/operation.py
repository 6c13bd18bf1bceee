"""What the journal of a cutover holds: each operation with its steps, from about-to to done.

The last operation was interrupted if it has no end: the next command goes on with it, or a
rollback comes after it. What a step came to is seen in the file itself, whose digest is
the one from before, the one from after, or somebody else's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from migrator.errors import Cannot


class Conflict(Cannot):
    """Somebody has edited what the cutover left; ``text``: the difference."""


class Kind(StrEnum):
    """Apply: lines out. Rollback: lines in again."""

    APPLY = "apply"
    ROLLBACK = "rollback"


class Phase(StrEnum):
    """How far a step is; a step that is about to be taken may have been taken already."""

    OPEN = "open"
    ABOUT = "about to"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Write:
    """One file's step; ``path`` None: the user's crontab. Digests, and where the bytes of both are kept."""

    path: str | None
    before: str
    after: str
    kept_before: str
    kept_after: str
    phase: Phase = Phase.ABOUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One apply or rollback, for several jobs at once; ``ended``: when it was whole.

    ``crontabs``: those that were named for it, by their absolute paths.
    """

    kind: Kind
    jobs: tuple[str, ...]
    who: str
    reason: str
    accepted: str
    begun: str
    crontabs: tuple[str, ...] = ()
    spool: str | None = None  # which tells this project's lines from another's
    unnamed: bool = False  # an earlier version, whose marks named no spool, did not write it down
    owner: Phase = Phase.OPEN
    writes: tuple[Write, ...] = ()
    ended: str | None = None

    def writing(self, write: Write) -> Operation:
        """With this step, in the place of an earlier one on the same file."""
        others = tuple(one for one in self.writes if one.path != write.path)
        return replace(self, writes=(*others, write))


def unfinished(operations: Sequence[Operation]) -> Operation | None:
    """The one that was interrupted."""
    return operations[-1] if operations and operations[-1].ended is None else None


def retired(operations: Sequence[Operation]) -> tuple[str, ...]:
    """The jobs that whole operations have taken out of cron, and none has put back."""
    out: dict[str, None] = {}
    for operation in operations:
        if operation.ended is None:
            continue
        for job in operation.jobs:
            if operation.kind is Kind.APPLY:
                out[job] = None
            else:
                out.pop(job, None)
    return tuple(out)


def last_write(operations: Sequence[Operation], path: str | None) -> Write | None:
    """What we wrote into a file last, or were about to."""
    found = [write for operation in operations for write in operation.writes if write.path == path]
    return found[-1] if found else None


def writing_into(operations: Sequence[Operation], path: str | None) -> list[Operation]:
    """The operations that wrote into a file, or were about to."""
    return [one for one in operations if any(write.path == path for write in one.writes)]


def paths_of(operations: Sequence[Operation], jobs: Sequence[str]) -> list[str | None]:
    """The files out of which the lines of these jobs went and have not come back, the last one first."""
    found: dict[str, list[str | None]] = {job: [] for job in jobs}
    for operation in operations:
        for job in found.keys() & set(operation.jobs):
            if operation.kind is Kind.APPLY:
                found[job] += [write.path for write in operation.writes]
            elif operation.ended:
                found[job] = []
    return list(dict.fromkeys(path for job in jobs for path in reversed(found[job])))


def sha256(data: bytes) -> str:
    """The digest that the journal compares."""
    return hashlib.sha256(data).hexdigest()


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The journal as JSON."""
    return {"schema": 1, "operations": [asdict(one) for one in operations]}


def operations_in(document: dict[str, Any]) -> tuple[Operation, ...]:
    """The operations of such a document."""
    return tuple(_operation(values) for values in document["operations"])


def _operation(values: dict[str, Any]) -> Operation:
    known = {
        "kind": Kind(values["kind"]),
        "unnamed": values.get("unnamed", "spool" not in values),
        "jobs": tuple(values["jobs"]),
        "crontabs": tuple(values["crontabs"]),
        "owner": Phase(values["owner"]),
        "writes": tuple(Write(**{**one, "phase": Phase(one["phase"])}) for one in values["writes"]),
    }
    return Operation(**{**values, **known})
