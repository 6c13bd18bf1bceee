"""A day that is over, played again: cronwrap on that day's clock, and the messages that beat sent in it."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.chaos.cron_host import job_command, write_job
from tests.chaos.faults import Chaos
from tests.chaos.office import Office
from tests.contract.cronwrapped import CRONWRAP, on_clock

HOUR = 3600
TURN = 3  # hours for which one side is the owner

# The host has promised each hand-over long ago, between two slots, and its tables say so.
HAND_OVER = """
import socket
from pathlib import Path
from migrator.adapters.spool import Spool
from migrator.comparison.handshake import plan
from migrator.comparison.slot_table import table
from migrator.cronwrap import user_name
begin, spool = dt.datetime.fromtimestamp({begin}, dt.UTC), Spool(Path({spool!r}))
host = models.Host.objects.create(
    name=socket.gethostname()[:128], user=user_name()[:64], spool=str(spool.folder.resolve())[:255]
)
for offset, job in enumerate(JOBS.values()):
    for turn in range(-1, 24 // {turn} + 1):
        at = begin + dt.timedelta(hours={turn} * turn, minutes=5)
        owner, previous = ("celery", "cron") if (turn + offset) % 2 else ("cron", "celery")
        row = models.Handover.objects.create(
            job=job.definition.id, owner=owner, previous=previous, from_due=at, from_slot="-", who="test"
        )
        models.Acknowledgement.objects.create(handover=row, host=host, effective=at, applied=True)
    chain = owners.chains([job.definition.id])[job.definition.id]
    steps = plan(chain, str(host), begin)
    assert not steps.before and not steps.after
    spool.write_table(job.definition.id, table(job.definition, steps, begin))
"""


@dataclass(frozen=True, slots=True)
class Moment:
    """A slot of a job, and the second of the day's clock at which its start is tried."""

    job: str
    due: float
    now: float


class Day:
    """So many hours up to two hours ago, so that nothing of them is pending."""

    def __init__(self, office: Office, rng: random.Random, *, hours: int) -> None:
        self.office = office
        self.rng = rng
        self.end = (time.time() // HOUR - 2) * HOUR
        self.begin = self.end - hours * HOUR
        self.spool = office.folder / "spool"

    def hand_over(self) -> None:
        """Make cron and Celery take turns."""
        write_job(self.office.folder)
        self.spool.mkdir()
        self.office.python(HAND_OVER.format(begin=self.begin, spool=str(self.spool), turn=TURN))

    def moments(self) -> Iterator[Moment]:
        """Each slot, by a clock that is some seconds off; now and then the clock is put back by a while."""
        due = self.begin
        while due < self.end:
            back = self.rng.random() < 0.05
            for at in [due - 1200, due - 600, due] if back and due - 1200 >= self.begin else [due]:
                for job in self.office.jobs:
                    yield Moment(job, at, at + self.rng.uniform(-1.5, 25))
            due += 600

    def play(self, moment: Moment, chaos: Chaos) -> None:
        """Start cronwrap as cron does, and publish what two beats do; sometimes cronwrap is killed."""
        command = [*job_command(self.office.folder, moment.job)[:3], "0", "0"]
        argv = [sys.executable, "-I", "-S", str(CRONWRAP), moment.job, "--", *command]
        wrapped = subprocess.Popen(
            on_clock(argv, moment.now), env=self.office.project.environment, cwd=self.office.folder
        )
        published = datetime.fromtimestamp(moment.due + self.rng.uniform(0, 20), UTC)
        copies = self.rng.choice([1, 2, 2, 3])
        chaos.send(moment.job, published, copies=copies)
        chaos.again += copies - 1
        if self.rng.random() < 0.1:
            time.sleep(self.rng.uniform(0, 0.05))
            wrapped.kill()
            chaos.count["cronwraps killed"] += 1
        wrapped.wait()

    def ship(self) -> None:
        """Bring the host's records into the ledger."""
        done = self.office.project.migrator("sync")
        assert done.returncode == 0, done.stderr
