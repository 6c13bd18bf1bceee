"""A machine of its own: the real cron over private crontabs, on a clock that a test puts forward.

The container is a mount namespace in which crontab(1) is the real one, too. Its clock goes on by
itself, and is put forward from one minute to another once all that a minute has started has ended,
so that a busy machine makes a test longer and no different.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

from migrator.adapters.virtual_cron import unshared
from tests.chaos.processes import children
from tests.parts.driven_clock import DrivenClock
from tests.parts.part import which
from tests.parts.process import Command, running

SECOND = dt.timedelta(seconds=1)

# what the container's own files are in place of the machine's; PAM reads /etc/environment for cron's jobs
_FILES = """set -e
mount --bind "$1/crontabs" /var/spool/cron/crontabs
mount --bind /dev/null /etc/crontab
mount --bind "$1/environment" /etc/environment
mount --bind "$1/cron.d" /etc/cron.d
mount -t tmpfs none /run
mkdir /run/lock
shift
exec "$@"
"""
# cron has started all jobs of a minute once it has started this one, which takes its time
_PROBE = "* * * * * root sleep 0.3; date +\\%s > {folder}/probe\n"
# a test names its own settings and servers, and never those of the shell that called it
_OURS = ("CELERY", "DJANGO", "TESTING", "MIGRATOR")


@dataclass(frozen=True, slots=True)
class CronContainer:
    """The container's folder, its clock, the environment of all its processes, and its cron."""

    folder: Path
    clock: DrivenClock
    environment: Mapping[str, str]
    cron: int

    def entering(self, where: Path) -> list[str]:
        """The words in front of a command that runs there, in the container."""
        return ["nsenter", "-t", str(self.cron), "-m", "env", "-C", str(where)]

    def run(
        self, words: Sequence[str], where: Path, *, timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.entering(where), *words],
            env=dict(self.environment), capture_output=True, text=True, timeout=timeout, check=False,
        )  # fmt: skip

    @contextlib.contextmanager
    def started(self, words: Sequence[str], where: Path, to: IO[Any] | int) -> Iterator[Process]:
        """A command beside everything else."""
        process = subprocess.Popen(
            [*self.entering(where), *words], env=dict(self.environment), stdout=to, stderr=subprocess.STDOUT
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def next_minute(self) -> int:
        """The next full minute of the clock, since the epoch."""
        return int(self.clock.now().timestamp() // 60) + 1

    def pass_minute(self, minute: int) -> None:
        """The clock goes to this minute; cron has started what is due then, and that has ended."""
        begin = dt.datetime.fromtimestamp(minute * 60, dt.UTC)
        self.clock.leap(begin - 0.2 * SECOND)
        until(lambda: self._cron_was_at() >= minute, f"cron at {begin:%H:%M}")
        until(lambda: not children(self.cron), "the end of what cron has started")

    def leave_minute(self, minute: int) -> None:
        """The clock goes on to where nothing is due."""
        self.clock.leap(dt.datetime.fromtimestamp(minute * 60, dt.UTC) + 20 * SECOND)

    def _cron_was_at(self) -> int:
        """The last minute whose jobs cron has started."""
        probe = self.folder / "probe"
        return int(probe.read_text() or 0) // 60 if probe.exists() else 0


Process = subprocess.Popen[bytes]


@contextlib.contextmanager
def cron_container(
    folder: Path, clock: DrivenClock, environment: Mapping[str, str]
) -> Iterator[CronContainer]:
    """Cron with an empty spool; its jobs and all commands have this environment beside the machine's."""
    for name in ("crontabs", "cron.d"):
        (folder / name).mkdir()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    ours = {**clock.environment, **environment}
    path = f"{inherited['PATH']}:/usr/sbin:/sbin"
    (folder / "environment").write_text("".join(f"{name}={value}\n" for name, value in ours.items()))
    (folder / "cron.d" / "probe").write_text(_PROBE.format(folder=folder))
    words = unshared("sh", "-c", _FILES, "sh", folder, which("cron") or "cron", "-f")
    everything = {**inherited, "PATH": path, **ours}
    with running(Command(words, everything), folder / "cron.log", _is_cron) as pid:
        yield CronContainer(folder, clock, everything, pid)


def _is_cron(pid: int) -> bool:
    return Path(f"/proc/{pid}/comm").read_text().strip() == "cron"


def until(condition: Callable[[], object], what: str, seconds: float = 120) -> None:
    """Wait for something to be so; the time is beyond any doubt."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited in vain for {what}")
        time.sleep(0.05)
