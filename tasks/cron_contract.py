"""What cron promised its jobs, kept for Celery tasks.

Written by `migrator generate`; it needs Django and Celery only, and is yours to keep.
"""

from __future__ import annotations

import codecs
import fcntl
import io
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from celery.utils.log import get_task_logger
from django.core.management import CommandError, call_command
from django.db import close_old_connections

logger = get_task_logger(__name__)

MOST_OUTPUT = 1_000_000  # characters of one run; what goes beyond is not kept
_locks: ContextVar[tuple[int, ...]] = ContextVar("_locks", default=())


class CommandFailed(CommandError):
    """A run that cron would have seen end with another exit status than 0."""


class AlreadyRunning(CommandFailed):
    """The job's lock is held: the run before it still goes on."""


def run_command(
    name: str,
    *arguments: str,
    output: Output | None = None,
    errors: Output | None = None,
) -> None:
    """Run a management command as cron did: once, to its end, its exit status deciding.

    The arguments are the line's own words, which the command's parser reads as it did
    under cron. The command gets fresh database connections, because a worker lives for
    weeks and a command that cron started lived for one run.
    """
    output = output or Output()
    errors = errors or output
    close_old_connections()
    try:
        with _printing(output, errors):
            call_command(name, *arguments, stdout=output, stderr=errors)
    except SystemExit as stop:
        # sys.exit() in a command must not reach the worker's pool.
        status = int(stop.code is not None)
        if isinstance(stop.code, int):
            status = stop.code & 0xFF  # all that a process can say
        elif stop.code is not None:
            errors.write(f"{stop.code}\n")
        if status:
            raise _failed(name, status) from None
    finally:
        output.end_line()
        errors.end_line()
        close_old_connections()


@contextmanager
def lock(name: str, *, wait: float = 0, status: int = 1) -> Iterator[None]:
    """Hold the job's lock on this host as flock(1) did, after ``wait`` seconds at most.

    A path is the file that the line locks: cron and Celery exclude each other where
    both run on one host. Another name stands for LOCK_DIR/NAME.lock, by default in the
    system's folder for temporary files. Raises AlreadyRunning when the lock is held;
    ``status`` is the line's own then.
    """
    handle = _open(name)
    held = _locks.set((*_locks.get(), handle))
    try:
        until = time.monotonic() + wait
        while not _taken(handle):
            if time.monotonic() >= until:
                words = f"{name}: still running, not started again"
                raise AlreadyRunning(words, returncode=status)
            time.sleep(1)  # a flock(2) that waits would stop a gevent worker as a whole
        yield
    finally:
        _locks.reset(held)
        os.close(handle)


class Output(io.TextIOBase):
    """What a run writes: each line goes to the task's log, up to a limit.

    To the command it is a stream as cron's was: no terminal, with bytes below it, and
    with a file that other programs can write to.
    """

    encoding = "utf-8"
    errors = "replace"

    def __init__(self) -> None:
        self.line = ""
        self.room = MOST_OUTPUT
        self.full = False
        self.buffer = _Bytes(self)
        self.file: int | None = None
        self.seen = 0  # bytes of the file

    def writable(self) -> bool:
        return True

    def reconfigure(self, **options: object) -> None:
        """Nothing: it is UTF-8, and each line is written when it ends."""

    def fileno(self) -> int:
        """A file for other programs, whose text is taken along when more comes."""
        if self.file is None:
            self.file, name = tempfile.mkstemp()
            Path(name).unlink()
        return self.file

    def write(self, text: str) -> int:
        self.flush()
        self.keep(text)
        return len(text)

    def flush(self) -> None:
        if self.file is not None:
            some = os.pread(self.file, self.room + 1, self.seen)
            self.seen += len(some)
            self.keep(some.decode(errors="replace"))

    def keep(self, text: str) -> None:
        kept = text[: self.room]
        self.room -= len(kept)
        *lines, self.line = (self.line + kept).split("\n")
        for line in lines:
            self.take(line)
        if kept != text and not self.full:
            self.full = True
            logger.warning("more than %s characters: the rest is lost", MOST_OUTPUT)

    def end_line(self) -> None:
        self.flush()
        if self.line:
            self.take(self.line)
            self.line = ""
        if self.file is not None:
            os.close(self.file)
            self.file, self.seen = None, 0

    def take(self, line: str) -> None:
        # as Celery logs what a task prints: always seen
        logger.warning("%s", _sendable(line))


class _Bytes(io.RawIOBase):
    """The bytes below an output; a character may come in pieces."""

    def __init__(self, output: Output) -> None:
        self.output = output
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        some = bytes(data)
        self.output.write(self.decoder.decode(some))
        return len(some)


def _sendable(text: str) -> str:
    """The text without bytes that are no UTF-8, which file names may have."""
    return text.encode(errors="replace").decode()


def _failed(program: str, status: int) -> CommandFailed:
    message = f"{program} ended with exit status {status}"
    return CommandFailed(message, returncode=status)


@contextmanager
def _printing(output: Output, errors: Output) -> Iterator[None]:
    """Take along what a command prints past self.stdout.

    sys.stdout belongs to the process: in its main thread, where the prefork and solo
    pools run one task at a time, all of it is this command's.
    """
    if threading.current_thread() is threading.main_thread():
        with redirect_stdout(output), redirect_stderr(errors):
            yield
    else:
        yield


def _open(name: str) -> int:
    """Open a lock file, which another user may have made in a folder for all."""
    path, flags = Path(name), os.O_RDONLY | os.O_CLOEXEC
    if not path.is_absolute():
        path = Path(os.environ.get("LOCK_DIR") or tempfile.gettempdir(), f"{name}.lock")
        flags |= os.O_NOFOLLOW  # a folder for all may hold anybody's links
    try:
        return os.open(path, flags)
    except FileNotFoundError:
        return os.open(path, flags | os.O_CREAT, 0o644)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
