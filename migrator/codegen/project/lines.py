"""A text as lines into which other lines are put, and out of which they are taken."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a file has beside its lines: a byte order mark, and Windows' line ends."""

    mark: bool
    windows: bool

    def text_of(self, plain: str) -> str:
        """The file's text again."""
        text = plain.replace("\n", "\r\n") if self.windows else plain
        return _BOM + text if self.mark else text


def plain(text: str) -> tuple[str, Shape]:
    """The text with ``\\n`` at the ends of its lines; one that mixes both kinds keeps them as they are."""
    mark = text.startswith(_BOM)
    rest = text.removeprefix(_BOM)
    windows = "\r\n" in rest and rest.count("\r\n") == rest.count("\n")
    return rest.replace("\r\n", "\n") if windows else rest, Shape(mark, windows)


@dataclass(frozen=True, slots=True)
class Insertion:
    """Lines of ours that belong in front of line ``at``, counted from 0."""

    at: int
    lines: tuple[str, ...]


def inserted(text: str, insertions: Iterable[Insertion]) -> str:
    """The text with all insertions made; places are those of the text before."""
    lines = text.split("\n")
    for one in reversed(sorted(insertions, key=lambda insertion: insertion.at)):  # noqa: C413 - stable
        lines[one.at : one.at] = one.lines
    return "\n".join(lines)


def end_of(text: str) -> int:
    """The place behind the last line that is not blank."""
    lines = text.split("\n")
    return next((number for number in range(len(lines), 0, -1) if lines[number - 1].strip()), 0)


def digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def place_of(text: str, count: int, wanted: str) -> int | None:
    """Where the ``count`` lines with that digest stand; None: they do not."""
    lines = text.split("\n")
    starts = range(len(lines) - count + 1)
    return next((at for at in starts if digest(lines[at : at + count]) == wanted), None)


def without(text: str, at: int, count: int, *, above: int, below: int) -> str:
    """The text without the lines from ``at`` on, and without the blank lines that came with them."""
    lines = text.split("\n")
    first, behind = at, at + count
    while first > at - above and first > 0 and not lines[first - 1]:
        first -= 1
    while behind < min(at + count + below, len(lines)) and not lines[behind]:
        behind += 1
    return "\n".join(lines[:first] + lines[behind:])
