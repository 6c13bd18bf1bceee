"""Shell text as a small tree: parsed with tree-sitter-bash, never executed.

The grammar is bash's; cron's usual ``/bin/sh`` is a part of it. What the tree cannot
express (loops, functions, here-documents inside a command) stays opaque text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from migrator.errors import MigratorError, Span
from migrator.i18n import _

Joiner = Literal["", "&&", "||", ";", "&"]


@dataclass(frozen=True, slots=True)
class Word:
    """A word as written, and its value where that does not depend on the run."""

    text: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """``NAME=value``."""

    name: str
    value: Word


@dataclass(frozen=True, slots=True)
class Redirect:
    """``2>> target``: operator, descriptor (None: the operator's own), target."""

    operator: str
    descriptor: int | None
    target: Word


@dataclass(frozen=True, slots=True)
class Simple:
    """A command with its words, the assignments before it, and its redirects."""

    text: str
    words: tuple[Word, ...]
    assignments: tuple[Assignment, ...] = ()
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Sequence:
    """Commands joined by ``&&``, ``||``, ``;`` or ``&``; the first joiner is empty."""

    text: str
    parts: tuple[tuple[Joiner, Shell], ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """``a | b``."""

    text: str
    parts: tuple[Shell, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """``{ ...; }`` or ``( ... )`` with the redirects of the whole."""

    text: str
    body: Shell
    subshell: bool
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Test:
    """``[ ... ]`` or ``[[ ... ]]``: a guard."""

    text: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """Shell text that we do not take apart."""

    text: str


Shell = Simple | Sequence | Pipeline | Group | Test | Opaque


@lru_cache(maxsize=1)
def _parser() -> Parser:
    return Parser(Language(tree_sitter_bash.language()))


def parse_shell(text: str, variables: Mapping[str, str] | None = None) -> Shell:
    """The tree of a text; ``variables`` are those whose value is known before the run."""
    data = text.encode("utf-8", "surrogateescape")
    root = _parser().parse(data).root_node
    if root.has_error:
        broken = next(_broken(root))
        start = len(data[: broken.start_byte].decode("utf-8", "surrogateescape"))
        raise MigratorError(
            _("the command is no complete shell text"),
            text=text if "\n" not in text else None,
            span=Span(start, start + 1),
            hint=_("mend the quotes or brackets; cron would hand it to the shell as it is"),
        )
    return _Builder(dict(variables or {})).joined(root, text)


def tree(text: str) -> Node:
    """The root of tree-sitter's own tree, for readers of whole scripts."""
    return _parser().parse(text.encode("utf-8", "surrogateescape")).root_node


def _broken(node: Node) -> Iterator[Node]:
    for child in node.children:
        if child.is_missing or child.type == "ERROR":
            yield child
        elif child.has_error:
            yield from _broken(child)


def node_text(node: Node) -> str:
    """The source text of a node."""
    return (node.text or b"").decode("utf-8", "surrogateescape")


class _Builder:
    """Turns tree-sitter's nodes into our values, with the variables known so far."""

    def __init__(self, variables: dict[str, str]) -> None:
        self.variables = variables

    def joined(self, node: Node, text: str) -> Shell:
        parts: list[tuple[Joiner, Shell]] = []
        joiner: Joiner = ""
        for child in node.children:
            if not child.is_named:
                # The anonymous children between commands are the joiners themselves.
                if child.type in ("&&", "||", ";", "&"):
                    joiner = child.type  # type: ignore[assignment]
                continue
            if child.type == "comment":
                continue
            built = self.build(child)
            inner = built.parts if isinstance(built, Sequence) else (("", built),)
            first = joiner if parts else ""
            parts += [(first if index == 0 else own, part) for index, (own, part) in enumerate(inner)]
            joiner = ";"
        if joiner == "&" and parts:
            return Opaque(text)
        if len(parts) == 1:
            return parts[0][1]
        return Sequence(text, tuple(parts))

    def build(self, node: Node) -> Shell:
        text = node_text(node)
        match node.type:
            case "command" | "declaration_command" | "variable_assignment" | "variable_assignments":
                return self.simple(node)
            case "list":
                return self.joined(node, text)
            case "pipeline":
                return Pipeline(text, tuple(self.build(c) for c in node.children if c.is_named))
            case "redirected_statement":
                return self.redirected(node)
            case "compound_statement" | "subshell":
                return Group(text, self.joined(node, text), node.type == "subshell")
        return Test(text) if node.type == "test_command" else Opaque(text)

    def redirected(self, node: Node) -> Shell:
        redirects, body = [], node.children[0]
        for child in node.children[1:]:
            if child.type != "file_redirect":
                return Opaque(node_text(node))
            redirects.append(self.redirect(child))
        if body.type == "file_redirect":
            return Opaque(node_text(node))
        return _with_redirects(self.build(body), tuple(redirects))

    def redirect(self, node: Node) -> Redirect:
        descriptor = next((int(node_text(c)) for c in node.children if c.type == "file_descriptor"), None)
        operator = next((c.type for c in node.children if not c.is_named), ">")
        targets = [c for c in node.children if c.is_named and c.type != "file_descriptor"]
        return Redirect(operator, descriptor, self.word(targets[0]) if targets else Word("", None))

    def simple(self, node: Node) -> Simple | Opaque:
        words: list[Word] = []
        assignments: list[Assignment] = []
        redirects: list[Redirect] = []
        children = [node] if node.type == "variable_assignment" else node.children
        for child in children:
            if child.type == "variable_assignment":
                assignments.append(self.assignment(child))
            elif child.type == "file_redirect":
                redirects.append(self.redirect(child))
            elif child.type == "command_name":
                words.append(self.word(child.children[0]) if child.children else Word(node_text(child), None))
            elif child.type in ("herestring_redirect", "heredoc_redirect"):
                return Opaque(node_text(node))
            else:
                words.append(self.word(child))
        return Simple(node_text(node), tuple(words), tuple(assignments), tuple(redirects))

    def assignment(self, node: Node) -> Assignment:
        value = self.word(node.children[2]) if len(node.children) > 2 else Word("", "")
        name = node_text(node.children[0])
        if value.value is not None:
            self.variables[name] = value.value
        else:
            self.variables.pop(name, None)
        return Assignment(name, value)

    def word(self, node: Node) -> Word:
        text = node_text(node)
        return Word(text, self.value(node, text))

    def value(self, node: Node, text: str) -> str | None:
        match node.type:
            case "raw_string":
                return text[1:-1]
            case "string":
                characters = double_quoted(text[1:-1], self.variables)
                return None if characters is None else "".join(c for c, _offset in characters)
            case "simple_expansion" | "expansion":
                characters = double_quoted(text, self.variables)
                return None if characters is None else "".join(c for c, _offset in characters)
            case "concatenation":
                values = [self.value(child, node_text(child)) for child in node.children]
                return None if None in values else "".join(v for v in values if v is not None)
            case "command_substitution" | "process_substitution" | "ansi_c_string" | "arithmetic_expansion":
                return None
            case _:
                return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def _with_redirects(body: Shell, redirects: tuple[Redirect, ...]) -> Shell:
    """``a && b >> f`` redirects b alone; tree-sitter hangs the redirect on the whole list."""
    match body:
        case Simple(text, words, assignments, own):
            return Simple(text, words, assignments, own + redirects)
        case Group(text, inner, subshell, own):
            return Group(text, inner, subshell, own + redirects)
        case Sequence(text, parts):
            joiner, last = parts[-1]
            return Sequence(text, (*parts[:-1], (joiner, _with_redirects(last, redirects))))
        case Pipeline(text, pipes):
            return Pipeline(text, (*pipes[:-1], _with_redirects(pipes[-1], redirects)))
        case _:
            return body


_EXPANSION = re.compile(
    r"\$(?:(?P<plain>[A-Za-z_]\w*)|\{(?P<name>[A-Za-z_]\w*)(?:(?P<operator>:?-)(?P<default>[^}]*))?\})"
)


IN_DOUBLE_QUOTES = '\\"$`\n'
IN_HERE_DOCUMENT = "\\$`\n"


def double_quoted(
    raw: str, variables: Mapping[str, str], *, escapable: str = IN_DOUBLE_QUOTES
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
        elif character == "$" and position + 1 < len(raw) and re.match(r"[A-Za-z_{(]", raw[position + 1]):
            match = _EXPANSION.match(raw, position)
            value = _expanded(match, variables) if match else None
            if match is None or value is None:
                return None
            characters += [(c, position) for c in value]
            position = match.end()
        else:
            characters.append((character, position))
            position += 1
    return characters


def _expanded(match: re.Match[str], variables: Mapping[str, str]) -> str | None:
    value = variables.get(match["plain"] or match["name"])
    if value or (value is not None and match["operator"] != ":-"):
        return value
    default: str | None = match["default"]
    return default
