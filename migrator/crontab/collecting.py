"""Gathers what is found on the way through a command: steps, and all that holds where they stand."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import takewhile

from migrator.crontab.options import plain
from migrator.crontab.programs import program_step
from migrator.crontab.reading import Fate, Reading, Step
from migrator.crontab.run_time import say_settings_of_django
from migrator.crontab.scenarios import StopRule, everywhere, successes
from migrator.crontab.scope import Scope
from migrator.crontab.scripts import Scripts
from migrator.crontab.shell import Redirect, Simple
from migrator.crontab.streams import NOWHERE, PIPE, Streams, fate
from migrator.i18n import _
from migrator.values import value

_LONGEST_SHOWN = 160  # characters of a shell text in a message
MOST_GUARDS = 20  # shown with each step; the job has them all


@value
class Taken:
    """A step as it was met: the scenarios in which it runs and succeeds, and its streams."""

    runs: int
    succeeds: int
    streams: Streams


@value
class Beside:
    """Decoration, and the number of steps before it."""

    position: int
    step: Step
    taken: Taken


@value
class Folder:
    """``cd D``, and how a line would make sure of it."""

    text: str
    hint: str


class Collecting:
    """``reading`` is what is found so far, ``scope`` what holds at this point.

    ``live``: the scenarios in which the shell gets here; ``gone``: in which it has ended, and
    ``well`` with status 0; ``status``: in which the last command has succeeded.
    """

    def __init__(self, scope: Scope, scripts: Scripts) -> None:
        self.scope = scope
        self.scripts = scripts
        self.reading = Reading()
        self.taken: list[Taken] = []  # of each step
        self.beside: list[Beside] = []
        self.guard_words: dict[str, str | None] = {}
        self.depth = 0  # texts, wrappers and scripts around what is read
        self.live = self.status = everywhere()
        self.gone = self.well = self.returned = 0
        self.tolerant = False  # set -e does not count here
        self.pending: list[Folder] = []  # changes of folder in this chain, which ends where one fails
        self.astray: list[Folder] = []  # those that may have failed where the shell is now
        self.beside_it: str | None = None  # a command that the shell has left running

    def step(self, step: Step) -> int:
        """Takes a step, with all that holds where it stands; the scenarios in which it succeeds."""
        reading = self.reading
        if self.beside_it is not None:
            reading.remark(
                "CM330",
                _("{command} runs while {other} does, and a task runs one after the other").format(
                    command=shown(step.text) or step.name, other=shown(self.beside_it)
                ),
                _("make two lines of it, or say in migrator.toml that one after the other will do"),
            )
        guards = self.guards()
        taken = Taken(self.live, successes(len(self.taken)), self.scope.streams)
        self.taken.append(taken)
        reading.steps.append(
            replace(
                step,
                around=tuple(reading.covers),
                cwd=reading.cwd,
                guard=" && ".join(guards[-MOST_GUARDS:]) or None,
                script=self.scope.scripts[-1] if self.scope.scripts else None,
            )
        )
        if guards:
            self.say_guards()
        for folder in self.astray if step.kind == "management" else ():
            message = _("the command runs even where {text} fails").format(text=shown(folder.text))
            reading.remark("CM311", message, folder.hint)
        source = self.scope.streams.input
        if source and step.kind == "management":
            reading.stdin = source.text
            reading.remark(
                "CM317",
                _("the command reads {source}, and a task has no input").format(source=source.source),
                _("give it as an argument or a file, or use an option such as --noinput"),
            )
        return taken.succeeds

    def leave(self, scenarios: int, *, well: int) -> None:
        """The shell ends."""
        self.gone |= scenarios
        self.well = (self.well & ~scenarios) | (well & scenarios)
        self.live &= ~scenarios

    def contained(self, read: Callable[[], int]) -> int:
        """A shell inside the shell: what changes in there ends with it, and so does ``exit``."""
        live, gone, well, status = self.live, self.gone, self.well, self.status
        self.gone = self.well = 0
        pending, astray = self.pending, self.astray
        with self.subshell():
            inner = read()
        self.pending, self.astray = pending, astray
        inner = (inner & ~self.gone) | self.well
        self.live, self.gone, self.well, self.status = live, gone, well, status
        return inner

    def guards(self) -> tuple[str, ...]:
        """What a command here depends on at run time."""
        return (*self.scope.standing, *self.scope.guards)

    def say_guards(self) -> None:
        """Each guard is told once: a step depends on it."""
        for guards in (self.scope.standing, self.scope.guards):
            # Those in front of one that is told were told with it.
            new = list(takewhile(self.guard_words.__contains__, reversed(guards)))
            for guard in reversed(new):
                if guard in self.guard_words:
                    self.guarded(guard, self.guard_words.pop(guard))

    def guarded(self, guard: str, words: str | None) -> None:
        reading = self.reading
        reading.guard = guard if reading.guard is None else f"{reading.guard} && {guard}"
        hint = _("keep it as a check in the task, or say in migrator.toml that it is not needed")
        reading.remark(
            "CM304",
            _("a guard decides at run time: {text}").format(text=guard),
            f"{words}; {hint}" if words else hint,
        )

    def decoration(self, simple: Simple) -> None:
        """``echo started``, ``date``, ``> log``: beside the job, unless there is nothing else."""
        words = simple.words
        step = Step("shell", ">", (), "always", simple.text)
        if words:
            step = program_step(words, simple.text)
        if words or simple.redirects:
            taken = Taken(self.live, everywhere(), self.scope.streams)
            self.beside.append(Beside(len(self.reading.steps), step, taken))

    def unread(self, text: str) -> int:
        """Text that nobody can take apart is one shell step."""
        words = text.split(None, 1)
        return self.step(Step("shell", words[0] if words else "", (), "always", text))

    def masked(self, text: str, message: str | None = None) -> None:
        self.reading.exit_masked = True
        self.reading.remark(
            "CM306",
            message
            or _("the exit status is lost: {command} succeeds after it").format(
                command=" ".join(text.split())
            ),
            _("Celery sees failures that cron never saw"),
        )

    def behind(self, redirects: tuple[Redirect, ...]) -> Streams:
        """The streams after redirects; files behind 3 and up are remembered for locks."""
        if not redirects:
            return self.scope.streams
        for redirect in redirects:
            if redirect.descriptor is not None and redirect.descriptor > 2:
                self.reading.descriptors[redirect.descriptor] = plain(redirect.target)
        return self.scope.streams.redirected(redirects, bash=self.scope.bash, reading=self.reading)

    @contextmanager
    def subshell(self) -> Iterator[None]:
        """What changes inside ends with it: folder, variables, streams."""
        scope, folder, umask = self.scope, self.reading.cwd, self.reading.umask
        covers = len(self.reading.covers)
        self.scope = scope.copy()
        yield
        if umask is not None:
            self.reading.umask = umask
        del self.reading.covers[covers:]
        self.scope, self.reading.cwd = scope, folder

    def finish(self, status: int) -> None:
        """What the steps say about the job as a whole; ``status``: where the text succeeds."""
        reading = self.reading
        self.settle_decoration()
        self.settle_order((status & ~self.gone) | self.well)
        main = next((i for i, step in enumerate(reading.steps) if step.kind == "management"), 0)
        if reading.steps:
            reading.cwd = reading.steps[main].cwd
            self.settle_streams(self.taken[main].streams)
        say_folders(reading)
        if any(step.kind == "management" for step in reading.steps):
            say_settings_of_django(reading.environment, reading)
        else:
            # What stays in cron goes on as it is.
            reading.remarks[:] = [remark for remark in reading.remarks if remark.code != "CM311"]
        reading.remarks[:] = dict.fromkeys(reading.remarks)
        reading.environment_files[:] = dict.fromkeys(reading.environment_files)
        reading.filters[:] = dict.fromkeys(reading.filters)

    def settle_decoration(self) -> None:
        """Decoration is the job where there is nothing else, and a step where it replaces a file."""
        reading = self.reading
        alone = not reading.steps
        logs = {taken.streams.out for taken in self.taken}
        for one in reversed(self.beside):
            out = one.taken.streams.out
            writes = not one.taken.streams.appends and out not in (None, NOWHERE) and out not in logs
            if (alone and one.step.name in ("echo", "printf", "date")) or writes:
                reading.steps.insert(one.position, one.step)
                self.taken.insert(one.position, one.taken)
            else:
                reading.decoration.insert(0, one.step.text)

    def settle_order(self, succeeds: int) -> None:
        """Each step's ``after``, and whether its failure is forgiven; what is never reached is none."""
        rule, reading = StopRule(), self.reading
        reached = [(step, taken) for step, taken in zip(reading.steps, self.taken, strict=True) if taken.runs]
        reading.decoration += [
            step.text for step, taken in zip(reading.steps, self.taken, strict=True) if not taken.runs
        ]
        self.taken = [taken for _step, taken in reached]
        reading.steps.clear()
        for step, taken in reached:
            after, exact = rule.take(taken.runs, taken.succeeds)
            reading.steps.append(step if step.after == after else replace(step, after=after))
            if not exact:
                reading.remark(
                    "CM307",
                    _("whether {command} runs depends on more than the command before it").format(
                        command=shown(step.text) or step.name
                    ),
                    _("write the chain with && alone, or make it two lines"),
                )
        if not reading.exit_masked:
            for number, following in enumerate(reading.steps[1:]):
                if following.after == "success" and rule.forgives(number, succeeds):
                    reading.steps[number] = replace(reading.steps[number], forgiven=True)

    def settle_streams(self, streams: Streams) -> None:
        reading = self.reading
        reading.output, reading.errors = fate(streams.out), fate(streams.err)
        if reading.captured:
            taken: Fate = "logged" if reading.log else "dropped"
            reading.output, reading.errors = (
                taken if one == "mailed" else one for one in (reading.output, reading.errors)
            )
        if streams.out not in (None, NOWHERE, PIPE):
            reading.log = streams.out
        if streams.err not in (None, NOWHERE, PIPE, streams.out):
            reading.error_log = streams.err


def say_folders(reading: Reading) -> None:
    """``(cd D && ./manage.py a); ./manage.py b``: two folders, and so two programs of that name."""
    steps = [step for step in reading.steps if step.kind == "management" and _relative(step)]
    other = next((step for step in steps if step.cwd != steps[0].cwd), None)
    if other is None:
        return
    places = [step.cwd or _("the home of the crontab's user") for step in (steps[0], other)]
    reading.remark(
        "CM333",
        _("{first} runs in {place}, and {second} in {other}: a task has one project").format(
            first=steps[0].name, place=places[0], second=other.name, other=places[1]
        ),
        _("write the line so that both run in the same folder, or make two lines of it"),
    )


def _relative(step: Step) -> bool:
    """Whether the folder decides which manage.py runs."""
    script = next((word for word in step.words if word.endswith(".py")), "/")
    return script[0] not in "/~$"


def shown(text: str) -> str:
    """A shell text in a message: one line, not too long."""
    short = len(text) <= _LONGEST_SHOWN and "\n" not in text
    return text if short else textwrap.shorten(text, _LONGEST_SHOWN)
