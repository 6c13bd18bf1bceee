"""Claims and hand-overs by many processes at once, on real databases: never two executions of a slot.

The parts are the real ones: `sync`, the recorder's look into its slot table, a message's way to its claim.
Only clocks are told what time it is: each process's own, seconds apart, on nights of the clock change too.
MIGRATOR_PROPERTY_EXAMPLES asks for more histories than the few that fit into every run of the tests.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from migrator import cronwrap
from migrator.adapters.spool import Spool
from migrator.comparison.handshake import Grant, Plan
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Owner, Refused, Side
from migrator.comparison.runs import Action, Kind, RunRecord
from migrator.contrib.celery.headers import Stamp
from migrator.contrib.django import claims, execution, models, owners, sync
from migrator.schedule.occurrences import Slot
from tests.property import actors
from tests.property.actors import Act, Process, Steps

EXAMPLES = int(os.environ.get("MIGRATOR_PROPERTY_EXAMPLES", "0"))
MINUTES = 15
JOB = JobDefinition("job", "* * * * *", "Europe/Warsaw")
NIGHTS = (
    dt.datetime(2026, 7, 1, 10, 0, tzinfo=dt.UTC),
    dt.datetime(2026, 10, 25, 0, 50, tzinfo=dt.UTC),  # 02:50 comes twice
    dt.datetime(2026, 3, 29, 0, 50, tzinfo=dt.UTC),  # 02:00 to 02:59 never
)
HOSTS = ("a", "b")
OWNERS = (Owner.CRON, Owner.SHADOW, Owner.ALTERNATE, Owner.CELERY, Owner.RETIRED)
SKEWS = st.dictionaries(st.sampled_from([*HOSTS, "w1", "w2"]), st.floats(-8, 8))


# ---- what a process does


@dataclass(frozen=True, slots=True)
class Halting(sync.TableOfOneJob):
    """The hands of a real sync, with a step before and after each thing that they do."""

    steps: Steps | None = None

    def _stepping(self, deed: Callable[[], None]) -> None:
        assert self.steps is not None
        self.steps.step()
        deed()
        self.steps.step()

    def acknowledge(self, grants: Sequence[Grant], *, applied: bool) -> None:
        self._stepping(lambda: super(Halting, self).acknowledge(grants, applied=applied))

    def write(self, plan: Plan) -> None:
        self._stepping(lambda: super(Halting, self).write(plan))

    def applied(self, grants: Sequence[Grant]) -> None:
        self._stepping(lambda: super(Halting, self).applied(grants))


@dataclass(frozen=True)
class Office:
    """The folder of a history: the hosts' spools, and a line for each execution."""

    folder: Path

    def spool(self, host: str) -> str:
        return str(self.folder / host)

    def executed(self) -> dict[str, list[str]]:
        """By slot: who executed it."""
        found: dict[str, list[str]] = defaultdict(list)
        path = self.folder / "executed"
        for line in path.read_text().splitlines() if path.exists() else ():
            slot, who = line.split()
            found[slot].append(who)
        return found

    def note(self, slot: str, who: str) -> None:
        with (self.folder / "executed").open("a") as file:
            file.write(f"{slot} {who}\n")

    # deeds

    def syncs(self, host: str) -> Callable[[Steps], None]:
        def deed(steps: Steps) -> None:
            sync.TableOfOneJob = lambda *words: Halting(*words, steps=steps)  # type: ignore[assignment,misc]
            folder = Path(self.spool(host))
            folder.mkdir(exist_ok=True)
            sync.sync(Spool(folder), [JOB])

        return deed

    def cron_starts(self, host: str) -> Callable[[Steps], None]:
        def deed(steps: Steps) -> None:
            run = cronwrap.Run(JOB.id, self.spool(host), drill=False)
            run.begin()
            if run.owner in cronwrap.CRON_EXECUTES and run.slot is not None:
                self.note(run.slot, host)
            run.end(0)

        return deed

    def message(self, slot: Slot) -> Callable[[Steps], None]:
        def deed(steps: Steps) -> None:
            task = uuid4().hex
            now = steps.clock.now()
            stamp = Stamp(slot.name, slot.due, Kind.SCHEDULED, demo=False, published=now, received=now)
            record = RunRecord(
                run=uuid4().hex, job=JOB.id, side=Side.CANDIDATE, action=Action.EXECUTE, slot=slot.name,
                due=slot.due, started=now, task=task,
            )  # fmt: skip
            start = claims.start

            def starting(*words: Any, **named: Any) -> bool:
                steps.step()
                return start(*words, **named)

            claims.start = starting

            def body() -> None:
                self.note(slot.name, "celery")
                steps.step()

            execution._scheduled(record, stamp, body, attempt=0)

        return deed

    def asks(self, owner: Owner) -> Callable[[Steps], None]:
        def deed(steps: Steps) -> None:
            with suppress(Refused):
                owners.ask(JOB, owner, who="somebody", accepted="a test")

        return deed


# ---- what may happen


@dataclass(frozen=True)
class Syncing:
    """A sync of a host; ``stall``, ``die``: before which of its steps."""

    host: str
    stall: int | None = None
    die: int | None = None


@dataclass(frozen=True)
class Delivery:
    """A message for the slot of so many minutes ago; ``die``: before its start, or in the middle."""

    worker: str
    ago: int
    die: int | None = None


class Concurrent(RuleBasedStateMachine):
    """One minute after another, in each of which everything happens at the same moment."""

    folder: Path

    def __init__(self) -> None:
        super().__init__()
        for model in (models.Acknowledgement, models.Handover, models.Host, models.Slot, models.Run):
            model.objects.all().delete()
        place = self.folder / "office"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        self.office = Office(place)
        self.stalled: list[tuple[Process, str, float]] = []
        self.skews: dict[str, float] = {}
        self.second = 0.0

    @initialize(night=st.sampled_from(NIGHTS), skews=SKEWS)
    def begins(self, night: dt.datetime, skews: dict[str, float]) -> None:
        self.second = night.timestamp()
        self.skews = skews
        self.do([self.act(host, self.office.syncs(host)) for host in HOSTS])

    def act(self, who: str, deed: actors.Deed, after: float = 0.0) -> Act:
        return Act(deed, self.second + after + self.skews.get(who, 0.0))

    def start(self, host: str, after: float) -> Act:
        """cron and its recorder read the same clock, so what others think of it is nothing to them."""
        return Act(self.office.cron_starts(host), self.second + after)

    def do(self, acts: Sequence[Act], hosts: Sequence[str] = ()) -> None:
        stopped = actors.at_once(acts)
        self.stalled += [(one, host, self.second) for one, host in zip(stopped, hosts, strict=False)]
        self.nothing_was_executed_twice()

    def slot(self, ago: int) -> Slot:
        [slot] = JOB.following(dt.datetime.fromtimestamp(self.second - 60 * ago, dt.UTC), 1)
        return slot

    def nothing_was_executed_twice(self) -> None:
        claimed = set(models.Slot.objects.values_list("slot", flat=True))
        for slot, who in self.office.executed().items():
            assert len(who) == len(set(who)), (slot, who)
            assert "celery" not in who or len(who) == 1, (slot, who)
            assert "celery" not in who or slot in claimed, slot

    def teardown(self) -> None:
        for process, _host, _since in self.stalled:
            process.kill()
            process.wait()


class Faulty(Concurrent):
    """Hosts sync late, stall and die at any step; messages come late, twice, and their workers die."""

    @rule(
        syncs=st.lists(
            st.builds(
                Syncing,
                st.sampled_from(HOSTS),
                stall=st.none() | st.integers(0, 5),
                die=st.none() | st.none() | st.integers(0, 5),
            ),
            max_size=2,
            unique_by=lambda one: one.host,
        ),
        starts=st.lists(st.sampled_from(HOSTS), max_size=3),
        late=st.sampled_from([0.0, 1.0, 20.0, 100.0]),
        messages=st.lists(
            st.builds(
                Delivery,
                st.sampled_from(["w1", "w2"]),
                st.sampled_from([0, 0, 0, 1, 5]),
                st.none() | st.none() | st.integers(0, 1),
            ),
            max_size=4,
        ),
        owner=st.none() | st.sampled_from(OWNERS),
    )
    def minute(
        self,
        syncs: list[Syncing],
        starts: list[str],
        late: float,
        messages: list[Delivery],
        owner: Owner | None,
    ) -> None:
        self.second += 60
        busy = {host for _process, host, _since in self.stalled}
        syncs = [one for one in syncs if one.host not in busy]  # one sync at a time: there is a lock
        stalling = [one.host for one in syncs if one.stall is not None]
        acts = [
            replace(self.act(one.host, self.office.syncs(one.host)), stall=one.stall, die=one.die)
            for one in syncs
        ]
        acts += [
            replace(self.act(one.worker, self.office.message(self.slot(one.ago))), die=one.die)
            for one in messages
        ]
        acts += [self.start(host, late) for host in starts]
        acts += [self.act("", self.office.asks(owner))] if owner else []
        self.do(acts, stalling)

    @precondition(lambda self: self.stalled)
    @rule()
    def goes_on(self) -> None:
        process, host, since = self.stalled.pop()
        process.go_on(self.second - since)
        if process.wait():
            self.stalled.append((process, host, self.second))

    @precondition(lambda self: self.stalled)
    @rule()
    def dies(self) -> None:
        process, _host, _since = self.stalled.pop()
        process.kill()
        process.wait()


class Prompt(Concurrent):
    """Every host syncs each minute, and each message comes twice at once: then no slot is left to nobody."""

    expected: list[str]

    @initialize()
    def nothing_expected(self) -> None:
        self.expected = []

    @rule(owner=st.none() | st.sampled_from(OWNERS), after=st.floats(0, 50))
    def minute(self, owner: Owner | None, after: float) -> None:
        self.second += 60
        slot = self.slot(0)
        # The slot's own work first, and then the syncs, as when cron starts everything with the minute.
        self.do(
            [
                *(self.start(host, 1) for host in HOSTS),
                *(self.act(worker, self.office.message(slot), after=2) for worker in ("w1", "w2")),
                *(self.act(host, self.office.syncs(host), after=3) for host in HOSTS),
                *([self.act("", self.office.asks(owner), after=after)] if owner else []),
            ]
        )
        self.expected.append(slot.name)
        executed = self.office.executed()
        for name in self.expected:
            # A host whose sync has just missed a hand-back begins a slot after the other.
            assert executed[name], name


@pytest.mark.parametrize("machine", [Faulty, Prompt])
def test_no_slot_is_executed_twice_or_left_to_nobody(ledger: Path, machine: type[Concurrent]) -> None:
    machine.folder = ledger
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES or 3,
            phases=set(Phase) if EXAMPLES else {Phase.explicit, Phase.generate},
            stateful_step_count=MINUTES,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
