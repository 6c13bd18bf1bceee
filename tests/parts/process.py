"""Start a private server and leave nothing of it behind."""

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that nothing listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def listening(port: int) -> bool:
    """Something accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def scratch(prefix: str, owner: str | None = None) -> Iterator[Path]:
    """A folder of its own with a short path, since sockets in it may not exceed 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix=f"{prefix}-", dir="/tmp"))
    try:
        if owner:
            shutil.chown(folder, owner, pwd.getpwnam(owner).pw_gid)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Command:
    """A process to start: its words, environment, account and the signal that stops it quickly."""

    words: Sequence[str | Path]
    environment: Mapping[str, str]
    account: str | None = None
    stop: signal.Signals = signal.SIGTERM


@contextlib.contextmanager
def running(
    command: Command, log: Path, ready: Callable[[int], bool], *, seconds: float = 90
) -> Iterator[int]:
    """The process id of a server once it is ready to serve; its process group is gone afterwards."""
    with log.open("ab") as output:
        process = start(command, output.fileno())
    try:
        _wait(process, log, ready, seconds)
        yield process.pid
    finally:
        end(process, command.stop)


def start(command: Command, output: int) -> subprocess.Popen[bytes]:
    """The process, in a session of its own, which ends when we do."""
    parent = os.getpid()

    def follow_parent() -> None:
        # even a killed test run leaves no server behind
        _libc.prctl(_PR_SET_PDEATHSIG, command.stop)
        if os.getppid() != parent:
            os._exit(1)

    account = pwd.getpwnam(command.account) if command.account else None
    return subprocess.Popen(
        [str(word) for word in command.words],
        env=dict(command.environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
        preexec_fn=follow_parent,  # noqa: PLW1509 (we start no threads)
    )


def _wait(process: subprocess.Popen[bytes], log: Path, ready: Callable[[int], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not ready(process.pid):
        if process.poll() is not None or time.monotonic() > deadline:
            ended = process.returncode is not None
            why = f"ended with {process.returncode}" if ended else f"not ready in {seconds:.0f} s"
            tail = log.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{log}: {why}\n{tail}")
        time.sleep(0.1)


def end(process: subprocess.Popen[bytes], polite: signal.Signals) -> None:
    """Ask it to stop, and then leave nothing of its group behind."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(polite)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(20)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
