"""What the demo says while it plays."""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from collections.abc import Sequence

import click

from migrator.demo.daemons import Daemons
from migrator.errors import Cannot
from migrator.i18n import _

TICK = 0.5  # seconds between looks at the clock and at the processes


class Narrator:
    """Shows each command before it runs, and the time since the start."""

    def __init__(self, group: Daemons) -> None:
        self.group = group
        self.started = time.monotonic()

    def act(self, title: str) -> None:
        """A heading."""
        elapsed = int(time.monotonic() - self.started)
        click.secho(f"\n== {title}  [{elapsed // 60}:{elapsed % 60:02d}]", bold=True)

    def say(self, text: str) -> None:
        """A line of its own."""
        click.echo(text)

    def run(self, *words: str, fails: bool = False, quiet: bool = False) -> str:
        """Run ``migrator WORDS`` or another program on the stage, shown as a user would type it.

        ``fails``: exit 1, "the answer is no", is a result too.
        """
        shown = shlex.join(words)
        if not quiet:
            click.secho(f"$ {shown}", fg="cyan")
        process = subprocess.run(
            [*self._program(words), *words[1:]],
            cwd=self.group.stage.project,
            env=self.group.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if process.returncode not in ((0, 1) if fails else (0,)):
            raise Cannot(
                _("`{command}` ended with exit status {status}\n{output}").format(
                    command=shown, status=process.returncode, output=(process.stdout + process.stderr).strip()
                ),
                hint=_("the logs are in {folder}").format(folder=self.group.stage.logs),
            )
        if not quiet:
            click.echo(process.stdout.rstrip() or _("(no output: all well)"))
            if process.stderr.strip():
                click.echo(process.stderr.rstrip(), err=True)
        return process.stdout

    def _program(self, words: Sequence[str]) -> list[str]:
        known = {"migrator": ["-m", "migrator"], "python": [], "celery": ["-m", "celery"]}
        return [sys.executable, *known[words[0]]]

    def wait(self, until: float, reason: str) -> None:
        """Wait for the wall clock to reach ``until`` (epoch seconds), watching the processes."""
        terminal = sys.stderr.isatty()
        while (left := until - time.time()) > 0:
            self.group.check()
            if terminal:
                click.echo(f"\r   {reason}: {int(left) + 1:3d} s ", err=True, nl=False)
            time.sleep(min(TICK, left))
        if terminal:
            click.echo("\r" + " " * (len(reason) + 12) + "\r", err=True, nl=False)
