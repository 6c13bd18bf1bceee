"""What the tree says about the commands, and what Django says, as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from migrator.project.model import Command, Project


def settled(tree: Project, installed: Iterable[Command]) -> Project:
    """The project as Django sees it: the commands of installed apps, each name one, with its parser."""
    return Project.of(_settled(tree, installed), asked=True)


def _settled(tree: Project, installed: Iterable[Command]) -> Iterator[Command]:
    for told in installed:
        read = _module_of(told, tree.commands.get(told.name, ()))
        if read is None:
            yield told
        elif told.signature or told.problem:
            yield replace(read, app=told.app, signature=told.signature, problem=told.problem)
        else:
            yield replace(read, app=told.app)


def _module_of(told: Command, candidates: Sequence[Command]) -> Command | None:
    """The module in the tree that a command's app has."""
    for read in candidates:
        if read.path == told.path or read.app == told.app or _ends_with(told.app, read.app):
            return read
    return None


def _ends_with(longer: str, shorter: str) -> bool:
    return longer.endswith(f".{shorter}") or shorter.endswith(f".{longer}")
