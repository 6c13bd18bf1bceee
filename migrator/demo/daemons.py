"""The processes that play: worker, beat, and a cron of the demo's own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from migrator.demo.stage import Stage
from migrator.errors import Cannot
from migrator.i18n import _

CRON = Path("/usr/sbin/cron")
STOPPING = 10  # seconds to end in, before a process is killed

# What the daemon may see in its own mount namespace: our crontabs and nothing of the machine's.
NAMESPACE = """
set -e
mount --bind "$1" /var/spool/cron/crontabs
mount --bind /dev/null /etc/crontab
mount -t tmpfs tmpfs /etc/cron.d
mount -t tmpfs tmpfs /run
exec /usr/sbin/cron -f
"""


class Daemons:
    """Starts processes in groups of their own, and stops every one of them."""

    def __init__(self, stage: Stage, environment: Mapping[str, str]) -> None:
        self.stage = stage
        self.environment = {**os.environ, **environment}
        self.running: list[tuple[str, subprocess.Popen[bytes]]] = []

    def start(self, name: str, command: Sequence[str]) -> None:
        """Start ``command`` with its output in a log file of that name."""
        with (self.stage.logs / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=self.stage.project,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.running.append((name, process))

    def check(self) -> None:
        """Raise Cannot if a process has ended on its own."""
        for name, process in self.running:
            if process.poll() is not None:
                log = self.stage.logs / f"{name}.log"
                last = log.read_text(errors="replace").strip().splitlines()[-1:]
                raise Cannot(
                    _("the {name} process has ended: {line}").format(name=name, line="".join(last)),
                    hint=_("see {log}").format(log=log),
                )

    def stop(self) -> None:
        """Stop all, the last one first."""
        while self.running:
            _name, process = self.running.pop()
            _signal(process, signal.SIGTERM)
            try:
                process.wait(STOPPING)
            except subprocess.TimeoutExpired:
                pass
            finally:
                _signal(process, signal.SIGKILL)
                process.wait()


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


@contextlib.contextmanager
def daemons(stage: Stage, environment: Mapping[str, str]) -> Iterator[Daemons]:
    """The processes of a demo, all gone afterwards, also after Ctrl-C or a SIGTERM."""

    def interrupted(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupted)
    group = Daemons(stage, environment)
    try:
        yield group
    finally:
        ignored = signal.signal(signal.SIGINT, signal.SIG_IGN)
        group.stop()
        signal.signal(signal.SIGINT, ignored)
        signal.signal(signal.SIGTERM, before)


CELERY = [sys.executable, "-m", "celery", "-A", "config"]


def start_worker(group: Daemons) -> None:
    """One worker with two processes."""
    group.start("worker", [*CELERY, "worker", "--loglevel=INFO", "--concurrency=2", "--hostname=demo@%h"])


def start_beat(group: Daemons) -> None:
    """One beat."""
    group.start("beat", [*CELERY, "beat", "--loglevel=INFO", f"--pidfile={group.stage.scratch / 'beat.pid'}"])


def hindrance(choice: str) -> str | None:
    """Why the real cron daemon does not play here; None if it does.

    ``choice``: ``auto``, ``daemon`` (Cannot where it cannot) or ``python-crontab``.
    """
    if choice == "python-crontab":
        return _("as you asked")
    found = _real_cron_hindrance()
    if found and choice == "daemon":
        raise Cannot(_("the real cron daemon cannot play here: {reason}").format(reason=found))
    return found


def _real_cron_hindrance() -> str | None:
    if os.geteuid() != 0:
        return _("not root")
    if not CRON.exists():
        return _("cron is not installed")
    if not Path("/var/spool/cron/crontabs").is_dir():
        return _("/var/spool/cron/crontabs is missing")
    unshare = shutil.which("unshare")
    if (
        unshare is None
        or subprocess.run([unshare, "-m", "true"], capture_output=True, check=False).returncode
    ):
        return _("mount namespaces are not allowed here")
    return None


def start_cron(group: Daemons, *, real: bool) -> None:
    """Debian's cron in a mount namespace of its own, or python-crontab's scheduler."""
    if real:
        isolated = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"]
        group.start("cron", [*isolated, "sh", "-c", NAMESPACE, "sh", str(group.stage.crontabs)])
    else:
        group.start("cron", [sys.executable, "-m", "migrator.demo.scheduler", str(group.stage.live_crontab)])
    time.sleep(0.5)
    group.check()
