"""What a run did to the world outside it: mails, and rows of the database by verb and table.

Counted, never told: no address, no text and no value leaves the process that it was in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

MAILS = "mails"
RECIPIENTS = "recipients"


@dataclass(frozen=True, slots=True)
class Effects:
    """The counts of one run; None in place of a number: it did something, and nobody knows how much.

    ``writes``: rows by ``VERB table``. ``unread``: statements whose table cannot be told.
    ``programs``: processes that it started, and whose effects are their own.
    """

    mails: int | None = 0
    recipients: int | None = 0
    writes: Mapping[str, int | None] = field(default_factory=dict)
    unread: int = 0
    programs: int = 0

    @property
    def complete(self) -> bool:
        """Whether all that it did has been seen."""
        return not self.unread and not self.programs

    @property
    def counts(self) -> dict[str, int | None]:
        """Every number by its name, mails first."""
        return {MAILS: self.mails, RECIPIENTS: self.recipients, **dict(sorted(self.writes.items()))}

    def __add__(self, other: Effects) -> Effects:
        names = [*self.writes, *(name for name in other.writes if name not in self.writes)]
        return Effects(
            mails=_sum(self.mails, other.mails),
            recipients=_sum(self.recipients, other.recipients),
            writes={name: _sum(self.writes.get(name, 0), other.writes.get(name, 0)) for name in names},
            unread=self.unread + other.unread,
            programs=self.programs + other.programs,
        )

    def document(self) -> dict[str, Any]:
        """The counts as JSON, in the spool, the ledger and ``compare``."""
        return {
            "mails": self.mails,
            "recipients": self.recipients,
            "writes": dict(self.writes),
            "unread": self.unread,
            "programs": self.programs,
        }


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def read_effects(document: Mapping[str, Any]) -> Effects:
    """The effects in a document; where it is none: ValueError, KeyError, TypeError or AttributeError."""
    return Effects(
        mails=_count(document["mails"]),
        recipients=_count(document["recipients"]),
        writes={_name(name): _count(rows) for name, rows in document["writes"].items()},
        unread=_count(document["unread"]) or 0,
        programs=_count(document["programs"]) or 0,
    )


def _count(value: object) -> int | None:
    if value is not None and (not isinstance(value, int) or not 0 <= value < 1 << 63):
        raise ValueError("not a count")
    return value


def _name(value: str) -> str:
    if not 0 < len(value) <= 300 or "\0" in value:
        raise ValueError("not a name")
    value.encode()  # half a character is a ValueError, too
    return value


def of_processes(processes: Iterable[Effects | None]) -> Effects | None:
    """What the processes of a run did together; None where one of them never said, or there was none."""
    total = None
    for effects in processes:
        if effects is None:
            return None
        total = effects if total is None else total + effects
    return total
