"""What holds at one point of a command: variables, streams, the shell and its options."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from copy import copy
from dataclasses import dataclass, field

from migrator.crontab.layers import Layers
from migrator.crontab.shell import Function
from migrator.crontab.streams import Streams

# What cron exports to every job, crontab(5).
FROM_CRON = dict.fromkeys(("HOME", "LANG", "LOGNAME", "MAILTO", "PATH", "SHELL", "USER"), True)
BASH = {"bash", "zsh", "ksh"}
OF_RECIPES = "sh"
SHELLS = BASH | {"sh", "dash", "ash"}


@dataclass(slots=True)
class Scope:
    """Changed by the commands as they are read; a subshell works on a copy."""

    shell: str
    variables: MutableMapping[str, str]
    exported: MutableMapping[str, bool]
    exports_all: bool = False  # set -a
    strict: bool = False  # set -e
    pipefail: bool = False
    streams: Streams = field(default_factory=Streams)
    guards: tuple[str, ...] = ()  # of this chain
    standing: tuple[str, ...] = ()  # until the shell ends: [ a ] || exit
    functions: MutableMapping[str, Function] = field(default_factory=dict)
    arguments: tuple[str, ...] | None = None
    scripts: tuple[str, ...] = ()  # the scripts that are read, outermost first
    folders: tuple[str | None, ...] = ()  # pushd

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> Scope:
        """Where a line begins, under the settings above it."""
        shell = settings.get("SHELL", "sh").rsplit("/", 1)[-1]
        return cls(shell, Layers(settings), Layers(FROM_CRON | dict.fromkeys(settings, True)))

    @property
    def bash(self) -> bool:
        return self.shell in BASH

    def copy(self) -> Scope:
        """For a subshell: what changes in there ends there."""
        other = copy(self)
        other.variables, other.functions = Layers(self.variables), Layers(self.functions)
        other.exported = Layers(self.exported)
        return other

    def process(
        self, *, shell: str, arguments: tuple[str, ...] | None, strict: bool, name: str = ""
    ) -> Scope:
        """For a shell that is started: it gets the exported variables, and arguments of its own."""
        scope = self.copy()
        scope.variables = Layers(self.variables, only=self.exported)
        scope.shell, scope.strict, scope.functions = shell, strict, {}
        scope.pipefail, scope.exports_all, scope.arguments = False, False, arguments
        scope.name_arguments(arguments or (), name)
        return scope

    def recipe(self, path: str) -> Scope:
        """For what a task runner runs: sh, and no arguments."""
        return self.process(shell=OF_RECIPES, arguments=(), strict=False, name=path)

    def name_arguments(self, arguments: tuple[str, ...], name: str = "") -> None:
        """``$1`` and its like."""
        self.variables.update({str(index): value for index, value in enumerate(arguments, 1)})
        self.variables.update({"#": str(len(arguments)), "*": " ".join(arguments), "@": " ".join(arguments)})
        # A missing argument is empty, not unknown.
        self.variables.update({str(index): "" for index in range(len(arguments) + 1, 10)})
        if name:
            self.variables["0"] = name
