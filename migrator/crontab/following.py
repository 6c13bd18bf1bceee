"""Functions of a text and scripts of the tree, read where they are called."""

from __future__ import annotations

import posixpath
import re
from abc import ABC, abstractmethod
from copy import copy
from dataclasses import fields, replace

from migrator.crontab.collecting import Collecting
from migrator.crontab.layers import Layers
from migrator.crontab.options import plain
from migrator.crontab.preamble import is_activation
from migrator.crontab.reading import Reading
from migrator.crontab.recipes.calls import Recipe, recipe_of
from migrator.crontab.scope import SHELLS
from migrator.crontab.scripts import Script, script_index
from migrator.crontab.shell import Sequence, Shell, Simple, Word
from migrator.crontab.shell_builder import parse_shell
from migrator.i18n import _

DEEPEST = 30  # wrappers, texts and scripts inside each other


class Following(Collecting, ABC):
    """The part of the reader that goes into other texts."""

    @abstractmethod
    def text(self, text: str) -> int:
        """Reads a shell text; the scenarios in which it succeeds."""

    def function(self, simple: Simple) -> int:
        """A call: the body with the call's arguments; ``return`` ends it, ``exit`` all."""
        function = self.scope.functions[posixpath.basename(plain(simple.words[0]))]
        if self.depth >= DEEPEST:
            return self.unread(simple.text)
        arguments, own = self.scope.arguments, tuple(plain(word) for word in simple.words[1:])
        most = max(9, len(own), len(arguments or ()))
        names = [*map(str, range(most + 1)), "#", "@", "*"]
        kept = {name: self.scope.variables.pop(name) for name in names if name in self.scope.variables}
        live, returned = self.live, self.returned
        self.returned, self.depth = 0, self.depth + 1
        self.scope.arguments = own
        self.scope.name_arguments(own)
        status = self.text(function.body)
        status = (status & ~self.returned) | (self.well & self.returned)
        self.gone, self.well = self.gone & ~self.returned, self.well & ~self.returned
        self.live, self.returned, self.depth = live & ~self.gone, returned, self.depth - 1
        self.scope.arguments = arguments
        for name in names:
            self.scope.variables.pop(name, None)
        self.scope.variables.update(kept)
        return status

    def source(self, words: tuple[Word, ...]) -> None:
        """``. FILE``: a virtual environment, variables that a worker has, or a script of the tree."""
        path = plain(words[1]) if len(words) > 1 else ""
        if is_activation(path) or not path:
            return
        script = self.scripts.find(posixpath.join(self.reading.cwd or "", path))
        if (
            script is None
            or script.path in self.scope.scripts
            or self.depth >= DEEPEST
            or self.run(script, sourced=True) is None
        ):
            self.reading.environment_files.append(path)

    def sourced_variables(self, shell: Shell) -> dict[str, str]:
        """What the scripts of the tree that a text sources assign: its words are read with that."""
        parts = [part for _joiner, part in shell.parts] if isinstance(shell, Sequence) else []
        found: dict[str, str] = {}
        for part in parts:
            if isinstance(part, Simple) and len(part.words) > 1 and part.words[0].text in (".", "source"):
                script = self.scripts.find(plain(part.words[1]))
                found |= (
                    parse_shell(script.text, self.scope.variables, strict=False).variables if script else {}
                )
        return found

    def follow(self, words: tuple[Word, ...], *, by_itself: bool = False) -> int | None:
        """Reads a script of the tree in place of its call, if a management command is in it.

        ``by_itself``: the command is the script's own; one that its call brings along may stand
        behind a lock script, which says more.
        """
        if self.scripts and (
            recipe := recipe_of([plain(word) for word in words], self.reading.cwd, self.scripts)
        ):
            return self.recipe(recipe) if by_itself else None
        called = _script_call(words) if self.scripts else None
        if called is None:
            return None
        path, arguments, shell, strict = called
        whole = posixpath.join(self.reading.cwd or "", path)
        script = self.scripts.find(whole)
        if script is None or script.path in self.scope.scripts or (by_itself and not script.manages):
            return None
        found: list[int | None] = []

        def read() -> int:
            self.scope = self.scope.process(
                shell=shell or script.shell or "sh",
                arguments=arguments,
                strict=strict or script.strict,
                name=whole,
            )
            found.append(self.run(script))
            return found[0] or 0

        status = self.contained(read)
        return None if found == [None] else status

    def recipe(self, recipe: Recipe) -> int | None:
        """Reads what ``make TARGET`` runs in place of its call, if a management command is in it."""
        path = recipe.file.path
        if recipe.text is None:
            self.reading.remark(
                "CM332",
                _("what {path} does for this line depends on the run, and was not read").format(path=path),
                _("call the management command in the crontab itself, or say in migrator.toml what it runs"),
            )
        if not recipe.text or path in self.scope.scripts:
            return None
        found: list[int | None] = []
        script, folder = Script(path, recipe.text), self.reading.cwd

        def read() -> int:
            self.scope = self.scope.recipe(path)
            self.reading.cwd = recipe.folder or folder
            found.append(self.run(script))
            return found[0] or 0

        status = self.contained(read)
        if found == [None]:
            self.reading.cwd = folder
            return None
        return status

    def run(self, script: Script, *, sourced: bool = False) -> int | None:
        """Reads a script; of one without management commands only a sourced one's variables stay."""
        before, marks = self.reading, (len(self.taken), len(self.beside))
        control, guards = (self.live, self.gone, self.well, self.status), self.guard_words.copy()
        self.reading, environment = _copied(before), Layers(before.environment)
        self.reading.environment = environment
        self.say_guards()  # they stand before the call, and not in the script
        told = len(self.reading.remarks)
        self.scope.scripts = (*self.scope.scripts, script.path)
        self.depth += 1
        status = self.text(script.text)
        self.depth -= 1
        self.scope.scripts = self.scope.scripts[:-1]
        taken = self.reading.steps[len(before.steps) :]
        if not any(step.kind == "management" for step in taken):
            self.reading = before
            self.live, self.gone, self.well, self.status = control
            self.guard_words = guards
            del self.taken[marks[0] :], self.beside[marks[1] :]
            if sourced:
                environment.settle()
            return None
        self.reading.environment = environment.settle()
        new = self.reading.remarks[told:]
        self.reading.remarks[told:] = [replace(one, message=f"{script.path}: {one.message}") for one in new]
        return status


def _script_call(words: tuple[Word, ...]) -> tuple[str, tuple[str, ...], str | None, bool] | None:
    """Path, arguments, shell and strictness of ``bin/x.sh a`` and ``bash -e bin/x.sh a``."""
    texts = [plain(word) for word in words]
    name = posixpath.basename(texts[0])
    if name not in SHELLS:
        called = "/" in texts[0] or name.endswith((".sh", ".bash"))
        return (texts[0], tuple(texts[1:]), None, False) if called else None
    _shell, *rest = texts
    index = script_index(rest)
    if index is None:
        return None
    strict = any(re.fullmatch(r"-\w*e\w*", text) for text in rest[:index])
    return rest[index], tuple(rest[index + 1 :]), name, strict


def _copied(reading: Reading) -> Reading:
    """A reading that can grow without the first one growing."""
    grown = copy(reading)
    for one in fields(reading):
        value = getattr(reading, one.name)
        if isinstance(value, list | dict):
            setattr(grown, one.name, value.copy())
    return grown
