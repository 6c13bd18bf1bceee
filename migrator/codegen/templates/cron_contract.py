"""What cron promised its jobs, kept for Celery tasks.

Written by `migrator generate`; it needs Django and Celery only, and is yours to keep.
"""

from __future__ import annotations

import codecs
import fcntl
import getpass
import io
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
import traceback
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from contextvars import ContextVar
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from celery import current_task
from celery.exceptions import SoftTimeLimitExceeded
from celery.utils.log import get_task_logger
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.db import close_old_connections

logger = get_task_logger(__name__)

MOST_OUTPUT = 1_000_000  # characters of one run; what goes beyond is not kept
PATIENCE = 10  # seconds that a process has to end in when it is told to
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


def run_process(
    *words: str,
    cwd: str | None = None,
    environment: Mapping[str, str] | None = None,
    umask: int = -1,
    text: str = "",
    output: Output | None = None,
) -> None:
    """Run a program in a process of its own, as cron did; its exit status decides.

    Folder, variables, umask and input belong to a process as a whole: changed in a
    worker, they would be changed for each task that runs beside this one or after it.
    The task's locks are the process's, too, as under flock(1): where it outlives its
    worker, no other run begins.
    """
    output = output or Output()
    with tempfile.TemporaryFile("w+", errors="surrogateescape") as stdin:
        stdin.write(text)
        stdin.seek(0)
        with subprocess.Popen(
            [os.path.expanduser(word) for word in words],
            cwd=cwd and os.path.expanduser(cwd),
            env=os.environ | (environment or {}),
            umask=umask,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            pass_fds=_locks.get(),
        ) as process:
            try:
                assert process.stdout is not None
                while some := process.stdout.readline(MOST_OUTPUT):
                    output.write(some)
                process.wait()
            except BaseException:  # a time limit, or the end of the worker
                _end(process)
                raise
            finally:
                output.end_line()
    if status := process.returncode:
        # A process that a signal ended has 128 and its number, as in the shell.
        raise _failed(words[0], status if status > 0 else 128 - status)


def fetch(
    url: str,
    *,
    patience: float,
    method: str | None = None,
    data: str | None = None,
    headers: Mapping[str, str] | None = None,
    follow: bool = True,
    strict: bool = True,
    output: Output | None = None,
) -> None:
    """Ask a web server, as curl or wget did; what it answers goes where output goes.

    Without ``strict`` any answer is a success, as it is to curl without --fail; without
    ``follow`` a redirect is an answer. ``patience``: seconds without a sign of life.
    """
    output = output or Output()
    body = None if data is None else data.encode()
    request = urllib.request.Request(url, body, dict(headers or {}), method=method)
    opener = urllib.request.build_opener(*[] if follow else [_StayHere])
    try:
        answer = opener.open(request, timeout=patience)
    except urllib.error.HTTPError as error:
        if strict and error.code >= 400:
            output.write(f"{url} answered {error.code}\n")
            raise CommandFailed(f"{url} answered {error.code}") from None
        answer = error
    with answer:
        output.write(answer.read(MOST_OUTPUT).decode(errors="replace"))
    output.end_line()


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


@contextmanager
def timeout(seconds: float) -> Iterator[None]:
    """Fail what takes longer, as under timeout(1), whatever the command makes of it.

    Celery's soft limit is an Exception, which `except Exception` in a command swallows.
    A signal needs the main thread, where the prefork and solo pools run tasks; in the
    other pools, as with Celery's limits, nothing is interrupted, but the run fails.
    """
    started = time.monotonic()
    interrupts = threading.current_thread() is threading.main_thread()
    try:
        if interrupts:
            with _alarm(seconds):
                yield
        else:
            yield
    except TimeIsUp:
        if time.monotonic() - started < seconds:
            raise  # of a limit around this one
    if time.monotonic() - started >= seconds:
        raise CommandFailed(f"stopped after {seconds} s", returncode=124)


@contextmanager
def attempt(mail: Mail | None = None) -> Iterator[SimpleNamespace]:
    """Go on after a failure, as a shell does at ``;`` and at ``||``."""
    outcome = SimpleNamespace(failed=False)
    try:
        yield outcome
    except SoftTimeLimitExceeded:
        raise  # the limit of the task, not the end of a command
    except Exception as error:
        logger.exception("failed, and the job goes on")
        if mail:
            mail.note(error)
        outcome.failed = True


@contextmanager
def mailed(*to: str, command: str, on: str = "output") -> Iterator[Mail]:
    """Mail what a run writes, under cron's subject; ``on="failure"``: only if it fails.

    A mail that cannot be sent is logged, because it decides no job's fate.
    """
    mail, failed = Mail(), True
    try:
        yield mail
        failed = False
    except Exception as error:
        mail.note(error)
        if on == "failure":
            mail.lines.append(str(error))
        raise
    finally:
        if mail.lines and (failed or on == "output"):
            try:
                mail.send(to, command)
            except Exception:
                logger.exception("the mail to %s was not sent", ", ".join(to))


@contextmanager
def retried(times: int, *, every: int) -> Iterator[None]:
    """Try a failed run again after ``every`` seconds, because a run may be repeated.

    A lock that is held is no failure of the run.
    """
    try:
        yield
    except AlreadyRunning:
        raise
    except Exception as error:
        limits = {"max_retries": times, "countdown": every}
        raise current_task.retry(exc=error, **limits) from error


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


class Mail(Output):
    """Output that goes into a mail as well."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def take(self, line: str) -> None:
        super().take(line)
        self.lines.append(line)

    def note(self, error: Exception) -> None:
        """Take along what a command says of its error; Celery logs it by itself."""
        self.end_line()
        if not isinstance(error, CommandFailed):
            self.lines += "".join(traceback.format_exception(error)).splitlines()

    def send(self, to: tuple[str, ...], command: str) -> None:
        try:
            user = getpass.getuser()
        except (KeyError, OSError):  # a container's user without a name
            user = str(os.getuid())
        host = socket.gethostname().partition(".")[0]
        subject = f"Cron <{user}@{host}> {command}"
        # a header is one line, whatever the command is
        subject = " ".join(subject.splitlines())
        subject, text = map(_sendable, (subject, "\n".join(self.lines)))
        headers = {"Auto-Submitted": "auto-generated", "X-Cron-Output": "yes"}
        EmailMessage(subject, text, to=to, headers=headers).send()


def _sendable(text: str) -> str:
    """The text without bytes that are no UTF-8, which file names may have."""
    return text.encode(errors="replace").decode()


class TimeIsUp(BaseException):
    """A time limit, out of reach of `except Exception`."""


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


def _end(process: subprocess.Popen[str]) -> None:
    """End a process with all that it has started."""
    try:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        pass
    finally:  # also when the limit comes a second time
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *request: object) -> None:
        return None


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


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Let time be up after so many seconds, or with the limit around this one."""
    before = signal.signal(signal.SIGALRM, _time_is_up)
    outer, again = signal.setitimer(signal.ITIMER_REAL, 0)
    until = time.monotonic() + outer
    # and again, for a command that swallows even this
    signal.setitimer(signal.ITIMER_REAL, min(seconds, outer or seconds), PATIENCE)
    try:
        yield
    finally:
        left = max(until - time.monotonic(), 0.001) if outer else 0
        signal.setitimer(signal.ITIMER_REAL, left, again)
        signal.signal(signal.SIGALRM, before)


def _time_is_up(*_signal: object) -> None:
    raise TimeIsUp
