"""What a host has sent over the broker and the ledger has not confirmed yet, file by file of its spool.

A piece counts as shipped when it is confirmed and everything before it in its file is. What stays
unconfirmed is sent again: the ledger takes a line twice without counting it twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

OVERDUE = 300.0  # seconds after which a piece is taken for lost
MOST_ON_THE_WAY = 64  # messages: what a host may leave in a queue that nobody empties


@dataclass(frozen=True, slots=True)
class Consignment:
    """The bytes of a file from ``start`` to ``end``, sent as the message ``key`` at an epoch second."""

    key: str
    start: int
    end: int
    at: float
    confirmed: bool = False


@dataclass(slots=True)
class Consignments:
    """``shipped``: how many bytes of each file the ledger has; ``sent``: what is on the way after them."""

    shipped: dict[str, int]
    sent: dict[str, list[Consignment]] = field(default_factory=dict)

    def position(self, name: str) -> int:
        """From where on nothing of the file has been sent."""
        return self.sent[name][-1].end if self.sent.get(name) else self.shipped.get(name, 0)

    @property
    def room(self) -> int:
        """How many more messages may be on the way."""
        return max(0, MOST_ON_THE_WAY - sum(map(len, self.sent.values())))

    def settle(self, confirmed: Collection[str], now: float) -> int:
        """Take note of what the ledger has; how many pieces were lost and will be sent again."""
        lost = 0
        for name in list(self.sent):
            pieces = [
                replace(one, confirmed=True) if one.key in confirmed else one for one in self.sent[name]
            ]
            while pieces and pieces[0].confirmed:
                self.shipped[name] = pieces.pop(0).end
            if pieces and abs(now - pieces[0].at) > OVERDUE:  # a clock that was put back counts, too
                lost += sum(not one.confirmed for one in pieces)
                pieces = []
            self.sent[name] = pieces
            if not pieces:
                del self.sent[name]
        return lost

    def add(self, name: str, piece: Consignment) -> None:
        self.sent.setdefault(name, []).append(piece)

    def forget(self, name: str) -> None:
        """The file is gone."""
        self.shipped.pop(name, None)
        self.sent.pop(name, None)

    def document(self) -> dict[str, Any]:
        """What is on the way, as it is kept between two syncs."""
        return {
            name: [[one.key, one.start, one.end, one.at, one.confirmed] for one in pieces]
            for name, pieces in self.sent.items()
        }


def read_consignments(shipped: Mapping[str, int], document: Any) -> Consignments:
    """What was kept; where it cannot be read nothing is on the way, and it is sent again."""
    try:
        sent = {
            str(name): [
                Consignment(str(key), int(start), int(end), float(at), bool(confirmed))
                for key, start, end, at, confirmed in pieces
            ]
            for name, pieces in document.items()
        }
    except (AttributeError, TypeError, ValueError):
        sent = {}
    return Consignments(dict(shipped), {name: pieces for name, pieces in sent.items() if pieces})
