"""A cron host: the real daemon with crontabs of its own, and a spool on a small disk of its own."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from migrator.adapters.virtual_cron import unshared
from tests.chaos.processes import children
from tests.contract.cronwrapped import CRONWRAP
from tests.parts.cron import write_crontab
from tests.parts.part import which
from tests.parts.process import Command, running

# The shell keeps the mounts while the daemon is killed; /run is the daemon's own lock.
_START = """set -e
mount --bind "$1/crontabs" /var/spool/cron/crontabs
mount --bind /dev/null /etc/crontab
mount -t tmpfs none /etc/cron.d
mount -t tmpfs none /run
mount -t tmpfs -o size=4m,mode=700 none "$1/spool"
touch "$1/mounted"
while :; do "$2" -f || :; sleep 1; done
"""

# What each job does on cron's side: one line, outside the ledger, as its task does on Celery's.
JOB = """#!/bin/sh
sleep "$2"
line="$1 ${MIGRATOR_SLOT:--} control $(date +%s.%N) $MIGRATOR_RUN"
echo "$line" >>"$OFFICE/effects"
sleep "$3"
"""


class CronHost:
    """Everything that a cron machine has, and that can go wrong there."""

    def __init__(self, folder: Path, environment: Mapping[str, str], pid: int) -> None:
        self.folder = folder
        self.environment = environment
        self.pid = pid
        self.spool = folder / "spool"

    def enter(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run something where the host's own mounts are seen."""
        return subprocess.run(
            ["nsenter", "-t", str(self.pid), "-m", *words],
            env=dict(self.environment), cwd=self.folder, capture_output=True, text=True, timeout=120,
            check=False,
        )  # fmt: skip

    def sync(self) -> subprocess.CompletedProcess[str]:
        return self.enter(sys.executable, "-m", "migrator", "sync")

    def kill_daemon(self) -> None:
        for child in children(self.pid):
            with contextlib.suppress(OSError):
                if Path(f"/proc/{child}/comm").read_text().strip() == "cron":
                    os.kill(child, signal.SIGKILL)

    def retire(self) -> None:
        """Take the crontab out; what runs goes on."""
        self.enter("rm", "/var/spool/cron/crontabs/root")
        self.kill_daemon()

    def fill_disk(self) -> None:
        """Not one byte is left on the spool's disk."""
        self.enter("sh", "-c", f"cat /dev/zero >{shlex.quote(str(self.spool / 'ballast'))} 2>/dev/null")

    def free_disk(self) -> None:
        self._done("rm", "-f", str(self.spool / "ballast"))

    def forbid_writing(self) -> None:
        """The spool's file system turns read-only; refused while a file on it is being written."""
        self.enter("mount", "-o", "remount,ro", str(self.spool))

    def allow_writing(self) -> None:
        self._done("mount", "-o", "remount,rw", str(self.spool))

    def _done(self, *words: str) -> None:
        """What mends a fault has to succeed, or the judge takes the fault for over."""
        done = self.enter(*words)
        assert done.returncode == 0, done.stderr


@contextlib.contextmanager
def cron_host(folder: Path, environment: Mapping[str, str], jobs: Mapping[str, str]) -> Iterator[CronHost]:
    """The daemon with one line for each job, through cronwrap, and one for ``migrator sync``.

    ``jobs``: each with the expression of its line.
    """
    (folder / "crontabs").mkdir()
    (folder / "spool").mkdir()
    write_job(folder)
    words = unshared("sh", "-c", _START, "sh", folder, which("cron") or "cron")
    mounted = folder / "mounted"
    with running(Command(words, environment), folder / "cron.log", lambda _: mounted.exists()) as pid:
        host = CronHost(folder, environment, pid)
        done = host.sync()
        assert done.returncode == 0, done.stderr
        write_crontab(folder / "crontabs", _crontab(folder, environment, jobs))
        yield host


def write_job(folder: Path) -> None:
    """Put the jobs' script into the folder."""
    (folder / "job.sh").write_text(JOB)


def job_command(folder: Path, job: str) -> list[str]:
    """The words behind cronwrap's ``--``; some jobs are killed before their effect, some behind it."""
    number = int(job[-2:])
    return ["/bin/sh", str(folder / "job.sh"), job, f"{number % 3 * 0.1:.1f}", f"{number % 4 * 0.1:.1f}"]


def _crontab(folder: Path, environment: Mapping[str, str], jobs: Mapping[str, str]) -> str:
    names = ("PATH", "OFFICE", "DATABASE_URL", "CELERY_BROKER_URL", "DJANGO_SETTINGS_MODULE", "PYTHONPATH")
    settings = [f'{name}="{environment[name]}"' for name in (*names, "MIGRATOR_SPOOL")]
    python = sys.executable
    lines = [
        f"{expression} {python} -I -S {CRONWRAP} {job} -- {shlex.join(job_command(folder, job))}"
        for job, expression in jobs.items()
    ]
    sync = f"* * * * * cd {folder} && {python} -m migrator sync >>{folder}/sync.log 2>&1"
    return "\n".join(['MAILTO=""', *settings, *lines, sync]) + "\n"
