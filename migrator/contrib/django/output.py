"""The tail of what a task prints, kept while it passes through."""

from __future__ import annotations

import io
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from typing import IO, Any

TAIL = 4096


class Tail:
    """The last characters of a text that goes by."""

    def __init__(self) -> None:
        self.text = ""

    def add(self, text: str) -> None:
        self.text = (self.text + text)[-TAIL:]


class Tapped(io.TextIOBase):
    """A stream that hands everything on to another and to a tail."""

    def __init__(self, stream: IO[str], tail: Tail) -> None:
        self.stream = stream
        self.tail = tail

    def write(self, text: str) -> int:
        self.tail.add(text)
        self.stream.write(text)
        return len(text)

    def flush(self) -> None:
        self.stream.flush()

    def isatty(self) -> bool:
        return False

    # io.TextIOBase has answers of its own to these, which are none

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self.stream.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override]
        return self.stream.errors

    def fileno(self) -> int:
        return self.stream.fileno()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class Overheard(logging.Handler):
    """Adds what this thread's task says to Celery's task log to a tail."""

    def __init__(self, tail: Tail) -> None:
        super().__init__()
        self.tail = tail
        self.listener = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self.listener:
            with suppress(Exception):  # words that do not fit: the log's own handlers say so
                self.tail.add(record.getMessage() + "\n")


@contextmanager
def tail_of_output() -> Iterator[Tail]:
    """Listen to the task's log, to stdout and to stderr.

    The streams belong to the whole process: only in its main thread, where the prefork and
    solo pools run tasks, is what passes surely this task's.
    """
    tail = Tail()
    overheard = Overheard(tail)
    task_log = logging.getLogger("celery.task")
    task_log.addHandler(overheard)
    try:
        heard = threading.current_thread() is threading.main_thread()
        if heard and sys.stdout is not None and sys.stderr is not None:
            with redirect_stdout(Tapped(sys.stdout, tail)), redirect_stderr(Tapped(sys.stderr, tail)):
                yield tail
        else:
            yield tail
    finally:
        task_log.removeHandler(overheard)
