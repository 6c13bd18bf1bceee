"""From tree-sitter's tree of a shell text to ours, with the variables that are known on the way.

The grammar is bash's; cron's usual ``/bin/sh`` is a part of it. Loops, ``case`` and conditions
with two branches stay opaque text, with the simple commands that stand in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field

from tree_sitter import Node

from migrator.crontab.layers import Layers
from migrator.crontab.plain_shell import plain_shell
from migrator.crontab.shell import (
    Assignment,
    Background,
    Condition,
    Function,
    Group,
    Joiner,
    Negated,
    Opaque,
    Pipeline,
    Redirect,
    Sequence,
    Shell,
    Simple,
    Test,
    Word,
    node_text,
    tree,
)
from migrator.crontab.shell_mending import (
    REDIRECTS,
    flat,
    sequence,
    touching,
    with_redirects,
    without_one,
    without_two,
)
from migrator.crontab.shell_words import Words
from migrator.errors import MigratorError, Span
from migrator.i18n import _
from migrator.schedule.field import c_int
from migrator.values import value

DEEPEST = 60  # groups and substitutions inside each other; nobody reads a text that is nested deeper


@value
class Parsed:
    """A text's tree, the commands in substitutions of no simple command, the variables that it sets."""

    shell: Shell
    substituted: tuple[Simple, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


def parse_shell(
    text: str,
    variables: Mapping[str, str] | None = None,
    *,
    arguments: tuple[str, ...] | None = None,
    strict: bool = True,
) -> Parsed:
    """The tree of a text; ``variables`` and ``arguments`` are those that are known before the run.

    A text that is not complete is refused if ``strict``, and opaque otherwise.
    """
    plain = plain_shell(text)
    if plain is not None:
        return Parsed(plain)
    return parse_with_grammar(text, variables, arguments=arguments, strict=strict)


def parse_with_grammar(
    text: str,
    variables: Mapping[str, str] | None = None,
    *,
    arguments: tuple[str, ...] | None = None,
    strict: bool = True,
) -> Parsed:
    """The same for any text, by tree-sitter's tree."""
    root = tree(text)
    known = Layers(variables or {})
    builder = _Builder(Words(known, arguments))
    if root.has_error:
        if strict:
            raise _incomplete(text, root)
        return Parsed(Opaque(text), builder.inside(root))
    shell = builder.joined(root, text, 0)
    found = (one for node in tuple(builder.words.substitutions) for one in builder.inside(node))
    return Parsed(shell, tuple(dict.fromkeys(found)), known.changed)


def _incomplete(text: str, root: Node) -> MigratorError:
    data = text.encode("utf-8", "surrogateescape")
    broken = next(_broken(root), root)
    start = len(data[: broken.start_byte].decode("utf-8", "surrogateescape"))
    return MigratorError(
        _("the command is no complete shell text"),
        text=text if "\n" not in text else None,
        span=Span(start, start + 1),
        hint=_("mend the quotes or brackets; cron would hand it to the shell as it is"),
    )


def _broken(root: Node) -> Iterator[Node]:
    nodes = [root]
    while nodes:
        node = nodes.pop()
        if node.is_missing or node.type == "ERROR":
            yield node
        nodes += [child for child in reversed(node.children) if child.has_error or child.is_missing]


class _Builder:
    """Turns tree-sitter's nodes into our values."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.read: set[int] = set()  # the substitutions that a command has, by tree-sitter's number
        self.nested = 0  # substitutions around what is read

    def joined(self, node: Node, text: str, depth: int) -> Shell:
        parts: list[tuple[Joiner, Shell]] = []
        joiner: Joiner = ""
        for child in flat(node):
            if not child.is_named:
                # The anonymous children between commands are the joiners themselves.
                if child.type in ("&&", "||"):
                    joiner = "&&" if child.type == "&&" else "||"
                elif child.type == "&" and parts:
                    parts[-1] = parts[-1][0], Background(f"{parts[-1][1].text} &", parts[-1][1])
            elif child.type != "comment":
                before = parts[-1][1] if parts else None
                built = self.build(child, depth + 1)
                if isinstance(before, Background) and (rest := without_one(built)) is not built:
                    # `x >> log 2&1`: 2 is an argument, & backgrounds, and 1 is a command.
                    parts[-1] = parts[-1][0], Background(before.text, without_two(before.body), broken=True)
                    built = rest
                parts.append((joiner if parts else "", built))
                joiner = ";"
        return sequence(text, parts)

    def build(self, node: Node, depth: int) -> Shell:
        text = node_text(node)
        if depth > DEEPEST:
            return Opaque(text)
        match node.type:
            case (
                "command"
                | "declaration_command"
                | "unset_command"
                | "variable_assignment"
                | "variable_assignments"
            ):
                # `time ( a )`: bash's word, which the grammar knows as a command only.
                timed = next((child for child in node.children if child.type == "subshell"), None)
                return self.compound(timed, node_text(timed), depth) if timed else self.simple(node)
            case "list":
                return self.joined(node, text, depth)
            case "pipeline" | "redirected_statement":
                return self.pipeline(node, depth) if node.type == "pipeline" else self.redirected(node, depth)
            case "negated_command":
                return Negated(text, self.build(node.children[-1], depth + 1))
            case _:
                return Test(text) if node.type == "test_command" else self.compound(node, text, depth)

    def compound(self, node: Node, text: str, depth: int) -> Shell:
        body = node.child_by_field_name("body")
        match node.type:
            case "subshell":
                kept = self.words.variables
                self.words.variables = Layers(kept)
                group = Group(text, self.joined(node, text, depth), subshell=True)
                self.words.variables = kept
                return group
            case "compound_statement" if node.children[0].type == "{":
                return Group(text, self.joined(node, text, depth), subshell=False)
            case "if_statement":
                return self.condition(node, depth)
            case "function_definition" if body and (name := node.child_by_field_name("name")):
                # Its arguments are those of the call, so the body is read again then.
                return Function(text, node_text(name), node_text(body))
            case _:
                return Opaque(text, self.inside(node))

    def pipeline(self, node: Node, depth: int) -> Shell:
        parts = [self.build(child, depth + 1) for child in node.children if child.is_named]
        both = any(child.type == "|&" for child in node.children)
        rest: tuple[tuple[Joiner, Shell], ...] = ()
        if node.children[-1].type == "list" and isinstance(last := parts[-1], Sequence):
            # tree-sitter reads `a | b | c || d` as `a | { b | c || d; }`.
            (_joiner, first), *others = last.parts
            parts[-1:], rest = first.parts if isinstance(first, Pipeline) else [first], tuple(others)
        text = " | ".join(part.text for part in parts) if rest else node_text(node)
        piped: Shell = Pipeline(text, tuple(parts), both)
        if isinstance(parts[0], Negated):
            # `! a | b` negates the whole pipe; tree-sitter hangs the ! on its first command.
            piped = Negated(text, Pipeline(text.lstrip("! "), (parts[0].body, *parts[1:]), both))
        return Sequence(node_text(node), (("", piped), *rest)) if rest else piped

    def condition(self, node: Node, depth: int) -> Shell:
        kinds = [child.type for child in node.children]
        if "elif_clause" in kinds or "else_clause" in kinds or "then" not in kinds:
            return Opaque(node_text(node), self.inside(node))
        then = kinds.index("then")
        test = self.between(node.children[1:then], depth)
        return Condition(node_text(node), test, self.between(node.children[then + 1 : -1], depth))

    def between(self, nodes: list[Node], depth: int) -> Shell:
        built = [self.build(one, depth + 1) for one in nodes if one.is_named and one.type != "comment"]
        text = "; ".join(one.text for one in built)
        parts: list[tuple[Joiner, Shell]] = [(";" if index else "", one) for index, one in enumerate(built)]
        return sequence(text, parts)

    def redirected(self, node: Node, depth: int) -> Shell:
        if node.children[0].type in REDIRECTS:
            redirects, words, _rest = self.redirects(node.children)
            return Simple(node_text(node), words, (), redirects)
        body = self.build(node.children[0], depth + 1)
        redirects, words, rest = self.redirects(node.children[1:])
        whole = with_redirects(body, redirects, words)
        for child in rest:
            built = self.build(child, depth + 1)
            if child.type == "pipeline":
                piped = built.parts if isinstance(built, Pipeline) else (built,)
                whole = Pipeline(node_text(node), (whole, *piped))
            else:
                joiner: Joiner = "||" if child.prev_sibling and child.prev_sibling.type == "||" else "&&"
                whole = Sequence(node_text(node), (("", whole), (joiner, built)))
        return whole

    def redirects(self, nodes: list[Node]) -> tuple[tuple[Redirect, ...], tuple[Word, ...], list[Node]]:
        """The redirects, the words that stand behind their targets, and what a here-document feeds."""
        redirects: list[Redirect] = []
        words: list[Word] = []
        rest: list[Node] = []
        for node in nodes:
            if node.type == "heredoc_redirect":
                inner = [child for child in node.children if child.type in REDIRECTS]
                redirects.append(self.here_document(node))
                redirects += self.redirects(inner)[0]
                arguments = node.children_by_field_name("argument")
                words += [word for child in arguments for word in self.words.of(child)]
                rest += [c for c in node.children if c.type == "pipeline"] + [
                    c for c in node.children_by_field_name("right") if c.is_named and c.type != "pipeline"
                ]
            else:
                redirect, behind = self.redirect(node)
                redirects.append(redirect)
                words += behind
        return tuple(redirects), tuple(words), rest

    def redirect(self, node: Node) -> tuple[Redirect, list[Word]]:
        descriptor = next((c_int(node_text(c)) for c in node.children if c.type == "file_descriptor"), None)
        operator = next((c.type for c in node.children if not c.is_named), ">")
        targets = list(touching([c for c in node.children if c.is_named and c.type != "file_descriptor"]))
        # tree-sitter takes every word behind a target for one more target.
        behind = [word for target in targets[1:] for word in self.words.of(*target)]
        target = self.words.one(*targets[0]) if targets else Word("-", "-")
        return Redirect(operator, descriptor, target), behind

    def here_document(self, node: Node) -> Redirect:
        start = next((node_text(c) for c in node.children if c.type == "heredoc_start"), "")
        body = next((node_text(c) for c in node.children if c.type == "heredoc_body"), "")
        if any(child.type == "<<-" for child in node.children):
            body = re.sub(r"(?m)^\t+", "", body)
        return Redirect("<<", None, self.words.here_document(body, quoted=start[:1] in ("'", '"', "\\")))

    def simple(self, node: Node) -> Simple:
        words: list[Word] = []
        assignments: list[Assignment] = []
        redirects: list[Redirect] = []
        before = len(self.words.substitutions)
        for child, *others in touching([node] if node.type == "variable_assignment" else node.children):
            if child.type == "variable_assignment":
                assignments.append(self.words.assignment(child, stored=node.type != "command"))
            elif child.type in REDIRECTS:
                found, behind, _rest = self.redirects([child])
                redirects += found
                words += behind
            else:
                words += self.words.of(
                    *(child.children or [child] if child.type == "command_name" else [child]), *others
                )
        own = self.words.substitutions[before:]
        del self.words.substitutions[before:]
        self.read |= {one.id for one in own}
        self.nested += 1
        taken = own if self.nested <= DEEPEST else ()
        first = tuple(dict.fromkeys(command for one in taken for command in self.inside(one)))
        self.nested -= 1
        return Simple(node_text(node), tuple(words), tuple(assignments), tuple(redirects), first)

    def inside(self, root: Node) -> tuple[Simple, ...]:
        """Every simple command below a node, in the order of the text."""
        found: list[Simple] = []
        nodes = [root]
        while nodes:
            node = nodes.pop()
            if node.type == "command":
                found.append(self.simple(node))
            nodes += [child for child in reversed(node.children) if child.id not in self.read]
        return tuple(found)
