"""How task runners hand their lines to shells: each to one of its own, until one fails."""

from __future__ import annotations

import re
from collections.abc import Iterable


class NotStatic(Exception):
    """Raised where a recipe depends on the run."""


def own_shell(line: str) -> str:
    """A line in a shell of its own; ``-`` in front: its failure does not count."""
    marks = re.match(r"[@+ \t-]*", line)
    command = line[marks.end() :] if marks else line
    if not command.strip() or command.startswith("#"):
        return ""
    alone = f"(\n{command}\n)"
    return f"{{ {alone} || true\n}}" if marks and "-" in marks[0] else alone


def in_turn(commands: Iterable[str]) -> str:
    """Commands one after another, as long as none fails."""
    return " &&\n".join(one for one in commands if one)
