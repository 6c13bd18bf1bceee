"""Parts that are only called: a compiler, a browser, a shell's tool box, private mounts."""

import os
import platform
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from migrator.adapters.virtual_cron import unshared
from tests.parts.part import Found, State, missing, which


@dataclass(frozen=True, slots=True)
class Program:
    """A program under one of several names, which proves that it works by a call."""

    name: str
    packages: tuple[str, ...]
    commands: tuple[str, ...]
    trial: tuple[str, ...]

    def find(self) -> Found:
        """Installed, if the trial call succeeds."""
        program = self.path()
        if program is None:
            return missing(self.packages, f"no {' or '.join(self.commands)} on PATH")
        done = subprocess.run(
            [program, *self.trial], stdin=subprocess.DEVNULL, capture_output=True, timeout=60
        )
        if done.returncode:
            complaint = done.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
            return missing(self.packages, f"{program} does not work: {complaint[-1]}")
        return Found(State.INSTALLED, str(program))

    def path(self) -> Path | None:
        """Where it is."""
        return next((path for path in map(which, self.commands) if path), None)


_EMPTY_C = ("-fsyntax-only", "-include", "stdio.h", "-x", "c", "/dev/null")
GCC = Program("gcc", ("gcc", "libc6-dev"), ("gcc", "cc"), _EMPTY_C)
SYSTEMD = Program("systemd", ("systemd",), ("systemd-analyze",), ("calendar", "daily"))
# the package busybox has no crond; this one takes its place
RUN_PARTS = Program("run-parts", ("debianutils",), ("run-parts",), ("--test", "/etc"))
BUSYBOX = Program("busybox", ("busybox-static",), ("busybox",), ("crond", "--help"))
PATCH = Program("patch", ("patch",), ("patch",), ("--version",))
REDIS = Program("redis", ("redis-server",), ("redis-server",), ("--version",))
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = Program("chromium", ("chromium",), _BROWSERS, ("--version",))


class GoCrons:
    """Go's compiler, and its cron packages as Debian has them."""

    name = "go"
    packages = ("golang-go", "golang-github-robfig-cron-dev", "golang-github-gorhill-cronexpr-dev")
    sources = Path("/usr/share/gocode/src/github.com")

    def find(self) -> Found:
        """Installed, if the compiler and the sources are there."""
        compiler = which("go")
        if compiler is None:
            return missing(self.packages, "no go on PATH")
        for name in ("robfig/cron", "gorhill/cronexpr"):
            if not (self.sources / name).is_dir():
                return missing(self.packages, f"no {self.sources / name}")
        return Found(State.INSTALLED, str(compiler))


class Root:
    """The superuser, without whom the cron daemon runs no job."""

    name = "root"
    packages: tuple[str, ...] = ()

    def find(self) -> Found:
        """Installed, if we are root."""
        if os.geteuid() == 0:
            return Found(State.INSTALLED, "we are root")
        return Found(State.MISSING, "not root, so cron cannot run jobs", "sudo make test")


class Tracing:
    """The right to trace a program of one's own, on the processor whose registers traced_clock.c knows."""

    name = "ptrace"
    packages: tuple[str, ...] = ()

    def find(self) -> Found:
        """Installed, if a process may ask to be traced."""
        if platform.machine() != "x86_64":
            return Found(State.MISSING, f"no x86-64 but {platform.machine()}", "an x86-64 machine")
        trial = "import ctypes; raise SystemExit(ctypes.CDLL(None).ptrace(0, 0, 0, 0) != 0)"
        if subprocess.run([sys.executable, "-c", trial], timeout=60).returncode == 0:
            return Found(State.INSTALLED, "programs of our own may be traced")
        return Found(State.MISSING, "ptrace is not allowed here", "run with CAP_SYS_PTRACE")


class Namespaces:
    """The right to hide files of the machine behind private mounts."""

    name = "namespaces"
    packages = ("util-linux", "mount")

    def find(self) -> Found:
        """Installed, if a private mount succeeds."""
        if which("unshare") is None:
            return missing(self.packages, "no unshare")
        trial = unshared("mount", "-t", "tmpfs", "none", "/mnt")
        if subprocess.run(trial, capture_output=True, timeout=60).returncode == 0:
            who = "as root" if os.geteuid() == 0 else "as the root of a user namespace"
            return Found(State.INSTALLED, who)
        remedy = "run as root with CAP_SYS_ADMIN, or allow user namespaces"
        return Found(State.MISSING, "private mounts are not allowed here", remedy)


@dataclass(frozen=True, slots=True)
class ServerPrograms:
    """The programs of a server, without which none can be started privately, though one may run elsewhere."""

    name: str
    packages: tuple[str, ...]
    locate: Callable[[], Path | None]

    def find(self) -> Found:
        """Installed, wherever the server itself may run."""
        place = self.locate()
        if place is None:
            return missing(self.packages, "the server's programs are not on this machine")
        return Found(State.INSTALLED, str(place))
