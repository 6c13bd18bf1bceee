"""The value of an expression as far as the text gives it; what only a run can give stays open.

Constants, names that are assigned once, f-strings, ``+``, ``%``, ``os.path.join``, ``timedelta`` and the
like are folded. Sizes are bounded, because a program of a few lines can spell a value without end.
"""

from __future__ import annotations

import ast
import datetime as dt
import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from migrator.sources.python.module import Module, Scope, text_of

LONGEST = 64 * 1024  # characters of a text
LARGEST = 10**15  # of a number
MOST = 1000  # values of a range
BUDGET = 100_000  # expressions folded in one file


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that depends on the run, as it is written."""

    text: str


@dataclass(frozen=True, slots=True)
class Reference:
    """Something with a name that is no constant: a function, a setting of another module."""

    text: str
    dotted: str


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A call that is left as it is, with its arguments folded."""

    text: str
    dotted: str
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]

    def argument(self, name: str, position: int = -1) -> Any:
        """The argument of that name or at that position; None where there is none."""
        if name in self.kwargs:
            return self.kwargs[name]
        return self.args[position] if 0 <= position < len(self.args) else None


PARTIAL = "functools.partial"

Open = Unknown | Reference | Call
TooLong = Unknown("...")


def is_static(value: Any) -> bool:
    """Whether nothing in a folded value is open."""
    if isinstance(value, dict):
        return all(is_static(part) for pair in value.items() for part in pair)
    if isinstance(value, list | tuple | set):
        return all(is_static(part) for part in value)
    return not isinstance(value, Open)


def shown(value: Any) -> str:
    """A folded value as a person reads it: texts as they are, open parts as they are written."""
    match value:
        case str():
            return value
        case Unknown() | Reference() | Call():
            return value.text
        case dt.timedelta():
            return f"timedelta(seconds={value.total_seconds():g})"
        case list() | tuple():
            return f"[{', '.join(map(shown, value))}]"
        case dict():
            return f"{{{', '.join(f'{shown(key)}: {shown(one)}' for key, one in value.items())}}}"
        case _:
            return repr(value)


@dataclass(slots=True)
class Folder:
    """Folds the expressions of one module, within a budget."""

    module: Module
    left: int = BUDGET
    inside: set[int] = field(default_factory=set)  # nodes that are being folded: a name may stand for itself

    def fold(self, node: ast.expr | None, scope: Scope) -> Any:
        """The value of an expression that stands in ``scope``."""
        if node is None:
            return None
        with self.entered(node) as allowed:
            if not allowed:
                return TooLong
            try:
                return _bounded(self._fold(node, scope))
            except RecursionError:
                return TooLong
            except (TypeError, ValueError, ArithmeticError, LookupError):
                return Unknown(text_of(node))

    @contextmanager
    def entered(self, node: ast.expr) -> Iterator[bool]:
        """Whether a node may be looked into: within the budget, and not from inside itself."""
        self.left -= 1
        if self.left < 0 or id(node) in self.inside:
            yield False
            return
        self.inside.add(id(node))
        try:
            yield True
        finally:
            self.inside.discard(id(node))

    def _fold(self, node: ast.expr, scope: Scope) -> Any:
        match node:
            case ast.Constant(value=str() | int() | float() | None as value):
                return value
            case ast.Name() | ast.Attribute():
                return self._name(node, scope)
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                return SEQUENCES[type(node)](self._parts(parts, scope))
            case ast.Dict(keys=keys, values=values):
                return self._dict(keys, values, scope)
            case ast.JoinedStr(values=parts):
                return self._joined(parts, scope)
            case _:
                return self._computed(node, scope)

    def _computed(self, node: ast.expr, scope: Scope) -> Any:
        match node:
            case ast.BinOp(left=left, op=operator, right=right):
                return _binary(self.fold(left, scope), operator, self.fold(right, scope))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self.fold(operand, scope)
            case ast.Subscript(value=value, slice=index):
                return self.fold(value, scope)[self.fold(index, scope)]
            case ast.Call() | ast.Lambda():
                return self._call(node, scope) if isinstance(node, ast.Call) else self._lambda(node, scope)
            case ast.Starred(value=value):
                return self.fold(value, scope)
            case _:
                return Unknown(text_of(node))

    def _lambda(self, node: ast.Lambda, scope: Scope) -> Any:
        """``lambda: f(1)`` is ``functools.partial(f, 1)``."""
        call = self.fold(node.body, scope) if isinstance(node.body, ast.Call) else None
        if not isinstance(call, Call) or ast.unparse(node.args):
            return Unknown(text_of(node))
        function = Reference(call.text, call.dotted)
        return Call(call.text, PARTIAL, (function, *call.args), call.kwargs)

    def _name(self, node: ast.Name | ast.Attribute, scope: Scope) -> Any:
        found = scope.find(node.id, node.lineno) if isinstance(node, ast.Name) else None
        if found is None:
            return Reference(text_of(node), self.module.dotted(node))
        value, where = found
        return Unknown(text_of(node)) if value is None else self.fold(value, where)

    def _parts(self, parts: list[ast.expr], scope: Scope) -> list[Any]:
        values: list[Any] = []
        for part in parts:
            value = self.fold(part, scope)
            if isinstance(part, ast.Starred) and not isinstance(value, Open):
                values.extend(value)
            else:
                values.append(value)
        return values

    def _dict(self, keys: list[ast.expr | None], values: list[ast.expr], scope: Scope) -> dict[Any, Any]:
        folded: dict[Any, Any] = {}
        for key, node in zip(keys, values, strict=True):
            value = self.fold(node, scope)
            if key is not None:
                folded[self.fold(key, scope)] = value
            elif isinstance(value, dict):
                folded |= value
            else:
                folded[Unknown("**")] = value
        return folded

    def _joined(self, parts: list[ast.expr], scope: Scope) -> Any:
        texts = []
        for part in parts:
            if isinstance(part, ast.FormattedValue):
                value = self.fold(part.value, scope)
                plain = part.format_spec is None and part.conversion in (-1, ord("s"))
                if not plain or not isinstance(value, str | int | float):
                    return Unknown(text_of(ast.JoinedStr(parts)))
                texts.append(str(value))
            else:
                texts.append(str(self.fold(part, scope)))
        return _join("", texts)

    def _call(self, node: ast.Call, scope: Scope) -> Any:
        args = tuple(self._parts(node.args, scope))
        kwargs = {one.arg or "**": self.fold(one.value, scope) for one in node.keywords}
        dotted = self.module.dotted(node.func)
        if dotted in LOOKUPS or dotted.startswith(ENVIRONS):
            return _looked_up(args, kwargs, self.module.environment, Unknown(text_of(node)))
        function = FUNCTIONS.get(dotted) or FUNCTIONS.get(dotted.rpartition(".")[2])
        if function and (dotted in CONTAINERS or (is_static(args) and is_static(kwargs))):
            return function(*args, **kwargs)
        if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            text = self.fold(node.func.value, scope)
            if isinstance(text, str) and is_static(args) and is_static(kwargs):
                return METHODS[node.func.attr](text, *args, **kwargs)
        return Call(text_of(node), dotted or text_of(node.func), args, kwargs)


def _binary(left: Any, operator: ast.operator, right: Any) -> Any:
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    match operator:
        case ast.Add() if numbers or type(left) is type(right) or isinstance(left, dt.timedelta):
            return left + right
        case ast.Sub() if numbers or isinstance(left, dt.timedelta):
            return left - right
        case ast.Mult() if numbers or isinstance(left, dt.timedelta) or isinstance(right, dt.timedelta):
            return left * right
        case ast.FloorDiv() if numbers:
            return left // right
        case ast.Div() if numbers:
            return left / right
        case ast.Mod() if isinstance(left, str) and re.fullmatch(r"([^%]|%%|%(\(\w+\))?[sd])*", left):
            if is_static(right):
                values = right.values() if isinstance(right, dict) else right
                _expect(left.count("%"), values if isinstance(right, dict | tuple) else (right,))
                return left % right
    raise ValueError


def _bounded(value: Any) -> Any:
    """The value; raises ValueError for a text or a number that nobody means: infinity, half a character."""
    if isinstance(value, str):
        value.encode("utf-8", "surrogateescape")
    too_long = isinstance(value, str | list | tuple) and len(value) > LONGEST
    if too_long or (isinstance(value, int | float) and not -LARGEST < value < LARGEST):
        raise ValueError
    return value


LOOKUPS = {"os.getenv", "os.environ.get", "decouple.config", "config", "env", "getenv", "environ.get"}
ENVIRONS = ("env.", "environ.Env.", "os.environ.get")


def _looked_up(
    args: tuple[Any, ...], kwargs: Mapping[str, Any], environment: Mapping[str, str], unknown: Unknown
) -> Any:
    """A variable of the environment: as ``--env`` gives it, else its default."""
    if args and args[0] in environment:
        return environment[args[0]]
    return args[1] if len(args) > 1 else kwargs.get("default", unknown)


def _range(*args: int) -> list[int]:
    values = range(*args)
    if len(values) > MOST:
        raise ValueError
    return list(values)


def _format(text: str, *args: Any, **kwargs: Any) -> str:
    if not re.fullmatch(r"([^{}]|\{\{|\}\}|\{\w*\})*", text):
        raise ValueError
    _expect(text.count("{"), (*args, *kwargs.values()))
    return text.format(*args, **kwargs)


def _join(text: str, parts: Collection[str]) -> str:
    _expect(1, parts)
    _expect(len(parts), (text,))
    return text.join(parts)


def _join_path(*parts: str) -> str:
    _expect(1, parts)
    return posixpath.join(*parts)


def _expect(times: int, values: Iterable[Any]) -> None:
    """Raises ValueError where texts that are written so often would come to more than anybody reads."""
    if times * sum(len(value) for value in values if isinstance(value, str)) > LONGEST * 100:
        raise ValueError


SEQUENCES: dict[type[ast.expr], Callable[[list[Any]], Any]] = {ast.List: list, ast.Tuple: tuple, ast.Set: set}
CONTAINERS = {"dict", "list", "tuple"}  # which hold what is open as it is
# What can be computed from its arguments alone, by its full name or by the last part of it.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "os.path.join": _join_path,
    "timedelta": dt.timedelta,
    "dict": dict,
    "list": list,
    "tuple": tuple,
    "set": set,
    "frozenset": set,
    "range": _range,
    "str": str,
    "int": int,
    "float": float,
}
METHODS: dict[str, Callable[..., Any]] = {
    "format": _format,
    "join": _join,
    "split": lambda text, *args: text.split(*args),
    "strip": lambda text, *args: text.strip(*args),
    "upper": lambda text: text.upper(),
    "lower": lambda text: text.lower(),
}
