"""The board says the same, slot by slot, whether or not the outcomes of settled slots are stored.

Each play goes through six days, in which the clock jumps, on a clock of its own. What records runs is the
real thing: spools that are shipped at once or days later, messages that are executed, only noted, or dropped,
some of them hours after their slot. Now and then all is judged; after each step the board is looked at.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from operator import itemgetter
from typing import Any
from uuid import uuid4

import pytest

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Owner, Side
from migrator.comparison.recent import Recent
from migrator.comparison.runs import Action, Kind, RunRecord
from migrator.contrib.celery.headers import Stamp
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import claims, models, owners, settled
from migrator.contrib.django.comparing import comparisons
from migrator.contrib.django.latest import latest
from migrator.contrib.django.recent import recent_slots
from migrator.contrib.django.retention import horizon, prune
from migrator.contrib.django.shipping import ingest
from migrator.contrib.django.spool_lines import read_lines
from migrator.schedule.occurrences import Slot

SPRING = dt.datetime(2026, 3, 25, 20, tzinfo=dt.UTC)
AUTUMN = dt.datetime(2026, 10, 21, 20, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
SHOWN = 24
SECONDS = [1, 1, 1, 1, 1, 1, 400, 700]
PLAYS = int(os.environ.get("MIGRATOR_PROPERTY_EXAMPLES", "2"))
JOBS = [
    JobDefinition("often", "*/30 * * * *", "Europe/Warsaw"),
    JobDefinition("hourly", "10 * * * *", "Europe/Warsaw"),
    JobDefinition("thrice", "30 1,2,3 * * *", "Europe/Warsaw"),
    JobDefinition("daily", "30 2 * * *", "Europe/Warsaw"),
    JobDefinition("elsewhere", "5 */5 * * *", "America/New_York"),
    JobDefinition("weekly", "10 0 * * 1", "UTC"),
    JobDefinition("interval", "@every 7200s", "UTC"),
    JobDefinition("moved", "40 */4 * * *", "UTC", moved_from="20 */4 * * *"),
]
MIGRATED = [MigratedJob(f"tasks.{job.id}", job, job) for job in JOBS]

# a claim is committed by itself
pytestmark = pytest.mark.django_db(transaction=True)


def line(run: str, job: JobDefinition, event: str, at: dt.datetime, **more: Any) -> bytes:
    shared = {"v": 1, "event": event, "run": run, "job": job.id, "at": at.timestamp()}
    return json.dumps({**shared, **more}).encode()


@dataclass
class Play:
    """A ledger in the making; ``coming``: what happens when."""

    dice: random.Random
    now: dt.datetime
    coming: list[tuple[dt.datetime, Callable[[dt.datetime], None]]] = field(default_factory=list)
    known: int = 0  # outcomes that the board had no need to judge

    def on(self, time: dt.timedelta) -> None:
        """Let that much time pass, with what comes meanwhile."""
        until = self.now + time
        for job in JOBS:
            for slot in job.between(self.now, until):
                self.cron(job, slot)
                for _message in range(self.dice.choice([0, *[1] * 12, 2])):
                    self.coming.append((slot.due + self.later(), partial(self.message, job, slot)))
        while (first := min(self.coming, key=itemgetter(0), default=None)) and first[0] <= until:
            self.coming.remove(first)
            at, happens = first
            happens(at)
        self.now = until

    def later(self) -> dt.timedelta:
        """How long something is on its way; a queue that is long, or a host that is away, for hours."""
        hours = self.dice.random() < 0.04
        return self.dice.uniform(0.1, 40) * HOUR if hours else dt.timedelta(seconds=self.dice.choice(SECONDS))

    def cron(self, job: JobDefinition, slot: Slot) -> None:
        """What cron's host writes down, and when it is shipped."""
        if self.dice.random() < 0.05:
            return
        run, begun = uuid4().hex, slot.due + dt.timedelta(seconds=self.dice.choice(SECONDS))
        took = dt.timedelta(seconds=self.dice.choice([3, 3, 3, 30, 5000, 40_000]))
        start = line(
            run, job, "start", begun, slot=slot.name, due=slot.due.timestamp(), owner="shadow", pid=1,
            action=self.dice.choice(["execute", "execute", "execute", "yield"]), host="web1", user="deploy",
            demo=False,
        )  # fmt: skip
        end = line(
            run, job, "end", begun + took, exit=self.dice.choice([0, 0, 0, 1]), signal=None, output="",
            duration=took.total_seconds(),
        )  # fmt: skip
        shipped = begun + self.later()
        self.coming.append((shipped, partial(ship, start)))
        if self.dice.random() < 0.97:
            self.coming.append((max(shipped, begun + took), partial(ship, end)))

    def message(self, job: JobDefinition, slot: Slot, at: dt.datetime) -> None:
        """A message reaches a worker: it would, it drops it, or it executes."""
        record = RunRecord(
            run=uuid4().hex, job=job.id, side=Side.CANDIDATE, action=Action.WOULD, slot=slot.name,
            due=slot.due, started=at, finished=at, exit=0, task=uuid4().hex,
        )  # fmt: skip
        match self.dice.choice([*["would"] * 16, "drop", "execute", "execute"]):
            case "would":
                settled.add(record, at)
            case "drop":
                settled.add(replace(record, action=Action.EXPIRED), at)
            case "execute":
                self.execute(replace(record, action=Action.EXECUTE, finished=None, exit=None), at)

    def execute(self, record: RunRecord, at: dt.datetime) -> None:
        assert record.slot is not None
        assert record.due is not None
        stamp = Stamp(
            slot=record.slot, due=record.due, kind=Kind.SCHEDULED, demo=False, published=None, received=None
        )
        owner = self.dice.choice([Owner.SHADOW, Owner.CELERY])
        held = claims.take(record.job, stamp, record, owner=owner, attempt=0, now=at)
        if held is not None:
            finish = partial(
                claims.finish, held, record.run, exit=self.dice.choice([0, 0, 1]), output="", effects=None,
                reason="", retry=False,
            )  # fmt: skip
            self.coming.append((at + self.later(), lambda now: finish(now=now)))

    def change(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Something that decides anew."""
        match self.dice.choice(["owner", "owner", "host", "prune", "rules"]):
            case "owner":
                job = self.dice.choice(JOBS)
                [slot] = job.following(self.now + self.dice.choice([-30, -3, 0, 2]) * HOUR, 1)
                asked = models.Handover.objects.create(
                    job=job.id, owner=self.dice.choice(["shadow", "alternate", "celery", "cron"]),
                    previous="cron", from_slot=slot.name, from_due=slot.due, who="me",
                )  # fmt: skip
                models.Acknowledgement.objects.bulk_create(
                    models.Acknowledgement(handover=asked, host=host, effective=slot.due, applied=True)
                    for host in models.Host.objects.all()
                )
            case "host":
                models.Host.objects.create(name=f"web{self.dice.random()}", user="deploy", spool="/spool")
            case "prune":
                deque(prune(self.now - self.dice.choice([3, 5]) * 24 * HOUR), maxlen=0)
            case "rules":
                monkeypatch.setattr(settled, "rules", partial(str, self.dice.random()))

    def judge(self) -> None:
        """As with each verdict of the board."""
        for comparing in comparisons(MIGRATED, now=self.now, listed=False):
            deque(comparing.slots(), maxlen=0)
            comparing.keep_latest()

    def look(self) -> None:
        """The board, with what is stored and without."""
        chains, hosts = owners.chains(), list(owners.current_hosts())
        stored = latest(JOBS, chains, hosts, horizon())
        quickly = recent_slots(JOBS, chains, hosts, now=self.now, count=SHOWN, settled=stored)
        anew = recent_slots(JOBS, chains, hosts, now=self.now, count=SHOWN)
        assert told(quickly) == told(anew)
        self.known += sum(one.compared is None and one.outcome is not None for one in flat(quickly))


def ship(one: bytes, at: dt.datetime) -> None:
    lines, bad = read_lines([one])
    assert not bad
    ingest(lines, now=at)


def flat(found: Mapping[str, Sequence[Recent]]) -> list[Recent]:
    return [one for slots in found.values() for one in slots]


def told(found: Mapping[str, Sequence[Recent]]) -> dict[str, list[tuple[str, str | None]]]:
    return {job: [(one.slot.name, one.outcome) for one in slots] for job, slots in found.items()}


@pytest.mark.parametrize("begin", [SPRING, AUTUMN])
@pytest.mark.parametrize("seed", range(PLAYS))
def test_what_is_stored_changes_nothing(
    seed: int, begin: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = Play(random.Random(seed), begin)
    while play.now < begin + 6 * 24 * HOUR:
        play.on(play.dice.choice([0.3, 1, 5, 9]) * HOUR)
        if play.dice.random() < 0.5:
            play.judge()
        if play.dice.random() < 0.1:
            play.change(monkeypatch)
        play.look()
    assert play.known
