"""The parser of a command, rebuilt from the literal calls in its ``add_arguments``, without executing it.

A parser is given only where all of it could be read: one that lacks an option would refuse
command lines that the real one takes.
"""

from __future__ import annotations

import argparse
import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from migrator.project.command_class import Chain, Link
from migrator.project.python_module import FunctionNode, Module
from migrator.project.signature import Signature, base_parser

_TYPES = {"int": int, "float": float, "str": str, "bool": bool}
_ACTIONS = {"argparse.BooleanOptionalAction": argparse.BooleanOptionalAction}
_PLAIN_ACTIONS = frozenset(
    {"store", "store_true", "store_false", "store_const", "append", "append_const", "count", "extend"}
)
_NARGS = {"argparse.REMAINDER": argparse.REMAINDER, "argparse.OPTIONAL": "?", "argparse.ZERO_OR_MORE": "*"}
_WITHOUT_MEANING = frozenset({"help", "default"})  # for what is accepted and what is given
_OWN_PARSING = ("create_parser", "run_from_argv", "parse_args")
DEEPEST = 5  # methods that hand the parser on
MOST_CHOICES = 10_000  # `range(10**9)` is one line


class _Unreadable(Exception):
    """Something about the parser is decided when the code runs."""


def signature_of(chain: Chain) -> Signature | None:
    """What the command takes; None where the text does not give all of it."""
    own = any(chain.method(name) for name in _OWN_PARSING) or any(
        link.attribute("option_list")
        for link in chain.links  # optparse, before Django 1.10
    )
    if own or not chain.whole:
        return None
    building = _Building(chain, base_parser(chain.text("missing_args_message")))
    try:
        building.call("add_arguments", None)
    except (_Unreadable, argparse.ArgumentError, TypeError, ValueError, IndexError, OverflowError):
        return None
    if chain.labels and not chain.method("add_arguments"):
        building.parser.add_argument("args", metavar=chain.labels, nargs="+")
    return Signature(building.parser, frozenset(building.opaque))


@dataclass(slots=True)
class _Building:
    """A parser in the making; ``opaque`` as in Signature."""

    chain: Chain
    parser: argparse.ArgumentParser
    opaque: set[str] = field(default_factory=set)
    depth: int = 0

    def call(self, name: str, after: Link | None) -> None:
        """Follow the method of that name; Django's own add nothing, but LabelCommand's."""
        found = self.chain.method(name, after)
        if found is None:
            if name != "add_arguments":
                raise _Unreadable
            if self.chain.labels and after:
                self.parser.add_argument("args", metavar=self.chain.labels, nargs="+")
            return
        if self.depth >= DEEPEST:
            raise _Unreadable
        self.depth += 1
        _Body(self, *found).follow()
        self.depth -= 1


@dataclass(slots=True)
class _Body:
    """One method that is given the parser; ``parsers`` are the names that stand for it or a group of it."""

    building: _Building
    link: Link
    node: FunctionNode
    parsers: dict[str, Any] = field(default_factory=dict)

    def follow(self) -> None:
        parameters = [one.arg for one in self.node.args.args]
        if len(parameters) != 2:
            raise _Unreadable
        self.parsers[parameters[1]] = self.building.parser
        for statement in self.node.body:
            self._statement(statement)

    def _statement(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Expr(value=ast.Call() as call):
                self._call(call)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call):
                made = self._call(call)
                if made is not None:
                    self.parsers[name] = made
            case _ if self._mentions(statement):
                raise _Unreadable

    def _mentions(self, node: ast.AST) -> bool:
        return any(isinstance(one, ast.Name) and one.id in self.parsers for one in ast.walk(node))

    def _call(self, call: ast.Call) -> Any:
        """What a call makes: a group, or nothing to go on with."""
        if not self._mentions(call):
            return None
        match call.func:
            case ast.Attribute(value=ast.Name(id=name), attr=verb) if name in self.parsers:
                return self._on(self.parsers[name], verb, call)
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr=verb):
                self.building.call(verb, self.link)
            case ast.Attribute(value=ast.Name(id="self"), attr=verb) if len(call.args) == 1:
                self.building.call(verb, None)
            case _:
                raise _Unreadable
        return None

    def _on(self, parser: Any, verb: str, call: ast.Call) -> Any:
        match verb:
            case "add_argument":
                self._argument(parser, call)
            case "add_argument_group":
                return parser.add_argument_group()
            case "add_mutually_exclusive_group":
                return parser.add_mutually_exclusive_group(**self._literals(call, ("required",)))
            case "set_defaults":
                pass
            case _:
                raise _Unreadable
        return None

    def _argument(self, parser: Any, call: ast.Call) -> None:
        names = [_literal(name, self.link.module) for name in call.args]
        if _literal(_keyword(call, "action"), self.link.module, None) == "version":
            return
        options = dict(_options(call, self.link.module))
        opaque = options.pop("opaque", False)
        action = parser.add_argument(*names, **options)
        if opaque:
            self.building.opaque.add(action.dest)

    def _literals(self, call: ast.Call, names: Sequence[str]) -> dict[str, Any]:
        return {
            one.arg: _literal(one.value, self.link.module)
            for one in call.keywords
            if one.arg in names and one.arg
        }


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((one.value for one in call.keywords if one.arg == name), None)


def _options(call: ast.Call, module: Module) -> Iterator[tuple[str, Any]]:
    """The keywords of add_argument as values; ``opaque`` where a value is the code's to compute."""
    kind = _keyword(call, "type")
    ours = kind is None or module.dotted(kind) in _TYPES
    if not ours:
        yield "opaque", True
    for one in call.keywords:
        if one.arg is None:  # **more
            raise _Unreadable
        if one.arg in ("type", "choices"):
            if ours:
                yield from _checked(one.arg, one.value, module)
        elif one.arg not in _WITHOUT_MEANING:
            yield from _READERS.get(one.arg, _plain)(one.arg, one.value, module)


def _checked(name: str, node: ast.expr, module: Module) -> Iterator[tuple[str, Any]]:
    """What the parser holds a value against; choices that the text does not give, or too many, are not."""
    if name == "type":
        yield name, _TYPES[str(module.dotted(node))]
    else:
        choices = _literal(node, module, None)
        if choices is not None and len(choices) <= MOST_CHOICES:
            yield name, list(choices)


def _plain(name: str, node: ast.expr, module: Module) -> Iterator[tuple[str, Any]]:
    yield name, _literal(node, module)


def _metavar(name: str, node: ast.expr, module: Module) -> Iterator[tuple[str, Any]]:
    yield name, _literal(node, module, None)


def _nargs(name: str, node: ast.expr, module: Module) -> Iterator[tuple[str, Any]]:
    yield name, _NARGS.get(module.dotted(node) or "") or _literal(node, module)


def _const(name: str, node: ast.expr, module: Module) -> Iterator[tuple[str, Any]]:
    value = _literal(node, module, ...)
    if value is ...:
        yield "opaque", True
    yield name, value


def _action(name: str, node: ast.expr, module: Module) -> Iterator[tuple[str, Any]]:
    known = _ACTIONS.get(module.dotted(node) or "")
    action = known or _literal(node, module)
    if known is None and action not in _PLAIN_ACTIONS:
        raise _Unreadable
    yield name, action


_READERS: Mapping[str, Callable[[str, ast.expr, Module], Iterator[tuple[str, Any]]]] = {
    "action": _action,
    "const": _const,
    "metavar": _metavar,
    "nargs": _nargs,
}


def _literal(node: ast.expr | None, module: Module, otherwise: Any = _Unreadable) -> Any:
    """The value of a literal, or of a name that the module gives one; else ``otherwise``."""
    if isinstance(node, ast.Name) and node.id in module.values:
        node = module.values[node.id]
    try:
        if isinstance(node, ast.Call) and module.dotted(node.func) == "range":
            return range(*map(ast.literal_eval, node.args))
        if node is not None:
            return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        pass
    if otherwise is _Unreadable:
        raise _Unreadable
    return otherwise
