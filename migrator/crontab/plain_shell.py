"""Most command lines need no grammar: plain words, ``&&``, ``||``, ``;``, and redirects behind them.

What is read here is read by tree-sitter to the same tree, in four times the time; whatever is not as plain
as that, from a quote to a pipe, is left to shell_builder.py.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import cast

from migrator.crontab.shell import Joiner, Redirect, Sequence, Shell, Simple, Word

# Words that begin something else than a simple command.
_RESERVED_WORDS = """
    if then elif else fi for in do done while until case esac select function time coproc
    declare typeset export readonly local unset unsetenv
"""
_RESERVED = frozenset(_RESERVED_WORDS.split())
_MOST_COMMANDS = 8  # in longer lists the depth of tree-sitter's tree plays a part

_WORD = r"(?:(?:[A-Za-z_./]|-[\w./:,=-])[\w./:,=-]*+|\d++)"
_ENDS = r"(?=[ \t;]|$)"
_TOKEN = re.compile(
    rf"""[ \t]*+(?:
        (?P<joiner>&&|\|\||;)(?=[ \t])
      | (?<=[ \t])(?P<descriptor>\d?)(?P<operator>>>?+(?!&)|>&(?=[12]))[ \t]*+(?P<target>{_WORD}){_ENDS}
      | (?P<word>{_WORD}){_ENDS}
    )""",
    re.VERBOSE | re.ASCII,
)


@lru_cache(maxsize=4096)
def _word(text: str) -> Word:
    return Word(text, text)


def plain_shell(text: str) -> Shell | None:
    """The tree of a text that is plain; None for any other."""
    parts: list[tuple[Joiner, Shell]] = []
    joiner: Joiner = ""
    words: list[Word] = []
    redirects: list[Redirect] = []
    position, whole = 0, text.rstrip(" \t")
    start = end = 0  # of the words of a command
    for match in _TOKEN.finditer(whole):
        if match.start() != position:
            return None  # what stands there is not plain
        position = match.end()
        kind = match.lastgroup
        if kind == "word":
            word = match["word"]
            if redirects:
                return None  # one more argument, behind a redirect
            if not words:
                if word in _RESERVED or "=" in word or word[0] == "-":
                    return None
                start = match.start("word")
            words.append(_word(word))
            end = position
        elif kind == "target":
            descriptor, operator, target = match.group("descriptor", "operator", "target")
            redirects.append(Redirect(operator, int(descriptor) if descriptor else None, _word(target)))
        else:
            if not words:
                return None
            parts.append((joiner, Simple(text[start:end], tuple(words), (), tuple(redirects))))
            joiner, words, redirects = cast("Joiner", match["joiner"]), [], []
    if position != len(whole) or not words or len(parts) >= _MOST_COMMANDS:
        return None
    last = Simple(text[start:end], tuple(words), (), tuple(redirects))
    return Sequence(text, (*parts, (joiner, last))) if parts else last
