"""The options of a program, taken apart as the program itself does it."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from typing import Literal

from migrator.crontab.quotes import unquoted
from migrator.crontab.shell import Word
from migrator.values import value

EMPTY = Word("", "")
Takes = Literal["nothing", "value", "attached"]


@value
class Option:
    """One option: its first name, and whether a value follows, or may be attached only."""

    name: str
    takes: Takes
    ends: bool = False  # with it the program runs nothing: --version, -p PID


@value
class Call:
    """A call taken apart: ``given`` in its order, what was not in the table, and the words left."""

    program: str
    given: tuple[tuple[Option, Word], ...]
    unknown: tuple[str, ...]
    rest: tuple[Word, ...]

    @property
    def name(self) -> str:
        """The program without its folder."""
        return posixpath.basename(self.program)

    def __contains__(self, name: str) -> bool:
        return any(option.name == name for option, _value in self.given)

    def word(self, name: str) -> Word | None:
        """The value of an option; the last one wins, as in nearly every program."""
        return next((value for option, value in reversed(self.given) if option.name == name), None)

    def last(self, name: str) -> str | None:
        """The same as text."""
        found = self.word(name)
        return None if found is None else plain(found)

    def every(self, name: str) -> list[str]:
        """The values of an option that may stand several times."""
        return [plain(value) for option, value in self.given if option.name == name]

    @property
    def ends(self) -> bool:
        return any(option.ends for option, _value in self.given)


class Options:
    """A table of options, written as manuals do: ``-w|--timeout= -n|--nonblock -i[=] !--version``.

    ``=``: takes a value, in the same word or the next; ``[=]``: only in the same word; ``!``:
    the program then runs nothing. ``getopt``: getopt_long(3) takes any unambiguous beginning
    of a long option, and ``-w=5`` gives it ``=5``; Go's libraries do neither. ``permutes``:
    options may follow operands, up to ``--``.
    """

    def __init__(self, table: str = "", *, getopt: bool = True, permutes: bool = False) -> None:
        self.known: dict[str, Option] = {}
        self.getopt = getopt
        self.permutes = permutes
        for entry in table.split():
            names = entry.removeprefix("!").removesuffix("[=]").removesuffix("=").split("|")
            takes: Takes = "attached" if entry.endswith("[=]") else "value" if entry[-1] == "=" else "nothing"
            option = Option(names[0], takes, entry.startswith("!"))
            self.known |= dict.fromkeys(names, option)

    def read(self, words: Sequence[Word]) -> Call:
        """The call whose first word is the program."""
        reading = _Reading(self, words)
        reading.options()
        return Call(plain(words[0]), tuple(reading.given), tuple(reading.unknown), tuple(reading.rest))

    def find(self, name: str) -> Option | None:
        """The option of that name, or of that unambiguous beginning of a long name."""
        if name in self.known or not (self.getopt and name.startswith("--")):
            return self.known.get(name)
        meant = {option for known, option in self.known.items() if known.startswith(name)}
        return meant.pop() if len(meant) == 1 else None


class _Reading:
    """How far the options are read."""

    def __init__(self, table: Options, words: Sequence[Word]) -> None:
        self.table = table
        self.words = words
        self.index = 1
        self.given: list[tuple[Option, Word]] = []
        self.unknown: list[str] = []
        self.rest: list[Word] = []

    def options(self) -> None:
        while self.index < len(self.words):
            word = self.words[self.index]
            text = plain(word)
            self.index += 1
            if text == "--":
                break
            if text.startswith("-") and text != "-":
                self.option(word, text)
            else:
                self.rest.append(word)
                if not self.table.permutes:
                    break
        self.rest += self.words[self.index :]

    def option(self, word: Word, text: str) -> None:
        name, equals, value = text.partition("=")
        # Go's flag package and X11 write long options with one dash, so the whole word comes first.
        found = self.table.find(name)
        if found is not None and (len(name) > 2 or not equals or not self.table.getopt):
            self.take(found, value if equals else None)
        elif self.table.permutes and f"-{text[1]}" not in self.table.known:
            self.rest.append(word)  # the command's own
        elif text.startswith("--"):
            self.unknown.append(name)
        else:
            self.letters(text[1:])

    def letters(self, letters: str) -> None:
        """``-xvf FILE``: letters without a value, then at most one with its value."""
        for position, letter in enumerate(letters):
            found = self.table.known.get(f"-{letter}")
            if found is None:
                self.unknown.append(f"-{letter}")
                return
            attached = letters[position + 1 :]
            if found.takes != "nothing":
                self.take(found, attached or None)
                return
            self.given.append((found, EMPTY))

    def take(self, option: Option, value: str | None) -> None:
        """Notes an option; its value is the next word where it takes one and none is attached."""
        word = EMPTY if value is None else Word(value, value)
        if value is None and option.takes == "value" and self.index < len(self.words):
            word = self.words[self.index]
            self.index += 1
        self.given.append((option, word))


def program_of(words: Sequence[Word]) -> str:
    """The name of the program that the words call, without its folder."""
    first = words[0]
    return (unquoted(first.text) if first.value is None else first.value).rpartition("/")[2]


def plain(word: Word) -> str:
    """The value of a word; its text without its quotes where the value depends on the run."""
    return unquoted(word.text) if word.value is None else word.value
