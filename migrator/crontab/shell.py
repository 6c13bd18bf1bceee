"""Shell text as a small tree: parsed with tree-sitter-bash, never executed.

The values, and what a text in double quotes stands for; shell_builder.py makes the tree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from migrator.values import value

Joiner = Literal["", "&&", "||", ";"]


@value
class Word:
    """A word as written, and its value where that does not depend on the run."""

    text: str
    value: str | None


@value
class Assignment:
    """``NAME=value``."""

    name: str
    value: Word


@value
class Redirect:
    """``2>> target``: operator, descriptor (None: the operator's own), target."""

    operator: str
    descriptor: int | None
    target: Word


@value
class Simple:
    """A command with its words, the assignments before it, its redirects, and the commands whose
    output its words take (``$(...)``), which run before it.
    """

    text: str
    words: tuple[Word, ...]
    assignments: tuple[Assignment, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    first: tuple[Simple, ...] = ()


@value
class Sequence:
    """Commands joined by ``&&``, ``||`` or ``;``; the first joiner is empty."""

    text: str
    parts: tuple[tuple[Joiner, Shell], ...]


@value
class Pipeline:
    """``a | b``; ``both``: with ``|&``, the errors as well."""

    text: str
    parts: tuple[Shell, ...]
    both: bool = False


@value
class Group:
    """``{ ...; }`` or ``( ... )`` with the redirects of the whole."""

    text: str
    body: Shell
    subshell: bool
    redirects: tuple[Redirect, ...] = ()


@value
class Background:
    """``a &``; ``broken``: it is what ``a 2&1`` comes to, which was meant as a redirect."""

    text: str
    body: Shell
    broken: bool = False


@value
class Test:
    """``[ ... ]`` or ``[[ ... ]]``: a guard."""

    text: str


@value
class Negated:
    """``! a``."""

    text: str
    body: Shell


@value
class Condition:
    """``if a; then b; fi``, with nothing else to do."""

    text: str
    test: Shell
    body: Shell


@value
class Function:
    """``name() { ...; }``."""

    text: str
    name: str
    body: str


@value
class Opaque:
    """Shell text that we do not take apart, and the simple commands that stand in it."""

    text: str
    inside: tuple[Simple, ...] = ()


Shell = Simple | Sequence | Pipeline | Group | Background | Test | Negated | Condition | Function | Opaque


@lru_cache(maxsize=1)
def _parser() -> Parser:
    return Parser(Language(tree_sitter_bash.language()))


def tree(text: str) -> Node:
    """The root of tree-sitter's own tree."""
    return _parser().parse(text.encode("utf-8", "surrogateescape")).root_node


def node_text(node: Node) -> str:
    """The source text of a node."""
    return (node.text or b"").decode("utf-8", "surrogateescape")


IN_DOUBLE_QUOTES = '\\"$`\n'
IN_HERE_DOCUMENT = "\\$`\n"
LONGEST_VALUE = 65_536  # characters; a variable that doubles itself line by line ends here
_DEEPEST = 20  # defaults inside defaults

_NAME = re.compile(r"\$(?:(?P<plain>[A-Za-z_]\w*|[0-9@*#?$!-])|\{(?P<name>[A-Za-z_]\w*|[0-9]+))")
_OPERATOR = re.compile(r":?[-=+]")


def double_quoted(
    raw: str, variables: Mapping[str, str], *, escapable: str = IN_DOUBLE_QUOTES, depth: int = 0
) -> list[tuple[str, int]] | None:
    """The characters that a text in double quotes stands for, each with its offset in ``raw``.

    None where a value depends on the run: a substitution, or a variable that is neither
    known nor given a default. ``escapable``: what a backslash protects.
    """
    characters: list[tuple[str, int]] = []
    position = 0
    while position < len(raw):
        character = raw[position]
        if character == "\\" and position + 1 < len(raw) and raw[position + 1] in escapable:
            if raw[position + 1] != "\n":
                characters.append((raw[position + 1], position))
            position += 2
        elif character == "`":
            return None
        elif character == "$" and re.match(r"[\w{(@*#?$!-]", raw[position + 1 : position + 2]):
            found = _expanded(raw, position, variables, depth)
            if found is None or len(characters) > LONGEST_VALUE:
                return None
            value, end = found
            characters += [(c, position) for c in value]
            position = end
        else:
            characters.append((character, position))
            position += 1
    return characters


def _expanded(raw: str, start: int, variables: Mapping[str, str], depth: int) -> tuple[str, int] | None:
    """The value of the expansion at ``start``, and where it ends."""
    match = _NAME.match(raw, start)
    if match is None or depth > _DEEPEST:
        return None
    value = variables.get(match["plain"] or match["name"])
    if match["plain"]:
        return None if value is None else (value, match.end())
    end = _closing(raw, match.end())
    if end is None:
        return None
    operator = _OPERATOR.match(raw, match.end(), end)
    if operator is None:
        return (value, end + 1) if end == match.end() and value is not None else None
    given = bool(value) if operator[0].startswith(":") else value is not None
    # `+` takes the word where there is a value, `-` and `=` where there is none.
    if given is operator[0].endswith("+"):
        return _word(raw[operator.end() : end], variables, depth, end)
    return (value or "") if given else "", end + 1


def _word(raw: str, variables: Mapping[str, str], depth: int, end: int) -> tuple[str, int] | None:
    """A default, which may hold expansions itself; quotes around it are no part of it."""
    if len(raw) > 1 and raw[0] == raw[-1] and raw[0] in "\"'":
        raw = raw[1:-1]
    characters = double_quoted(raw, variables, depth=depth + 1)
    return None if characters is None else ("".join(c for c, _offset in characters), end + 1)


def _closing(raw: str, position: int) -> int | None:
    """Where the brace that is open at ``position`` closes."""
    depth = 1
    for match in re.compile(r"\\.|[{}]", re.DOTALL).finditer(raw, position):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth == 0:
            return match.start()
    return None
