"""Quotes taken off a word whose value depends on the run; what the shell computes stays as written."""

from __future__ import annotations

import re

_COMPUTED = r"\$\((?>(?:[^()]++|\((?>(?:[^()]++|\([^()]*+\))*)\))*)\)|`[^`]*+`|\$\{[^}]*+\}|\\."
_OUTSIDE = re.compile(rf"(?P<kept>{_COMPUTED})|'(?P<single>[^']*+)'|(?P<double>\")|(?P<other>.)", re.DOTALL)
_INSIDE = re.compile(rf"(?P<kept>{_COMPUTED})|(?P<double>\")|(?P<other>.)", re.DOTALL)


def unquoted(text: str) -> str:
    """``--day="$(date +%F)"`` is ``--day=$(date +%F)``; a quote that nothing closes stays."""
    pieces: list[str] = []
    position, inside = 0, False
    while position < len(text):
        match = (_INSIDE if inside else _OUTSIDE).match(text, position)
        if match is None:
            break
        position = match.end()
        if match.lastgroup == "double":
            inside = not inside
        else:
            pieces.append(match[match.lastgroup or 0])
    return text if inside else "".join(pieces)
