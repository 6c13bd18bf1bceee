"""The real busybox crond: which values does it find in the five fields of a line?

With all its messages on, crond prints the flags of each field that it has read, or complains.
Debian's build crashes on nicknames, so those are not asked.
"""

import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from migrator.adapters.virtual_cron import unshared
from tests.parts.programs import BUSYBOX

PATIENCE = 60  # seconds
_MARK = "1 1 1 1 1 mark"
_MARKED = [frozenset({1})] * 5
_FIRST = (0, 0, 0, 1, 0)  # the value of the first flag of each field


@dataclass(frozen=True, slots=True)
class Complaint:
    """A field that crond did not read to its end."""


Values = frozenset[int] | Complaint


def fields_of(lines: Sequence[str]) -> dict[str, list[Values]]:
    """What crond finds in each line; nothing for a line that it passes over."""
    text = "".join(f"{line}\n{_MARK}\n" for line in lines)
    found: list[list[Values]] = [[]]
    for entry in _entries(text.encode("utf-8", "surrogateescape"), len(lines)):
        if entry == _MARKED:
            found.append([])
        elif entry:
            found[-1] = entry
    return dict(zip(lines, found, strict=False))


def _entries(text: bytes, marks: int) -> Iterator[list[Values]]:
    with tempfile.TemporaryDirectory(prefix="migrator-oracle-") as name:
        folder = Path(name)
        (folder / "spool").mkdir()
        (folder / "spool" / "root").write_bytes(text)
        log = folder / "log"
        log.touch()
        words = ("crond", "-f", "-l", "0", "-L", log, "-c", folder / "spool")
        crond = subprocess.Popen(unshared(BUSYBOX.path() or "busybox", *words))
        try:
            said = _said(log, crond, marks)
        finally:
            crond.kill()
            crond.wait()
    for entry in re.split(r"crond: user:root entry:.*\n", said)[1:]:
        rows = entry.split("\n")
        read = len(rows) > len(_FIRST)  # a line that crond passes over has no rows
        yield [_values(row, first) for row, first in zip(rows, _FIRST, strict=False)] if read else []


def _said(log: Path, crond: subprocess.Popen[bytes], marks: int) -> str:
    """The log, when the last mark is in it with all its fields."""
    last = re.compile(r"entry:.*\n(?:[01]+\n){5}")
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and crond.poll() is None:
        said = log.read_bytes().decode("utf-8", "surrogateescape")
        if len(last.findall(said)) >= marks and said.endswith("\n"):
            return said
        time.sleep(0.05)
    raise AssertionError(f"crond ended, or read fewer than {marks} lines: {log.read_bytes()[-500:]!r}")


def _values(row: str, first: int) -> Values:
    if set(row) <= {"0", "1"}:
        return frozenset(n for n, flag in enumerate(row, first) if flag == "1")
    return Complaint()
