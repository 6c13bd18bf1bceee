"""systemd's unit files: assignments in sections, with their lines, and the words of a command line.

Authority: systemd.syntax(7), systemd.unit(5) and the section "Command lines" of systemd.service(5).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from migrator.sources.job import LineKind

ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "s": " "}
SPECIFIERS = re.compile(r"%(.)", re.DOTALL)
_HALVES = range(0xD800, 0xE000)  # of characters, which no text can hold
VARIABLE = re.compile(r"\$\$|\$\{(\w+)\}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Assignment:
    """``key=value`` in a section, over ``lines`` lines from ``line`` of ``path`` on."""

    section: str
    key: str
    value: str
    path: str
    line: int
    lines: int


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit with its drop-ins, in the order in which systemd reads them."""

    name: str
    assignments: tuple[Assignment, ...]

    def all(self, section: str, *keys: str) -> list[Assignment]:
        """The assignments of a list; an empty one clears those of the same key before it."""
        held: list[Assignment] = []
        for one in self.assignments:
            if one.section == section and one.key in keys:
                if one.value:
                    held.append(one)
                else:
                    held = [other for other in held if other.key != one.key]
        return held

    def last(self, section: str, key: str) -> str | None:
        """The value in force of a setting that holds one."""
        values = [one.value for one in self.assignments if (one.section, one.key) == (section, key)]
        return values[-1] or None if values else None

    def true(self, section: str, key: str) -> bool:
        """Whether a switch is on."""
        return (self.last(section, key) or "").lower() in ("1", "yes", "y", "true", "t", "on")

    def filled(self, text: str) -> str:
        """The text with the specifiers that the unit's name gives; the others stay."""
        stem = self.name.rpartition(".")[0]
        prefix, _at, instance = stem.partition("@")
        known = {
            "%": "%",
            "n": self.name,
            "N": stem,
            "p": prefix,
            "i": instance,
            "I": instance.replace("-", "/"),
            "j": prefix.rpartition("-")[2],
        }
        return SPECIFIERS.sub(lambda found: known.get(found[1], found[0]), text)


def assignments(path: str, text: str) -> Iterator[Assignment]:
    """The assignments of a file; a backslash at the end of a line joins the next one with a blank."""
    section = ""
    parts: list[str] = []
    start = 0
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if stripped.startswith(("#", ";")):
            continue  # systemd.syntax(7): also between joined lines
        if not parts:
            start = number
        parts.append(stripped.removesuffix("\\"))
        if stripped.endswith("\\"):
            continue
        whole, parts = " ".join(parts).strip(), []
        if whole.startswith("[") and whole.endswith("]"):
            section = whole[1:-1]
        elif "=" in whole:
            key, _equals, value = whole.partition("=")
            yield Assignment(section, key.strip(), value.strip(), path, start, number - start + 1)


def line_kinds(path: str, text: str) -> dict[int, LineKind]:
    """What each line of a unit file is, beside blanks and comments."""
    kinds: dict[int, LineKind] = {
        number: "comment"
        for number, line in enumerate(text.split("\n"), 1)
        if line.strip().startswith((";", "#"))
    }
    for one in assignments(path, text):
        kinds |= {
            number: "setting" for number in range(one.line, one.line + one.lines) if number not in kinds
        }
    return kinds


def words(text: str) -> list[str]:
    """The words of a command line: quotes and C escapes undone, in single quotes as well."""
    found: list[str] = []
    word: str | None = None
    quote = ""
    position = 0
    while position < len(text):
        character = text[position]
        position += 1
        if character == "\\" and position < len(text):
            escaped, position = _escape(text, position)
            word = (word or "") + escaped
        elif quote:
            word = (word or "") + ("" if character == quote else character)
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote, word = character, word or ""
        elif character in " \t\n":
            found += [] if word is None else [word]
            word = None
        else:
            word = (word or "") + character
    return found if word is None else [*found, word]


def _escape(text: str, position: int) -> tuple[str, int]:
    """What a backslash makes of the text at a position, and where to go on."""
    number = re.compile(r"x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})").match(text, position)
    if number:
        digits, base = (number[2], 8) if number[2] else (number[1] or number[3], 16)
        code = int(digits, base)
        if code not in _HALVES:
            return chr(code), number.end()
    character = text[position]
    return ESCAPES.get(character, character), position + 1


def shell_text(command: Iterable[str], environment: Mapping[str, str]) -> str:
    """The words as a shell would take them, with known variables in place.

    systemd.service(5): ``${X}`` is part of one word, ``$X`` is expanded as a word of its own
    only and split at blanks, ``$$`` is a dollar.
    """
    texts: list[str] = []
    for word in command:
        alone = re.fullmatch(r"\$(\w+)", word, re.ASCII)
        known = environment.get(alone[1]) if alone else None
        if known is not None:
            texts += map(shlex.quote, known.split())
        else:
            texts.append(word if alone else _quoted(word, environment))
    return " ".join(texts)


def _quoted(word: str, environment: Mapping[str, str]) -> str:
    """One word, in double quotes where it holds a variable that only the run knows."""
    pieces: list[tuple[str, bool]] = []
    end = 0
    for found in VARIABLE.finditer(word):
        pieces.append((word[end : found.start()], True))
        value = environment.get(found[1] or "")
        pieces.append(
            ("$", True) if found[0] == "$$" else (found[0], False) if value is None else (value, True)
        )
        end = found.end()
    pieces.append((word[end:], True))
    if all(literal for _text, literal in pieces):
        return shlex.quote("".join(text for text, _literal in pieces))
    safe = (re.sub(r'([\\"$`])', r"\\\1", text) if literal else text for text, literal in pieces)
    return f'"{"".join(safe)}"'
