"""The work that the demo makes for each slot, and how often its mails may be sent.

The mail about old cases comes with every run that finds the case. On a machine that is too slow
to make the next slot's work in time, one more slot finds it, and a second mail is no second run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Work:
    """What one slot is to find: the name in its mails, and when it was being made, in epoch seconds."""

    name: str
    slot: int
    begun: float
    done: float

    @property
    def late(self) -> bool:
        """Whether the slot may have begun without it."""
        return self.done >= self.slot


def too_often(
    mails: Mapping[tuple[str, str], int], works: Sequence[Work], settled: int
) -> Iterator[tuple[tuple[str, str], int]]:
    """The mails that were sent more often than slots can have found their work.

    ``settled``: seconds after a slot in which its runs have ended.
    """
    for mail, count in mails.items():
        found = next((at for at, work in enumerate(works) if work.name in mail[0]), None)
        if count > (1 if found is None else _slots_that_find(works, found, settled)):
            yield mail, count


def _slots_that_find(works: Sequence[Work], at: int, settled: int) -> int:
    begun = works[at].begun
    gone = works[at + 1].done if at + 1 < len(works) else float("inf")
    return max(1, sum(begun < work.slot + settled and work.slot < gone for work in works))
