"""What the printing programs of a shell script print: echo, printf, and filters that keep lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from migrator.sources.shell.words import QUOTED_ESCAPES, Glyph, Text, plain, unescaped

# What passes its input's lines on, some of them at least; which ones grep leaves out is not looked at.
KEEPS_LINES = frozenset({"cat", "grep", "egrep", "fgrep", "head", "tail", "sponge"})
_CONVERSION = re.compile(r"%(?:%|[-+ #0]*\d*(?:\.\d+)?[a-zA-Z])")


def echo(words: Sequence[Text], end: int, *, interprets: bool) -> Text:
    r"""The words with blanks between them and a newline, which stands at ``end``.

    ``interprets``: the shell's echo reads ``\n`` without ``-e``, as dash's does.
    """
    rest, newline = list(words), True
    while rest and re.fullmatch(r"-[neE]+", option := plain(rest[0])):
        rest.pop(0)
        newline = newline and "n" not in option
        interprets = "e" in option or (interprets and "E" not in option)
    glyphs: list[Glyph] = []
    for number, word in enumerate(rest):
        if number:
            glyphs.append(Glyph(" ", word[0].offset if word else end))
        glyphs += word
    printed = unescaped(tuple(glyphs)) if interprets else tuple(glyphs)
    escapable = printed[-1].escapable if printed else None
    return (*printed, Glyph("\n", end, escapable)) if newline else printed


def printf(words: Sequence[Text]) -> Text:
    """The format with its arguments, again and again while there are any."""
    words = words[1:] if words and plain(words[0]) == "--" else words
    if not words:
        return ()
    form, arguments = words[0], list(words[1:])
    printed: list[Glyph] = []
    while True:
        left = len(arguments)
        printed += _formatted(form, arguments)
        if not arguments or len(arguments) == left:
            return tuple(printed)


def _formatted(form: Text, arguments: list[Text]) -> list[Glyph]:
    text = plain(form)
    printed: list[Glyph] = []
    position = 0
    for match in _CONVERSION.finditer(text):
        printed += unescaped(form[position : match.start()], QUOTED_ESCAPES)
        position = match.end()
        if match[0] == "%%":
            printed.append(form[match.start()])
        elif arguments:
            argument = arguments.pop(0)
            printed += unescaped(argument) if match[0].endswith("b") else argument
    return printed + list(unescaped(form[position:], QUOTED_ESCAPES))


def sort(text: Text, *, once: bool) -> Text:
    """The lines in the order of their bytes, as in the C locale; ``once``: equal ones once."""
    found = sorted(_lines(text), key=lambda line: plain(line).encode("utf-8", "surrogateescape"))
    return _unrepeated(found) if once else tuple(glyph for line in found for glyph in line)


def uniq(text: Text) -> Text:
    """The lines without those that repeat the one before."""
    return _unrepeated(_lines(text))


def _unrepeated(lines: Sequence[Text]) -> Text:
    kept = [line for before, line in zip(((), *lines), lines, strict=False) if plain(line) != plain(before)]
    return tuple(glyph for line in kept for glyph in line)


def _lines(text: Text) -> list[Text]:
    """The lines, each with its newline; a last one without gets it, as from sort and uniq."""
    lines: list[list[Glyph]] = [[]]
    for glyph in text:
        lines[-1].append(glyph)
        if glyph.text == "\n":
            lines.append([])
    if lines[-1]:
        lines[-1].append(lines[-1][-1]._replace(text="\n", open=False))
    return [tuple(line) for line in lines if line]
