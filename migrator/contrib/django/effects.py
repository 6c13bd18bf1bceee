"""Counts what this process does to the world while a job runs: mails, and rows written, by verb and table.

In memory, and without a say in the job: an error here is logged, and what it hid is unknown.
"""

from __future__ import annotations

import functools
import inspect
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.core.mail.backends.base import BaseEmailBackend
from django.db import connections
from django.db.backends.signals import connection_created

from migrator.comparison.effects import Effects
from migrator.comparison.statements import NOTHING, rows_of, written

logger = logging.getLogger(__name__)

# What these do is done by somebody else, whom nobody counts.
PROGRAMS = frozenset(
    ("subprocess.Popen", "os.system", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.exec")
)
# With `file` and `ldconfig` these look at the machine, often while a module is imported: that is no work.
LOOKING = frozenset(("platform", "ctypes.util", "uuid"))
LIBRARIES = ("django_celery_",)  # rows about tasks, not of the job
MOST_NAMES = 200
OUTPUT_MAIL = "X-Cron-Output"  # the header that a generated task gives it


class Recorder:
    """The counts of one run; whatever thread of the process does the work."""

    def __init__(self) -> None:
        self.mails: int | None = 0
        self.recipients: int | None = 0
        self.writes: dict[str, int | None] = {}
        self.unread = 0
        self.programs = 0
        self.lock = threading.RLock()  # a signal's handler may write in the middle of our own counting

    @property
    def effects(self) -> Effects:
        with self.lock:
            return Effects(self.mails, self.recipients, dict(self.writes), self.unread, self.programs)

    def wrote(self, name: str, rows: int | None) -> None:
        with self.lock:
            if name not in self.writes and len(self.writes) >= MOST_NAMES:
                self.unread += 1
                return
            self.writes[name] = _plus(self.writes.get(name, 0), rows)

    def sent(self, mails: int | None, recipients: int | None) -> None:
        with self.lock:
            self.mails = _plus(self.mails, mails)
            self.recipients = _plus(self.recipients, recipients)

    def missed(self) -> None:
        """Something was written, and nobody can say where."""
        with self.lock:
            self.unread += 1

    def started(self) -> None:
        """Another program was started."""
        with self.lock:
            self.programs += 1


def _plus(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


_recorders: list[Recorder] = []
_sending = threading.local()


@contextmanager
def recording() -> Iterator[Recorder | None]:
    """Count until the block ends; None where what this process does need not be this job's.

    Only in the main thread, where the prefork and solo pools run tasks, has a job its
    process to itself.
    """
    recorder = begin() if threading.current_thread() is threading.main_thread() else None
    try:
        yield recorder
    finally:
        if recorder in _recorders:
            _recorders.remove(recorder)


def begin() -> Recorder | None:
    """Count from now on."""
    try:
        _listen()
    except Exception:
        logger.exception("effects are not counted")
        return None
    recorder = Recorder()
    _recorders.append(recorder)
    return recorder


def _listen() -> None:
    """Stand beside every connection, every mail backend and every start of a program; once per process."""
    for connection in connections.all(initialized_only=True):
        _beside(connection=connection)
    _listen_once()


@functools.cache
def _listen_once() -> None:
    connection_created.connect(_beside, dispatch_uid="migrator.effects")
    # A fork is another program, and may have got a lock that nobody will release in it.
    os.register_at_fork(after_in_child=_recorders.clear)
    _wrap_backends()
    sys.addaudithook(_hear)


def _told(note: Callable[[Recorder], None]) -> None:
    for recorder in _recorders:
        note(recorder)


def _failed(what: str) -> None:
    if not any(recorder.unread for recorder in _recorders):  # the first time: a loop would fill the log
        logger.exception("%s is not counted", what)
    _told(Recorder.missed)


# ---- rows


def _beside(connection: Any, **_: Any) -> None:
    """Outermost, at the front of the list: Django's own context managers take the last one off."""
    if _watch not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, _watch)


def _watch(  # noqa: PLR0917 - as Django calls it
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """An execute_wrapper: count what has been executed."""
    result = execute(sql, params, many, context)
    if _recorders:
        try:
            _read(sql, context)
        except Exception:
            _failed("a statement")
    return result


def _read(sql: Any, context: dict[str, Any]) -> None:
    name = written(sql)
    if name == NOTHING:
        return
    if name is None:
        _told(Recorder.missed)
    elif not _ours(name):
        rows = rows_of(sql, context["cursor"].rowcount, vendor=context["connection"].vendor)
        if rows != 0:
            _told(lambda recorder: recorder.wrote(name, rows))


def _ours(name: str) -> bool:
    """Whether the table is the toolkit's, or one of Celery's libraries'."""
    table = name.partition(" ")[2].rpartition(".")[2]
    return table.startswith(LIBRARIES) or table in _ledger()


@functools.cache
def _ledger() -> frozenset[str]:
    from django.apps import apps

    return frozenset(model._meta.db_table for model in apps.get_app_config("migrator").get_models())


# ---- mails


def _wrap_backends() -> None:
    """Wrap ``send_messages`` of every mail backend, known and to come: all mail passes there."""
    waiting = [BaseEmailBackend]
    while waiting:
        backend = waiting.pop()
        _wrap(backend)
        waiting += backend.__subclasses__()

    def __init_subclass__(cls: type[BaseEmailBackend], **options: Any) -> None:  # noqa: N807
        super(BaseEmailBackend, cls).__init_subclass__(**options)
        _wrap(cls)

    BaseEmailBackend.__init_subclass__ = classmethod(__init_subclass__)  # type: ignore[assignment,arg-type]


def _wrap(backend: type[BaseEmailBackend]) -> None:
    send = backend.__dict__.get("send_messages")
    if callable(send):
        backend.send_messages = _counting(send)  # type: ignore[method-assign]


def _counting(send: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(send)
    def send_messages(self: BaseEmailBackend, email_messages: Any, *args: Any, **kwargs: Any) -> Any:
        # A backend may hand on to another, or to its parent class: the outermost one knows what was sent.
        if not _recorders or getattr(_sending, "now", False):
            return send(self, email_messages, *args, **kwargs)
        _sending.now = True
        result = None
        failed = True
        try:
            result = send(self, email_messages, *args, **kwargs)
            failed = False
        finally:
            _sending.now = False
            try:
                _count(email_messages, result, failed=failed)
            except Exception:
                _failed("a mail")
        return result

    return send_messages


def _count(messages: Any, result: object, *, failed: bool) -> None:
    """Count what was sent: what the backend says; nothing where the only mail failed.

    The mail of a run's output, which cron sends by itself, is none of the job's.
    """
    listed = isinstance(messages, (list, tuple))
    if listed and all(OUTPUT_MAIL in message.extra_headers for message in messages):
        return
    sent: int | None = result if isinstance(result, int) and result >= 0 else None
    if failed:
        sent = 0 if listed and len(messages) == 1 else None
    recipients = None
    if sent == 0:
        recipients = 0
    elif listed and sent == len(messages):
        recipients = sum(len(message.recipients()) for message in messages)
    _told(lambda recorder: recorder.sent(sent, recipients))


# ---- programs


def _hear(event: str, _arguments: tuple[Any, ...]) -> None:
    """An audit hook, of which Python has no way to be rid; what it raised would stop the program."""
    if event in PROGRAMS and _recorders:
        with suppress(Exception):
            if not _looking():
                _told(Recorder.started)


def _looking() -> bool:
    """Whether Python's own library is at it."""
    frame = inspect.currentframe()
    while frame is not None:
        if frame.f_globals.get("__name__") in LOOKING:
            return True
        frame = frame.f_back
    return False
