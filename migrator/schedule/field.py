"""The five fields of a schedule: what each may hold, and what one was read to hold."""

from __future__ import annotations

from dataclasses import dataclass

from migrator.i18n import marked

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


@dataclass(frozen=True, slots=True)
class FieldKind:
    """What a field may hold; ``low`` to ``high`` as cron checks them, Sunday being 0 and 7."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    @property
    def full(self) -> int:
        """The mask of all values, 7 folded into Sunday."""
        if self.high == 7:
            return 0b1111111
        return (1 << (self.high + 1)) - (1 << self.low)

    def folded(self, mask: int) -> int:
        """The mask without what the field cannot hold, 7 folded into Sunday."""
        return (mask | mask >> 7 if self.high == 7 else mask) & self.full


MINUTE = FieldKind(marked("minute"), 0, 59)
HOUR = FieldKind(marked("hour"), 0, 23)
DAY_OF_MONTH = FieldKind(marked("day of month"), 1, 31)
MONTH = FieldKind(marked("month"), 1, 12, MONTHS)
DAY_OF_WEEK = FieldKind(marked("day of week"), 0, 7, WEEKDAYS)
KINDS = (MINUTE, HOUR, DAY_OF_MONTH, MONTH, DAY_OF_WEEK)
SECOND = FieldKind(marked("second"), 0, 59)
YEAR = FieldKind(marked("year"), 1970, 2099)


@dataclass(frozen=True, slots=True)
class Field:
    """One field: bit n of ``mask`` is set when the field holds n.

    ``starred``: the field counts as unrestricted for cron's day rule and, in Debian's cron,
    for its DST rule. ``ignored``: text that the daemon skips. ``undecided``: why the text
    alone does not give the values, where it does not.
    """

    kind: FieldKind
    text: str
    mask: int
    starred: bool
    ignored: str = ""
    undecided: str = ""

    @property
    def values(self) -> tuple[int, ...]:
        return tuple(n for n in range(self.kind.high + 1) if self.mask >> n & 1)

    @property
    def full(self) -> bool:
        return self.mask == self.kind.full


class Refused(Exception):
    """A field that the daemon refuses: the fact, the characters that are to blame, and the remedy."""

    def __init__(self, fact: str, start: int, end: int, hint: str) -> None:
        super().__init__(fact)
        self.fact, self.start, self.end, self.hint = fact, start, end, hint


_LONGEST_INT64 = 19  # digits


def c_int(digits: str) -> int:
    """What C makes of digits: strtol() stops at 2**63 - 1, and an int keeps its lowest 32 bits."""
    significant = digits.lstrip("0") or "0"
    value = 2**63 - 1 if len(significant) > _LONGEST_INT64 else min(int(significant), 2**63 - 1)
    return (value + 2**31) % 2**32 - 2**31
