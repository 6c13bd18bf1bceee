"""Fields as busybox's crond reads them: it complains in its log, and goes on with what it has.

Authority: ParseField() in miscutils/crond.c of busybox 1.35. A field is a row of flags, and a
range is walked from its first value to its last, round the end of the row. A last value that is
not in the row is never met, so that the walk sets every flag it can before it gives up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from migrator.schedule.field import DAY_OF_MONTH, MONTH, Field, FieldKind, c_int

_NUMBER = re.compile(r"\d+", re.ASCII)
_STEP = re.compile(r"/(\s*([+-]?\d+))?", re.ASCII)
_LONGEST_WALK = 1024  # flags; crond's own failsafe


@dataclass(frozen=True, slots=True)
class BusyboxField:
    """Reads a list, and never refuses one: what it cannot read is ``ignored``."""

    def read(self, kind: FieldKind, text: str) -> Field:
        """The field that ``text`` is."""
        return _field(kind, text)


@dataclass(slots=True)
class _Row:
    """The flags of one field. Days of the month are counted from 0, months from 1."""

    size: int
    first: int
    flags: int = 0

    def walk(self, first: int, last: int, step: int) -> bool:
        """Set the flags from ``first`` to ``last``; whether the walk ended."""
        position, until_next = first - 1, 1
        for left in reversed(range(_LONGEST_WALK)):
            position += 1
            # % in C keeps the sign; a month 0 is written beside the row
            position = position % self.size if position >= 0 else -(-position % self.size)
            until_next -= 1
            if until_next == 0:
                self.flags |= 1 << position if position >= 0 else 0
                until_next = step
            if position == last:
                return left > 0
        return False


def _row(kind: FieldKind) -> _Row:
    if kind is DAY_OF_MONTH:
        return _Row(kind.high + 1, 0)
    return _Row(len(kind.names) or kind.high + 1, kind.low)


@lru_cache(maxsize=16384)
def _field(kind: FieldKind, text: str) -> Field:
    row = _row(kind)
    begun = 0
    while True:
        end = _element(kind, row, text, begun)
        if end is None or text[end : end + 1] != ",":
            break
        begun = end + 1
    mask = kind.folded(row.flags << row.first)
    rest = text[end:] if end is not None else text[begun:] or ","
    return Field(kind, text, mask, row.flags == (1 << row.size) - 1, rest)


def _element(kind: FieldKind, row: _Row, text: str, start: int) -> int | None:
    """Walk the element that begins at ``start``; where it ends, None where crond gives up."""
    first = last = -1
    position = start
    while True:
        if text[position : position + 1] == "*":
            first, last, position = 0, row.size - 1, position + 1
        elif (found := _value(kind, row, text, position)) is None:
            return None
        elif first < 0:
            first, position = found
        else:
            last, position = found
        if text[position : position + 1] == "-" and last < 0:
            position += 1
            continue
        break
    step = 1
    if match := _STEP.match(text, position):
        # no number gives 0, and a step of 0 sets the first flag alone
        step, position = _signed(match[2] or "0"), match.end()
    ended = row.walk(first, first if last < 0 else last, step)
    return position if ended else None


def _value(kind: FieldKind, row: _Row, text: str, start: int) -> tuple[int, int] | None:
    """A number, or a word that begins with a name's three letters, as an index of the row."""
    if match := _NUMBER.match(text, start):
        return c_int(match.group()) - (1 if kind is MONTH else 0), match.end()
    word = text[start : start + 3].lower()
    return (kind.names.index(word), start + 3) if word in kind.names else None


def _signed(number: str) -> int:
    return -c_int(number[1:]) if number.startswith("-") else c_int(number.removeprefix("+"))
