"""Processes that are killed all the time and started again, as a supervisor would."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.parts.process import Command, end, start


class Kept:
    """A process that comes back whenever it has ended, after a pause in seconds."""

    def __init__(
        self, name: str, words: Sequence[str | Path], environment: Mapping[str, str], folder: Path
    ) -> None:
        self.command = Command(words, environment)
        self.log = folder / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.back_at = 0.0

    @property
    def pid(self) -> int | None:
        """Its number, as long as that is its own: others get numbers that are free again."""
        return self.process.pid if self.process and self.process.poll() is None else None

    def keep(self) -> None:
        """Start it where it has ended."""
        if self.pid is None and time.monotonic() >= self.back_at:
            with self.log.open("ab") as log:
                self.process = start(self.command, log.fileno())

    def kill(self, *, whole: bool, pause: float = 0) -> None:
        """SIGKILL to the process alone, whose children go on, or to the group."""
        self.back_at = time.monotonic() + pause
        if pid := self.pid:
            (os.killpg if whole else os.kill)(pid, signal.SIGKILL)

    def signal(self, number: signal.Signals) -> None:
        if pid := self.pid:
            os.killpg(pid, number)

    def stop(self) -> None:
        if self.process and self.pid:
            end(self.process, signal.SIGTERM)


def leave_nothing(mark: str) -> None:
    """End what killed masters have left behind: the processes with this word in their environment."""
    for pid, _ in processes("celery"):
        with contextlib.suppress(OSError):
            if mark.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                os.kill(pid, signal.SIGKILL)


def processes(words: str) -> Iterator[tuple[int, list[str]]]:
    """The number and the words of each process that has ``words`` on its command line."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                line = (folder / "cmdline").read_bytes().decode(errors="replace")
                if words in line:
                    yield int(folder.name), line.split("\0")[:-1]


def children(parent: int) -> list[int]:
    """The processes that a process has started."""
    with contextlib.suppress(OSError):
        return [int(one) for one in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    return []
