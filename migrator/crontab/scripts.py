"""The shell scripts of the tree, found by the path under which a command calls them."""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from migrator.crontab.scope import SHELLS

_SHEBANG = re.compile(r"#!\s*\S*?(?:env\s+(?:-S\s+)?)?(?P<shell>\w*sh)(?P<options>(?:[ \t]+-\S+)*)")


@dataclass(frozen=True, slots=True)
class Script:
    """A script with its path in the tree."""

    path: str
    text: str

    @property
    def shell(self) -> str | None:
        """The shell that its first line names."""
        match = _SHEBANG.match(self.text)
        return match["shell"] if match else None

    @property
    def manages(self) -> bool:
        """Whether a management command may be in it; a lock script gets its command from the call."""
        return re.search(r"(?m)^[^#\n]*(?:manage|django)", self.text) is not None

    @property
    def strict(self) -> bool:
        """``#!/bin/sh -e``."""
        match = _SHEBANG.match(self.text)
        return match is not None and re.search(r"-\w*e", match["options"]) is not None


class Scripts(Mapping[str, str]):
    """Texts of scripts by path; a lookup takes the path that shares the longest end with the one asked for.

    ``/srv/app/bin/nightly.sh`` is ``deploy/bin/nightly.sh`` rather than ``old/nightly.sh``, and
    nothing where two paths share as much and their texts differ.
    """

    def __init__(self, texts: Mapping[str, str], manage: Collection[str] = ()) -> None:
        self.manage = frozenset(manage)  # the project's own programs that take Django's commands
        self._by_name: dict[str, list[Script]] = {}
        for path, text in texts.items():
            self._by_name.setdefault(posixpath.basename(path), []).append(Script(path, text))

    @classmethod
    def beside(cls, others: Mapping[str, str], texts: Mapping[str, str]) -> Scripts:
        """Those scripts, and ``texts`` by path in front of them."""
        return cls({**others, **texts}, others.manage if isinstance(others, Scripts) else ())

    def __getitem__(self, path: str) -> str:
        found = self.find(path)
        if found is None:
            raise KeyError(path)
        return found.text

    def __bool__(self) -> bool:
        return bool(self._by_name)

    def __iter__(self) -> Iterator[str]:
        return (script.path for scripts in self._by_name.values() for script in scripts)

    def __len__(self) -> int:
        return sum(len(scripts) for scripts in self._by_name.values())

    def named(self, path: str) -> bool:
        """Whether there is a script of that name, be it another one."""
        return posixpath.basename(path) in self._by_name

    def find(self, path: str) -> Script | None:
        """The script that a path names, as far as its end tells."""
        candidates = self._by_name.get(posixpath.basename(path), [])
        ranks = {one: _rank(path, one.path) for one in candidates}
        highest = max(ranks.values(), default=None)
        best = [one for one, rank in ranks.items() if rank == highest]
        return best[0] if len({one.text for one in best}) == 1 else None


def script_of(words: Sequence[str]) -> str | None:
    """The path of the script in ``x.sh a`` and ``bash -e bin/x a``; None where another program is called."""
    name, *rest = words or ("",)
    if posixpath.basename(name) in SHELLS:
        index = script_index(rest)
        return None if index is None else rest[index]
    return name if name.endswith((".sh", ".bash")) else None


def script_index(words: Sequence[str]) -> int | None:
    """Which of a shell's words is its script; None: it reads something else, by ``-c`` or ``-s``."""
    index = 0
    while index < len(words) and words[index].startswith(("-", "+")):
        letters = "" if words[index].startswith("--") else words[index]
        if "c" in letters or "s" in letters:
            return None
        index += 2 if letters.endswith(("o", "O")) else 1  # -euo pipefail, -O extglob
    return index if index < len(words) else None


def _rank(asked: str, path: str) -> tuple[int, bool, bool]:
    """How many names at their ends two paths share, whether that is all of the path, and of both."""
    names, others = _names(path), _names(asked)
    pairs = zip(reversed(names), reversed(others), strict=False)
    shared = sum(1 for _pair in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
    return shared, shared == len(names), shared == len(others)


def _names(path: str) -> list[str]:
    return [name for name in posixpath.normpath(path).split("/") if name]
