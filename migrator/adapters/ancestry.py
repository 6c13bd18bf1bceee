"""Who started this process, as Linux tells it in /proc."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

# Vixie's, Debian's and busybox's daemons, and the others that read crontabs.
DAEMONS = {"cron", "crond", "anacron", "fcron", "dcron", "supercronic", "yacron"}


def started_by_cron() -> bool:
    """Whether one of cron's daemons is among the ancestors, and no worker of Celery's in between."""
    for process in _ancestors():
        if b"celery" in _read(process, "cmdline"):
            return False
        if _read(process, "comm").strip().decode("utf-8", "replace") in DAEMONS:
            return True
    return False


def _ancestors() -> Iterator[int]:
    process = os.getppid()
    while process > 0:
        yield process
        # "4711 (a name) with blanks) S 4710 ..": the parent is the second word behind the last bracket
        words = _read(process, "stat").rpartition(b")")[2].split()
        process = int(words[1]) if len(words) > 1 else 0


def _read(process: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{process}/{name}").read_bytes()
    except OSError:  # it has ended, or there is no /proc
        return b""
