"""Debian's packages, installed without asking where that is allowed."""

import fcntl
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.parts.part import which

ALLOWED = "MIGRATOR_TEST_APT"


def possible() -> bool:
    """The caller allows it, and we are root on a system with apt."""
    return os.environ.get(ALLOWED) == "1" and os.geteuid() == 0 and which("apt-get") is not None


def install(packages: Sequence[str]) -> str:
    """Install packages without starting their services; what apt-get said where it fails, else nothing."""
    with Path(tempfile.gettempdir(), "migrator-test-apt").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # apt does not wait for another's `update`
        return _installed(packages)


def _installed(packages: Sequence[str]) -> str:
    if not _apt("install", "-y", "--no-install-recommends", *packages):
        return ""
    _apt("update")  # a fresh machine has no package lists, an old one has stale ones
    return _apt("install", "-y", "--no-install-recommends", *packages)


def _apt(*words: str) -> str:
    # RUNLEVEL=1 is what keeps a package's maintainer scripts from starting its service
    environment = {**os.environ, "RUNLEVEL": "1", "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        ["apt-get", "-q", *words],
        check=False,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if not done.returncode:
        return ""
    return (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
