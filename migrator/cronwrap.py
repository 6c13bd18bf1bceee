#!/usr/bin/env python3
"""Run one cron job exactly as cron would have, and write down that it ran.

    python3 -I -S cronwrap.py [--spool DIR] JOB -- COMMAND [ARGUMENT...]

What it does: looks up which scheduled slot this start belongs to and who owns that slot, writes a start
line, runs COMMAND, passes its output and its signals through, writes an end line, exits as COMMAND did.
Where Celery owns the slot it runs nothing, says nothing and exits 0: that is the only thing it ever decides.

What it does not do: talk to a network or a database, read a configuration, record the command (commands
hold secrets), print a word of its own into the job's mail, or let its own trouble become the job's. Whatever
fails here (no disk, no permission, no slot table, a broken clock), the job runs and its exit status stands.

One file, standard library only, Python 3.6 or newer: copy it anywhere. It imports little and nothing
slow, because it starts before every job: no json, re, subprocess, argparse, threading, datetime, signal.
"""

import errno
import os
import select
import stat
import sys
import time

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without typing
if TYPE_CHECKING:
    import signal
    from typing import NoReturn
else:
    import _signal as signal  # what signal itself wraps; its enums would cost a third of our start-up

USAGE = "usage: cronwrap.py [--spool DIR] JOB -- COMMAND [ARGUMENT...]\n"
CELERY_EXECUTES = {"celery", "retired", "alternate-celery"}
CRON_EXECUTES = {"cron", "shadow", "sandbox", "alternate-cron"}
NAME_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
TAIL = 4096  # bytes of output that the end line keeps
TAKEN = 200  # slots remembered as taken
EARLY = 2  # seconds that the clock may be behind the one that cron looked at
FORWARDED = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)


def main(argv: "list[str]") -> int:
    """Run the job that ``argv`` names; the exit status is the job's, or 2 for a call that names none."""
    outputs = hold_closed_streams()
    spool = ""
    if argv[:1] == ["--spool"]:
        spool, argv = "".join(argv[1:2]), argv[2:]
    if len(argv) < 3 or argv[1] != "--" or argv[0] in ("", "--"):
        say(USAGE)
        return 2
    # From here on a signal waits until there is a job to hand it to.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)
    try:
        run = Run(argv[0], spool)
        run.begin()
        if run.owner in CELERY_EXECUTES:
            run.end(0)
            return 0
        return execute(run, argv[2:], outputs, mask)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def hold_closed_streams() -> "list[int]":
    """Those of stdout and stderr that are open, with every closed standard descriptor occupied.

    Else a file of ours would get the number, and the job would write into it. What occupies them is
    closed again on exec, so that the job finds what cron gave it.
    """
    opened = []
    for number in (1, 2):
        try:
            os.fstat(number)
            opened.append(number)
        except OSError:
            pass
    holder = os.open("/", os.O_RDONLY)
    while holder <= 2:
        holder = os.open("/", os.O_RDONLY)
    os.close(holder)
    return opened


def say(text: str) -> None:
    """Write to stderr, if there is one."""
    try:
        os.write(2, os.fsencode(text))
    except OSError:
        pass


# ---- running the job


def execute(run: "Run", command: "list[str]", outputs: "list[int]", mask: "set[int]") -> int:
    """Run the command in this session and this process group, and stay until its output ends.

    As under a bare ``sh -c``, the job belongs to the group that cron made, so that ``kill 0``, ``kill -- -PGID``
    and the terminal mean what they meant before; a signal for us alone goes on to the child alone.
    """
    dispositions = {number: signal.getsignal(number) for number in (*FORWARDED, signal.SIGCHLD)}
    try:
        inbox, signalled = os.pipe()
        os.set_blocking(signalled, False)
        streams = open_streams(outputs, run.output)
        signal.set_wakeup_fd(signalled)
        for number, before in dispositions.items():
            if before != signal.SIG_IGN or number == signal.SIGCHLD:  # ignored signals stay ignored
                signal.signal(number, lambda *_: None)  # the byte in the inbox is all we need
        child = os.fork()
    except OSError:  # no room for a second process or a pipe: the job goes first, its end unrecorded
        become(run, command, [], dispositions, mask)
    if child == 0:
        become(run, command, streams, dispositions, mask)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    for stream in streams:
        os.close(stream.entrance)
    return attend(run, child, inbox, streams, dispositions)


def attend(run: "Run", child: int, inbox: int, streams: "list[Stream]", dispositions: "dict") -> int:
    """Forward signals and output until the job has exited and, as cron does, until its output is closed."""
    status = None
    while status is None or streams:
        poll = select.poll()
        if status is None:
            poll.register(inbox, select.POLLIN)
        for stream in streams:
            poll.register(*stream.waiting_for())
        ready = dict(poll.poll())
        for stream in list(streams):
            if stream.waiting_for()[0] in ready and not stream.advance():
                streams.remove(stream)
        if inbox in ready:
            for number in os.read(inbox, TAIL):
                forward(number, child)
            exited, status_word = os.waitpid(child, os.WNOHANG)
            if exited:
                for stream in streams:
                    stream.collect()
                status = status_word
                run.end(status)
                restore(dispositions)  # only background output is left: a signal now ends us, as any copier
    signal.set_wakeup_fd(-1)
    return exit_code(status)


def become(run, command, streams, dispositions, mask) -> "NoReturn":
    """Turn this process into the job, or fail with the words and the codes that sh has for it."""
    code = 126
    try:
        for stream in streams:
            for number in stream.targets:
                os.dup2(stream.entrance, number)
        restore(dispositions)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores these two; cron does not
            signal.signal(number, signal.SIG_DFL)
        set_environment(run)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        replace_process(command)
    except OSError as error:
        missing = error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)
        code = 127 if missing else 126
        reason = "not found" if missing else os.strerror(error.errno)
        say("cronwrap: %s: %s\n" % (command[0], reason))
    finally:
        os._exit(code)


def replace_process(command: "list[str]") -> None:
    """Exec as execvp(3) does: along PATH, and through sh where a script names no interpreter."""
    places = [""] if "/" in command[0] else os.environ.get("PATH", os.defpath).split(":")
    failure = FileNotFoundError(errno.ENOENT, "not found")  # type: OSError
    for place in places:
        path = os.path.join(place, command[0])
        try:
            os.execv(path, command)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            if error.errno == errno.ENOEXEC:
                os.execv("/bin/sh", ["/bin/sh", path] + command[1:])
            failure = error
    raise failure


def set_environment(run: "Run") -> None:
    """Add the run's own three variables; take back what Python added."""
    os.environ.pop("MIGRATOR_SLOT", None)  # a job inside a job is in no slot of the outer one
    os.environ.update(MIGRATOR_RUN=run.id, MIGRATOR_JOB=run.job)
    if run.slot is not None:
        os.environ["MIGRATOR_SLOT"] = run.slot
    # In an environment as bare as cron's, Python 3.7 and later exports LC_CTYPE for its children (PEP 538).
    if os.environ.get("LC_CTYPE") in ("C.UTF-8", "C.utf8", "UTF-8") and not os.environ.get("LC_ALL"):
        try:
            with open("/proc/self/environ", "rb") as original:
                given = b"\0LC_CTYPE=" in b"\0" + original.read()
        except OSError:
            given = False
        if not given:
            del os.environ["LC_CTYPE"]


def restore(dispositions: "dict") -> None:
    """Put every signal back to what cron left it at: ignored, or the default."""
    for number, before in dispositions.items():
        signal.signal(number, signal.SIG_IGN if before == signal.SIG_IGN else signal.SIG_DFL)


def forward(number: int, child: int) -> None:
    """Hand a signal to the child, which has not been waited for: its number is still its own."""
    if number != signal.SIGCHLD and not from_keyboard(number):
        try:
            os.kill(child, number)
        except OSError:  # a set-user-ID job; sh could not have signalled it either
            pass


def from_keyboard(number: int) -> bool:
    """Whether a signal looks typed at our terminal, which then has reached the job already."""
    if number not in (signal.SIGINT, signal.SIGQUIT):
        return False
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
        try:
            return os.tcgetpgrp(terminal) == os.getpgrp()
        finally:
            os.close(terminal)
    except OSError:  # no terminal, as under cron
        return False


def exit_code(status: int) -> int:
    """The status as ``sh`` shows it in ``$?``."""
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


class Output:
    """What the job has written: the last bytes of it, and how many there were."""

    def __init__(self) -> None:
        self.tail = b""
        self.size = 0

    def add(self, piece: bytes) -> None:
        self.tail = (self.tail + piece)[-TAIL:]
        self.size += len(piece)

    def text(self) -> str:
        """The tail as at most TAIL bytes of valid UTF-8."""
        start = 0
        while start < 3 and self.size > TAIL and self.tail[start] & 0xC0 == 0x80:  # a character cut in two
            start += 1
        text = self.tail[start:].decode("utf-8", "replace")
        return text.encode()[-TAIL:].decode("utf-8", "ignore")  # each U+FFFD is longer than what it replaces


class Stream:
    """One pipe from the job to the descriptor that the job would have written to without us."""

    def __init__(self, targets: "list[int]", output: Output) -> None:
        self.targets = targets
        self.output = output
        self.exit, self.entrance = os.pipe()
        os.set_blocking(self.exit, False)
        self.pending = b""

    def waiting_for(self) -> "tuple[int, int]":
        """Room in our output while something is pending, so that no write of ours blocks; else news."""
        return (self.targets[0], select.POLLOUT) if self.pending else (self.exit, select.POLLIN)

    def advance(self) -> bool:
        """Move one piece on; False at the end of the output."""
        if not self.pending:
            return self.read()
        try:
            # A pipe that polls as writable takes PIPE_BUF bytes without blocking.
            self.pending = self.pending[os.write(self.targets[0], self.pending[: select.PIPE_BUF]) :]
        except BlockingIOError:
            pass
        except OSError:  # closed or full: nobody hears the job any more, which is no reason to stop it
            self.pending = b""
        return True

    def read(self) -> bool:
        """Take what the job has written; False at the end of the output."""
        try:
            piece = os.read(self.exit, select.PIPE_BUF)
        except BlockingIOError:
            return True
        self.pending += piece
        self.output.add(piece)
        return bool(piece)

    def collect(self) -> None:
        """Take what is in the pipe at the job's exit, for the end line; bounded, should others go on writing."""
        for _ in range(256):
            before = self.output.size
            self.read()
            if self.output.size == before:
                break


def open_streams(targets: "list[int]", output: Output) -> "list[Stream]":
    """One pipe for stdout and stderr where both are one file, as under cron, so that their order is kept."""
    if len(targets) == 2 and os.path.sameopenfile(*targets):
        return [Stream(targets, output)]
    return [Stream([number], output) for number in targets]


# ---- whose slot is it


class Table:
    """The slots of one job around now and who executes each, as the last ``migrator sync`` left them.

    ``migrator-slots 1``, settings, an empty line, then ``DUE SLOT OWNER`` by ascending due instant (epoch
    seconds). Rows are read where they are looked at, so that thousands of them cost no more than ten.
    """

    def __init__(self, text: bytes) -> None:
        head, separator, self.rows = text.decode("ascii").partition("\n\n")
        title, *settings = head.split("\n")
        if title != "migrator-slots 1" or not separator or self.rows[-1:] not in ("", "\n"):
            raise ValueError("not a slot table")
        values = dict(setting.split(" ", 1) for setting in settings)
        self.demo = values.get("demo", "0") == "1"
        self.owner_after = values.get("owner-after")
        self.tolerance = int(values.get("tolerance", "600"))

    def row(self, start: int) -> "tuple[int, str, str]":
        """The row at this offset: due instant, slot, owner."""
        due, slot, owner = self.rows[start : self.rows.index("\n", start)].split(" ")
        return int(due), slot, owner

    def first(self, instant: float) -> int:
        """The offset of the first row that is due at the instant or later."""
        low, high = 0, len(self.rows)
        while low < high:
            start = self.rows.rfind("\n", low, (low + high) // 2) + 1 or low
            if self.row(start)[0] < instant:
                low = self.rows.index("\n", start) + 1
            else:
                high = start
        return low

    def near(self, now: float) -> "list[tuple[int, str, str]]":
        """The rows that a start at this moment may belong to, oldest first."""
        start = self.first(min(now - self.tolerance, now // 60 * 60))
        rows = []
        while start < len(self.rows):
            row = self.row(start)
            if row[0] > now + EARLY:
                break
            rows.append(row)
            start = self.rows.index("\n", start) + 1
        return rows

    def owner_at(self, now: float) -> str:
        """The owner in force at a moment that is in no slot."""
        following = self.first(now // 1 + 1)  # due instants are whole seconds
        if following and (following < len(self.rows) or self.owner_after is None):
            return self.row(self.rows.rfind("\n", 0, following - 1) + 1)[2]
        return self.owner_after or "cron"


def choose(rows, taken, now: float, tolerance: float) -> "tuple[int, str, str] | None":
    """The oldest free slot of this minute; else the oldest free one that is not too late; else none."""
    free = [row for row in rows if row[1] not in taken]
    current = [row for row in free if now // 60 * 60 <= row[0] <= now + EARLY]
    late = [row for row in free if now - tolerance <= row[0] <= now]
    return (current or late or [None])[0]


def take(path: str, table: Table, now: float) -> "tuple[int, str, str] | None":
    """Choose a slot and remember it as taken, so that a second start on this host gets another one, or none."""
    rows = table.near(now)
    if not rows:
        return None
    try:
        share_directory(os.path.dirname(path))
        file = open_regular(path, os.O_RDWR | os.O_CREAT)
    except OSError:
        return choose(rows, (), now, table.tolerance)
    try:
        lock(file)
        taken = os.read(file, 1 << 20).decode("utf-8", "replace").split()
        row = choose(rows, taken, now, table.tolerance)
        if row:
            # Written before it is cut: who dies in between leaves old names behind, and forgets none.
            size = os.pwrite(file, "".join(name + "\n" for name in taken[1 - TAKEN :] + [row[1]]).encode(), 0)
            os.ftruncate(file, size)
    except OSError:
        row = choose(rows, (), now, table.tolerance)
    finally:
        os.close(file)
    return row


def lock(file: int) -> None:
    """Wait a few milliseconds for another start of the same job, never longer."""
    import fcntl  # only where there are slots to take

    for _ in range(20):
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.001)


# ---- what is written down


class Run:
    """One start of one job. Its two lines never fail it: what cannot be written is dropped in silence."""

    def __init__(self, job: str, spool: str) -> None:
        self.job = job
        self.spool = spool
        self.id = os.urandom(16).hex()
        self.output = Output()
        self.slot = None  # type: str | None
        self.due = None  # type: int | None
        self.owner = "cron"
        self.demo = False
        self.started = time.monotonic()

    def begin(self) -> None:
        """Find slot and owner, and write the start line."""
        now = time.time()
        try:
            self.spool = self.spool or default_spool()
            self.look_up(now)
        except Exception:  # no table, or not one: cron executes, as it always has
            pass
        action = "yield" if self.owner in CELERY_EXECUTES else "execute"
        self.write("start", now, slot=self.slot, due=self.due, owner=self.owner, action=action, demo=self.demo)

    def look_up(self, now: float) -> None:
        """Ask the job's table; nothing is known until all of it is."""
        if self.job.startswith(".") or self.job.strip(NAME_CHARACTERS):
            return
        table = Table(read_regular(os.path.join(self.spool, "jobs", self.job)))
        row = take(os.path.join(self.spool, "taken", self.job), table, now)
        owner = row[2] if row else table.owner_at(now)
        if row:
            self.due, self.slot = row[:2]
        if owner in CELERY_EXECUTES or owner in CRON_EXECUTES:
            self.owner = owner
        self.demo = table.demo

    def end(self, status: int) -> None:
        """Write the end line for a wait status."""
        self.write(
            "end",
            time.time(),
            exit=exit_code(status),
            signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
            duration=round(time.monotonic() - self.started, 6),
            output=self.output.text(),
            output_bytes=self.output.size,
        )

    def write(self, event: str, now: float, **more: "str | int | float | None") -> None:
        """Append one line to today's file of this user."""
        try:
            user = user_name()
            record = {"v": 1, "event": event, "run": self.id, "job": self.job, "at": round(now, 6)}
            if event == "start":
                record.update(host=os.uname().nodename, user=user, pid=os.getpid())
            record.update(more)
            today = "%04d%02d%02d" % time.gmtime(now)[:3]
            make_directory(self.spool)
            append(os.path.join(self.spool, user + "-" + today + ".jsonl"), encode(record))
        except Exception:
            pass


def encode(record: "dict[str, str | int | float | None]") -> bytes:
    """The record as one line of JSON."""
    return ("{" + ",".join(quote(key) + ":" + literal(record[key]) for key in record) + "}\n").encode()


def literal(value: "str | int | float | None") -> str:
    """One value in JSON."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return quote(value) if isinstance(value, str) else repr(value)


def quote(text: str) -> str:
    """A string in JSON; whatever any reader might take for the end of a line is escaped."""
    special = {ord('"'): '\\"', ord("\\"): "\\\\"}
    special.update((code, "\\u%04x" % code) for code in (*range(32), 0x7F, 0x85, 0x2028, 0x2029))
    # Bytes that were no text when they reached us (surrogates) become U+FFFD.
    return '"' + os.fsencode(text).decode("utf-8", "replace").translate(special) + '"'


def append(path: str, line: bytes) -> None:
    """Add one line in one write, so that writers side by side never mix, and see it to the disk."""
    file = open_regular(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
    try:
        size = os.fstat(file).st_size
        if size and os.pread(file, 1, size - 1) != b"\n":
            line = b"\n" + line  # a full disk has cut the line before ours: ours stays whole
        os.write(file, line)
        getattr(os, "fdatasync", os.fsync)(file)
    finally:
        os.close(file)


def read_regular(path: str) -> bytes:
    """The bytes of a regular file."""
    file = open_regular(path, os.O_RDONLY)
    try:
        return os.read(file, os.fstat(file).st_size)
    finally:
        os.close(file)


def open_regular(path: str, flags: int) -> int:
    """Open a regular file: no symbolic link, no pipe to wait at, and to write in only one that is ours alone."""
    file = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY, 0o600)
    found = os.fstat(file)
    ours = found.st_uid == os.geteuid() and found.st_nlink == 1
    if stat.S_ISREG(found.st_mode) and (ours or not flags & os.O_CREAT):
        return file
    os.close(file)
    raise FileExistsError(errno.EEXIST, "not a regular file of ours")


def default_spool() -> str:
    """$MIGRATOR_SPOOL; else the system's for root, and one in the home directory for anybody else."""
    given = os.environ.get("MIGRATOR_SPOOL")
    if given or os.geteuid() == 0:
        return given or "/var/spool/migrator"
    home = os.environ.get("HOME")
    if not home:
        import pwd

        home = pwd.getpwuid(os.geteuid()).pw_dir
    return os.path.join(home, ".local/state/migrator/spool")


def make_directory(path: str) -> None:
    """Create the directory, for this user alone, where it is missing; one that is there keeps its mode."""
    if path and not os.path.isdir(path):
        make_directory(os.path.dirname(path))
        os.mkdir(path, 0o700)


def share_directory(path: str) -> None:
    """Create the directory as open or as closed as the one above it."""
    if not os.path.isdir(path):
        os.mkdir(path, 0o700)
        os.chmod(path, stat.S_IMODE(os.stat(os.path.dirname(path)).st_mode))


def user_name() -> str:
    """The user's name, or the number where the number has no name that can be part of a file's."""
    try:
        import pwd

        name = pwd.getpwuid(os.geteuid()).pw_name
    except (ImportError, KeyError):
        name = ""
    return name if name and "/" not in name and not name.startswith(".") else str(os.geteuid())


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]))  # nothing of ours is buffered; an orderly shutdown would cost a millisecond
