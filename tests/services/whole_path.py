"""The reference project as a team has it: cron's container, database, broker, worker and beat, on one clock.

The container is a mount namespace in which the real cron runs and crontab(1) is the real one. A slot
comes every three minutes; the clock is put forward from minute to minute once all that a minute
started has ended, so that a busy machine makes the path longer and no different.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.parts.driven_clock import driven_clock
from tests.parts.process import Command, running
from tests.services.cron_container import CronContainer, cron_container, until

ROOT = Path(__file__).resolve().parents[2]
JOBS = ("send_event_reminders", "send_old_cases_reminder", "run_court_session_parser", "clearsessions")
EVERY = 3  # minutes from slot to slot; a hand-over takes two
SCHEDULE = f"*/{EVERY} * * * *"
COPIED = ("config", "tasks", "crontabs/poradnia", "manage.py", "migrator.toml", "Dockerfile", "compose.yaml")
# a rehearsal of a year takes a minute, and one of them stands for all that have its schedule
SAME = {job: f'evidence = {{ rehearsal = "as {JOBS[0]}" }}\n' if job != JOBS[0] else "" for job in JOBS}
MIGRATOR = (sys.executable, "-m", "migrator")
EVIDENCE = 3  # matched slots that are enough for the verdict here

# The settings of every process, which tell outside of all ledgers which command was executed where.
_SETTINGS = """
import os, sys, time
from pathlib import Path
from config.settings.local import *
from django.core.management.base import BaseCommand

EXECUTE = BaseCommand.execute

def execute(self, *arguments, **options):
    try:
        return EXECUTE(self, *arguments, **options)
    finally:
        name = type(self).__module__.rpartition(".")[2]
        side = "cron" if Path(sys.argv[0]).name == "manage.py" else "celery"
        with open(os.environ["EXECUTED"], "a") as file:
            file.write(f"{int(time.time() // 60)} {name} {side}\\n")

BaseCommand.execute = execute
"""
# in front of everything else on the path: a Python in which the toolkit was uninstalled
_WITHOUT = "import sys; sys.modules['migrator'] = None\n"


@dataclass(frozen=True, slots=True)
class Town:
    """The project's folder and the container with its cron."""

    container: CronContainer
    first: int  # the first slot for which cron has the crontab, in minutes since the epoch

    @property
    def folder(self) -> Path:
        return self.container.folder

    @property
    def environment(self) -> Mapping[str, str]:
        return self.container.environment

    @property
    def code(self) -> Path:
        return self.folder / "code"

    def run(self, *words: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """A command in the container."""
        return self.container.run(words, self.code, timeout=timeout)

    def migrator(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = self.run(*MIGRATOR, *words)
        assert done.returncode == code, f"{words}\n{done.stdout}\n{done.stderr}"
        return done

    def document(self, *words: str, code: int = 0) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.migrator(*words, "--format", "json", code=code).stdout)
        return found

    def manage(self, *words: str) -> None:
        done = self.run(sys.executable, "manage.py", *words)
        assert done.returncode == 0, done.stderr

    def crontab(self) -> str:
        """What ``crontab -l`` prints in the container."""
        done = self.run("crontab", "-l")
        assert done.returncode == 0, done.stderr
        return done.stdout

    def applying(self, *words: str) -> str:
        """A command that waits for minutes, which pass meanwhile; what it said."""
        log = self.folder / "applying.log"
        with (
            log.open("wb") as output,
            self.container.started([*MIGRATOR, *words], self.code, output) as process,
        ):
            until(lambda: process.poll() is not None or "waits" in log.read_text(), "its first step")
            while process.poll() is None:
                self.pass_minute()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(4)  # in which it sees what the minute has brought
        assert process.returncode == 0, log.read_text()
        return log.read_text()

    def pass_minute(self) -> int:
        """The next full minute with all that it starts, as minutes since the epoch."""
        minute = self.container.next_minute()
        with contextlib.ExitStack() as beside:
            if _due(minute + 1):  # work that is new with each slot, so that each has something to do
                words = (sys.executable, "manage.py", "seed_demo", "--fresh", str(minute + 1))
                seed = self.container.started(words, self.code, subprocess.DEVNULL)
                seeding = beside.enter_context(seed)
            self.container.pass_minute(minute)
            if _due(minute + 1):
                assert seeding.wait(60) == 0
        if _due(minute):
            until(lambda: self.ended(minute) >= len(JOBS), f"four jobs in minute {minute}")
        self.container.leave_minute(minute)
        return minute

    def pass_slot(self) -> int:
        """The minutes up to the next slot, and that one."""
        while not _due(minute := self.pass_minute()):
            pass
        return minute

    def pass_slots_until(self, sides: set[str], *, most: int = 4) -> None:
        """Slots pass until these sides have executed one together; a hand-over may take two."""
        for _ in range(most):
            if set(self.sides(slot := self.pass_slot()).values()) == sides:
                return
        pytest.fail(f"{self.sides(slot)} after {most} slots, in place of {sides}")

    def slots(self) -> list[int]:
        """All slots up to now, also those that came while something else took its time."""
        return list(range(self.first, self.container.next_minute(), EVERY))

    def ended(self, minute: int) -> int:
        """How many jobs of this slot Celery is done with; without a ledger, how many were executed."""
        query = (
            "SELECT count(*) FROM migrator_run WHERE side = 'candidate' AND due = %s AND finished IS NOT NULL"
        )
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            if connection.execute("SELECT to_regclass('migrator_run')").fetchone() == (None,):
                return sum(count for (at, _), count in self.executed().items() if at == minute)
            due = dt.datetime.fromtimestamp(minute * 60, dt.UTC)
            row = connection.execute(query, [due]).fetchone()
        assert row is not None
        return int(row[0])

    def executed(self) -> Counter[tuple[int, str]]:
        """How often each job was executed in each slot, by the jobs' own word."""
        return Counter((minute, job) for minute, job, _ in self._told())

    def sides(self, minute: int) -> dict[str, str]:
        """Who executed each job of a slot."""
        return {job: side for at, job, side in self._told() if at == minute}

    def _told(self) -> list[tuple[int, str, str]]:
        """An execution takes less than the two minutes without a slot."""
        path = self.folder / "executed"
        lines = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
        return [(int(minute) // EVERY * EVERY, job, side) for minute, job, side in lines if job in JOBS]

    @contextlib.contextmanager
    def celery(self, *, toolkit: bool = True) -> Iterator[None]:
        """Worker and beat; without the toolkit, as where it was uninstalled."""
        environment = dict(self.environment)
        if not toolkit:
            (self.folder / "without").mkdir()
            (self.folder / "without" / "sitecustomize.py").write_text(_WITHOUT)
            environment["PYTHONPATH"] = f"{self.folder / 'without'}:{environment['PYTHONPATH']}"
        with contextlib.ExitStack() as stack:
            for name, words, ready in (
                ("worker", ("worker", "-n", "worker@town", "-c", "4"), " ready."),
                ("beat", ("beat", "--pidfile="), "beat: Starting..."),
            ):
                log = self.folder / f"{name}{'' if toolkit else '-without'}.log"
                command = [sys.executable, "-m", "celery", "-A", "config", *words, "-l", "info"]
                stack.enter_context(_started(command, environment, self.code, log, ready))
            yield


def _due(minute: int) -> bool:
    return minute % EVERY == 0


@contextlib.contextmanager
def _started(
    words: list[str], environment: Mapping[str, str], folder: Path, log: Path, ready: str
) -> Iterator[None]:
    command = Command(["env", "-C", folder, *words], environment)
    with running(command, log, lambda _: ready in log.read_text(errors="replace")):
        yield


def _lay_out(folder: Path) -> None:
    """The project with every job each third minute, its paths in this folder, its code not yet generated."""
    code = folder / "code"
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, code / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, code / name)
    for name in ("tasks/tasks.py", "tasks/cron_contract.py", "config/beat_schedule.py"):
        (code / name).unlink()
    (code / "config/settings/town.py").write_text(_SETTINGS)
    with (code / "migrator.toml").open("a") as toml:
        toml.write(f"\n[evidence]\nminutely = {EVIDENCE}\n")
        # what stock entries do on two nights of the year is looked at, and somebody is told of failures
        toml.writelines(
            f'[jobs.{job}]\nalert = "the office"\naccept = ["CM203"]\n{SAME[job]}' for job in JOBS
        )
    for name in ("crontab", "install.sh"):
        path = code / "crontabs/poradnia" / name
        text = path.read_text().replace("/code", str(code)).replace("/var/log/", f"{folder}/log/")
        text = text.replace('"python3 ', f'"{sys.executable} ')
        for schedule in ("0 12 * * *", "0 6 2 * *", "10 23 * * *", "@daily"):
            text = text.replace(f"\n{schedule} ", f"\n{SCHEDULE} ").replace(
                f":-{schedule}}}", f":-{SCHEDULE}}}"
            )
        path.write_text(text)
    for name in ("log", "locks", "spool", "mail"):
        (folder / name).mkdir()


@contextlib.contextmanager
def town(folder: Path, *, broker: str, database: str) -> Iterator[Town]:
    """The container with cron and an empty spool, before anybody has installed a crontab."""
    (folder / "code").mkdir()
    _lay_out(folder)
    clock = driven_clock(folder)
    clock.leap(_next_morning(clock.now()))
    environment = {
        "DATABASE_URL": database,
        "CELERY_BROKER_URL": broker,
        "DJANGO_SETTINGS_MODULE": "config.settings.town",
        "PYTHONPATH": f"{folder / 'code'}:{ROOT}",
        "MIGRATOR_SPOOL": str(folder / "spool"),
        "EMAIL_FILE_PATH": str(folder / "mail"),
        "LOCK_DIR": str(folder / "locks"),
        "STATE_DIR": str(folder / "locks"),
        "EXECUTED": str(folder / "executed"),
        "TZ": "Europe/Warsaw",
    }
    with cron_container(folder, clock, environment) as container:
        first = (container.next_minute() - 1) // EVERY * EVERY + EVERY
        yield Town(container, first)


def _next_morning(now: dt.datetime) -> dt.datetime:
    """A slot's minute, so that the next one is whole; far from midnight and from clock changes."""
    morning = now.replace(hour=9, minute=0, second=30, microsecond=0)
    return morning if morning > now else morning + dt.timedelta(days=1)
