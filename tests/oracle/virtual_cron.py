"""A real cron daemon under a virtual clock, and what only tests ask it: which texts it takes."""

import datetime as dt
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from migrator.adapters.virtual_cron import (
    DEBIAN,
    Daemon,
    Record,
    Window,
    starts_alone,
    starts_of,
    unshared,
    watch,
)

__all__ = [
    "CRONIE",
    "DEBIAN",
    "Daemon",
    "Record",
    "Window",
    "crontab_accepts",
    "daemon_accepts",
    "starts_alone",
    "starts_of",
    "watch",
]

BUILT = Path(__file__).parents[2] / "build" / "cronie" / "source" / "src" / "crond"  # by `make cronie`
CRONIE = Daemon(os.environ.get("CRONIE_CROND", str(BUILT)), ("-n", "-i"), forks=True)
MIDNIGHT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def daemon_accepts(texts: Sequence[bytes], *, system: bool = False, daemon: Daemon = DEBIAN) -> list[bool]:
    """Whether the daemon loads each text, as a user's crontab or as a file of /etc/cron.d."""
    files = {f"L{index}": text for index, text in enumerate(texts)}
    window = Window("UTC", MIDNIGHT, MIDNIGHT + dt.timedelta(minutes=1))
    refused = watch(files, window, system=system, daemon=daemon).refused
    return [name not in refused for name in files]


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
