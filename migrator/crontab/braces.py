"""Brace expansion: ``{a,b}`` and ``{1..3}`` are several words to bash, and text to Debian's sh.

Authority: bash(1), Brace Expansion, and braces.c of bash 5.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from migrator.crontab.shell import Word

_MOST = 1000  # words out of one: nobody writes more by hand, and {1..9999999} is not for this process
_MOST_BRACES, _DEEPEST = 200, 20  # in one word, and inside each other
_INTEGER = r"[-+]?\d{1,9}"
_NUMBERS = re.compile(rf"({_INTEGER})\.\.({_INTEGER})(?:\.\.({_INTEGER}))?")
_LETTERS = re.compile(rf"([A-Za-z])\.\.([A-Za-z])(?:\.\.({_INTEGER}))?")
_PADDED = re.compile(r"[-+]?0\d")
# What no brace counts in: quotes, and what the shell computes.
_OPAQUE = re.compile(
    r"""\\.|'[^']*+'|"(?>(?:\\.|[^"\\])*)"|`[^`]*+`|\$\{[^}]*+\}|\$\((?>(?:[^()]++|\([^()]*+\))*)\)|\$""",
    re.DOTALL,
)
_HIDDEN = "\0"


class _Unclear(Exception):
    """More words than anybody means, or ``{Z..a}``, with the signs between the two."""


def expanded(words: Iterable[Word]) -> tuple[Word, ...]:
    """The words that bash makes of them; one whose value it takes from elsewhere as well has none."""
    return tuple(one for word in words for one in _expanded(word))


def has_braces(word: Word) -> bool:
    """Whether bash would make other words of it, where Debian's sh passes it on."""
    return _expanded(word) != (word,)


def _expanded(word: Word) -> tuple[Word, ...]:
    if "{" not in word.text:
        return (word,)
    hidden = _OPAQUE.sub(lambda match: _HIDDEN * len(match[0]), word.text)
    try:
        if hidden.count("{") > _MOST_BRACES:
            raise _Unclear
        texts = _texts(hidden)
    except _Unclear:
        return (Word(word.text, None),)
    if texts == [hidden]:
        return (word,)
    if _HIDDEN in hidden:
        return (Word(word.text, None),)
    return tuple(Word(text, text) for text in texts if text)


def _texts(text: str, depth: int = 0) -> list[str]:
    """``a{b,c}d``: ``abd acd``."""
    if depth > _DEEPEST:
        raise _Unclear
    made = [""]
    while found := _first_braces(text):
        start, end = found
        inside = text[start + 1 : end]
        if "," in inside:
            middle = [one for part in _listed(inside) for one in _texts(part, depth + 1)]
        else:
            middle = _sequence(inside)
        if len(made) * len(middle) > _MOST:
            raise _Unclear
        made = [f"{before}{text[:start]}{one}" for before in made for one in middle]
        text = text[end + 1 :]
    return [before + text for before in made]


def _first_braces(text: str) -> tuple[int, int] | None:
    """The first brace that closes behind a comma or two dots, and where; ``{}`` in front is find's."""
    for match in re.finditer(r"(?!\A\{\})\{", text):
        end = _closing(text, match.start() + 1)
        if end is not None:
            return match.start(), end
    return None


def _closing(text: str, position: int) -> int | None:
    depth = parts = 0
    for match in re.compile(r"[{},]|\.\.(?!\})").finditer(text, position):
        if match[0] == "{":
            depth += 1
        elif match[0] != "}":
            parts += depth == 0
        elif depth:
            depth -= 1
        elif parts:
            return match.start()
    return None


def _listed(inside: str) -> list[str]:
    """The parts between the commas that stand in no braces of their own."""
    parts, depth, start = [], 0, 0
    for match in re.finditer(r"[{},]", inside):
        if match[0] == "," and depth == 0:
            parts.append(inside[start : match.start()])
            start = match.end()
        depth = max(0, depth + {"{": 1, "}": -1}.get(match[0], 0))
    return [*parts, inside[start:]]


def _sequence(inside: str) -> list[str]:
    """``1..3``, ``a..e..2``; what is neither stays in its braces."""
    if match := _NUMBERS.fullmatch(inside):
        first, last = int(match[1]), int(match[2])
        padded = any(_PADDED.match(one) for one in match.group(1, 2))
        width = max(map(len, match.group(1, 2))) if padded else 0
        return [f"{number:0{width}d}" if width else str(number) for number in _stepped(first, last, match[3])]
    if match := _LETTERS.fullmatch(inside):
        if match[1].islower() != match[2].islower():
            raise _Unclear
        return [chr(code) for code in _stepped(ord(match[1]), ord(match[2]), match[3])]
    return [f"{{{inside}}}"]


def _stepped(first: int, last: int, step: str | None) -> list[int]:
    by = abs(int(step or 1)) or 1
    if abs(last - first) // by >= _MOST:
        raise _Unclear
    return list(range(first, last + 1, by) if first <= last else range(first, last - 1, -by))
