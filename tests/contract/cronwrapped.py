"""A job under cronwrap: called as a cron line calls it, its spool read as anybody may read it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CRONWRAP = Path(__file__).parents[2] / "migrator" / "cronwrap.py"


@dataclass(frozen=True)
class Cronwrapped:
    """Calls of cronwrap that share a spool."""

    spool: Path
    python: str = sys.executable

    def argv(self, *command: str, job: str = "nightly") -> list[str]:
        return [self.python, "-I", "-S", str(CRONWRAP), "--spool", str(self.spool), job, "--", *command]

    def run(self, *command: str, job: str = "nightly", **how: Any) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(self.argv(*command, job=job), **{"capture_output": True, "timeout": 60, **how})

    def sh(self, line: str, **how: Any) -> subprocess.CompletedProcess[bytes]:
        return self.run("/bin/sh", "-c", line, **how)

    def start(self, line: str, **how: Any) -> subprocess.Popen[bytes]:
        defaults = {"stdout": subprocess.PIPE, "preexec_fn": unignore_signals}
        return subprocess.Popen(self.argv("/bin/sh", "-c", line), **{**defaults, **how})

    def records(self) -> list[dict[str, Any]]:
        files = sorted(self.spool.glob("*.jsonl"))
        return [json.loads(line) for file in files for line in file.read_bytes().split(b"\n") if line]

    def events(self) -> list[str]:
        return [record["event"] for record in self.records()]

    def table(self, text: str, job: str = "nightly") -> None:
        (self.spool / "jobs").mkdir(parents=True, exist_ok=True)
        (self.spool / "jobs" / job).write_text(text)


# cronwrap's own text, after something has been changed around it
_AROUND = (
    "import sys; path = sys.argv[1]; del sys.argv[:1]; {before}; "
    "exec(compile(open(path).read(), path, 'exec'), {{'__name__': '__main__'}})"
)


def around(argv: list[str], before: str) -> list[str]:
    """A call of cronwrap before which its interpreter does something."""
    options = argv.index(str(CRONWRAP))
    return [*argv[:options], "-c", _AROUND.format(before=before), *argv[options:]]


def on_clock(argv: list[str], now: object) -> list[str]:
    """A call of cronwrap on a machine whose clock shows ``now``."""
    return around(argv, f"import time; time.time = lambda: {now}")


def bare(line: str, **how: Any) -> subprocess.CompletedProcess[bytes]:
    """The same line as cron runs it without us."""
    return subprocess.run(["/bin/sh", "-c", line], **{"capture_output": True, "timeout": 60, **how})


def wait_for(condition: Callable[[], object]) -> None:
    """Return when the condition holds; a minute of waiting is a failure."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "still waiting"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def unignore_signals() -> None:
    """Signals as cron leaves them: nohup would pass an ignored HUP on, which no shell can trap."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
