"""A Python module as text: what its names mean and where they are defined, without importing it."""

from __future__ import annotations

import ast
import posixpath
import warnings
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from migrator.i18n import _

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
MOST_RE_EXPORTS = 3  # `from .mail import send` in an __init__, and the like


class Unparsed(Exception):
    """A text that is no Python of this version."""


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """A parsed module; ``names`` gives what its imports bind, as dotted paths."""

    path: str
    tree: ast.Module
    names: Mapping[str, str]
    functions: Mapping[str, FunctionNode]
    classes: Mapping[str, ast.ClassDef]
    values: Mapping[str, ast.expr]

    def dotted(self, node: ast.expr) -> str | None:
        """``mail.send_mail`` as ``django.core.mail.send_mail``; a builtin as ``builtins.input``.

        What is a name of the module's own stays as it is; None: no dotted name at all.
        """
        parts: list[str] = []
        while not isinstance(node, ast.Name):
            if isinstance(node, ast.Attribute):
                parts.append(f".{node.attr}")
                node = node.value
            elif isinstance(node, ast.Call):
                parts.append("()")
                node = node.func
            else:
                return None
        return "".join([self.names.get(node.id, self._own(node.id)), *reversed(parts)])

    def _own(self, name: str) -> str:
        own = name in self.functions or name in self.classes or name in self.values
        return f"builtins.{name}" if not own and name in _BUILTINS else name


_BUILTINS = frozenset({"exit", "input", "open", "print", "quit", "raw_input"})


def parse(path: str, text: str) -> Module:
    """The module of that text; raises Unparsed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\d" in somebody else's code
            tree = ast.parse(text)
            body = list(_top(tree.body))
    except SyntaxError as error:
        raise Unparsed(
            _("line {line}: {problem}").format(line=error.lineno or 1, problem=error.msg)
        ) from None
    except (ValueError, RecursionError, MemoryError) as error:  # NUL bytes, lone surrogates, deep nesting
        raise Unparsed(str(error) or type(error).__name__) from None
    return Module(
        path,
        tree,
        dict(_bindings(tree, path)),
        {node.name: node for node in body if isinstance(node, FunctionNode)},
        {node.name: node for node in body if isinstance(node, ast.ClassDef)},
        {name: value for node in body for name, value in _assigned(node)},
    )


def _top(statements: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, those in its `if` and `try` included."""
    for statement in statements:
        yield statement
        for name in ("body", "orelse", "finalbody"):
            if isinstance(statement, ast.If | ast.Try):
                yield from _top(getattr(statement, name, []))
        for handler in getattr(statement, "handlers", []):
            yield from _top(handler.body)


def _assigned(node: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Assign):
        yield from ((target.id, node.value) for target in node.targets if isinstance(target, ast.Name))
    elif isinstance(node, ast.AnnAssign) and node.value and isinstance(node.target, ast.Name):
        yield node.target.id, node.value


def _bindings(tree: ast.Module, path: str) -> Iterator[tuple[str, str]]:
    """What every import in the module binds, those inside functions included."""
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    yield alias.asname, alias.name
                else:
                    first = alias.name.partition(".")[0]
                    yield first, first
        elif isinstance(node, ast.ImportFrom):
            package = [*_package(path, node.level), node.module or ""]
            base = ".".join(part for part in package if part)
            yield from ((alias.asname or alias.name, f"{base}.{alias.name}") for alias in node.names)


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Every statement, those inside others included, level by level: no expression holds one."""
    waiting: deque[ast.AST] = deque([tree])
    while waiting:
        node = waiting.popleft()
        yield node
        for name in _HOLDING:
            waiting.extend(getattr(node, name, ()))


_HOLDING = ("body", "handlers", "orelse", "finalbody", "cases")


def _package(path: str, level: int) -> list[str]:
    """The folders that a relative import of that level starts from."""
    folders = posixpath.dirname(path).split("/")
    return folders[: len(folders) - level + 1] if level else []


@dataclass(slots=True)
class Library:
    """The modules of a tree: each is parsed once, and only when it is asked for.

    ``commands`` are the paths of its management commands by name, for those that call each other.
    """

    texts: Mapping[str, str]
    commands: dict[str, str] = field(default_factory=dict)
    modules: dict[str, Module | Unparsed] = field(default_factory=dict)
    places: dict[tuple[str, str], Module | None] = field(default_factory=dict)

    def module(self, path: str) -> Module:
        """The module at that path; raises Unparsed."""
        if path not in self.modules:
            try:
                self.modules[path] = parse(path, self.texts[path])
            except Unparsed as error:
                self.modules[path] = error
            except KeyError:
                self.modules[path] = Unparsed(_("it cannot be read"))
        found = self.modules[path]
        if isinstance(found, Unparsed):
            raise found
        return found

    def named(self, dotted: str, near: str) -> Module | None:
        """The module of that dotted name, from the root of the tree or a folder above ``near``."""
        folder = posixpath.dirname(near)
        if (dotted, folder) not in self.places:
            self.places[dotted, folder] = self._find(dotted.replace(".", "/"), folder.split("/"))
        return self.places[dotted, folder]

    def _find(self, relative: str, folders: list[str]) -> Module | None:
        for depth in range(len(folders) + 1):
            start = posixpath.join(*folders[:depth], relative) if depth else relative
            for path in (f"{start}.py", f"{start}/__init__.py"):
                if path in self.texts:
                    try:
                        return self.module(path)
                    except Unparsed:
                        return None
        return None

    def definition(
        self, dotted: str, near: str, hops: int = MOST_RE_EXPORTS
    ) -> tuple[Module, FunctionNode | ast.ClassDef] | None:
        """The function or class of that dotted name, where it lies in the tree."""
        package, _dot, name = dotted.rpartition(".")
        if package.startswith("django."):  # a copy of it in the tree is no code of the project
            return None
        module = self.named(package, near) if package else None
        if module is None:
            return None
        found = module.functions.get(name) or module.classes.get(name)
        if found is not None:
            return module, found
        again = module.names.get(name)
        return self.definition(again, module.path, hops - 1) if again and hops else None
