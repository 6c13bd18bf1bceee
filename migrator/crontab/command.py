"""Reads a command line: which management command it is for, and what surrounds it.

Nothing is executed. A wrapper that is not known leaves the command a shell step, and
what cannot be read is said and decided by a person.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import replace

from migrator.crontab.lock_script import reads_as_lock_script
from migrator.crontab.programs import program_step
from migrator.crontab.reading import After, Reading, Step
from migrator.crontab.shell import (
    Assignment,
    Group,
    Joiner,
    Opaque,
    Pipeline,
    Redirect,
    Sequence,
    Shell,
    Simple,
    Test,
    Word,
    parse_shell,
)
from migrator.crontab.wrappers import WRAPPERS, Inner, behind_cronwrap
from migrator.errors import MigratorError, caret
from migrator.i18n import _

SHELLS = ("sh", "bash", "dash")
AFTER: dict[Joiner, After] = {"": "always", ";": "always", "&": "always", "&&": "success", "||": "failure"}


def read_command(
    text: str, *, settings: Mapping[str, str] | None = None, scripts: Mapping[str, str] | None = None
) -> Reading:
    """What ``text``, a command as the shell gets it, is for.

    ``settings``: the crontab's settings above the line. ``scripts``: the text of scripts in
    the tree, by base name, so that a lock script can be read.
    """
    reader = _Reader(dict(settings or {}), dict(scripts or {}))
    reader.text(text, "always")
    return reader.reading


class _Reader:
    def __init__(self, variables: dict[str, str], scripts: dict[str, str]) -> None:
        self.variables = variables
        self.scripts = scripts
        self.shell_name = posixpath.basename(variables.get("SHELL", "sh"))
        self.reading = Reading()

    def text(self, text: str, after: After) -> None:
        try:
            shell = parse_shell(text, self.variables)
        except MigratorError as problem:
            self.reading.remark("CM307", problem.fact, problem.hint, _detail(problem))
            self.opaque(text, after)
            return
        self.shell(shell, after)

    def shell(self, shell: Shell, after: After) -> None:
        match shell:
            case Sequence(_, parts):
                self.sequence(parts, after)
            case Simple():
                self.simple(shell, after)
            case Group(_, body, _, redirects):
                self.redirects(redirects)
                self.shell(body, after)
            case Pipeline(_, parts):
                self.pipeline(parts, after)
            case Test(text):
                self.guard(text)
            case Opaque(text):
                self.reading.remark(
                    "CM307",
                    _("this shell text is not taken apart: {text}").format(text=text),
                    _("decide in migrator.toml, or move it into a management command"),
                )
                self.opaque(text, after)

    def sequence(self, parts: tuple[tuple[Joiner, Shell], ...], after: After) -> None:
        for index, (joiner, part) in enumerate(parts):
            if joiner == "&":
                # `x >> log 2&1`: 2 is an argument, & backgrounds, and 1 is a command.
                if isinstance(part, Simple) and [word.text for word in part.words] == ["1"]:
                    self.reading.remark(
                        "CM302",
                        _("2&1 is no redirect: it passes 2 to the command, backgrounds it, and runs 1"),
                        _("write 2>&1"),
                    )
                    continue
                self.reading.remark("CM306", _("the command runs in the background: its end is not seen"))
            self.shell(part, after if not self.reading.steps and index == 0 else AFTER[joiner])

    def simple(self, simple: Simple, after: After) -> None:
        self.redirects(simple.redirects)
        self.assign(simple.assignments)
        if not simple.words:
            return
        name = posixpath.basename(simple.words[0].value or simple.words[0].text)
        match name:
            case "cd" if len(simple.words) > 1:
                self.reading.cwd = posixpath.join(self.reading.cwd or "", _known(simple.words[1]))
            case "export":
                pass  # the assignments are taken, and a bare export changes nothing that we see
            case "umask" if len(simple.words) > 1:
                self.reading.umask = _known(simple.words[1])
            case "." | "source":
                pass  # a virtual environment or the container's variables, which a worker has
            case "test" | "true" | ":" | "sleep":
                self.guard(simple.text)
            case _:
                self.program(simple.words, simple.text, after)

    def program(self, words: tuple[Word, ...], text: str, after: After) -> None:
        name = posixpath.basename(words[0].value or words[0].text)
        if recorded := behind_cronwrap(words):
            return self.inside(recorded, after)
        if wrapper := WRAPPERS.get(name):
            inner = wrapper(words, self.reading)
            if inner is not None:
                around = self.shell_name
                self.shell_name = name if name in SHELLS else around
                self.inside(inner, after)
                self.shell_name = around
                return None
        elif found := reads_as_lock_script(words, self.scripts):
            self.reading.lock, self.reading.freshness = found.lock, found.freshness
            if found.lock.blocking is None:
                self.reading.remark(
                    "CM303",
                    _("{name} looks like a lock script and could not be read").format(name=name),
                    _("scan the folder that holds it as well, or decide on the lock in migrator.toml"),
                )
            return self.text(found.command, after)
        self.step(program_step(words, text, after))
        return None

    def inside(self, inner: Inner, after: After) -> None:
        if isinstance(inner, str):
            self.text(inner, after)
        else:
            self.simple(Simple(" ".join(word.text for word in inner), inner), after)

    def pipeline(self, parts: tuple[Shell, ...], after: After) -> None:
        first, *rest = parts
        fed = next((part for part in rest if _manages(part)), None)
        if fed is not None and not _manages(first):
            self.reading.remark(
                "CM307",
                _("the command reads what {command} writes").format(command=first.text.split()[0]),
                _("move the whole line into a management command, or keep it in cron"),
            )
            self.shell(fed, after)
        else:
            self.shell(first, after)
        self.reading.exit_masked = True
        self.reading.remark(
            "CM306",
            _("the exit status is lost in the pipe to {command}").format(
                command=rest[-1].text.split()[0] if rest else ""
            ),
            _("Celery sees failures that cron never saw"),
        )

    def step(self, step: Step) -> None:
        if not self.reading.steps:
            step = replace(step, after="always")
        self.reading.steps.append(step)

    def opaque(self, text: str, after: After) -> None:
        words = text.split()
        self.step(Step("shell", words[0] if words else "", (), after, text))

    def guard(self, text: str) -> None:
        self.reading.guard = text if self.reading.guard is None else f"{self.reading.guard} && {text}"
        self.reading.remark(
            "CM304",
            _("a guard decides at run time: {text}").format(text=text),
            _("keep it as a check in the task, or say in migrator.toml that it is not needed"),
        )

    def assign(self, assignments: tuple[Assignment, ...]) -> None:
        for assignment in assignments:
            self.reading.environment[assignment.name] = _known(assignment.value)
            if assignment.value.value is not None:
                self.variables[assignment.name] = assignment.value.value

    def redirects(self, redirects: tuple[Redirect, ...]) -> None:
        for redirect in redirects:
            target = _known(redirect.target)
            if redirect.operator.startswith("&>") and self.shell_name != "bash":
                # dash and the like read `x &> log` as `x &` and `> log`.
                self.reading.remark(
                    "CM302",
                    _("{operator} is bash's: {shell} backgrounds the command and empties the file").format(
                        operator=redirect.operator, shell=self.shell_name
                    ),
                    _("write > FILE 2>&1, or set SHELL=/bin/bash above the line"),
                )
            output = redirect.operator in (">", ">>", ">|", "&>", "&>>") and redirect.descriptor in (None, 1)
            if output and target != "/dev/null":
                self.reading.log = target


def _known(word: Word) -> str:
    """The value, or the text where the value depends on the run."""
    return word.text if word.value is None else word.value


def _detail(problem: MigratorError) -> str | None:
    if problem.text is None or problem.span is None:
        return None
    return f"{problem.text}\n{caret(problem.span)}"


def _manages(shell: Shell) -> bool:
    """Whether a part of a pipeline calls a management command."""
    return (
        isinstance(shell, Simple)
        and bool(shell.words)
        and program_step(shell.words, shell.text, "always").kind == "management"
    )
