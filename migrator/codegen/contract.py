"""The module that keeps cron's contract for generated tasks, and never imports migrator."""

from __future__ import annotations

CONTRACT_MODULE = '''\
"""What cron promised its jobs, kept for Celery tasks.

Written by `migrator generate`; it needs Django and Celery only, and is yours to keep.
"""

from __future__ import annotations

import fcntl
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from celery.utils.log import get_task_logger
from django.core.management import call_command
from django.db import close_old_connections

logger = get_task_logger(__name__)


class CommandFailed(Exception):
    """A run that cron would have seen end with another exit status than 0."""


class AlreadyRunning(CommandFailed):
    """The job's lock is held: the run before it still goes on."""


def run_command(name: str, *arguments: str) -> None:
    """Run a management command as cron did: once, to its end, its exit status deciding.

    The command gets fresh database connections, because a worker lives for weeks and a
    command that cron started lived for one run. Its output goes to the task's log.
    """
    output = _Logged()
    close_old_connections()
    try:
        call_command(name, *arguments, stdout=output, stderr=output)
    except SystemExit as stop:
        # sys.exit() in a command must not reach the worker's pool.
        if stop.code not in (None, 0):
            raise CommandFailed(f"{name} ended with exit status {stop.code}") from None
    finally:
        output.close()
        close_old_connections()


@contextmanager
def lock(key: str, *, wait: bool = False) -> Iterator[None]:
    """Hold the job's lock on this host, as flock(1) did under cron.

    The file is LOCK_DIR/KEY.lock, the system's folder for temporary files by default.
    Raises AlreadyRunning when the lock is held, unless ``wait``.
    """
    folder = Path(os.environ.get("LOCK_DIR") or tempfile.gettempdir())
    mode = fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    handle = os.open(folder / f"{key}.lock", flags, 0o600)
    try:
        try:
            fcntl.flock(handle, mode)
        except BlockingIOError:
            raise AlreadyRunning(f"{key}: still running, not started again") from None
        yield
    finally:
        os.close(handle)


class _Logged(io.TextIOBase):
    """A text stream that writes each line to the task's log."""

    def __init__(self) -> None:
        self.rest = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self.rest = (self.rest + text).split("\\n")
        for line in lines:
            logger.info("%s", line)
        return len(text)

    def close(self) -> None:
        if self.rest and not self.closed:
            logger.info("%s", self.rest)
            self.rest = ""
        super().close()
'''
