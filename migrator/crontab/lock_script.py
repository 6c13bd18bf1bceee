"""Lock scripts: ``run_locked.sh NAME 25h "COMMAND"``, the command as the last quoted argument."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tree_sitter import Node

from migrator.crontab.reading import Lock
from migrator.crontab.shell import Word, node_text, tree

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class LockScript:
    """What a call of a lock script says; ``freshness`` in seconds."""

    lock: Lock
    freshness: int | None
    command: str


def duration(text: str) -> int | None:
    """Seconds of ``90``, ``25h``, ``32d``; None for anything else."""
    match = re.fullmatch(r"(\d+)([smhd]?)", text)
    return int(match[1]) * _UNITS[match[2] or "s"] if match else None


def reads_as_lock_script(words: tuple[Word, ...], scripts: Mapping[str, str]) -> LockScript | None:
    """The call's meaning, if it is a script whose last argument is a quoted command."""
    name = posixpath.basename(words[0].value or "")
    last = words[-1]
    quoted = last.text[:1] in ("'", '"') and last.value is not None and " " in last.value
    if len(words) < 2 or not quoted or not (name in scripts or name.endswith((".sh", ".bash"))):
        return None
    arguments = [word.value or word.text for word in words[1:-1]]
    freshness = next((s for a in arguments if not a.isdigit() and (s := duration(a)) is not None), None)
    key = next((a for a in arguments if not a.startswith("-") and duration(a) is None), name)
    return LockScript(Lock(key, _blocking(scripts.get(name))), freshness, last.value or "")


def _blocking(script: str | None) -> bool | None:
    """Whether the script waits for its lock; None if no lock is found in it."""
    if script is None:
        return None
    flags = [" ".join(call[1:]) for call in _calls(tree(script)) if call and call[0] == "flock"]
    if not flags:
        return None
    return not any(re.search(r"(^| )(-\w*n|--nonblock|--nb|-w ?0|--timeout[= ]0)", flag) for flag in flags)


def _calls(node: Node) -> Iterator[list[str]]:
    if node.type == "command":
        yield [node_text(child) for child in node.children]
    for child in node.children:
        yield from _calls(child)
