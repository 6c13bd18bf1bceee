"""A real cron daemon under a virtual clock: when does it start a job, and what does it refuse?

The unmodified daemon runs over private files in a mount namespace; nothing of the machine is seen
or touched. No job runs.
"""

import datetime as dt
import functools
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.parts.part import which
from tests.parts.programs import GCC, unshared

SOURCE = Path(__file__).with_name("vclock.c")
LEAD = 30  # seconds: the daemon never runs the minute in which it starts
MIDNIGHT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

_START = """set -e
mount --bind "$1/spool" /var/spool/cron/crontabs
mount --bind "$1/crontab" /etc/crontab
mount --bind "$1/cron.d" /etc/cron.d
mount --bind "$1/passwd" /etc/passwd
mount -t tmpfs none /run
shift
exec env -i "$@"
"""


@dataclass(frozen=True, slots=True)
class Daemon:
    """A cron daemon that can be asked; ``forks``: vclock.c cannot run its jobs inside the daemon."""

    program: str
    options: tuple[str, ...]
    forks: bool = False

    @property
    def command(self) -> tuple[str, ...]:
        """Looked for when it is run: the test run may just have installed it."""
        return (which(self.program) or self.program, *self.options)


DEBIAN = Daemon("cron", ("-f", "-L", "1"))
CRONIE = Daemon(os.environ.get("CRONIE_CROND", "crond"), ("-n", "-i"), forks=True)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of virtual time in the zone that the daemon runs in."""

    zone: str
    start: dt.datetime
    end: dt.datetime


@dataclass(frozen=True, slots=True)
class Record:
    """What the daemon did: the starts of each crontab's jobs, by name, and the names it refused."""

    starts: Mapping[str, list[int]]
    refused: frozenset[str]


@functools.cache
def clock_library() -> Path:
    """vclock.c, compiled once per process."""
    folder = Path(tempfile.mkdtemp(prefix="migrator-vclock-"))
    folder.chmod(0o755)
    library = folder / "vclock.so"
    compiler = GCC.path()
    assert compiler is not None
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"], check=True)
    return library


def starts_of(expressions: Sequence[str], window: Window) -> dict[str, list[int]]:
    """The instants (epoch seconds) at which one daemon starts each, all in crontabs of their own."""
    names = {f"L{index}": expression for index, expression in enumerate(dict.fromkeys(expressions))}
    record = watch({name: f"{expression} x\n".encode() for name, expression in names.items()}, window)
    assert not record.refused, [names[name] for name in record.refused]
    return {names[name]: starts for name, starts in record.starts.items()}


def starts_alone(expressions: Sequence[str], window: Window) -> dict[str, list[int]]:
    """The same with a daemon for each.

    After a clock change cron pauses for ten seconds after each missed minute that had jobs, so
    that neighbours would move one another.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda one: starts_of([one], window)[one], expressions)
        return dict(zip(expressions, found, strict=True))


def daemon_accepts(texts: Sequence[bytes], *, system: bool = False, daemon: Daemon = DEBIAN) -> list[bool]:
    """Whether the daemon loads each text, as a user's crontab or as a file of /etc/cron.d."""
    files = {f"L{index}": text for index, text in enumerate(texts)}
    window = Window("UTC", MIDNIGHT, MIDNIGHT + dt.timedelta(minutes=1))
    refused = watch(files, window, system=system, daemon=daemon).refused
    return [name not in refused for name in files]


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
            "VCLOCK_OUT": str(folder / "out"),
        } | ({"VCLOCK_FORK": "real"} if daemon.forks else {})
        settings = [f"{key}={value}" for key, value in environment.items()]
        command = unshared("sh", "-c", _START, "sh", folder, *settings, *daemon.command)
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=600)
        records = list(_records((folder / "out").read_bytes()))
        assert records, done.stderr.decode(errors="replace")
        assert records[-1][0] == "E", f"the daemon stopped early: {records[-3:]}"
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
    old = int(window.start.timestamp()) - 2 * 86400  # files from the future would be loaded again each minute
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
    return Record(starts, frozenset(refused))


def crontab_accepts(texts: Sequence[bytes]) -> list[bool]:
    """Whether crontab(1) would install each text; a dry run over a hidden spool."""
    script = """mount -t tmpfs none /var/spool/cron/crontabs
for file in "$@"; do crontab -n "$file" >/dev/null 2>&1; echo $?; done"""
    with tempfile.TemporaryDirectory(prefix="migrator-oracle-") as name:
        paths = [Path(name, str(index)) for index in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_bytes(text)
        done = subprocess.run(unshared("sh", "-c", script, "sh", *paths), capture_output=True, check=True)
        return [status == b"0" for status in done.stdout.split()]
