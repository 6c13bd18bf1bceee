"""Most command lines need no grammar: plain words, ``&&``, ``||``, ``;``, and redirects behind them.

What is read here is read by tree-sitter to the same tree, in four times the time; whatever is not as plain
as that, from a quote to a pipe, is left to shell_builder.py.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import cast

from migrator.crontab.shell import Joiner, Redirect, Sequence, Shell, Simple, Word

# Words that begin something else than a simple command.
_RESERVED_WORDS = """
    if then elif else fi for in do done while until case esac select function time coproc
    declare typeset export readonly local unset unsetenv
"""
_RESERVED = frozenset(_RESERVED_WORDS.split())
_JOINERS = ("&&", "||", ";")
_MOST_COMMANDS = 8  # in longer lists the depth of tree-sitter's tree plays a part

_WORD = r"(?:(?:[A-Za-z_./]|-[\w./:,=-])[\w./:,=-]*+|\d++)"
_is_word = re.compile(_WORD, re.ASCII).fullmatch
_REDIRECT = re.compile(
    rf"(?P<descriptor>\d?)(?P<operator>>>?+(?!&)|>&(?=[12]))(?P<target>{_WORD})?", re.ASCII
)


@lru_cache(maxsize=4096)
def _word(text: str) -> Word:
    return Word(text, text)


@lru_cache(maxsize=1024)
def _redirect(text: str) -> Redirect | None:
    """``2>&1``, ``>>/var/log/x``; ``>>`` alone has the empty target, and its own is the next word."""
    match = _REDIRECT.fullmatch(text)
    if match is None:
        return None
    descriptor = int(match["descriptor"]) if match["descriptor"] else None
    return Redirect(match["operator"], descriptor, _word(match["target"] or ""))


class _NotPlain(Exception):
    """What stands there is left to the grammar."""


class _Commands:
    """The commands of a text, as far as it is read."""

    def __init__(self) -> None:
        self.parts: list[tuple[Joiner, Shell]] = []
        self.joiner: Joiner = ""
        self.words: list[Word] = []
        self.redirects: list[Redirect] = []
        self.waiting: Redirect | None = None  # for its target

    def piece(self, text: str) -> None:
        """One more word, redirect, or target of a redirect."""
        if _is_word(text):
            if self.waiting is not None:
                self.redirects.append(replace(self.waiting, target=_word(text)))
                self.waiting = None
            elif self.redirects or (not self.words and (text in _RESERVED or "=" in text or text[0] == "-")):
                raise _NotPlain  # one more argument, behind a redirect; no program
            else:
                self.words.append(_word(text))
            return
        redirect = None if self.waiting is not None else _redirect(text)
        if redirect is None:
            raise _NotPlain
        if redirect.target.text:
            self.redirects.append(redirect)
        else:
            self.waiting = redirect

    def end(self, joiner: Joiner) -> None:
        """A command is complete."""
        if not self.words or self.waiting is not None or len(self.parts) >= _MOST_COMMANDS:
            raise _NotPlain
        text = " ".join([word.text for word in self.words])
        command = Simple(text, tuple(self.words), (), tuple(self.redirects))
        self.parts.append((self.joiner, command))
        self.joiner, self.words, self.redirects = joiner, [], []


def plain_shell(text: str) -> Shell | None:
    """The tree of a text that is plain, with single blanks in it; None for any other."""
    commands = _Commands()
    try:
        for token in text.rstrip(" \t").split(" "):
            if token in _JOINERS:
                commands.end(cast("Joiner", token))
            elif token[-1:] == ";":
                commands.piece(token[:-1])
                commands.end(";")
            else:
                commands.piece(token)
        commands.end("")
    except _NotPlain:
        return None
    parts = commands.parts
    return Sequence(text, tuple(parts)) if len(parts) > 1 else parts[0][1]
