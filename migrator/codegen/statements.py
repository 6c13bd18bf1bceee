"""Statements of generated code, put into lines when it is known how far they are indented."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from migrator.codegen.python_text import WIDTH, call


@dataclass(frozen=True, slots=True)
class Call:
    """``name(a, b)``."""

    name: str
    arguments: tuple[str, ...] = ()

    def lines(self, indent: int, *, beside: int = 0) -> str:
        return call(self.name, list(self.arguments), indent, beside=beside)


@dataclass(frozen=True, slots=True)
class With:
    """``with a() as b, c():`` around statements."""

    managers: tuple[Manager, ...]
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class If:
    """A condition in front of statements."""

    condition: str
    body: tuple[Statement, ...]


UNLIMITED = 10**6  # characters beside, as if there was all the room in the world
Statement = Call | With | If
Manager = tuple[Call, str | None]  # and the name that it is given


def around(managers: Sequence[Manager], body: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """The managers around the statements, in one ``with`` where there is nothing between two of them."""
    match body:
        case (With(inner, rest),) if managers:
            return (With((*managers, *inner), rest),)
        case _:
            return (With(tuple(managers), body),) if managers else body


def written(statements: Sequence[Statement], indent: int) -> Iterator[str]:
    """The statements as lines of a function's body."""
    pad = " " * indent
    for statement in statements:
        match statement:
            case Call():
                yield pad + statement.lines(indent)
            case With(managers, body):
                yield _with(managers, indent)
                yield from written(body, indent + 4)
            case If(condition, body):
                yield f"{pad}if {condition}:"
                yield from written(body, indent + 4)


def _with(managers: Sequence[Manager], indent: int) -> str:
    """One line where it fits, else one manager a line, as ruff and black write it."""
    pad = " " * indent
    one = f"{pad}with {', '.join(_manager(*manager, 0, -UNLIMITED) for manager in managers)}:"
    if len(one) <= WIDTH:
        return one
    if len(managers) == 1:
        return f"{pad}with {_manager(*managers[0], indent, len('with :'))}:"
    inner = "".join(f"{pad}    {_manager(*manager, indent + 4, 1)},\n" for manager in managers)
    return f"{pad}with (\n{inner}{pad}):"


def _manager(manager: Call, name: str | None, indent: int, beside: int) -> str:
    named = f" as {name}" if name else ""
    return manager.lines(indent, beside=beside + len(named)) + named
