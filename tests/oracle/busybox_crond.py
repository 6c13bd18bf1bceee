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
# What crond reads last: lines differ from it, and none of them is taken for the end of the log.
_END = "57,59 23 29 11 5 end"
_ENDED = [frozenset({57, 59}), frozenset({23}), frozenset({29}), frozenset({11}), frozenset({5})]
_FIRST = (0, 0, 0, 1, 0)  # the value of the first flag of each field


@dataclass(frozen=True, slots=True)
class Complaint:
    """A field that crond did not read to its end."""


Values = frozenset[int] | Complaint


def fields_of(lines: Sequence[str]) -> dict[str, list[Values]]:
    """What crond finds in each line; nothing for a line that it passes over."""
    text = "".join(f"{line}\n{_MARK}\n" for line in lines) + f"{_END}\n"
    found: list[list[Values]] = [[]]
    for entry in entries(log_of(text.encode("utf-8", "surrogateescape"))):
        if entry == _MARKED:
            found.append([])
        elif entry:
            found[-1] = entry
    assert found.pop() == _ENDED
    return dict(zip(lines, found, strict=True))


def log_of(text: bytes) -> str:
    """What crond says about a crontab that ends with the last line."""
    with tempfile.TemporaryDirectory(prefix="migrator-oracle-") as name:
        folder = Path(name)
        (folder / "spool").mkdir()
        (folder / "spool" / "root").write_bytes(text)
        log = folder / "log"
        log.touch()
        words = ("crond", "-f", "-l", "0", "-L", log, "-c", folder / "spool")
        crond = subprocess.Popen(unshared(BUSYBOX.path() or "busybox", *words))
        try:
            return _said(log, crond)
        finally:
            crond.kill()
            crond.wait()


def entries(said: str) -> Iterator[list[Values]]:
    """The values in each entry of a log."""
    for entry in re.split(r"crond: user:root entry:.*\n", said)[1:]:
        rows = entry.split("\n")
        read = len(rows) > len(_FIRST)  # a line that crond passes over has no rows
        yield [_values(row, first) for row, first in zip(rows, _FIRST, strict=False)] if read else []


def _said(log: Path, crond: subprocess.Popen[bytes]) -> str:
    """The log, when the last line is in it with all its fields."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and crond.poll() is None:
        said = log.read_bytes().decode("utf-8", "surrogateescape")
        if whole(said):
            return said
        time.sleep(0.05)
    raise AssertionError(f"crond ended, or did not read its last line: {log.read_bytes()[-500:]!r}")


def whole(said: str) -> bool:
    """Whether crond has said all: a log that is read while it is written ends anywhere."""
    last = said[max(said.rfind("crond: user:root entry:"), 0) :]
    return said.endswith("\n") and list(entries(last)) == [_ENDED]


def _values(row: str, first: int) -> Values:
    if set(row) <= {"0", "1"}:
        return frozenset(n for n, flag in enumerate(row, first) if flag == "1")
    return Complaint()
