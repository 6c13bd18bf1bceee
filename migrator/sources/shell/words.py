"""What the words of a shell script stand for, each character with its place; nothing is executed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from tree_sitter import Node

from migrator.crontab.shell import IN_DOUBLE_QUOTES, LONGEST_VALUE, node_text

LITERAL = ""


class Glyph(NamedTuple):
    """A character of a text, and where in the script it comes from.

    ``escapable``: what a backslash must protect there (None: nothing can be put in safely);
    ``open``: it spells an expansion whose value depends on the run; ``default``: the variable
    whose default it is a part of, while nobody says what its value is.
    """

    text: str
    offset: int
    escapable: str | None = None
    open: bool = False
    default: str = ""


Text = tuple[Glyph, ...]


def plain(text: Iterable[Glyph]) -> str:
    """The characters alone."""
    return "".join(glyph.text for glyph in text)


def at(text: str, offset: int, *, open: bool = False) -> Text:
    """A text that comes from one place."""
    return tuple(Glyph(character, offset, None, open) for character in text)


class Offsets:
    """Characters before a byte of a script, because tree-sitter counts bytes."""

    def __init__(self, script: str) -> None:
        data = script.encode("utf-8", "surrogateescape")
        self.before: list[int] | None = None
        if len(data) != len(script):
            self.before = []
            for number, character in enumerate(script):
                self.before += [number] * len(character.encode("utf-8", "surrogateescape"))
            self.before.append(len(script))

    def __call__(self, byte: int) -> int:
        return byte if self.before is None else self.before[byte]


_NAME = re.compile(r"\$(?:[A-Za-z_]\w*|[0-9@*#?$!-])", re.ASCII)
_BRACED = re.compile(r"\$\{(?P<name>\w+)(?:(?P<operator>:?[-=])(?P<default>.*))?\}", re.ASCII | re.DOTALL)
DEEPEST = 20  # expansions inside expansions; more is no script that somebody wrote


@dataclass(slots=True)
class Words:
    """The variables that are known so far, and the values of words under them.

    ``fixed`` (``--env``) wins over what the script assigns; ``captured`` gives what a
    command substitution prints, None where that depends on the run. ``image``: variables that
    the image gives its script unless somebody starts it with others; ``declared``: those of a
    Dockerfile's ENV, which are the same to the build, and defaults where the container starts.
    """

    offsets: Offsets
    fixed: dict[str, str]
    captured: Callable[[str], Text | None]
    image: Mapping[str, str] = field(default_factory=dict)
    declared: set[str] = field(default_factory=set)
    starting: bool = False
    variables: dict[str, Text] = field(default_factory=dict)
    depth: int = 0

    def value(self, node: Node) -> Text:
        """The characters that a word stands for."""
        text, start = node_text(node), self.offsets(node.start_byte)
        match node.type:
            case "string":
                value = self.quoted(text[1:-1], start + 1, IN_DOUBLE_QUOTES)
            case "raw_string":
                value = tuple(Glyph(c, start + 1 + n, LITERAL) for n, c in enumerate(text[1:-1]))
            case "ansi_c_string":
                inside = tuple(Glyph(c, start + 2 + n) for n, c in enumerate(text[2:-1]))
                value = unescaped(inside, QUOTED_ESCAPES)
            case "concatenation":
                value = tuple(glyph for child in node.children for glyph in self.value(child))
            case "simple_expansion" | "expansion" | "command_substitution":
                value = self.expansion(text, start)
            case "arithmetic_expansion" | "process_substitution":
                value = at(text, start, open=True)
            case _:
                value = at(re.sub(r"\\(.)", r"\1", text.replace("\\\n", ""), flags=re.DOTALL), start)
        return value

    def quoted(self, raw: str, start: int, escapable: str) -> Text:
        """The characters of a text in double quotes or of a here-document, open names as they are written."""
        glyphs: list[Glyph] = []
        position = 0
        while position < len(raw):
            following = raw[position + 1 : position + 2]
            if raw[position] == "\\" and following and following in escapable:
                if following != "\n":
                    glyphs.append(Glyph(following, start + position, escapable))
                position += 2
            elif end := _end_of_expansion(raw, position):
                glyphs += self.expansion(raw[position:end], start + position)
                position = end
                if len(glyphs) > LONGEST_VALUE + len(raw):
                    return at(raw, start, open=True)
            else:
                glyphs.append(Glyph(raw[position], start + position, escapable))
                position += 1
        return tuple(glyphs)

    def expansion(self, text: str, offset: int) -> Text:
        """The value of ``$NAME``, ``${NAME:-default}`` or ``$(...)``; else the text itself, open."""
        if self.depth > DEEPEST:
            return at(text, offset, open=True)
        self.depth += 1
        try:
            return self._expanded(text, offset)
        finally:
            self.depth -= 1

    def _expanded(self, text: str, offset: int) -> Text:
        if text.startswith(("`", "$(")):
            printed = self.captured(text[1:-1] if text[0] == "`" else text[2:-1])
            return at(text, offset, open=True) if printed is None else _without_newlines(printed, offset)
        braced = _BRACED.fullmatch(text)
        name = braced["name"] if braced else text[1:]
        value = self.known(name, offset)
        if braced and braced["operator"]:
            if value is None or (not value and braced["operator"].startswith(":")):
                default = re.sub(r"""^(["'])(.*)\1$""", r"\2", braced["default"], flags=re.DOTALL)
                # A variable that the script itself sets to nothing has its default at each run.
                taken = name if value is None and not name[0].isdigit() else ""
                value = tuple(
                    glyph._replace(offset=offset, escapable=None, default=taken or glyph.default)
                    for glyph in self.quoted(default, 0, IN_DOUBLE_QUOTES)
                )
            if braced["operator"].endswith("="):
                self.variables[name] = value
        return at(text, offset, open=True) if value is None else value

    def known(self, name: str, offset: int) -> Text | None:
        """The value of a variable, placed where it is used.

        One of several lines keeps its places, and so do the arguments of a function, which are
        what its calls differ in.
        """
        if name in self.fixed:
            return at(self.fixed[name], offset)
        value = self.variables.get(name)
        if value is None and name in self.image:
            return as_default(at(self.image[name], offset), name)
        if value is not None and self.starting and name in self.declared:
            value = as_default(value, name)
        if value is None or not re.match(r"[A-Za-z_]", name) or any(glyph.text == "\n" for glyph in value):
            return value
        return tuple(glyph._replace(offset=offset, escapable=None) for glyph in value)


def as_default(text: Text, name: str) -> Text:
    """The text as the default of a variable; what is the default of another one stays that."""
    return tuple(glyph if glyph.default else glyph._replace(default=name) for glyph in text)


def _without_newlines(printed: Text, offset: int) -> Text:
    """What a shell takes of a substitution's output, placed where it stands."""
    kept = len(plain(printed).rstrip("\n"))
    return tuple(glyph._replace(offset=offset, escapable=None) for glyph in printed[:kept])


def defaults_in(text: Iterable[Glyph]) -> dict[str, str]:
    """The values of the variables in a text that only their defaults give."""
    found: dict[str, str] = {}
    for (name, _offset), glyphs in groupby(text, lambda one: (one.default, one.offset)):
        if name:
            found[name] = plain(glyphs)
    return found


def _end_of_expansion(raw: str, start: int) -> int | None:
    """Where an expansion that begins at ``start`` ends; None where none begins or it never ends."""
    if raw[start] == "`":
        return raw.find("`", start + 1) + 1 or None
    if raw[start] != "$":
        return None
    if raw[start + 1 : start + 2] in ("{", "("):
        return _brackets(raw).get(start + 1)
    match = _NAME.match(raw, start)
    return match.end() if match else None


@lru_cache(maxsize=32)
def _brackets(raw: str) -> Mapping[int, int]:
    """Behind which character each bracket is closed, by where it is opened; others are left out."""
    ends: dict[int, int] = {}
    opened: dict[str, list[int]] = {"}": [], ")": []}
    for match in re.finditer(r"[{}()]", raw):
        bracket = match.group()
        if bracket in opened:
            if opened[bracket]:
                ends[opened[bracket].pop()] = match.end()
        else:
            opened["}" if bracket == "{" else ")"].append(match.start())
    return ends


ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", "r": "\r"}
QUOTED_ESCAPES = ESCAPES | {"'": "'", '"': '"'}  # in $'...', and in the format of printf


def unescaped(text: Text, escapes: Mapping[str, str] = ESCAPES) -> Text:
    r"""The text with ``\n``, ``\t`` and ``\\`` as ``echo -e`` reads them."""
    glyphs: list[Glyph] = []
    position = 0
    while position < len(text):
        glyph = text[position]
        following = text[position + 1].text if position + 1 < len(text) else ""
        if glyph.text == "\\" and following and following in escapes:
            glyphs.append(glyph._replace(text=escapes[following]))
            position += 2
        else:
            glyphs.append(glyph)
            position += 1
    return tuple(glyphs)
