"""Programs between a command and what it does: sudo, exec, gosu, and a shell with -c."""

from __future__ import annotations

import posixpath
from itertools import pairwise

from migrator.sources.shell.words import Text, plain

# Programs between a command and what it does as somebody else; those options take a word.
PREFIXES = {
    "sudo": "ughpCDrT",
    "doas": "uC",
    "env": "uCS",
    "exec": "a",
    "command": "",
    "nohup": "",
    "busybox": "",
    "eval": "",
    "RUN": "",
    "tini": "",
    "dumb-init": "",
    "gosu": None,
    "su-exec": None,
}


def behind_prefixes(words: list[Text]) -> tuple[list[Text], str | None]:
    """The command behind sudo and its like, and the user that they name."""
    user = None
    while words:
        name = posixpath.basename(plain(words[0]))
        if name not in PREFIXES:
            break
        taking, rest = PREFIXES[name], words[1:]
        if taking is None:  # gosu USER COMMAND
            user, rest = (plain(rest[0]) if rest else None), rest[1:]
        while rest and taking is not None and (option := plain(rest[0])).startswith("-"):
            value = rest[1:2] if option[-1:] in taking and not option.startswith("--") else []
            user = plain(value[0]) if value and option == "-u" else user
            rest = rest[1 + len(value) :]
        while rest and name == "env" and "=" in plain(rest[0]):
            rest = rest[1:]
        words = rest
    return words, user


def after_option(words: list[Text]) -> Text | None:
    """The text after ``-c``, or after options that end in it."""
    for word, following in pairwise(words[1:]):
        option = plain(word)
        if option.startswith("-") and not option.startswith("--") and option.endswith("c"):
            return following
    return None
