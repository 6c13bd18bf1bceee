"""Where tree-sitter's tree and the shell differ: what touches, whose a redirect is, what ``2&1`` is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tree_sitter import Node

from migrator.crontab.shell import (
    Group,
    Joiner,
    Negated,
    Pipeline,
    Redirect,
    Sequence,
    Shell,
    Simple,
    Word,
)

REDIRECTS = {"file_redirect", "herestring_redirect", "heredoc_redirect"}


def flat(node: Node) -> Iterator[Node]:
    """The children; ``a && b && c`` is a list in a list in a list, and as long as the line."""
    nodes = list(reversed(node.children))
    while nodes:
        child = nodes.pop()
        if child.type == "list" and node.type == "list":
            nodes += reversed(child.children)
        else:
            yield child


def touching(nodes: list[Node]) -> Iterator[list[Node]]:
    """The children of a command; tree-sitter parts ``a-`date`.csv`` into words that touch."""
    parted = REDIRECTS | {"variable_assignment"}
    group: list[Node] = []
    for node in nodes:
        before = group[-1] if group else None
        kinds = {before.type, node.type} if before else {""}
        # Two plain words never touch: they would be one.
        if before and kinds != {"word"} and before.end_byte == node.start_byte and not kinds & parted:
            group.append(node)
            continue
        if group:
            yield group
        group = [node]
    if group:
        yield group


def sequence(text: str, parts: list[tuple[Joiner, Shell]]) -> Shell:
    """The parts side by side, those of a list inside among the others."""
    joined: list[tuple[Joiner, Shell]] = []
    for joiner, part in parts:
        inner = part.parts if isinstance(part, Sequence) else (("", part),)
        joined += [(own or joiner, one) for own, one in inner]
    return joined[0][1] if len(joined) == 1 else Sequence(text, tuple(joined))


def with_redirects(body: Shell, redirects: tuple[Redirect, ...], words: tuple[Word, ...]) -> Shell:
    """``a && b >> f`` redirects b alone; tree-sitter hangs the redirect on the whole list."""
    match body:
        case Simple():
            return replace(body, words=body.words + words, redirects=body.redirects + redirects)
        case Group():
            return replace(body, redirects=body.redirects + redirects)
        case Negated(text, inner):
            return Negated(text, with_redirects(inner, redirects, words))
        case Sequence(text, parts) if parts:
            joiner, last = parts[-1]
            return Sequence(text, (*parts[:-1], (joiner, with_redirects(last, redirects, words))))
        case Pipeline(text, pipes):
            return replace(body, parts=(*pipes[:-1], with_redirects(pipes[-1], redirects, words)))
        case _:
            return Group(body.text, body, subshell=False, redirects=redirects)


def without_one(shell: Shell) -> Shell:
    """What is left behind ``2&`` without the command ``1``; the same value where there is none."""
    match shell:
        case Simple(words=(Word("1"),)):
            return Sequence("", ())
        case Pipeline(parts=(first, *_rest)) if without_one(first) is not first:
            return Sequence("", ())
        case Sequence(text, ((_joiner, first), *rest)) if without_one(first) is not first:
            return Sequence(text, tuple(rest))
        case _:
            return shell


def without_two(shell: Shell) -> Shell:
    """A command without the stray ``2`` at its end."""
    match shell:
        case Simple(words=(*words, Word("2"))) if words:
            return replace(shell, words=tuple(words))
        case Sequence(text, (*parts, (joiner, last))):
            return Sequence(text, (*parts, (joiner, without_two(last))))
        case Pipeline(parts=(*parts, last)):
            return replace(shell, parts=(*parts, without_two(last)))
        case _:
            return shell
