"""Walks through a command as the shell would: chains, groups, guards, pipes, the background."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from migrator.crontab.bash_only import bash_only
from migrator.crontab.collecting import Folder, shown
from migrator.crontab.guards import calendar_words, probes
from migrator.crontab.pipes import Behind, behind, decides, fed_by, manages, runs_text
from migrator.crontab.programs import management_text
from migrator.crontab.scenarios import everywhere
from migrator.crontab.shell import (
    Background,
    Condition,
    Function,
    Group,
    Joiner,
    Negated,
    Opaque,
    Pipeline,
    Sequence,
    Shell,
    Simple,
    Test,
)
from migrator.crontab.simple_commands import SimpleCommands
from migrator.crontab.streams import PIPE, Input
from migrator.i18n import _

Part = tuple[Joiner, Shell]

MOST_FOLDERS = 5


class ControlFlow(SimpleCommands):
    """Reads the tree of a shell text; simple_commands.py reads the simple commands in it."""

    def shell(self, shell: Shell) -> int:
        match shell:
            case Simple():
                status = self.simple(shell)
            case Group():
                status = self.group(shell)
            case Pipeline():
                status = self.pipeline(shell)
            case Background():
                status = self.background(shell)
            case Negated():
                status = self.negated(shell)
            case Opaque():
                status = self.opaque(shell)
            case Condition():
                status = self.condition(shell)
            case Sequence(_, parts):
                status = self.sequence(parts)
            case Function() | Test():
                status = self.idle(shell)
            case _:
                assert_never(shell)
        return status

    def idle(self, shell: Function | Test) -> int:
        """What runs nothing here: a function until it is called, a test that lets nothing on."""
        if isinstance(shell, Function):
            self.scope.functions[shell.name] = shell
        return everywhere()

    def group(self, group: Group) -> int:
        """``( ... )`` ends with what it changed; of ``{ ...; }`` only the redirects end."""
        if group.subshell:
            return self.contained(lambda: self.redirected(group))
        before = self.scope.streams
        status = self.redirected(group)
        self.scope.streams = before
        return status

    def redirected(self, group: Group) -> int:
        self.scope.streams = self.behind(group.redirects)
        return self.body(group.body)

    def body(self, shell: Shell) -> int:
        """A list of commands, also where it has one only."""
        return self.sequence(shell.parts if isinstance(shell, Sequence) else (("", shell),))

    def tolerated(self, shell: Shell) -> int:
        """A command whose failure ends nothing, even after ``set -e``."""
        before, self.tolerant = self.tolerant, True
        status = self.shell(shell)
        self.tolerant = before
        return status

    def sequence(self, parts: tuple[Part, ...]) -> int:
        """The status of a list; each part runs where the status before it lets it."""
        guards, live = self.scope.guards, self.live
        outer, self.pending = self.pending, []
        for index in range(len(parts)):
            joiner, part = parts[index]
            if index and joiner not in ("&&", "||"):
                # A line by hand has some; more tell nothing new, and would be told for each command.
                self.astray = list(dict.fromkeys([*self.astray, *self.pending]))[-MOST_FOLDERS:]
                self.pending = []
            elif joiner == "||" and self.pending and self.exits(part):
                self.pending = []
            following = parts[index + 1] if index + 1 < len(parts) else None
            chained = following is not None and following[0] in ("&&", "||")
            if joiner not in ("&&", "||"):
                self.scope.guards = guards
            self.live = live & ~self.gone & self.lets_on(joiner)
            runs, failed_before = self.live, everywhere() & ~self.status
            if chained and following and probes(part):
                if self.works_and_exits(following[1]):
                    parts = (
                        *parts[: index + 1],
                        (following[0], self.apart(following[1])),
                        *parts[index + 2 :],
                    )
                    following = parts[index + 1]
                status = self.guard(part, following)
            else:
                status = self.elsewhere(part, chained=chained, instead=joiner == "||")
            self.status = (self.status & ~runs) | (status & runs)
            if runs & failed_before and (joiner == "||" or not following):
                self.masked_by(part)
            if not chained and self.ends_when_failed(part):
                self.leave(runs & ~self.status & ~self.gone, well=0)
        self.live, self.scope.guards = live & ~self.gone, guards
        self.pending = [*outer, *self.pending[-MOST_FOLDERS:]]
        return self.status

    def elsewhere(self, part: Shell, *, chained: bool, instead: bool) -> int:
        """A part of a list, and what its change of folder, if it is one, leaves open.

        ``instead``: it runs where one before it has failed, be it a ``cd``.
        """
        folder, astray, tried = self.reading.cwd, self.astray, bool(self.pending)
        if instead:
            self.astray = [*astray, *self.pending]
        status = self.tolerated(part) if chained else self.shell(part)
        if instead:
            self.astray = astray
        if not (isinstance(part, Simple) and part.words and part.words[0].text in ("cd", "pushd")):
            return status
        if instead and tried:
            self.reading.cwd = folder  # the first of the two, where it is there
        if len(part.words) > 1 and part.words[-1].text.startswith(("/", "~")):
            self.astray = []
        # set -e ends the shell where the last command of a list fails, and not within one.
        if chained or not self.scope.strict or self.tolerant:
            hint = (
                _("write cd D || exit 1, and what follows behind it")
                if chained
                else _("write && instead of ;")
            )
            self.pending.append(Folder(part.text, hint))
        return status

    def lets_on(self, joiner: Joiner) -> int:
        """The scenarios in which a joiner runs what stands behind it."""
        if joiner == "&&":
            return self.status
        return everywhere() & ~self.status if joiner == "||" else everywhere()

    def ends_when_failed(self, part: Shell) -> bool:
        """``set -e``: of compound commands only a subshell ends the shell by its status."""
        compound = isinstance(part, Negated | Condition | Background) or (
            isinstance(part, Group) and not part.subshell
        )
        return self.scope.strict and not self.tolerant and not compound

    def guard(self, test: Shell, following: Part) -> int:
        """``[ a ] && b``, ``[ a ] || exit``, ``pgrep a || b``: taken to let on, and remembered."""
        joiner, part = following
        exits = self.exits(part)
        holds = (joiner == "&&") != exits
        self.guarded_by(test, holds=holds, standing=exits)
        return everywhere() if holds else 0

    def guarded_by(self, test: Shell, *, holds: bool, standing: bool) -> None:
        if _unwrapped(test).startswith("[[") and not self.scope.bash:
            bash_only("[[", self.reading)
        inner = test.body if isinstance(test, Negated) else None
        shown = test.text if holds else inner.text if inner else f"! {test.text}"
        if shown in self.scope.standing:
            return
        self.guard_words[shown] = calendar_words(_unwrapped(test), negated=shown.startswith("!"))
        if standing:
            self.scope.standing = (*self.scope.standing, shown)
        else:
            self.scope.guards = (*self.scope.guards, shown)

    def condition(self, shell: Condition) -> int:
        """``if a; then b; fi``: a guard, or a command and what follows its success."""
        guards, live = self.scope.guards, self.live
        body = shell.body
        if probes(shell.test):
            if self.works_and_exits(body):
                body = self.apart(body)
            exits = self.exits(body)
            self.guarded_by(shell.test, holds=not exits, standing=exits)
            tested = 0 if exits else everywhere()
        else:
            before, self.tolerant = self.tolerant, True
            asked = shell.test
            tested = self.body(asked.body if isinstance(asked, Negated) else asked)
            if isinstance(asked, Negated):  # which turns an answer round, and no status of the job
                tested = everywhere() & ~tested
            self.tolerant = before
        pending, self.pending = self.pending, []
        self.live = live & tested & ~self.gone
        status = self.body(body)
        self.astray += pending
        self.live, self.scope.guards = live & ~self.gone, guards
        return (everywhere() & ~tested) | status

    def works_and_exits(self, shell: Shell) -> bool:
        """``{ ./manage.py a; exit; }``: behind a test, another job than what follows it."""
        return self.exits(shell) and management_text(shell.text)

    def apart(self, shell: Shell) -> Shell:
        """Such a text with its end kept to itself, and said: which of the two runs, the test decides."""
        self.reading.remark(
            "CM307",
            _("a test decides which commands run: {text}").format(text=shown(shell.text)),
            _("decide in migrator.toml, or move it into a management command"),
        )
        return Group(shell.text, shell, subshell=True)

    def exits(self, shell: Shell) -> bool:
        """``exit 1``, ``{ echo busy; exit 1; }``, and a function that exits."""
        match shell:
            case Simple(words=(first, *_rest)):
                function = self.scope.functions.get(first.text)
                return first.text in ("exit", "return") or (function is not None and "exit" in function.body)
            case Group(_, body, subshell=False):
                return self.exits(body)
            case Sequence(_, parts) if parts:
                joiner, last = parts[-1]
                return joiner != "||" and self.exits(last)
            case _:
                return False

    def negated(self, shell: Negated) -> int:
        count = len(self.reading.steps)
        status = everywhere() & ~self.tolerated(shell.body)
        if len(self.reading.steps) > count:
            self.masked(shell.text, _("! turns the exit status round: a failure counts as a success"))
        return status

    def background(self, shell: Background) -> int:
        count = len(self.reading.steps)
        self.contained(lambda: self.body(shell.body))
        if shell.broken:
            self.reading.exit_masked = True
            self.reading.remark(
                "CM302",
                _("2&1 is no redirect: it passes 2 to the command, backgrounds it, and runs 1"),
                _("write 2>&1"),
            )
        elif len(self.reading.steps) > count:
            self.masked(shell.text, _("the command runs in the background: its end is not seen"))
            self.beside_it = shell.body.text
        return everywhere()

    def pipeline(self, pipeline: Pipeline) -> int:
        """The command in a pipe: what feeds it, and where its output goes."""
        if pipeline.both and not self.scope.bash:
            bash_only("|&", self.reading)
        parts = pipeline.parts
        main = next((index for index, part in enumerate(parts) if manages(part)), int(runs_text(parts)))
        found = behind(parts[main + 1 :], self.scope.streams, bash=self.scope.bash, reading=self.reading)
        before, count = self.scope.streams, len(self.reading.steps)
        sink = found.log or (PIPE if found.eaten_by else found.sink)
        feed = fed_by(parts[main - 1]) if main else before.input
        err = sink if pipeline.both else before.err
        self.scope.streams = replace(before, out=sink, err=err, input=feed)
        status = self.contained(lambda: self.body(parts[main]))
        self.scope.streams = before
        self.also_piped(parts[main + 1 :])
        if len(self.reading.steps) > count:
            self.remember(found, parts[main + 1 :], count)
        elif found.mail or found.eaten_by:
            # echo failed | mail it@example.org: what is done with a text is more than the text.
            return self.contained(lambda: self.body(parts[-1]))
        return status if self.scope.pipefail or len(parts) == main + 1 else everywhere()

    def also_piped(self, rest: tuple[Shell, ...]) -> None:
        """Management commands behind the first one read what it writes."""
        for part in rest:
            if manages(part):
                before = self.scope.streams
                self.scope.streams = replace(before, input=Input(_("what another command writes")))
                self.contained(lambda part=part: self.body(part))  # type: ignore[misc]
                self.scope.streams = before

    def remember(self, found: Behind, rest: tuple[Shell, ...], count: int) -> None:
        """What the pipe means for the steps in it."""
        reading = self.reading
        reading.output_mail = found.mail or reading.output_mail
        reading.filters += found.filters
        if found.eaten_by and any(step.kind == "management" for step in reading.steps[count:]):
            reading.remark(
                "CM307",
                _("what the command writes goes on to {command}").format(command=shown(found.eaten_by)),
                _("move the whole line into a management command, or keep it in cron"),
            )
        if rest and self.tolerant and decides(rest[-1]):
            reading.remark(
                "CM307",
                _("what the command writes decides whether the rest runs: {command}").format(
                    command=shown(rest[-1].text)
                ),
                _("move the whole line into a management command, or keep it in cron"),
            )
        if rest and not self.scope.pipefail:
            last = "".join(rest[-1].text.split()[:1])
            self.masked(last, _("the exit status is lost in the pipe to {command}").format(command=last))

    def opaque(self, shell: Opaque) -> int:
        """What is not taken apart is said; the management commands in it are found all the same."""
        self.reading.remark(
            "CM307",
            _("this shell text is not taken apart: {text}").format(text=shown(shell.text)),
            _("decide in migrator.toml, or move it into a management command"),
        )
        return everywhere() if self.managing(shell.inside) else self.unread(shell.text)

    def masked_by(self, part: Shell) -> None:
        """``a || true``, ``a; echo done``: the status is that of a command that succeeds."""
        if self.reading.steps and self.always_succeeds(part):
            self.masked(part.text)


def _unwrapped(test: Shell) -> str:
    return _unwrapped(test.body) if isinstance(test, Negated | Group) else test.text
