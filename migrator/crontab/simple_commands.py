"""Reads simple commands: builtins, wrappers, scripts of the tree, and what is left, the steps."""

from __future__ import annotations

import posixpath
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import replace

from migrator.crontab.bash_only import bash_only, say_braces, say_timed_assignment
from migrator.crontab.braces import expanded
from migrator.crontab.builtin_commands import BASH_ONLY, BUILTINS, DECORATION, SUCCEEDS, assign
from migrator.crontab.following import DEEPEST, Following
from migrator.crontab.layers import Layers
from migrator.crontab.options import plain, program_of
from migrator.crontab.pipes import LATER
from migrator.crontab.programs import management_text, program_step, remark_on
from migrator.crontab.reading import Lock
from migrator.crontab.run_time import say_run_time_words
from migrator.crontab.scenarios import everywhere
from migrator.crontab.scope import SHELLS
from migrator.crontab.shell import Group, Sequence, Shell, Simple, Word
from migrator.crontab.shell_builder import parse_shell
from migrator.crontab.wrappers import behind_unread, unwrap
from migrator.crontab.wrappers.locks import held
from migrator.crontab.wrappers.unwrapping import Inner
from migrator.errors import MigratorError, caret
from migrator.i18n import _


class SimpleCommands(Following, ABC):
    """The part of the reader that meets simple commands."""

    @abstractmethod
    def body(self, shell: Shell) -> int:
        """Reads a tree; the scenarios in which it succeeds."""

    def text(self, text: str) -> int:
        """Reads a shell text."""
        try:
            parsed = parse_shell(text, self.scope.variables, arguments=self.scope.arguments)
        except MigratorError as problem:
            self.reading.remark("CM307", problem.fact, problem.hint, _detail(problem))
            inside = parse_shell(text, self.scope.variables, strict=False).substituted
            return everywhere() if self.managing(inside) else self.unread(text)
        if sourced := self.sourced_variables(parsed.shell):
            variables = Layers(self.scope.variables)
            variables.update(sourced)
            parsed = parse_shell(text, variables, arguments=self.scope.arguments)
        status = self.body(parsed.shell)
        self.substituted(parsed.substituted)
        return status

    def substituted(self, commands: tuple[Simple, ...]) -> None:
        """What a command takes from another one's output."""
        if commands and self.managing(commands):
            self.reading.remark(
                "CM307",
                _("a management command runs inside another command"),
                _("move the whole line into a management command, or keep it in cron"),
            )

    def simple(self, simple: Simple) -> int:
        """One command: a builtin changes what follows, a wrapper is looked through, the rest are steps."""
        self.substituted(simple.first)
        before = self.scope.streams
        self.scope.streams = self.behind(simple.redirects)
        if self.scope.bash:
            simple = replace(simple, words=expanded(simple.words))
        if not simple.words:
            assign(simple.assignments, self.scope, self.reading, exported=False)
            self.decoration(simple)
            status = everywhere()
        elif simple.words[0].text == "exec" and len(simple.words) == 1:
            before, status = self.scope.streams, everywhere()
        else:
            status = self.builtin(simple)
        self.scope.streams = before
        return status

    def builtin(self, simple: Simple) -> int:
        """A command that changes what follows, or decoration; else a program."""
        name = program_of(simple.words)
        if name in BASH_ONLY and not self.scope.bash:
            bash_only(name, self.reading)
        if name == "time" and not (self.scope.bash and simple.words[0].text == "time"):
            say_timed_assignment(simple.words, self.reading)
        if name in self.scope.functions:
            return self.function(simple)
        if name in ("exit", "return"):
            return self.leaves(simple, name)
        if name == "wait":
            self.beside_it = None
        if name in BUILTINS and BUILTINS[name](simple, self.scope, self.reading):
            return everywhere()
        if name in (".", "source"):
            self.source(simple.words)
        elif name in DECORATION or self.frees_lock(simple):
            self.decoration(simple)
        else:
            return self.command(simple)
        return everywhere() if name != "false" else 0

    def leaves(self, simple: Simple, name: str) -> int:
        """``exit 0``: nothing behind it runs."""
        code = plain(simple.words[1]) if len(simple.words) > 1 else "$?"
        well = everywhere() if code == "0" else self.status if code == "$?" else 0
        if self.reading.steps and code == "0":
            self.masked(simple.text)
        if name == "return":
            self.returned |= self.live
        self.leave(self.live, well=well)
        return well

    def frees_lock(self, simple: Simple) -> bool:
        """``rm -f L`` after ``lockfile L``: the end of a lock, no step of its own."""
        if plain(simple.words[0]) != "rm":
            return False
        held_paths = [cover.meaning.path for cover in self.reading.covers if isinstance(cover.meaning, Lock)]
        return plain(simple.words[-1]) in held_paths

    def command(self, simple: Simple) -> int:
        before, kept = self.reading.environment, len(self.reading.steps)
        environment = self.reading.environment = Layers(before)
        for one in simple.assignments:
            environment[one.name] = plain(one.value)
        status = self.program(simple.words, simple.text)
        self.reading.environment = before if len(self.reading.steps) == kept else environment.settle()
        if simple.words[0].text == "exec":
            # It becomes the program: nothing behind it runs.
            self.leave(self.live, well=status)
        return status

    def program(self, words: tuple[Word, ...], text: str) -> int:
        """A program: what it runs if it is a wrapper or a script, else a step."""
        mark, folder = len(self.reading.covers), self.reading.cwd
        lock = held(words, self.reading)
        if lock is not None and (self.has(lock) or len(self.reading.covers) < DEEPEST):
            if not self.has(lock):
                self.reading.cover(lock, program_of(words))
            return everywhere()
        if self.depth >= DEEPEST or lock is not None:
            status = self.unread(text)
        elif (evaluated := _evaluated(words)) is not None:
            self.depth += 1
            status = self.text(evaluated)
            self.depth -= 1
        elif (typed := self.typed(words)) is not None:
            status = self.inside(typed, words)
        elif (followed := self.follow(words, by_itself=True)) is not None:
            status = followed
        elif (inner := unwrap(words, self.reading, self.scripts)) is not None:
            status = self.inside(inner, words)
        elif (followed := self.follow(words)) is not None:
            status = followed
        elif (inner := behind_unread(words, self.reading, self.scripts.manage)) is not None:
            status = self.inside(inner, words)
        else:
            status = self.single(words, text)
        del self.reading.covers[mark:]
        self.reading.cwd = folder
        return status

    def has(self, lock: Lock) -> bool:
        """Whether the shell holds a lock already: to take it again changes nothing."""
        held_locks = [cover.meaning for cover in self.reading.covers if isinstance(cover.meaning, Lock)]
        return any(one == lock and one.path == lock.path for one in held_locks)

    def typed(self, words: tuple[Word, ...]) -> str | None:
        """What a shell reads from its standard input: ``bash -s <<< TEXT``, ``echo TEXT | at now``."""
        name, source = program_of(words), self.scope.streams.input
        if source is None or source.text is None:
            return None
        options = all(re.fullmatch(r"-[abefhiklmnpstuvx]+", plain(word)) for word in words[1:])
        if not (name in LATER or (name in SHELLS and options)):
            return None
        if name in LATER:
            self.reading.remark(
                "CM320",
                _("{program} runs the command later, and by itself").format(program=name),
                _("give the job the schedule on which it runs in the end"),
            )
        self.scope.streams = replace(self.scope.streams, input=None)
        return source.text

    def single(self, words: tuple[Word, ...], text: str) -> int:
        """A program that runs nothing else: a step."""
        step = program_step(words, text, self.scripts.manage)
        remark_on(step, words, self.reading)
        if step.kind == "management":
            say_run_time_words(step, words, self.reading)
            say_braces(words, self.reading)
        return self.step(step)

    def inside(self, inner: Inner, words: tuple[Word, ...]) -> int:
        """What a wrapper runs: words, or a text for a shell of its own."""
        self.depth += 1
        if isinstance(inner, str):
            status = self.contained(lambda: self.shell_of_its_own(inner, words))
        else:
            status = self.command(Simple(" ".join(word.text for word in inner), inner))
        self.depth -= 1
        return status

    def shell_of_its_own(self, inner: str, words: tuple[Word, ...]) -> int:
        """``bash -ec 'text' name argument``, and the shells that flock, su and others call."""
        name = program_of(words)
        texts = [plain(word) for word in words]
        at = texts.index(inner) if inner in texts and name in SHELLS else None
        rest = texts[at + 1 :] if at is not None else []
        strict = any(re.fullmatch(r"-\w*e\w*", one) for one in texts[:at] if at is not None)
        shell = name if name in SHELLS else self.scope.shell if name == "flock" else "sh"
        arguments = tuple(rest[1:]) if rest else None
        self.scope = self.scope.process(shell=shell, arguments=arguments, strict=strict)
        return self.text(inner)

    def managing(self, commands: Iterable[Simple]) -> bool:
        """Takes the management commands among those of a text that is not taken apart."""
        count = len(self.reading.steps)
        for command in commands:
            other = type(self)(self.scope.copy(), self.scripts)
            other.reading.cwd, other.depth = self.reading.cwd, self.depth + 1
            if command.words and other.depth < DEEPEST:
                other.simple(command)
            for step in other.reading.steps:
                if step.kind == "management":
                    self.step(step)
        return len(self.reading.steps) > count

    def always_succeeds(self, shell: Shell) -> bool:
        """``echo done``, ``true``."""
        match shell:
            case Simple(words=(first, *_rest)):
                return posixpath.basename(plain(first)) in SUCCEEDS
            case Group(_, body):
                return self.always_succeeds(body)
            case Sequence(_, parts) if parts:
                return self.always_succeeds(parts[-1][1])
            case _:
                return False


def _evaluated(words: tuple[Word, ...]) -> str | None:
    """``eval``: blanks put its words together, and this very shell reads them again."""
    if program_of(words) != "eval":
        return None
    text = " ".join(plain(word) for word in words[1:])
    return text if all(word.value is not None for word in words[1:]) or management_text(text) else None


def _detail(problem: MigratorError) -> str | None:
    if problem.text is None or problem.span is None:
        return None
    return f"{problem.text}\n{caret(problem.span)}"
