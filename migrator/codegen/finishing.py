"""Takes the toolkit out of a project's modules: decorator, app, imports; nothing else of a line changes."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import accumulate

BOM = "\ufeff"
RECORDED = "migrator.contrib.django.tasks"
APP = re.compile(r"migrator\.contrib\.django(\.apps\.\w+)?")
DASHBOARD = re.compile(r"migrator\.contrib\.django(\.dashboard)?\.urls")
OURS = re.compile(r"migrator(?!\.(?:toml|lock)$)(\.\w+)+(:\w+)?")
# What a project goes on needing: it is copied there with all that it needs.
CLOCKS = re.compile(r"migrator\.contrib\.celery\.(cron_schedule|database_beat|beat)\b")


@dataclass(frozen=True, slots=True)
class Left:
    """A line that needs the toolkit in a way that no edit here takes out."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


@dataclass(frozen=True, slots=True)
class TakenOut:
    """A module without the toolkit; ``clocks``: the modules of ours that it needs a copy of."""

    text: str
    clocks: frozenset[str] = frozenset()
    left: tuple[Left, ...] = ()


def taken_out(path: str, text: str, copy: str) -> TakenOut:
    """The module without the toolkit; ``copy``: the package, dotted, that will hold our schedules.

    What Python cannot read is left whole: Django would not start with it either.
    """
    if text.startswith(BOM):
        found = taken_out(path, text.removeprefix(BOM), copy)
        return replace(found, text=BOM + found.text)
    tree = _parsed(text)
    if tree is None:
        return TakenOut(text)
    module = _Module(text.encode(), copy, _decorators(tree), _nothing_else_included(tree))
    for node in ast.walk(tree):
        module.visit(node)
    after = module.text()
    again = _parsed(after)
    if again is None:  # a shape that the edits are not made for
        return TakenOut(text, left=tuple(_left(path, text, tree)))
    return TakenOut(after, frozenset(module.clocks), tuple(_left(path, after, again)))


def mentions(path: str, text: str) -> Iterator[Left]:
    """The lines of a file that is no Python and names a scheduler of ours, as beat's ``-S`` does."""
    for number, line in enumerate(text.split("\n"), 1):
        if CLOCKS.search(line):
            yield Left(path, number, line.strip())


def _parsed(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\d" in somebody else's code
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _left(path: str, text: str, tree: ast.Module) -> Iterator[Left]:
    lines = text.split("\n")
    numbers = {number for node in ast.walk(tree) for number in _mentioned(node)}
    return (Left(path, number, lines[number - 1].strip()) for number in sorted(numbers))


def _mentioned(node: ast.AST) -> Iterator[int]:
    match node:
        case ast.ImportFrom(module=str(name), level=0) if name.split(".")[0] == "migrator":
            yield node.lineno
        case ast.Import(names=names) if any(one.name.split(".")[0] == "migrator" for one in names):
            yield node.lineno
        case ast.Constant(value=str(value)) if OURS.fullmatch(value):
            yield node.lineno
        case ast.Tuple(elts=[ast.Constant(value="migrator"), ast.Constant(value=str())]):
            yield node.lineno  # a migration that depends on the ledger's


@dataclass(slots=True)
class _Module:
    """The edits of one module, by the bytes that ast counts in."""

    source: bytes
    copy: str
    decorators: frozenset[str]
    included: bool  # nothing but the dashboard is included
    clocks: set[str] = field(default_factory=set)
    edits: set[tuple[int, int, bytes]] = field(default_factory=set)
    starts: list[int] = field(init=False)  # of the lines, and the end

    def __post_init__(self) -> None:
        # bytes end their lines where Python's own reader does: at \\n, \\r\\n and \\r
        self.starts = [0, *accumulate(map(len, self.source.splitlines(keepends=True)))]

    def visit(self, node: ast.AST) -> None:
        self._app(node)
        match node:
            case ast.ImportFrom(module=module, names=[ast.alias(name="recorded")]) if module == RECORDED:
                self._lines(node.lineno, node.end_lineno)
            case ast.FunctionDef(decorator_list=decorators) | ast.AsyncFunctionDef(decorator_list=decorators):
                for one in decorators:
                    if self._recorded(one):
                        self._lines(one.lineno, one.end_lineno)
            case ast.ImportFrom(module=str(module)) if CLOCKS.fullmatch(module):
                self.clocks.add(module)
                self._renamed(node)
            case ast.Constant(value=str(value)) if found := CLOCKS.match(value):
                self.clocks.add(found[0])
                self._renamed(node)

    def _app(self, node: ast.AST) -> None:
        """The app out of INSTALLED_APPS, whatever the list is called; a ``+=`` of nothing else goes whole.

        The dashboard leaves a project's addresses in the same way.
        """
        match node:
            case ast.AugAssign(value=ast.List(elts=[one]) | ast.Tuple(elts=[one])) if _is_ours(one):
                self._lines(node.lineno, node.end_lineno)
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                for number, one in enumerate(elements):
                    if _is_ours(one):
                        self._element(node, elements, number)
            case ast.ImportFrom(module="django.urls", names=names) if self.included:
                for number, alias in enumerate(names):
                    if alias.name == "include" and alias.asname is None:
                        self._imported(node, number)

    def _imported(self, node: ast.ImportFrom, number: int) -> None:
        """``include`` out of its import, where nothing is included any more."""
        names = node.names
        if len(names) == 1:
            self._lines(node.lineno, node.end_lineno)
        elif number + 1 < len(names):
            self.edits.add((self._span(names[number])[0], self._span(names[number + 1])[0], b""))
        else:
            self.edits.add((self._span(names[number - 1])[1], self._span(names[number])[1], b""))

    def _recorded(self, node: ast.expr) -> bool:
        match node:
            case ast.Call(func=ast.Name(id=name)):
                return name in self.decorators
        return False

    def _element(self, parent: ast.expr, elements: list[ast.expr], number: int) -> None:
        """An app out of its list: its own line where it has one, else what parts it from its neighbour."""
        one, data = elements[number], self.source
        start, end = self._span(one)
        line_start, line_end = data.rfind(b"\n", 0, start) + 1, (data + b"\n").index(b"\n", end)
        before, behind = data[line_start:start].strip(), data[end:line_end].partition(b"#")[0].strip()
        if not before and behind in (b"", b","):
            self._lines(one.lineno, one.end_lineno)
        elif number:
            previous = self._span(elements[number - 1])[1]
            single = isinstance(parent, ast.Tuple) and len(elements) == 2
            self.edits.add((data.index(b",", previous) + 1 if single else previous, end, b""))
        elif len(elements) > 1:
            self.edits.add((start, self._span(elements[1])[0], b""))
        else:
            self.edits.add((start, end, b""))

    def _renamed(self, node: ast.stmt | ast.expr) -> None:
        start, end = self._span(node)
        at = self.source.index(b"migrator.", start, end)
        self.edits.add((at, at + len(b"migrator"), self.copy.encode()))

    def _lines(self, first: int, last: int | None) -> None:
        self.edits.add((self.starts[first - 1], self.starts[last or first], b""))

    def _span(self, node: ast.stmt | ast.expr | ast.alias) -> tuple[int, int]:
        last, column = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self.starts[node.lineno - 1] + node.col_offset, self.starts[last - 1] + column

    def text(self) -> str:
        data = self.source
        for start, end, new in sorted(self.edits, reverse=True):
            if not any(
                first <= start and end <= last and (first, last) != (start, end)
                for first, last, _ in self.edits
            ):
                data = data[:start] + new + data[end:]
        return data.decode()


def _decorators(tree: ast.Module) -> frozenset[str]:
    """What the decorator is called in this module."""
    return frozenset(
        alias.asname or alias.name
        for one in ast.walk(tree)
        if isinstance(one, ast.ImportFrom) and one.module == RECORDED
        for alias in one.names
    )


def _is_ours(node: ast.expr) -> bool:
    return _is_app(node) or _is_dashboard(node)


def _is_dashboard(node: ast.AST) -> bool:
    """``path("migrator/", include("migrator.contrib.django.urls"))``, or the ``include`` alone."""
    match node:
        case ast.Call(func=ast.Name(id="path" | "re_path" | "url"), args=[_, inner, *_]):
            return _is_dashboard(inner)
        case ast.Call(func=ast.Name(id="include"), args=[ast.Constant(value=str(name)), *_]):
            return bool(DASHBOARD.fullmatch(name))
    return False


def _nothing_else_included(tree: ast.Module) -> bool:
    """Whether each ``include`` of the module is the dashboard's, and there is one."""
    uses = sum(isinstance(one, ast.Name) and one.id == "include" for one in ast.walk(tree))
    ours = sum(_is_include(one) and _is_dashboard(one) for one in ast.walk(tree))
    return uses == ours > 0


def _is_include(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "include"


def _is_app(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(APP.fullmatch(node.value))


def package_of(schedule: str) -> str:
    """The package, dotted, for the copies: beside the module of the schedule."""
    folder = schedule.rpartition("/")[0].replace("/", ".")
    return f"{folder}.cron_clock" if folder else "cron_clock"
