#!/usr/bin/env python3
"""Run one cron job exactly as cron would have, and write down that it ran.

    python3 -I -S cronwrap.py [--spool DIR] [--drill] JOB -- COMMAND [ARGUMENT...]

With --drill the run is one by hand: it is in no slot, and COMMAND is executed whoever owns the job.

It looks up the scheduled slot that this start belongs to and the owner of that slot, writes a start line,
runs COMMAND, passes output and signals through, writes an end line, and exits as COMMAND did. Where Celery
owns the slot it runs nothing, says nothing and exits 0: the only thing that it ever decides.

It does not talk to a network or a database, read a configuration, record the command (commands hold
secrets), add a word to the job's mail, or make its own trouble the job's: with no disk, no permission, no
slot table or a broken clock, the job runs and its exit status stands.

One file, standard library only, Python 3.6 or newer: copy it anywhere. It starts before every job, so it
imports nothing slow: no json, re, subprocess, argparse, threading, datetime, signal.
"""

import errno
import fcntl
import os
import pwd
import select
import stat
import sys
import time

TYPE_CHECKING = False  # typing's, without typing
if TYPE_CHECKING:
    import signal
    from typing import NoReturn
else:
    import _signal as signal  # all of signal but its enums, which cost more than all else imported here

USAGE = "usage: cronwrap.py [--spool DIR] [--drill] JOB -- COMMAND [ARGUMENT...]\n"
CELERY_EXECUTES = {"celery", "retired", "alternate-celery"}
CRON_EXECUTES = {"cron", "shadow", "sandbox", "alternate-cron"}
NAME_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
TAIL = 4096  # bytes of output that the end line keeps
TAKEN = 200  # slots remembered as taken
EARLY = 2  # seconds by which our clock may trail the one that cron read
# Quote, backslash, control characters, and whatever a reader might take for the end of a line.
ESCAPES = {code: "\\u%04x" % code for code in (*range(32), 34, 92, 0x7F, 0x85, 0x2028, 0x2029)}
MISSING = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)  # what sh calls "not found"
FORWARDED = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)
WATCHED = (*FORWARDED, signal.SIGCHLD)


def main(argv: "list[str]") -> int:
    """Run the job that ``argv`` names; the exit status is the job's, or 2 for a call that names none."""
    outputs = hold_closed_streams()
    spool, drill = "", False
    if argv[:1] == ["--spool"]:
        spool, argv = "".join(argv[1:2]), argv[2:]
    if argv[:1] == ["--drill"]:
        drill, argv = True, argv[1:]
    if len(argv) < 3 or argv[1] != "--" or argv[0] in ("", "--"):
        say(USAGE)
        return 2
    signals = Signals()
    run = Run(argv[0], spool, drill)
    run.begin()
    if run.owner in CELERY_EXECUTES:
        run.end(0)
        signals.release()
        return 0
    return execute(run, argv[2:], outputs, signals)


def hold_closed_streams() -> "list[int]":
    """Occupy the standard descriptors that are closed; those of stdout and stderr that are open.

    Else a file of ours would get such a number, and the job would write into it. exec closes them again.
    """
    holders = [os.open("/", os.O_RDONLY)]
    while holders[-1] <= 2:
        holders.append(os.open("/", os.O_RDONLY))
    os.close(holders.pop())
    return [number for number in (1, 2) if number not in holders]


def say(text: str) -> None:
    """Write to stderr, if there is one."""
    try:
        os.write(2, os.fsencode(text))
    except OSError:
        pass


# ---- the job


def execute(run: "Run", command: "list[str]", outputs: "list[int]", signals: "Signals") -> int:
    """Run the command in this session and this process group, and stay until its output ends.

    As under a bare ``sh -c``, the job belongs to the group that cron made: ``kill 0``, ``kill -- -PGID`` and
    the terminal mean what they meant. A signal sent to us alone goes on to the child alone, which is where it
    would have gone. One sent to the whole group arrives there twice: nobody can see whom it was sent to.
    """
    try:
        streams = open_streams(outputs, run)
        signals.listen()
        child = os.fork()
    except OSError:  # no room for a pipe or a second process: the job goes first, its end unrecorded
        become(run, command, [], signals)
    if child == 0:
        become(run, command, streams, signals)
    signals.release()
    for stream in streams:
        os.close(stream.entrance)
    return attend(run, child, streams, signals)


def attend(run: "Run", child: int, streams: "list[Stream]", signals: "Signals") -> int:
    """Pass signals and output on until the job has exited and, as cron does, until its output is closed."""
    status = None
    while status is None or streams:
        poll = select.poll()
        if status is None:
            poll.register(signals.inbox, select.POLLIN)
        for stream in streams:
            poll.register(*stream.waits_for())
        ready = dict(poll.poll())
        streams = [stream for stream in streams if stream.waits_for()[0] not in ready or stream.advance()]
        if signals.inbox in ready:
            signals.forward(child)
            exited, result = os.waitpid(child, os.WNOHANG)
            if exited:
                status = result
                for stream in streams:
                    stream.collect()
                run.end(status)
                signals.restore()  # what is left is background output: a signal ends us, as any copier
    return exit_code(status)


def become(run: "Run", command: "list[str]", streams: "list[Stream]", signals: "Signals") -> "NoReturn":
    """Turn this process into the job, or fail with the words and the codes that sh has for it."""
    code = 126
    try:
        for stream in streams:
            for number in stream.targets:
                os.dup2(stream.entrance, number)
        signals.restore()
        for number in (signal.SIGPIPE, signal.SIGXFSZ):  # ignored by Python, not by cron
            signal.signal(number, signal.SIG_DFL)
        set_environment(run)
        signals.release()
        replace_process(command)
    except OSError as error:
        missing = error.errno in MISSING
        code = 127 if missing else 126
        say("cronwrap: %s: %s\n" % (command[0], "not found" if missing else os.strerror(error.errno or 0)))
    finally:
        os._exit(code)


def replace_process(command: "list[str]") -> None:
    """Exec as execvp(3) does: along PATH, and through sh where a script names no interpreter."""
    failure = None
    for place in os.environ.get("PATH", os.defpath).split(":") if "/" not in command[0] else [""]:
        path = os.path.join(place, command[0])
        try:
            os.execv(path, command)
        except OSError as error:
            if error.errno == errno.ENOEXEC:
                os.execv("/bin/sh", ["/bin/sh", path, *command[1:]])
            if failure is None or error.errno not in MISSING:
                failure = error
    raise failure or FileNotFoundError(errno.ENOENT, "")


def set_environment(run: "Run") -> None:
    """Add the run's own variables, and take back what Python added."""
    os.environ.pop("MIGRATOR_SLOT", None)  # a job inside a job has nothing to do with the outer one's slot
    os.environ.update(MIGRATOR_RUN=run.id, MIGRATOR_JOB=run.job)
    if run.given_spool:  # for what the job itself has to say about its run
        try:
            os.environ["MIGRATOR_SPOOL"] = os.path.abspath(run.given_spool)
        except OSError:  # there is no folder that we are in
            pass
    if run.slot is not None:
        os.environ["MIGRATOR_SLOT"] = run.slot
    # In an environment as bare as cron's, Python 3.7 and later exports LC_CTYPE to its children (PEP 538).
    if os.environ.get("LC_CTYPE") in ("C.UTF-8", "C.utf8", "UTF-8") and not os.environ.get("LC_ALL"):
        try:
            with open("/proc/self/environ", "rb") as original:
                given = b"\0LC_CTYPE=" in b"\0" + original.read()
        except OSError:
            given = False
        if not given:
            del os.environ["LC_CTYPE"]


def exit_code(status: int) -> int:
    """A wait status as ``sh`` shows it in ``$?``."""
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


class Signals:
    """The signals that are the job's: held back until there is a job, then handed to it."""

    def __init__(self) -> None:
        self.mask = signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)
        self.ignored = {number for number in WATCHED if signal.getsignal(number) == signal.SIG_IGN}
        self.inbox = -1

    def listen(self) -> None:
        """Let every signal leave its number in the inbox, and those that cron ignores stay ignored."""
        self.inbox, entrance = os.pipe()
        os.set_blocking(entrance, False)
        signal.set_wakeup_fd(entrance)
        for number in WATCHED:
            if number not in self.ignored or number == signal.SIGCHLD:
                signal.signal(number, lambda *_: None)

    def release(self) -> None:
        """Let those come through that were held back."""
        signal.pthread_sigmask(signal.SIG_SETMASK, self.mask)

    def restore(self) -> None:
        """Put every signal back to what cron left it at: ignored, or the default."""
        for number in WATCHED:
            signal.signal(number, signal.SIG_IGN if number in self.ignored else signal.SIG_DFL)

    def forward(self, child: int) -> None:
        """Hand the inbox to the child, which nobody has waited for yet: its number is still its own."""
        for number in os.read(self.inbox, 4096):
            if number != signal.SIGCHLD and not typed(number):
                try:
                    os.kill(child, number)
                except OSError:  # another user's process by now; nor could sh have told it
                    pass


def typed(number: int) -> bool:
    """Whether the signal looks typed at our terminal, which then has told the whole group already."""
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


class Stream:
    """A pipe from the job to the descriptor that the job would have written to without us."""

    def __init__(self, targets: "list[int]", run: "Run") -> None:
        self.targets = targets
        self.run = run
        self.exit, self.entrance = os.pipe()
        os.set_blocking(self.exit, False)
        self.pending = b""

    def waits_for(self) -> "tuple[int, int]":
        """Room in our output while something is pending, so that no write blocks; else news."""
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
        self.run.tail = (self.run.tail + piece)[-TAIL:]
        self.run.output_bytes += len(piece)
        return bool(piece)

    def collect(self) -> None:
        """Take what is in the pipe at the job's exit; bounded, as others may go on writing."""
        limit = self.run.output_bytes + (1 << 20)
        size = -1
        while size < self.run.output_bytes < limit:
            size = self.run.output_bytes
            self.read()


def open_streams(targets: "list[int]", run: "Run") -> "list[Stream]":
    """One pipe for stdout and stderr where both are one file, as under cron, so that their order is kept."""
    if len(targets) == 2 and os.path.sameopenfile(*targets):
        return [Stream(targets, run)]
    return [Stream([number], run) for number in targets]


# ---- the slot and its owner


class Table:
    """The slots of one job and who executes each, as the last ``migrator sync`` left them.

    ``migrator-slots 1``, settings, an empty line, then ``DUE SLOT OWNER`` by ascending due instant (whole
    epoch seconds). A row is read when it is looked at, so that thousands of them cost no more than ten.
    """

    def __init__(self, text: str) -> None:
        head, separator, self.rows = text.partition("\n\n")
        title, *settings = head.split("\n")
        if title != "migrator-slots 1" or not separator or self.rows[-1:] not in ("", "\n"):
            raise ValueError("not a slot table")
        values = dict(setting.split(" ", 1) for setting in settings)
        self.demo = values.get("demo") == "1"
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

    def choose(self, now: float, taken: "list[str]") -> "tuple[int, str, str] | None":
        """The oldest free slot of this minute; else the oldest free one that is not too late; else none."""
        minute = now // 60 * 60
        start, end = self.first(min(now - self.tolerance, minute)), self.first(now // 1 + EARLY + 1)
        late = None
        while start < end:
            row = self.row(start)
            if row[1] not in taken:
                if row[0] >= minute:
                    return row
                late = late or row
            start = self.rows.index("\n", start) + 1
        return late

    def owner_at(self, now: float) -> str:
        """The owner in force at a moment that is in no slot."""
        following = self.first(now // 1 + 1)
        if following and (following < len(self.rows) or self.owner_after is None):
            return self.row(self.rows.rfind("\n", 0, following - 1) + 1)[2]
        return self.owner_after or "cron"


def take(table: Table, path: str, now: float) -> "tuple[int, str, str] | None":
    """Choose a slot and remember it, so that a second start on this host gets another one, or none."""
    folder = os.path.dirname(path)
    try:
        if not os.path.isdir(folder):  # as open, or as closed, as the spool itself
            make_directory(folder)
            os.chmod(folder, stat.S_IMODE(os.stat(os.path.dirname(folder)).st_mode))
        file = open_regular(path, os.O_RDWR | os.O_CREAT)
    except OSError:
        return table.choose(now, [])
    taken = []  # type: list[str]
    try:
        for _ in range(100):  # others hold it for microseconds; we wait for a tenth of a second, no longer
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.001)
        taken = os.read(file, 1 << 20).decode("ascii", "replace").split()
        row = table.choose(now, taken)
        if row:
            # Written first and cut then: who dies in between leaves old names behind and forgets none.
            names = "".join(name + "\n" for name in [*taken[1 - TAKEN :], row[1]])
            os.ftruncate(file, os.pwrite(file, names.encode("ascii", "replace"), 0))
    except OSError:
        row = table.choose(now, taken)
    finally:
        os.close(file)
    return row


# ---- the record


class Run:
    """One start of one job. What cannot be looked up or written down is dropped in silence."""

    def __init__(self, job: str, spool: str, drill: bool) -> None:
        self.job = job
        self.drill = drill
        self.spool = self.given_spool = spool
        self.id = os.urandom(16).hex()
        self.slot = None  # type: str | None
        self.due = None  # type: int | None
        self.owner = "cron"
        self.demo = False
        self.tail = b""
        self.output_bytes = 0
        self.began = time.monotonic()

    def begin(self) -> None:
        """Find slot and owner, and write the start line."""
        now = time.time()
        try:
            self.spool = self.spool or default_spool()
            if not (self.drill or self.job.startswith(".") or self.job.strip(NAME_CHARACTERS)):
                self.look_up(now)
        except Exception:  # no table, or not one: cron executes, as it always has
            pass
        self.write(
            "start",
            now,
            slot=self.slot,
            due=self.due,
            owner=self.owner,
            action="yield" if self.owner in CELERY_EXECUTES else "execute",
            host=os.uname().nodename,
            user=user_name(),
            pid=os.getpid(),
            demo=self.demo,
            **({"drill": True} if self.drill else {}),
        )

    def look_up(self, now: float) -> None:
        """Ask the job's table; nothing of it counts unless all that is asked can be read."""
        file = open_regular(os.path.join(self.spool, "jobs", self.job), os.O_RDONLY)
        try:
            table = Table(os.read(file, os.fstat(file).st_size).decode("ascii"))
        finally:
            os.close(file)
        row = take(table, os.path.join(self.spool, "taken", self.job), now)
        owner = row[2] if row else table.owner_at(now)
        if row:
            self.due, self.slot = row[:2]
        self.owner = owner if owner in CELERY_EXECUTES | CRON_EXECUTES else "cron"
        self.demo = table.demo

    def end(self, status: int) -> None:
        """Write the end line for a wait status."""
        self.write(
            "end",
            time.time(),
            exit=exit_code(status),
            signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
            duration=round(time.monotonic() - self.began, 6),
            output=shorten(self.tail, cut=self.output_bytes > TAIL),
            output_bytes=self.output_bytes,
        )

    def write(self, event: str, now: float, **more: "str | float | None") -> None:
        """Append one line to today's file of this user."""
        if not self.spool:  # nobody can say where it is
            return
        try:
            make_directory(self.spool)
            name = "%s-%04d%02d%02d.jsonl" % (user_name(), *time.gmtime(now)[:3])
            line = encode(v=1, event=event, run=self.id, job=self.job, at=round(now, 6), **more)
            append(os.path.join(self.spool, name), line)
        except Exception:
            pass


def shorten(tail: bytes, *, cut: bool) -> str:
    """The tail as valid UTF-8 of no more bytes than it has."""
    start = 0
    while start < 3 and cut and tail[start] & 0xC0 == 0x80:  # the rest of a character that was cut in two
        start += 1
    text = tail[start:].decode("utf-8", "replace")
    # U+FFFD is longer than the byte that it stands for.
    return text.encode()[-TAIL:].decode("utf-8", "ignore")


def encode(**record: "str | float | None") -> bytes:
    """One line of JSON."""
    return ("{" + ",".join('"%s":%s' % (key, literal(record[key])) for key in record) + "}\n").encode()


def literal(value: "str | float | None") -> str:
    """One value in JSON."""
    if isinstance(value, str):
        # Arguments may hold bytes that are no text, as surrogates; they become U+FFFD.
        text = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        return '"' + text.translate(ESCAPES) + '"'
    return "null" if value is None else repr(value).lower()  # True, False: true, false


def append(path: str, line: bytes) -> None:
    """Add a line in one write, so that writers side by side never mix, and see it to the disk."""
    file = open_regular(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
    try:
        size = os.fstat(file).st_size
        if size and os.pread(file, 1, size - 1) != b"\n":
            line = b"\n" + line  # a full disk has cut the line before ours, which then ends here
        os.write(file, line)
        getattr(os, "fdatasync", os.fsync)(file)
    finally:
        os.close(file)


def open_regular(path: str, flags: int) -> int:
    """Open a regular file: no symbolic link, no pipe to wait at; one to write in only if it is ours alone."""
    # O_CLOEXEC comes from Python.
    file = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY, 0o600)
    found = os.fstat(file)
    ours = found.st_uid == os.geteuid() and found.st_nlink == 1
    if stat.S_ISREG(found.st_mode) and (ours or not flags & os.O_CREAT):
        return file
    os.close(file)
    raise FileExistsError(errno.EEXIST, "not a regular file of ours")


def default_spool() -> str:
    """$MIGRATOR_SPOOL; else the system's spool for root, and one in the home directory for anybody else."""
    given = os.environ.get("MIGRATOR_SPOOL")
    if given or os.geteuid() == 0:
        return given or "/var/spool/migrator"
    home = os.environ.get("HOME")
    if not home:
        home = pwd.getpwuid(os.geteuid()).pw_dir
    return os.path.join(home, ".local/state/migrator/spool")


def make_directory(path: str) -> None:
    """Create the directory for this user alone where it is missing; one that is there keeps its mode."""
    if path and not os.path.isdir(path):
        make_directory(os.path.dirname(path))
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:  # another start was faster
            pass


def user_name() -> str:
    """The user's name; the number where there is none, or none that can begin a file's name."""
    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
    except (KeyError, OSError):
        name = ""
    return str(os.geteuid()) if not name or "/" in name or name.startswith(".") else name


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]))  # nothing of ours is buffered, so an orderly shutdown would only take time
