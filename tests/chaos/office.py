"""The project under test, its workers and beats, behind gates that can be shut."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from celery import Celery

from migrator.comparison.jobs import JobDefinition
from tests.chaos.processes import Kept, leave_nothing
from tests.parts.process import Command, free_ports, listening, running
from tests.services.runtime_project import FILES, Project, until, write_project

ZONE = "Europe/Warsaw"

TASKS = """
import os, time
from pathlib import Path
from celery import current_task, shared_task
from migrator.contrib.django.tasks import recorded

JOBS = {jobs!r}

def effect(job):
    slot = getattr(current_task.request, "migrator_slot", "-")
    line = f"{{job}} {{slot}} candidate {{time.time()}} {{current_task.request.id}}\\n"
    with open(Path(os.environ["OFFICE"]) / "effects", "a") as file:
        file.write(line)

def task(job, expression):
    number = int(job[-2:])
    # half of the messages are delivered again when their worker is killed
    late = {{"acks_late": True, "reject_on_worker_lost": True}} if number % 2 else {{}}

    @shared_task(name=f"office.{{job}}", **late)
    @recorded(job, expression=expression, timezone={zone!r})
    def body():
        time.sleep(number % 3 * 0.05)
        effect(job)
        time.sleep(number % 4 * 0.05)

for job, expression in JOBS.items():
    task(job, expression)
"""

SETTINGS = """
CELERY_BEAT_SCHEDULE = {{
    name: {{"task": f"office.{{name}}", "schedule": crontab()}} for name in {minutely!r}
}}
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A server behind a gate; ``pid``: the gate's."""

    pid: int

    def shut(self) -> None:
        os.kill(self.pid, signal.SIGUSR1)

    def open(self) -> None:
        os.kill(self.pid, signal.SIGUSR2)


@dataclass(frozen=True, slots=True)
class Office:
    """All that runs on Celery's side; ``jobs``: each with its expression."""

    project: Project
    jobs: Mapping[str, str]
    broker: Server
    database: Server
    messages: Celery
    workers: tuple[Kept, ...]
    beats: tuple[Kept, ...]

    @property
    def folder(self) -> Path:
        return self.project.folder

    @property
    def kept(self) -> tuple[Kept, ...]:
        return (*self.workers, *self.beats)

    def definition(self, job: str) -> JobDefinition:
        return JobDefinition(job, self.jobs[job], ZONE)

    def waiting(self) -> int:
        """The messages that no worker has taken."""
        with self.messages.connection_for_read() as connection:
            return int(connection.default_channel.queue_declare("celery", passive=True).message_count)

    def drained(self) -> None:
        """Return when every message has been taken, and every task that was begun has had its time."""

        def empty() -> bool:
            for worker in self.workers:
                worker.keep()
            with contextlib.suppress(*self.messages.connection_for_read().connection_errors):
                return self.waiting() == 0
            return False  # a busy machine, or a gate that has just been opened

        until(empty, "the end of the queue", 180)

    def python(self, code: str) -> Any:
        return self.project.python(code)


@contextlib.contextmanager
def office(folder: Path, jobs: Mapping[str, str], *, broker: str, database: str) -> Iterator[Office]:
    """The project with its tables made, two workers, and two beats where a job is minutely: one too many."""
    minutely = [job for job, expression in jobs.items() if expression == "* * * * *"]
    files = {
        "office/settings.py": FILES["office/settings.py"] + SETTINGS.format(minutely=minutely),
        "office/tasks.py": TASKS.format(jobs=dict(jobs), zone=ZONE),
    }
    with ExitStack() as stack:
        gates = [stack.enter_context(_gate(folder, url)) for url in (broker, database)]
        project = write_project(folder, broker=gates[0][1], database=gates[1][1], files=files)
        celery = [sys.executable, "-m", "celery", "-A", "office"]
        workers = [
            [*celery, "worker", "-n", f"worker{number}@chaos", "-l", "info", "-c", "1"] for number in (1, 2)
        ]
        beat = [*celery, "beat", "-l", "info", "--pidfile="]
        beats = [
            [*beat, "-S", "django"],
            [*beat, "-S", "celery.beat:PersistentScheduler", "-s", str(folder / "beat2.schedule")],
        ]
        staff = {
            kind: tuple(
                Kept(f"{kind}{number}", words, project.environment, folder)
                for number, words in enumerate(commands, 1)
            )
            for kind, commands in (("worker", workers), ("beat", beats if minutely else []))
        }
        found = Office(
            project, jobs, Server(gates[0][0]), Server(gates[1][0]),
            Celery("chaos", broker=broker, set_as_current=False), staff["worker"], staff["beat"],
        )  # fmt: skip
        try:
            yield found
        finally:
            for one in reversed(found.kept):
                one.stop()
            leave_nothing(f"OFFICE={folder}")


@contextlib.contextmanager
def _gate(folder: Path, url: str) -> Iterator[tuple[int, str]]:
    """A gate before the server of an address, and the address that leads through it."""
    parts = urlsplit(url)
    port = parts.port or {"amqp": 5672, "postgres": 5432}[parts.scheme]
    [listen] = free_ports(1)
    words = [sys.executable, "-m", "tests.chaos.gate", str(listen), parts.hostname or "localhost", str(port)]
    environment = {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    log = folder / f"gate-{parts.scheme}.log"
    account = f"{parts.username}:{parts.password}@" if parts.password else f"{parts.username}@"
    with running(Command(words, environment), log, lambda _: listening(listen)) as pid:
        yield pid, parts._replace(netloc=f"{account}127.0.0.1:{listen}").geturl()


def judged(found: Office, **facts: Any) -> dict[str, Any]:
    """The judge's word, in the project's own Python."""
    done = found.project.run(sys.executable, "-m", "tests.chaos.judge", json.dumps(facts), timeout=300)
    assert done.returncode == 0, done.stderr
    verdict: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return verdict
