"""Lock scripts: ``run_locked.sh NAME 25h "COMMAND"``, and what a script's own text proves of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tree_sitter import Node

from migrator.crontab.durations import duration
from migrator.crontab.options import plain, program_of
from migrator.crontab.reading import Lock
from migrator.crontab.shell import Word, node_text, tree

_SUFFIXES = (".sh", ".bash")


@dataclass(frozen=True, slots=True)
class LockScript:
    """What a call of a lock script says; ``freshness`` in seconds."""

    lock: Lock
    freshness: int | None
    command: str | tuple[Word, ...]


def reads_as_lock_script(words: tuple[Word, ...], scripts: Mapping[str, str]) -> LockScript | None:
    """The call's meaning, if it is a script that takes a lock and runs its last arguments.

    A script that is not in the tree, or whose text does not prove it, is one where its last
    argument is a quoted command.
    """
    if len(words) < 2:
        return None
    path, name = plain(words[0]), program_of(words)
    script = scripts.get(path) if scripts else None
    first = _first_of_command(script, len(words)) if script is not None else None
    if first is not None and script is not None:
        # A script without flock says more when its own lines are read, with these arguments.
        return _called(name, words, script, first) if _flags(script) else None
    known = script is not None or name.endswith(_SUFFIXES) or "lock" in name
    return _called(name, words, script, len(words) - 1) if known and _quoted(words[-1]) else None


def _quoted(word: Word) -> bool:
    """Whether a word is a text in quotes that a shell would take apart again."""
    return word.text[:1] in ("'", '"') and " " in plain(word)


def _called(name: str, words: tuple[Word, ...], script: str | None, first: int) -> LockScript:
    arguments = [plain(word) for word in words[1:first]]
    freshness = next((s for a in arguments if not a.isdigit() and (s := duration(a)) is not None), None)
    key = next((a for a in arguments if not a.startswith("-") and duration(a) is None), name)
    command = words[first:]
    quoted = len(command) == 1 and (_quoted(command[0]) or " " in plain(command[0]))
    return LockScript(Lock(key, _blocking(script)), freshness, plain(command[0]) if quoted else command)


def _blocking(script: str | None) -> bool | None:
    """Whether the script waits for its lock; None if no lock is found in it, or one that it shares."""
    flags = _flags(script) if script is not None else None
    if flags is None or any(_SHARED.match(flag) for flag in flags):
        return None
    return not any(re.search(r"(^| )(-\w*n|--nonblock|--nb|-w ?0|--timeout[= ]0)", flag) for flag in flags)


_SHARED = re.compile(r"(-\S+ )*(-[a-zA-Z]*s|--shared)\b")


def _flags(script: str) -> list[str] | None:
    """What each flock in the script is given; None if there is no flock."""
    calls = [call for call in _calls_and_assignments(tree(script)) if isinstance(call, list)]
    flags = [" ".join(call[call.index("flock") + 1 :]) for call in calls if "flock" in call[:2]]
    return flags or None


# What a script writes where it runs its own arguments, and from which of them on.
_ALL = re.compile(r'"?\$(?:\{?[@*]\}?)"?')
_FROM = re.compile(r'"?\$\{[@*]:(\d{1,4})\}"?', re.ASCII)
_ONE = re.compile(r'"?\$\{?(\d)\}?"?', re.ASCII)
_COUNT = re.compile(r"\d{1,4}", re.ASCII)
_NAMED = re.compile(r'"?\$\{?([A-Za-z_]\w*)\}?"?')
# These run what follows them, and flock does so behind a file or a descriptor.
_PREFIXES = (
    "exec",
    "eval",
    "command",
    "time",
    "nice",
    "nohup",
    "bash",
    "sh",
    "timeout",
    "env",
    "flock",
    "sudo",
)


def _first_of_command(script: str, count: int) -> int | None:
    """The index of the argument with which the command begins that the script runs."""
    shifted, named = 0, dict[str, int]()
    for call in _calls_and_assignments(tree(script)):
        if isinstance(call, tuple):
            name, value = call
            if found := _ONE.fullmatch(value):
                named[name] = shifted + int(found[1])
            elif _ALL.fullmatch(value):
                named[name] = shifted + 1
            continue
        if call[0] == "shift":
            shifted += int(call[1]) if len(call) > 1 and _COUNT.fullmatch(call[1]) else 1
            continue
        first = _argument(call, shifted, named)
        if first is not None and 1 <= first < count:
            return first
    return None


def _argument(call: list[str], shifted: int, named: Mapping[str, int]) -> int | None:
    """The first argument that a command of the script runs as a command."""
    wrapped = call[0] in _PREFIXES
    candidates = call if wrapped else call[:1]
    for text in candidates:
        if _ALL.fullmatch(text):
            return shifted + 1
        if found := _FROM.fullmatch(text):
            return shifted + int(found[1])
    # "$1" alone is often a name or a lock: it is the command only where it is run by itself or by eval.
    last = candidates[-1]
    if found := _ONE.fullmatch(last) if call[0] in ("eval", "bash", "sh") or not wrapped else None:
        return shifted + int(found[1])
    found = _NAMED.fullmatch(last)
    return named.get(found[1]) if found else None


def _calls_and_assignments(root: Node) -> Iterator[list[str] | tuple[str, str]]:
    """The commands and the assignments of a script, in their order."""
    nodes = [root]  # ``a && b && c`` is a tree as deep as the script is long
    while nodes:
        node = nodes.pop()
        if node.type == "function_definition":
            continue  # its arguments are its own
        if node.type == "variable_assignment" and len(node.children) > 2:
            yield node_text(node.children[0]), node_text(node.children[2])
        if node.type == "command":
            yield [node_text(child) for child in node.children if child.type != "variable_assignment"] or [""]
        nodes += reversed(node.children)
