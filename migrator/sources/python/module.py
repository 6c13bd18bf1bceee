"""A Python file as a tree: its names, its scopes, and the text of its parts; nothing is executed."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from math import inf

from migrator.findings import Place

Function = ast.FunctionDef | ast.AsyncFunctionDef
_OPENS_A_SCOPE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.TryStar, ast.Match)


class Unparsed(Exception):
    """The text is no Python of ours: the line and the reason."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line, self.reason = line, reason


@dataclass(frozen=True, slots=True)
class Binding:
    """One assignment to a name; ``value`` None: something that only a run can give."""

    line: int
    value: ast.expr | None
    conditional: bool


@dataclass(slots=True)
class Scope:
    """The names of a module, a class or a function, and the scope around it."""

    parent: Scope | None = None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)

    def find(self, name: str, line: float) -> tuple[ast.expr | None, Scope] | None:
        """What the name stands for at ``line``; None: no assignment is seen."""
        known = self.bindings.get(name)
        if known is None:
            return self.parent.find(name, inf) if self.parent else None
        before = [one for one in known if one.line < line] if len(known) > 1 else known
        if not before or (before[-1].conditional and len(known) > 1):
            return None, self
        return before[-1].value, self


@dataclass(frozen=True, slots=True)
class Module:
    """A parsed file; ``nodes`` are all of its nodes, each with the scope in which it stands."""

    path: str
    tree: ast.Module
    aliases: dict[str, str]
    nodes: tuple[tuple[ast.AST, Scope], ...]
    lines: tuple[int, ...] = ()  # our number of each of Python's lines, where the two differ
    environment: dict[str, str] = field(default_factory=dict)

    def dotted(self, node: ast.AST | None) -> str:
        """``a.b.c`` with its first name as it is imported; empty for what is no name."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        return ".".join([self.aliases.get(node.id, node.id), *reversed(parts)])

    def place(self, node: ast.AST, source: str) -> Place:
        """Where a node begins."""
        line = getattr(node, "lineno", 1)
        return Place(self.path, self.lines[line - 1] if line <= len(self.lines) else line, source)

    @property
    def name(self) -> str:
        """The dotted name under which the file would be imported from the root of the scan."""
        parts = self.path.removesuffix(".py").split("/")
        return ".".join(part for part in parts if part not in ("", ".", "..", "__init__"))

    @property
    def short_name(self) -> str:
        """The app and the module: what stays when the folders around them change, or the root of the scan."""
        return ".".join(self.name.split(".")[-2:])

    def functions(self) -> Iterator[tuple[Function, Scope]]:
        """Every function and method."""
        for node, scope in self.nodes:
            if isinstance(node, Function):
                yield node, scope

    def classes(self) -> Iterator[tuple[ast.ClassDef, Scope]]:
        """Every class."""
        for node, scope in self.nodes:
            if isinstance(node, ast.ClassDef):
                yield node, scope

    def calls(self) -> Iterator[tuple[ast.Call, Scope]]:
        """Every call."""
        for node, scope in self.nodes:
            if isinstance(node, ast.Call):
                yield node, scope


def text_of(node: ast.AST, longest: int = 120) -> str:
    """A part of the program on one line, as a message can show it."""
    try:
        text = " ".join(ast.unparse(node).split())
    except (RecursionError, ValueError, AttributeError):
        text = type(node).__name__
    return text if len(text) <= longest else text[: longest - 3] + "..."


def parse_module(path: str, text: str, environment: dict[str, str] | None = None) -> Module:
    """The module that ``text`` is; raises Unparsed where Python 3 would not read it."""
    try:
        with warnings.catch_warnings():  # a file's own "\d" is no matter of ours
            warnings.simplefilter("ignore")
            # Bytes, so that a coding cookie and a byte order mark mean what they mean to Python.
            tree = ast.parse(text.encode("utf-8", "surrogateescape"))
        nodes = tuple(_walk(tree))
    except SyntaxError as error:
        raise Unparsed(error.lineno or 1, error.msg) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unparsed(1, str(error) or type(error).__name__) from None
    return Module(path, tree, _aliases(nodes), nodes, _line_numbers(text), environment or {})


def _walk(tree: ast.Module) -> Iterator[tuple[ast.AST, Scope]]:
    """All nodes in the order of the text, without recursion: a program may be nested deeply."""
    top = Scope(None, _bindings(tree.body))
    stack: list[tuple[ast.AST, Scope]] = [(tree, top)]
    while stack:
        node, scope = stack.pop()
        yield node, scope
        inner = inner_scope(node, scope)
        # A decorator, a default and a base class are evaluated in the scope around.
        inside = getattr(node, "body", None) if inner is not scope else None
        body = inside if isinstance(inside, list) else [inside] if inside is not None else []
        own = {id(part) for part in body} if not isinstance(node, _COMPREHENSIONS) else None
        children = [
            (child, inner if own is None or id(child) in own else scope)
            for child in ast.iter_child_nodes(node)
        ]
        stack.extend(reversed(children))


def inner_scope(node: ast.AST, scope: Scope) -> Scope:
    """The scope of what a node holds: its own, or the one it stands in."""
    if isinstance(node, _COMPREHENSIONS):
        names = [name for one in node.generators for name in _names(one.target)]
        return Scope(scope, {name: [Binding(0, None, False)] for name in names})
    if not isinstance(node, _OPENS_A_SCOPE):
        return scope
    bindings = {} if isinstance(node, ast.Lambda) else _bindings(node.body)
    if not isinstance(node, ast.ClassDef):
        for argument in ast.walk(node.args):
            if isinstance(argument, ast.arg):
                bindings.setdefault(argument.arg, []).insert(0, Binding(0, None, False))
    return Scope(scope, bindings)


def _bindings(body: list[ast.stmt]) -> dict[str, list[Binding]]:
    """The assignments of a body, in the order of the text; inner functions and classes have their own."""
    found: dict[str, list[Binding]] = {}
    stack: list[tuple[ast.AST, bool]] = [(statement, False) for statement in reversed(body)]
    while stack:
        node, conditional = stack.pop()
        for name, value in _assigned(node):
            line = getattr(node, "lineno", 0)
            found.setdefault(name, []).append(Binding(line, value, conditional))
        if isinstance(node, (*_OPENS_A_SCOPE, ast.expr)):
            continue
        below = conditional or isinstance(node, _BRANCHES)
        stack.extend((child, below) for child in reversed(list(ast.iter_child_nodes(node))))
    return found


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """The names that a statement gives a value."""
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                plain = isinstance(target, ast.Name)
                yield from ((name, value if plain else None) for name in _names(target))
        case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
            yield name, value
        case ast.AugAssign(target=target) | ast.For(target=target) | ast.AsyncFor(target=target):
            yield from ((name, None) for name in _names(target))
        case ast.withitem(optional_vars=ast.expr() as target):
            yield from ((name, None) for name in _names(target))


def _names(target: ast.expr) -> Iterator[str]:
    match target:
        case ast.Name(id=name):
            yield name
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                yield from _names(part)
        case ast.Starred(value=value):
            yield from _names(value)


def _aliases(nodes: tuple[tuple[ast.AST, Scope], ...]) -> dict[str, str]:
    """The full name of each imported one; ``from .x import y`` is ``.x.y``."""
    found: dict[str, str] = {}
    for node, _scope in nodes:
        match node:
            case ast.Import(names=names):
                found.update((one.asname, one.name) for one in names if one.asname)
            case ast.ImportFrom(module=module, names=names, level=level):
                start = "." * level + (f"{module}." if module else "")
                found.update((one.asname or one.name, start + one.name) for one in names)
    return found


def _line_numbers(text: str) -> tuple[int, ...]:
    r"""Python ends a line at a lone \r, too; we do not."""
    if not re.search(r"\r(?!\n)", text):
        return ()
    ends = (match.group() for match in re.finditer(r"\r\n|\r|\n", text))
    return (1, *accumulate((end.endswith("\n") for end in ends), initial=1))[1:]
