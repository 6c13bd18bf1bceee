"""YAML with the line of every node, read from the parser's events: nothing is constructed.

An alias is the node that it names, so a text that doubles itself a hundred times stays small,
and one that holds itself is a circle; whoever walks has to remember where he was (``walk``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import yaml

DEEPEST = 200  # nodes inside nodes
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Breaks to YAML 1.1, and none to an editor; and halves of characters, which no parser takes.
_TROUBLE = re.compile(
    "\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
)


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """A text; ``block``: its lines stand below ``line``, one by one."""

    line: int
    text: str
    block: bool = False
    quoted: bool = False

    def line_of(self, number: int) -> int:
        """The file's line of a line of the text, both from 1."""
        return self.line + number if self.block else self.line


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """A sequence."""

    line: int
    items: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A mapping; what ``<<`` merges in comes after its own."""

    line: int
    pairs: list[tuple[Node, Node]] = field(default_factory=list)

    def items(self) -> Iterator[tuple[Scalar, Node]]:
        """The pairs whose key is a text, the own ones first, each key once."""
        seen: set[str] = set()
        waiting: list[Table] = [self]
        been: set[int] = set()
        for table in waiting:  # which grows on the way
            if id(table) in been:
                continue
            been.add(id(table))
            for key, value in table.pairs:
                if isinstance(key, Scalar) and key.text == "<<" and not key.quoted:
                    merged = value.items if isinstance(value, Listing) else [value]
                    waiting += [one for one in merged if isinstance(one, Table)]
                elif isinstance(key, Scalar) and key.text not in seen:
                    seen.add(key.text)
                    yield key, value

    def get(self, name: str) -> Node | None:
        return next((value for key, value in self.items() if key.text == name), None)

    def key(self, *names: str) -> Scalar | None:
        """The first of its keys that has one of those names."""
        return next((key for key, _value in self.items() if key.text in names), None)

    def text(self, name: str) -> str | None:
        """The text at a key; None where there is none, or something else."""
        value = self.get(name)
        return value.text if isinstance(value, Scalar) and not _null(value) else None

    def table(self, *path: str) -> Table | None:
        """The mapping at the end of a path of keys."""
        node: Node | None = self
        for name in path:
            node = node.get(name) if isinstance(node, Table) else None
        return node if isinstance(node, Table) else None

    def listing(self, name: str) -> list[Node]:
        value = self.get(name)
        return value.items if isinstance(value, Listing) else []


Node = Scalar | Listing | Table


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of a text as far as it can be read; ``broken``: the line where that ends, and why."""

    roots: tuple[Node, ...]
    broken: tuple[int, str] | None = None

    def tables(self) -> Iterator[Table]:
        return (root for root in self.roots if isinstance(root, Table))

    def walk(self) -> Iterator[Node]:
        """Every node once."""
        seen: set[int] = set()
        waiting: list[Node] = list(reversed(self.roots))
        while waiting:
            node = waiting.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            yield node
            if isinstance(node, Listing):
                waiting += reversed(node.items)
            elif isinstance(node, Table):
                waiting += [value for _key, value in reversed(node.pairs)]


@lru_cache(maxsize=16)
def documents(text: str) -> Documents:
    """The documents of a text."""
    reader = _Reader()
    try:
        for event in yaml.parse(_TROUBLE.sub(" ", text), Loader=LOADER):
            reader.take(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        problem = getattr(error, "problem", None) or "unreadable"
        return Documents(tuple(reader.roots), (mark.line + 1 if mark else 1, str(problem)))
    except _TooDeep as depth:
        return Documents(tuple(reader.roots), (depth.line, "nested too deeply"))
    return Documents(tuple(reader.roots))


class _TooDeep(Exception):
    """More nodes inside nodes than anybody writes, which costs the parser quadratic time."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class _Reader:
    """Builds nodes from events with a stack of its own, so that depth costs nothing."""

    def __init__(self) -> None:
        self.roots: list[Node] = []
        self.open: list[Listing | Table] = []
        self.keys: list[Node | None] = []  # for each open node: the key that waits for its value
        self.anchors: dict[str, Node] = {}

    def take(self, event: yaml.Event) -> None:
        take = _TAKEN.get(type(event))
        if take is not None:
            take(self, event)

    def scalar(self, event: Any) -> None:
        style = event.style
        self.put(Scalar(_line(event), event.value, style == "|", style in ("'", '"')), event.anchor)

    def alias(self, event: Any) -> None:
        self.put(self.anchors.get(event.anchor, Scalar(_line(event), "")), None)

    def end(self, _event: Any) -> None:
        self.open.pop()
        self.keys.pop()

    def begin(self, node: Listing | Table, anchor: str | None) -> None:
        if len(self.open) >= DEEPEST:
            raise _TooDeep(node.line)
        self.put(node, anchor)
        self.open.append(node)
        self.keys.append(None)

    def put(self, node: Node, anchor: str | None) -> None:
        if anchor:
            self.anchors[anchor] = node
        parent = self.open[-1] if self.open else None
        match parent:
            case None:
                self.roots.append(node)
            case Listing():
                parent.items.append(node)
            case Table():
                key, self.keys[-1] = self.keys[-1], node if self.keys[-1] is None else None
                if key is not None:
                    parent.pairs.append((key, node))


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


_TAKEN: dict[type[yaml.Event], Callable[[_Reader, Any], None]] = {
    yaml.ScalarEvent: _Reader.scalar,
    yaml.AliasEvent: _Reader.alias,
    yaml.SequenceStartEvent: lambda reader, event: reader.begin(Listing(_line(event)), event.anchor),
    yaml.MappingStartEvent: lambda reader, event: reader.begin(Table(_line(event)), event.anchor),
    yaml.SequenceEndEvent: _Reader.end,
    yaml.MappingEndEvent: _Reader.end,
}


def _null(node: Scalar) -> bool:
    return not node.quoted and not node.block and node.text in ("", "~", "null", "Null", "NULL")


def truth(text: str | None) -> bool:
    """Whether a text is YAML 1.1's yes."""
    return text is not None and text.lower() in ("true", "yes", "on", "y")


def texts(node: Node | None) -> list[str] | None:
    """The texts of a list of texts, or of one; None where something else is in it."""
    if isinstance(node, Scalar):
        return None if _null(node) else [node.text]
    if not isinstance(node, Listing) or not all(isinstance(item, Scalar) for item in node.items):
        return None
    return [item.text for item in node.items if isinstance(item, Scalar)]
