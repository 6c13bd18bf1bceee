"""Locks: who waits, who gives up, and which jobs share one."""

from __future__ import annotations

import hashlib
import posixpath
import re
import shlex

from migrator.crontab.durations import duration
from migrator.crontab.options import Call, Options, plain, program_of
from migrator.crontab.reading import Lock, Reading
from migrator.crontab.wrappers.unwrapping import (
    Inner,
    Words,
    Wrapper,
    say_unknown,
    script_text,
    wraps,
)
from migrator.i18n import _

# A file of such a name locks, but its name alone would be shared by strangers.
NAMELESS = ("", "lock", "lockfile", "pid", "null")
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)  # a status, a descriptor: what int() takes, and C's does


def file_lock(
    path: str, *, blocking: bool | None, wait: int | None = None, cwd: str | None = None, status: int = 1
) -> Lock:
    """The lock on a file; jobs with the same file get the same key.

    A path that is written in full has its file's name as key. What a shell completes can be
    anywhere: its key stands for the whole text, from the folder on in which the line locks.
    """
    full = path if not cwd or "$" in path or path.startswith("~") else posixpath.join(cwd, path)
    name = posixpath.basename(path).removesuffix(".lock")
    if not in_full(full):
        return Lock(apart(full, _place(path, cwd)), blocking, full, wait, status)
    key = full if name.strip(".") in NAMELESS else name
    return Lock(key, blocking, full, wait, status)


def in_full(path: str) -> bool:
    """Whether a path is one file for every user and in every folder."""
    return posixpath.isabs(path) and "$" not in path and "`" not in path


def apart(path: str, *known: str) -> str:
    """A name for the lock file ``path`` that no other file gets: its own, and a digest of what is known."""
    stem = re.sub(r"[^\w.-]", "_", posixpath.basename(path).removesuffix(".lock")).strip(".") or "lock"
    digest = hashlib.sha256("\0".join(known).encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{stem}-{digest}"


def _place(path: str, cwd: str | None) -> str:
    """Where a file is, as far as the text says; crontab(5): a job starts in its user's home."""
    home = re.compile(r"^\$(HOME|\{HOME\})(?=/|$)")
    path, cwd = home.sub("~", path), home.sub("~", cwd or "~")
    folder = cwd if cwd.startswith(("/", "~", "$")) else f"~/{cwd}"
    place = path if path.startswith("~") else posixpath.join(folder, path)
    return place if ".." in place else posixpath.normpath(place)


def _seconds(text: str | None) -> int | None:
    return None if text is None else duration(text)


# flock(1) of util-linux; -c belongs to what follows the file.
FLOCK = Options(
    """
    -s|--shared -x|-e|--exclusive -u|--unlock -n|--nb|--nonblock -w|--wait|--timeout=
    -E|--conflict-exit-code= -o|--close -F|--no-fork --fcntl --start= --length= --verbose !-h|--help
    !-V|--version
    """
)


def _waits(call: Call) -> tuple[bool, int | None]:
    """Whether flock waits, and for how many seconds at most; ``-w 0`` is ``-n``."""
    limit = _seconds(call.last("-w"))
    return "-n" not in call and limit != 0, limit or None


def _conflict(call: Call) -> int:
    """flock(1): "The exit status used when the -n option is in use, and the conflicting lock exists"."""
    given = call.last("-E") or ""
    return int(given) if _NUMBER.fullmatch(given) and int(given) < 256 else 1


def _kind(call: Call) -> str | None:
    """Which lock flock takes: the last one that is asked for."""
    return _last_of(call, "-s", "-x", "-u")


def _say_shared(call: Call, reading: Reading) -> None:
    """flock(1): "-s Obtain a shared lock, sometimes called a read lock"; lckdo(1) has the same."""
    if _last_of(call, "-s", "-x") == "-s":
        reading.remark(
            "CM331",
            _(
                "{program} -s shares its lock with others that do so, and a task shares its lock with none"
            ).format(program=call.name),
            _('say in migrator.toml what the task is to do, overlap or runner = "shell", or accept it'),
        )


def _flock(words: Words, reading: Reading) -> Inner | None:
    """``flock [options] FILE COMMAND...`` or ``FILE -c 'text'``."""
    call = FLOCK.read(words)
    if call.ends or len(call.rest) < 2:
        return None
    say_unknown(call, reading)
    blocking, wait = _waits(call)
    if _kind(call) == "-u":
        reading.remark(
            "CM331",
            _("flock -u gives a lock back: none is held while the command runs"),
            _("take flock out of the line, or accept the finding: the task has no lock either"),
        )
    else:
        _say_shared(call, reading)
        reading.cover(
            file_lock(
                plain(call.rest[0]), blocking=blocking, wait=wait, cwd=reading.cwd, status=_conflict(call)
            ),
            program="flock",
        )
    command = call.rest[1:]
    if plain(command[0]) in ("-c", "--command"):
        return script_text(command[1]) if len(command) > 1 else None
    return command


def flock_descriptor(words: Words, reading: Reading) -> tuple[int, Lock] | None:
    """``flock -n 9``: the descriptor that is locked, its file still open."""
    if not _NUMBER.fullmatch(plain(words[-1])):
        return None  # most lines name a file, and their options are read once
    call = FLOCK.read(words)
    if call.ends or "-u" in call or len(call.rest) != 1 or not _NUMBER.fullmatch(plain(call.rest[0])):
        return None
    _say_shared(call, reading)
    blocking, wait = _waits(call)
    return int(plain(call.rest[0])), Lock("", blocking, None, wait, _conflict(call))


def _lock_of_file(
    call: Call, operands: tuple[str, ...], reading: Reading, *, blocking: bool, status: int = 1
) -> None:
    reading.cover(file_lock(operands[0], blocking=blocking, cwd=reading.cwd, status=status), call.name)


def _setlock(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    """setlock(8): "-n No delay. If fn is locked by another process, setlock gives up"."""
    # "-x If fn cannot be opened or locked, exit zero. -X (Default.) print an error and exit nonzero": 111
    status = 0 if _last_of(call, "-x", "-X") == "-x" else 111
    _lock_of_file(call, operands, reading, blocking=_last_of(call, "-n", "-N") != "-n", status=status)


def _last_of(call: Call, *names: str) -> str | None:
    return next((option.name for option, _value in reversed(call.given) if option.name in names), None)


def _lckdo(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    """lckdo(1): fails at once unless -w or -W."""
    _say_shared(call, reading)
    lock = file_lock(
        operands[0], blocking="-w" in call or "-W" in call, wait=_seconds(call.last("-W")), cwd=reading.cwd
    )
    reading.cover(lock, "lckdo")


def _with_lock_ex(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    """with-lock-ex(1): -w waits, -f fails, -q does nothing."""
    _lock_of_file(call, operands, reading, blocking="-w" in call, status=0 if "-q" in call else 1)


def _run_with_lockfile(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    """mySociety's: waits unless -n."""
    _lock_of_file(call, operands, reading, blocking="-n" not in call)


def _named_lock(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    """Scripts of that name take a lock by its name; whether they wait differs."""
    reading.cover(Lock(operands[0], None), call.name)
    reading.remark(
        "CM303",
        _("{name} looks like a lock script and could not be read").format(name=call.name),
        _("scan the folder that holds it as well, or decide on the lock in migrator.toml"),
    )


def _runlock(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    """runlock(1) of cronutils: -t says how long it waits; without -f the file is named after the command."""
    path = call.last("-f")
    wait = _seconds(call.last("-t"))
    lock = _command_lock(call, blocking=wait != 0)
    if path is not None:
        lock = file_lock(path, blocking=wait != 0, wait=wait, cwd=reading.cwd)
    reading.cover(lock, "runlock")


def _command_lock(call: Call, *, blocking: bool) -> Lock:
    """A lock that is known by the whole command; a digest, because arguments may be secret."""
    text = shlex.join(plain(word) for word in call.rest)
    digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return Lock(f"{call.name}-{digest}", blocking)


def _by_command(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    """run-one(1): nothing is run while the same command with the same arguments runs."""
    reading.cover(_command_lock(call, blocking=False), call.name)


def _again(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    """run-this-one ends the run before, keep-one-running starts it anew: no lock does either."""
    _by_command(call, operands, reading)
    reading.remark(
        "CM320",
        _("{program} ends or restarts runs of this command, which no task does").format(program=call.name),
        _("keep it in cron or under a service manager, or decide that a lock is enough"),
    )


def _solo(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    """solo holds a port of the loopback interface as its lock."""
    reading.cover(Lock(f"port-{call.last('-port')}", blocking=False), "solo")


def _dotlockfile(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    """dotlockfile(1): five retries unless -r says otherwise."""
    _lock_of_file(call, operands, reading, blocking=call.last("-r") != "0")


DOTLOCKFILE = "-l -r= -i= -p -q -P !-u !-t !-m"

LOCKS: dict[str, Wrapper] = {
    "flock": _flock,
    "setlock": wraps("-n -N -x -X", operands=1, means=_setlock),
    "lckdo": wraps("-w -W= -e -E= -n -q -s -x !-t", operands=1, means=_lckdo),
    "with-lock-ex": wraps("-w -f -q -l", operands=1, means=_with_lock_ex),
    "run-with-lockfile": wraps("-n", operands=1, means=_run_with_lockfile, quoted=True),
    "run-with-lockfile.sh": wraps("-n", operands=1, means=_run_with_lockfile, quoted=True),
    "lock-wrapper": wraps(operands=1, means=_named_lock, quoted=True),
    "runlock": wraps("-d -f= -t= !-h", means=_runlock),
    "dotlockfile": wraps(DOTLOCKFILE, operands=1, means=_dotlockfile),
    "solo": wraps("-port= -silent -verbose -timeout=", means=_solo),
    "cronlock": wraps(means=_by_command),
    "run-one": wraps(means=_by_command),
    **dict.fromkeys(
        (
            "run-this-one",
            "keep-one-running",
            "run-one-constantly",
            "run-one-until-failure",
            "run-one-until-success",
        ),
        wraps(means=_again),
    ),
}

# Programs that take a lock and leave it to what follows, until the file is removed.
HOLDERS = ("lockfile", "dotlockfile", "lockfile-create", "flock")


def held(words: Words, reading: Reading) -> Lock | None:
    """The lock that a command takes for all that follows it: ``lockfile L``, ``flock -n 9``."""
    cwd = reading.cwd
    match program_of(words):
        case "lockfile":
            return _lockfile(words, cwd)
        case "dotlockfile":
            call = Options(DOTLOCKFILE).read(words)
            named = plain(call.rest[0]) if len(call.rest) == 1 and not call.ends else ""
            return file_lock(named, blocking=call.last("-r") != "0", cwd=cwd) if named else None
        case "flock" if found := flock_descriptor(words, reading):
            descriptor, lock = found
            path = reading.descriptors.get(descriptor)
            if path is None:
                return Lock(f"descriptor-{descriptor}", lock.blocking, None, lock.wait, lock.status)
            return file_lock(path, blocking=bool(lock.blocking), wait=lock.wait, cwd=cwd)
    return None


def _lockfile(words: Words, cwd: str | None) -> Lock | None:
    """lockfile(1) of procmail: "-r retries ... (default, i.e., -r-1) lockfile will retry forever"."""
    # A number as an option is the time to sleep between two attempts; 8 seconds if there is none.
    pauses = [int(text[1:]) for word in words if re.fullmatch(r"-\d{1,6}", text := plain(word), re.ASCII)]
    others = tuple(word for word in words if not re.fullmatch(r"-\d+", plain(word)))
    call = Options("-r= -l= -s= !-! !-m=", permutes=True).read(others)
    if call.ends or not call.rest:
        return None
    retries = int(given) if re.fullmatch(r"\d{1,6}", given := call.last("-r") or "") else None
    wait = None if retries is None else retries * next(iter(pauses), 8)
    return file_lock(plain(call.rest[0]), blocking=retries != 0, wait=wait or None, cwd=cwd)
