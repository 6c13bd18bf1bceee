"""A Python file by LibCST: what its top level assigns and imports, and on which lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import libcst as cst
from libcst.helpers import get_full_name_for_node
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

Node = TypeVar("Node", bound=cst.CSTNode)


@dataclass(frozen=True, slots=True)
class Assigned:
    """A top-level assignment to one name, on the lines of its statement."""

    name: str
    value: cst.BaseExpression
    statement: cst.SimpleStatementLine
    augmented: bool  # `+=`


@dataclass(frozen=True, slots=True)
class Imported:
    """A top-level ``from MODULE import NAME as ALIAS``; ``name`` is * for all of it."""

    module: str
    name: str
    alias: str


@dataclass(frozen=True, slots=True, eq=False)
class PythonFile:
    """The parsed text; ``positions`` count lines from 1."""

    path: str
    text: str
    module: cst.Module
    positions: Mapping[cst.CSTNode, CodeRange]

    def first_line(self, node: cst.CSTNode) -> int:
        return self.positions[node].start.line

    def last_line(self, node: cst.CSTNode) -> int:
        return self.positions[node].end.line

    def line(self, number: int) -> str:
        return self.text.split("\n")[number - 1]

    @property
    def quote(self) -> str:
        """The quotation mark that the author prefers."""
        return "'" if self.text.count("'") > self.text.count('"') else '"'

    def assigned(self) -> Iterator[Assigned]:
        for line in self._lines():
            for small in line.body:
                match small:
                    case cst.Assign(targets=targets, value=value):
                        names = (one.target for one in targets)
                        yield from (
                            Assigned(name.value, value, line, augmented=False)
                            for name in names
                            if isinstance(name, cst.Name)
                        )
                    case cst.AnnAssign(target=cst.Name(value=name), value=cst.BaseExpression() as value):
                        yield Assigned(name, value, line, augmented=False)
                    case cst.AugAssign(target=cst.Name(value=name), value=value):
                        yield Assigned(name, value, line, augmented=True)

    def imported(self) -> Iterator[Imported]:
        for small in self._small_statements():
            if isinstance(small, cst.ImportFrom):
                yield from self._from(small)

    def _from(self, statement: cst.ImportFrom) -> Iterator[Imported]:
        module = absolute_module(self.path, statement)
        if isinstance(statement.names, cst.ImportStar):
            yield Imported(module, "*", "*")
            return
        for one in statement.names:
            yield Imported(module, str(one.evaluated_name), one.evaluated_alias or str(one.evaluated_name))

    def names(self) -> Iterator[str]:
        """Every name that the module binds, also in its ``if`` and ``try``."""
        yield from (one.alias for one in self.imported())
        for node in self.positions:
            match node:
                case (
                    cst.AssignTarget(target=cst.Name(value=name)) | cst.AnnAssign(target=cst.Name(value=name))
                ):
                    yield name
                case cst.Import(names=aliases):
                    yield from (one.evaluated_alias or one.evaluated_name.split(".")[0] for one in aliases)

    def included(self) -> Iterator[tuple[cst.SimpleStatementLine, str]]:
        """What django-split-settings takes in: each path or pattern, as written, with its statement."""
        if not any(one.module.startswith("split_settings") for one in self.imported()):
            return
        for line in self._lines():
            for call in nodes(line, cst.Call):
                texts = nodes(call, cst.SimpleString) if _last_name(call.func) == "include" else ()
                for text in texts:
                    if (value := literal(text)) is not None:
                        yield line, value

    def strings(self) -> Iterator[str]:
        """The values of all plain strings."""
        for node in self.positions:
            if isinstance(node, cst.SimpleString) and isinstance(node.evaluated_value, str):
                yield node.evaluated_value

    def _small_statements(self) -> Iterator[cst.BaseSmallStatement]:
        return (small for line in self._lines() for small in line.body)

    def _lines(self) -> Iterator[cst.SimpleStatementLine]:
        return (one for one in self.module.body if isinstance(one, cst.SimpleStatementLine))


def read(path: str, text: str) -> PythonFile | None:
    """The file; None where LibCST cannot read it."""
    try:
        wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
    except (cst.ParserSyntaxError, RecursionError):
        return None
    return PythonFile(path, text, wrapper.module, wrapper.resolve(PositionProvider))


def module_of(path: str) -> str:
    """The dotted name of the module at that path."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def paths_of(module: str) -> Sequence[str]:
    """Where a module of that dotted name may lie."""
    folder = module.replace(".", "/")
    return (f"{folder}.py", f"{folder}/__init__.py")


def absolute_module(path: str, statement: cst.ImportFrom) -> str:
    """The dotted name that an import names, with leading dots counted from the importing module."""
    if not statement.relative:
        return get_full_name_for_node(statement.module) or "" if statement.module else ""
    package = path.removesuffix("/__init__.py") if path.endswith("/__init__.py") else path.rpartition("/")[0]
    parts = package.split("/") if package else []
    kept = parts[: len(parts) - (len(statement.relative) - 1)]
    tail = get_full_name_for_node(statement.module) if statement.module else None
    return ".".join([*kept, *([tail] if tail else [])])


def literal(node: cst.BaseExpression | None) -> str | None:
    """The value of a plain string; None for anything else."""
    if isinstance(node, (cst.SimpleString, cst.ConcatenatedString)) and isinstance(node.evaluated_value, str):
        return node.evaluated_value
    return None


def nodes(tree: cst.CSTNode, kind: type[Node]) -> Iterator[Node]:
    """The nodes of that kind in the tree, itself among them.

    libcst.matchers could tell them, too; to import it takes longer than to generate a hundred tasks.
    """
    if isinstance(tree, kind):
        yield tree
    for child in tree.children:
        yield from nodes(child, kind)


def _last_name(called: cst.BaseExpression) -> str | None:
    """The name that is called, behind its last dot."""
    match called:
        case cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name)):
            return name
    return None
