"""The real busybox crond under a virtual clock: when does it start a job?

Debian's busybox with a crond is linked statically, so the clock is put under it from outside:
traced_clock.c, compiled when it is needed. No job runs, and nothing of the machine is touched.
"""

import atexit
import functools
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from migrator.adapters.virtual_cron import LEAD, Window
from tests.parts.programs import BUSYBOX, GCC

SOURCE = Path(__file__).with_name("traced_clock.c")


@functools.cache
def clock() -> Path:
    """traced_clock.c, compiled once per process."""
    folder = Path(tempfile.mkdtemp(prefix="migrator-traced-clock-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    program = folder / "traced-clock"
    subprocess.run([GCC.path() or "cc", "-O2", "-o", program, SOURCE], check=True, capture_output=True)
    return program


def starts_of(expressions: Sequence[str], window: Window) -> dict[str, list[int]]:
    """The instants (epoch seconds) at which one daemon starts each; its jobs do not hold one another up."""
    names = {f"L{index}": expression for index, expression in enumerate(dict.fromkeys(expressions))}
    lines = "".join(f"{expression} {name}\n" for name, expression in names.items())
    starts: dict[str, list[int]] = {expression: [] for expression in names.values()}
    message = ""
    for instant, message in _watch(lines, window):
        if message.startswith("crond: USER root "):
            starts[names[message.rsplit(maxsplit=1)[1]]].append(instant)
    assert message == "end"
    return starts


def _watch(crontab: str, window: Window) -> Iterator[tuple[int, str]]:
    """The virtual time, and what crond says then; the window ends with "end"."""
    with tempfile.TemporaryDirectory(prefix="migrator-oracle-") as name:
        folder = Path(name)
        (folder / "spool").mkdir()
        (folder / "spool" / "root").write_text(crontab)
        environment = {
            "PATH": "/usr/bin:/bin",
            "TZ": window.zone,
            "VCLOCK_START": str(int(window.start.timestamp()) - LEAD),
            "VCLOCK_END": str(int(window.end.timestamp())),
            "VCLOCK_JUMPS": window.jumps,
            "VCLOCK_OUT": str(folder / "out"),
        }
        crond = (BUSYBOX.path() or "busybox", "crond", "-f", "-l", "8", "-L", "/dev/null")
        words = [clock(), *crond, "-c", folder / "spool"]
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=1800)
        assert done.returncode == 0, done.stderr
        with (folder / "out").open() as lines:
            for line in lines:
                instant, _tab, message = line.rstrip("\n").partition("\t")
                yield int(instant), message
