"""A management command, as far as the text of its module tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from migrator.findings import Place
from migrator.project.signature import Argument, Signature

SOURCE = "management command"  # the `source` of a place in the project's code
EffectKind = Literal["mail", "delete", "write", "http", "file", "process", "none-seen"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something that the code does, and where.

    ``unless``: the words in the tests around it; an option of that name given to the
    command is taken for an answer, as ``--noinput`` is for ``if options["interactive"]``.
    """

    code: str
    place: Place
    text: str
    fact: str
    hint: str
    unless: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Effect:
    """What a command does to the world outside its process, with the call that does it."""

    kind: EffectKind
    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What the code of a command does, as far as it lies in the tree."""

    evidence: tuple[Evidence, ...] = ()
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """One management command; ``path`` is None where its module is not in the tree.

    ``bases`` is the chain of its classes as far as it is known, the nearest first;
    ``problem`` says why its module could not be read or loaded.
    """

    name: str
    app: str
    path: str | None = None
    line: int = 1
    help: str | None = None
    bases: tuple[str, ...] = ()
    signature: Signature | None = field(default=None, compare=False)
    behaviour: Behaviour = Behaviour()
    problem: str | None = None
    scheduled: tuple[str, ...] = ()  # the ids of the jobs that run it

    @property
    def place(self) -> Place | None:
        return Place(self.path, self.line, SOURCE) if self.path else None

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return self.signature.arguments if self.signature else ()


@dataclass(frozen=True, slots=True)
class Project:
    """The commands of a project by name; several where apps share a name and nobody was asked.

    ``asked``: Django itself has given the list, so a command that is not in it does not exist;
    ``installed``: the names that any installed package has, whether or not it is one of the apps; None:
    nobody has looked.
    """

    commands: Mapping[str, Sequence[Command]] = field(default_factory=dict)
    asked: bool = False
    installed: frozenset[str] | None = None

    @classmethod
    def of(cls, commands: Iterable[Command], *, asked: bool = False) -> Project:
        """The project that has these commands."""
        named: dict[str, list[Command]] = {}
        for command in commands:
            named.setdefault(command.name, []).append(command)
        return cls(named, asked)
