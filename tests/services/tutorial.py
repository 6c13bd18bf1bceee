"""A tutorial of a fresh project, typed as it is written, on a machine with a cron and a clock of its own."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.contract.test_docs import Example, examples
from tests.parts.process import Command, running
from tests.services.cron_container import CronContainer, until

# how many tasks beat sends at this time of a working day
DUE = {"06:30": 2, "18:30": 1}
STEP = re.compile(
    r"<!-- the clock: (?P<times>.*?) -->|(?P<start><!-- worker and beat start -->)|^```console\n.*?^```$",
    re.MULTILINE | re.DOTALL,
)
PATIENCE = 10  # seconds after which a command is taken to wait for the clock


@dataclass(frozen=True, slots=True)
class Passing:
    """The clock goes on until it shows these times, one after the other."""

    times: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Start:
    """Worker and beat are started, or started again."""


Step = Example | Passing | Start


def steps(text: str) -> Iterator[Step]:
    """What the reader of a page types, and what the page says has happened in between."""
    for found in STEP.finditer(text):
        if found["times"]:
            yield Passing(tuple(found["times"].split(", ")))
        elif found["start"]:
            yield Start()
        else:
            yield from examples(found[0] + "\n")


@dataclass(slots=True)
class Shop:
    """The tutorial's project in the container, and the command that starts worker and beat."""

    container: CronContainer
    folder: Path
    celery: str
    status: int = 0  # of the last command
    worker: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def log(self) -> Path:
        return self.container.folder / "worker.log"

    def type(self, command: str) -> tuple[str, int]:
        """What a command prints, and its exit status; the clock goes on while it waits."""
        printed = self.container.folder / "printed"
        words = ["bash", "-c", f"(exit {self.status}); {command}"]
        with printed.open("wb") as output, self.container.started(words, self.folder, output) as process:
            while process.poll() is None:
                try:
                    process.wait(PATIENCE)
                except subprocess.TimeoutExpired:
                    self.pass_minute(self.container.next_minute())
        self.status = process.returncode
        return printed.read_text(), self.status

    def pass_until(self, face: str) -> None:
        """The next minute, or the next one at which the clock shows this, and none of those before."""
        minute = self.container.next_minute()
        while face not in ("+1", _face(minute)):
            minute += 1
        self.pass_minute(minute)

    def pass_minute(self, minute: int) -> None:
        """A minute with all that cron and beat start in it."""
        before = self.done()
        self.container.pass_minute(minute)
        until(lambda: self.done() >= before + DUE.get(_face(minute), 0), f"the tasks of {_face(minute)}")
        self.container.leave_minute(minute)

    def done(self) -> int:
        """How many tasks the worker has done."""
        said = self.log.read_text() if self.log.exists() else ""
        return len(re.findall(r"Task orders\.\w+\[\S+\] (?:succeeded|raised)", said))

    def start(self) -> None:
        """Worker and beat, with the code as it is now."""
        self.worker.close()
        readied = self._ready()
        words = [*self.container.entering(self.folder), "bash", "-c", f"exec {self.celery}"]
        command = Command(words, self.container.environment)
        self.worker.enter_context(running(command, self.log, lambda _: self._ready() > readied))

    def _ready(self) -> int:
        """How often a worker and its beat have been ready."""
        said = self.log.read_text() if self.log.exists() else ""
        return min(said.count(" ready."), said.count("beat: Starting..."))


def _face(minute: int) -> str:
    return f"{dt.datetime.fromtimestamp(minute * 60, dt.UTC):%H:%M}"
