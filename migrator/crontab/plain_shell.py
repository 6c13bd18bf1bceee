"""Most command lines need no grammar: plain words, ``&&``, ``||``, ``;``, and redirects behind them.

What is read here is read by tree-sitter to the same tree, in four times the time; whatever is not as plain
as that, from a quote to a pipe, is left to shell_builder.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
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


@dataclass(slots=True)
class _Command:
    """A simple command as far as it is read, and where its words stand."""

    joiner: Joiner
    start: int = 0
    end: int = 0
    words: list[Word] = field(default_factory=list)
    redirects: list[Redirect] = field(default_factory=list)

    def redirect(self, match: re.Match[str]) -> None:
        descriptor, operator, target = match.group("descriptor", "operator", "target")
        self.redirects.append(Redirect(operator, int(descriptor) if descriptor else None, _word(target)))

    def word(self, match: re.Match[str]) -> bool:
        """One more word; False where it stands behind a redirect, or begins no command."""
        word = match["word"]
        if not self.words:
            if word in _RESERVED or "=" in word or word[0] == "-":
                return False
            self.start = match.start("word")
        self.end = match.end()
        self.words.append(_word(word))
        return not self.redirects


@lru_cache(maxsize=4096)
def _word(text: str) -> Word:
    return Word(text, text)


def plain_shell(text: str) -> Shell | None:
    """The tree of a text that is plain; None for any other."""
    commands = [_Command("")]
    position, whole = 0, text.rstrip(" \t")
    while position < len(whole):
        match = _TOKEN.match(whole, position)
        if match is None:
            return None
        position = match.end()
        if match.lastgroup == "joiner":
            commands.append(_Command(cast("Joiner", match["joiner"])))
        elif match.lastgroup == "target":
            commands[-1].redirect(match)
        elif not commands[-1].word(match):
            return None
    if len(commands) > _MOST_COMMANDS or not all(one.words for one in commands):
        return None
    parts: list[tuple[Joiner, Shell]] = [
        (one.joiner, Simple(text[one.start : one.end], tuple(one.words), (), tuple(one.redirects)))
        for one in commands
    ]
    return parts[0][1] if len(parts) == 1 else Sequence(text, tuple(parts))
