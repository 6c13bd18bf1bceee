"""The difference of two texts, for eyes and for patch(1)."""

from __future__ import annotations

import difflib
import re

_LINE = re.compile(r"[^\n]*\n|[^\n]+")  # a form feed ends no line of a file
_UNENDED = "\n\\ No newline at end of file\n"  # as diff(1) says it


def unified(old: str, new: str, before: str, after: str, *, context: int = 3) -> str:
    """A unified diff of ``before`` and ``after``, which are called ``old`` and ``new``."""
    lines = difflib.unified_diff(_LINE.findall(before), _LINE.findall(after), old, new, n=context)
    return "".join(line if line.endswith("\n") else f"{line}{_UNENDED}" for line in lines)
