"""What holds at one point of a command: variables, streams, the shell and its options."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field

from migrator.crontab.shell import Function
from migrator.crontab.streams import Streams

# What cron exports to every job, crontab(5).
FROM_CRON = {"HOME", "LANG", "LOGNAME", "MAILTO", "PATH", "SHELL", "USER"}
BASH = {"bash", "zsh", "ksh"}
OF_RECIPES = "sh"
SHELLS = BASH | {"sh", "dash", "ash"}


@dataclass(slots=True)
class Scope:
    """Changed by the commands as they are read; a subshell works on a copy."""

    shell: str
    variables: dict[str, str]
    exported: set[str]
    exports_all: bool = False  # set -a
    strict: bool = False  # set -e
    pipefail: bool = False
    streams: Streams = field(default_factory=Streams)
    guards: tuple[str, ...] = ()  # of this chain
    standing: tuple[str, ...] = ()  # until the shell ends: [ a ] || exit
    functions: dict[str, Function] = field(default_factory=dict)
    arguments: tuple[str, ...] | None = None
    scripts: tuple[str, ...] = ()  # the scripts that are read, outermost first
    folders: tuple[str | None, ...] = ()  # pushd

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> Scope:
        """Where a line begins, under the settings above it."""
        shell = settings.get("SHELL", "sh").rsplit("/", 1)[-1]
        return cls(shell, dict(settings), set(settings) | FROM_CRON)

    @property
    def bash(self) -> bool:
        return self.shell in BASH

    def copy(self) -> Scope:
        """For a subshell: what changes in there ends there."""
        other = copy(self)
        other.variables, other.functions = dict(self.variables), dict(self.functions)
        other.exported = set(self.exported)
        return other

    def process(
        self, *, shell: str, arguments: tuple[str, ...] | None, strict: bool, name: str = ""
    ) -> Scope:
        """For a shell that is started: it gets the exported variables, and arguments of its own."""
        scope = self.copy()
        scope.variables = {key: value for key, value in self.variables.items() if key in self.exported}
        scope.shell, scope.strict, scope.functions = shell, strict, {}
        scope.pipefail, scope.exports_all, scope.arguments = False, False, arguments
        scope.name_arguments(arguments or (), name)
        return scope

    def recipe(self, path: str) -> Scope:
        """For what a task runner runs: sh, and no arguments."""
        return self.process(shell=OF_RECIPES, arguments=(), strict=False, name=path)

    def name_arguments(self, arguments: tuple[str, ...], name: str = "") -> None:
        """``$1`` and its like."""
        for key in [key for key in self.variables if key.isdigit() or key in "@*#"]:
            del self.variables[key]
        self.variables |= {str(index): value for index, value in enumerate(arguments, 1)}
        self.variables |= {"#": str(len(arguments)), "*": " ".join(arguments), "@": " ".join(arguments)}
        # A missing argument is empty, not unknown.
        self.variables |= {str(index): "" for index in range(len(arguments) + 1, 10)}
        if name:
            self.variables["0"] = name
