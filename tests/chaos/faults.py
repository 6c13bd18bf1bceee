"""What goes wrong, one thing after another, by a seeded throw of the dice."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

from migrator.contrib.celery.headers import stamped
from tests.chaos.cron_host import CronHost
from tests.chaos.office import Office, Server
from tests.chaos.processes import children, processes
from tests.contract.cronwrapped import CRONWRAP

Fault = Callable[[], None]


class Chaos:
    """Breaks one thing after the other, mends it after a while, and counts.

    ``faults``: each with its weight; ``since``: the first slot that is judged; ``longest``: seconds that a
    fault lasts at most.
    """

    def __init__(self, office: Office, rng: random.Random, *, longest: float, since: float) -> None:
        self.office = office
        self.rng = rng
        self.longest = longest
        self.since = since
        self.host: CronHost | None = None
        self.count: Counter[str] = Counter()
        self.again = 0  # messages sent that had been sent before
        self.unwritable: list[tuple[float, float]] = []
        self.spoilt = False  # the spool cannot be written now
        self.commands: list[subprocess.Popen[bytes]] = []
        self.mending: list[tuple[float, int, Fault]] = []
        self.numbers = itertools.count()
        self.following = time.time()
        self.faults: dict[Fault, float] = {
            self.kill_worker: 3,
            self.kill_worker_alone: 2,
            self.kill_pool: 3,
            self.freeze_worker: 2,
            self.cut_broker: 2,
            self.cut_database: 2,
        }

    def on_cron_host(self, host: CronHost) -> None:
        """Break what is live as well: beat, cron, cronwrap, sync, the spool; and owners change."""
        self.host = host
        self.faults |= {
            self.redeliver: 4,
            self.kill_beat: 3,
            self.kill_cron: 1,
            self.kill_cronwrap: 4,
            self.change_owner: 8,
            # these stop every hand-over for minutes
            self.restart_everything: 0.5,
            self.kill_sync: 0.5,
            self.fill_disk: 0.7,
            self.forbid_writing: 0.7,
            self.abort: 0.2,
        }

    # ---- time

    def tick(self, every: tuple[float, float]) -> None:
        """Mend what is due, start what has ended, and break something every so many seconds."""
        now = time.time()
        self.mend(now)
        for one in self.office.kept:
            one.keep()
        if now >= self.following:
            self.strike(*self.rng.choices(list(self.faults), list(self.faults.values())))
            self.following = now + self.rng.uniform(*every)

    def strike(self, fault: Fault) -> None:
        self.count[fault.__name__.replace("_", " ")] += 1
        fault()

    def later(self, seconds: float, mend: Fault) -> None:
        heapq.heappush(self.mending, (time.time() + seconds, next(self.numbers), mend))

    def mend(self, now: float) -> None:
        """Undo what has lasted long enough."""
        while self.mending and self.mending[0][0] <= now:
            heapq.heappop(self.mending)[2]()

    def end(self) -> None:
        """Mend everything, and wait for the commands that are under way."""
        self.mend(float("inf"))
        for command in self.commands:
            command.wait(120)

    def duration(self) -> float:
        return self.rng.uniform(0.5, self.longest)

    # ---- processes

    def kill_worker(self) -> None:
        self.rng.choice(self.office.workers).kill(whole=True, pause=self.duration() / 2)

    def kill_worker_alone(self) -> None:
        """Its pool has lost its master."""
        self.rng.choice(self.office.workers).kill(whole=False)

    def kill_pool(self) -> None:
        """The process that runs the task; the master lives on."""
        if master := self.rng.choice(self.office.workers).pid:
            for child in children(master):
                _kill(child)

    def freeze_worker(self) -> None:
        """As a machine that swaps: nothing is broken, and nothing moves."""
        worker = self.rng.choice(self.office.workers)
        worker.signal(signal.SIGSTOP)
        self.later(self.duration(), lambda: worker.signal(signal.SIGCONT))

    def kill_beat(self) -> None:
        self.rng.choice(self.office.beats).kill(whole=True, pause=self.duration())

    def restart_everything(self) -> None:
        """As when a machine goes down."""
        for one in self.office.kept:
            one.kill(whole=True)
        self.kill_cron()

    def kill_cron(self) -> None:
        assert self.host
        self.host.kill_daemon()

    def kill_cronwrap(self) -> None:
        """In the rush of the next full minute, at whatever point each of them is."""
        self.later(60.1 - time.time() % 60, self._hunt_cronwraps)

    def _hunt_cronwraps(self) -> None:
        assert self.host
        until = time.time() + 3
        while time.time() < until:
            for pid, words in processes(str(CRONWRAP)):
                ours = words[1:2] == ["-I"] and str(self.host.folder / "job.sh") in words
                if ours and self.rng.random() < 0.15:
                    _kill(pid)
                    self.count["cronwraps killed"] += 1
            time.sleep(0.01)

    def kill_sync(self) -> None:
        self.later(61 - time.time() % 60 + self.rng.uniform(0, 3), self._hunt_sync)

    def _hunt_sync(self) -> None:
        assert self.host
        for pid, words in processes("migrator\0sync"):
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/{pid}/cwd") == str(self.host.folder) and words[-1] == "sync":  # noqa: PTH115
                    _kill(pid)
                    self.count["syncs killed"] += 1

    # ---- servers

    def cut_broker(self) -> None:
        self._cut(self.office.broker)

    def cut_database(self) -> None:
        self._cut(self.office.database)

    def _cut(self, server: Server) -> None:
        server.shut()
        self.later(self.duration(), server.open)

    # ---- messages

    def redeliver(self) -> None:
        """Messages of slots that are past or present come again, some of them late."""
        now = time.time()
        for _ in range(self.rng.randint(3, 12)):
            job = self.rng.choice(list(self.office.jobs))
            at = datetime.fromtimestamp(self.rng.uniform(self.since, max(now, self.since + 1)), UTC)
            countdown = self.rng.choice([0, 0, self.rng.uniform(0, self.longest)])
            copies = self.rng.randint(1, 3)
            self.send(job, at, copies=copies, countdown=countdown)
            self.again += copies

    def send(self, job: str, at: datetime, *, copies: int, countdown: float = 0) -> None:
        """Publish what beat would have published then, as often as that."""
        headers = stamped(self.office.definition(job), at)
        task = str(self.rng.getrandbits(128))
        for _ in range(copies):
            self.office.messages.send_task(
                f"office.{job}", headers=headers, task_id=task, countdown=countdown
            )

    # ---- the spool's disk

    def fill_disk(self) -> None:
        assert self.host
        self._unwritable(self.host.fill_disk, self.host.free_disk)

    def forbid_writing(self) -> None:
        assert self.host
        self._unwritable(self.host.forbid_writing, self.host.allow_writing)

    def _unwritable(self, begin: Callable[[], object], mend: Callable[[], object]) -> None:
        """Over a full minute, when the jobs start; one at a time: a full disk made read-only stays full."""
        if self.spoilt:
            return
        started = time.time()

        def over() -> None:
            mend()
            self.spoilt = False
            self.unwritable.append((started, time.time() + 2))

        self.spoilt = True

        begin()
        self.later(60 - started % 60 + self.duration(), over)

    # ---- people

    def change_owner(self) -> None:
        job = self.rng.choice([*self.office.jobs, "--all", "--all"])
        owner = self.rng.choice(["cron", "shadow", "alternate", "celery", "celery"])
        self._migrator("owner", job, owner, "--accept", "chaos", "--reason", "chaos")

    def abort(self) -> None:
        self._migrator("abort", "--reason", "chaos")

    def _migrator(self, *words: str) -> None:
        with (self.office.folder / "people.log").open("ab") as log:
            log.write(f"{datetime.now(UTC):%H:%M:%S} {' '.join(words)}\n".encode())
            log.flush()
            command = subprocess.Popen(
                [sys.executable, "-m", "migrator", *words], env=self.office.project.environment,
                cwd=self.office.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self.commands.append(command)


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
