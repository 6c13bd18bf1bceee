"""A real cron daemon on a virtual clock: when does it start a job, and what does it refuse?

The unmodified daemon runs over private files in a mount namespace; nothing of the machine is seen
or touched. No job runs. vclock.c is the clock; it is compiled when it is needed.
"""

from __future__ import annotations

import atexit
import datetime as dt
import functools
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from migrator.errors import Cannot
from migrator.i18n import _

SOURCE = Path(__file__).with_name("vclock.c")
LEAD = 30  # seconds: the daemon never runs the minute in which it starts
SERVERS = "/usr/local/sbin:/usr/sbin:/sbin"  # where an ordinary user's PATH does not lead

_START = """set -e
mount --bind "$1/spool" /var/spool/cron/crontabs
mount --bind "$1/crontab" /etc/crontab
mount --bind "$1/cron.d" /etc/cron.d
mount --bind "$1/passwd" /etc/passwd
mount -t tmpfs none /run
shift
exec env -i "$@"
"""


def _program(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), SERVERS]))


@dataclass(frozen=True, slots=True)
class Daemon:
    """A cron daemon that can be asked.

    ``forks``: a process for each start, where vclock.c cannot run the job's code inside the daemon.
    ``minute``: its jobs are really run, and a minute takes so many milliseconds.
    """

    program: str
    options: tuple[str, ...]
    forks: bool = False
    minute: int = 0

    @property
    def command(self) -> tuple[str, ...]:
        """Looked for when it is run: a test run may just have installed it."""
        return (_program(self.program) or self.program, *self.options)


DEBIAN = Daemon("cron", ("-f", "-L", "1"))


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of virtual time in the zone that the daemon runs in.

    ``corrections``: instants at which somebody puts the clock, and by how many seconds.
    """

    zone: str
    start: dt.datetime
    end: dt.datetime
    corrections: tuple[tuple[dt.datetime, int], ...] = ()

    @property
    def jumps(self) -> str:
        """The corrections as vclock.c reads them."""
        return ",".join(f"{int(at.timestamp())}:{seconds}" for at, seconds in self.corrections)


@dataclass(frozen=True, slots=True)
class Record:
    """What the daemon did: the starts of each crontab's jobs, by name, and the names it refused.

    ``jobs``: instant and log line of every start, also of those before the window, in their order.
    """

    starts: Mapping[str, list[int]]
    refused: frozenset[str]
    jobs: tuple[tuple[int, str], ...] = ()


def missing() -> list[str]:
    """What this machine lacks to run Debian's daemon on a virtual clock, each with the way to get it."""
    found = []
    if _program("cron") is None:
        found.append(_("cron (apt install cron)"))
    if _compiler() is None:
        found.append(_("a C compiler (apt install gcc libc6-dev)"))
    if not _may_mount():
        found.append(_("private mounts (run it as root, with util-linux installed)"))
    return found


def _may_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    trial = unshared("mount", "-t", "tmpfs", "none", "/mnt")
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0


def _compiler() -> str | None:
    return _program("gcc") or _program("cc")


def unshared(*words: str | Path) -> list[str]:
    """The command with mounts of its own, as root or as the root of a user namespace."""
    who = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *who, "--mount", "--propagation", "private", *map(str, words)]


@functools.cache
def clock_library() -> Path:
    """vclock.c, compiled once per process."""
    folder = Path(tempfile.mkdtemp(prefix="migrator-vclock-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)  # the daemon's children may be somebody else
    library = folder / "vclock.so"
    compiler = _compiler()
    if compiler is None:
        raise Cannot(_("there is no C compiler"), hint=_("apt install gcc libc6-dev"))
    command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Cannot(
            _("the virtual clock does not compile: {error}").format(error=done.stderr.strip()[-300:]),
            hint=_("apt install gcc libc6-dev"),
        )
    return library


def starts_of(expressions: Sequence[str], window: Window, *, daemon: Daemon = DEBIAN) -> dict[str, list[int]]:
    """The instants (epoch seconds) at which one daemon starts each, all in crontabs of their own."""
    names = {f"L{index}": expression for index, expression in enumerate(dict.fromkeys(expressions))}
    crontabs = {name: f"{expression} x\n".encode() for name, expression in names.items()}
    record = watch(crontabs, window, daemon=daemon)
    if record.refused:
        raise Cannot(
            _("cron refuses {lines}").format(lines=", ".join(names[name] for name in sorted(record.refused)))
        )
    return {names[name]: starts for name, starts in record.starts.items()}


def starts_alone(
    expressions: Sequence[str], window: Window, *, daemon: Daemon = DEBIAN
) -> dict[str, list[int]]:
    """The same with a daemon for each.

    After a clock change cron pauses for ten seconds after each missed minute that had jobs, so
    that neighbours would move one another.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda one: starts_of([one], window, daemon=daemon)[one], expressions)
        return dict(zip(expressions, found, strict=True))


def watch(
    crontabs: Mapping[str, bytes], window: Window, *, system: bool = False, daemon: Daemon = DEBIAN
) -> Record:
    """Run the daemon over the window; each crontab belongs to a user of its own name."""
    with tempfile.TemporaryDirectory(prefix="migrator-oracle-") as name:
        folder = Path(name)
        _lay_out(folder, crontabs, window, system=system)
        environment = {
            "PATH": "/usr/bin:/bin",
            "TZ": window.zone,
            "LD_PRELOAD": str(clock_library()),
            "VCLOCK_START": str(int(window.start.timestamp()) - LEAD),
            "VCLOCK_END": str(int(window.end.timestamp())),
            "VCLOCK_JUMPS": window.jumps,
            "VCLOCK_OUT": str(folder / "out"),
            **({"VCLOCK_FORK": "real"} if daemon.forks else {}),
            **({"VCLOCK_MINUTE": str(daemon.minute)} if daemon.minute else {}),
        }
        settings = [f"{key}={value}" for key, value in environment.items()]
        command = unshared("sh", "-c", _START, "sh", folder, *settings, *daemon.command)
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=1800, check=False
        )
        records = list(_records((folder / "out").read_bytes()))
        if not records or records[-1][0] != "E":
            said = done.stderr.decode(errors="replace").strip() or repr(records[-3:])
            raise Cannot(
                _("the cron daemon stopped early: {reason}").format(reason=said),
                hint=_("leave out --real-cron: cron's model needs no daemon"),
            )
        return _judged(records, crontabs, window)


def _lay_out(folder: Path, crontabs: Mapping[str, bytes], window: Window, *, system: bool) -> None:
    folder.chmod(0o755)
    for place in ("spool", "cron.d"):
        (folder / place).mkdir()
    (folder / "crontab").touch()
    (folder / "out").touch()
    (folder / "out").chmod(0o666)
    users = "" if system else "".join(f"{name}:x:0:0::/root:/bin/sh\n" for name in crontabs)
    (folder / "passwd").write_text(Path("/etc/passwd").read_text() + users)
    for name, text in crontabs.items():
        path = folder / ("cron.d" if system else "spool") / name
        path.write_bytes(text)
        path.chmod(0o644 if system else 0o600)
    # Older ones cronie would look through again each minute, younger ones any daemon.
    old = int(window.start.timestamp()) - LEAD - 1
    for path in (folder / "crontab", *folder.glob("*/*"), folder / "spool", folder / "cron.d"):
        os.utime(path, (old, old))


def _records(out: bytes) -> Iterator[tuple[str, int, str]]:
    for line in out.decode("utf-8", "surrogateescape").splitlines():
        kind, instant, message = line.split("\t", 2)
        yield kind, int(instant), message


def _judged(records: list[tuple[str, int, str]], crontabs: Mapping[str, bytes], window: Window) -> Record:
    starts: dict[str, list[int]] = {name: [] for name in crontabs}
    refused = set()
    for kind, instant, message in records:
        if kind == "F":
            user = message[1 : message.index(")")]
            if user in starts and instant >= window.start.timestamp():
                starts[user].append(instant)
        elif kind == "L" and re.search(r"ignored|[Ee]rror|\) bad |missing newline", message):
            refused |= crontabs.keys() & set(re.findall(r"\w+", message))
    jobs = tuple((instant, message) for kind, instant, message in records if kind == "F")
    return Record(starts, frozenset(refused), jobs)
