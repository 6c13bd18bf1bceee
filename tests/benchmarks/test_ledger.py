"""The ledger: spooled lines in, comparisons out, and what a claim costs, on SQLite and PostgreSQL.

Other work on the machine does not count: rates are by the time of this process's own processor,
and each way of writing is measured beside the others in the same run. MIGRATOR_BENCHMARK_RECORDS
names the largest ledger to compare.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import resource
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from pytest_benchmark.fixture import BenchmarkFixture

from migrator.adapters.spool import Spool
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.outcomes import Outcome
from migrator.comparison.ownership import Owner, Side
from migrator.comparison.runs import Action, Kind, RunRecord
from migrator.contrib.celery.headers import Stamp
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import claims, shipping
from migrator.contrib.django.comparing import compare_jobs
from migrator.contrib.django.models import Acknowledgement, Handover, Host, Run
from migrator.contrib.django.run_rows import upsert
from migrator.schedule.occurrences import Slot
from tests.real_ledger import real_ledger

RUNS = 10_000
JOBS = [JobDefinition(f"job{number}", "* * * * *", "Europe/Warsaw") for number in range(20)]
NOW = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
SIZES = (10_000, 100_000)
LARGEST = int(os.environ.get("MIGRATOR_BENCHMARK_RECORDS", "0"))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.part("postgresql"))])
def ledger(request: pytest.FixtureRequest, tmp_path: Path, django_db_blocker: Any) -> Iterator[str]:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    with real_ledger(url, django_db_blocker):
        yield request.param


# ---- ingest


def spooled(number: int) -> Iterator[str]:
    """The two lines of a run; every other job prints a line."""
    shared = {"v": 1, "run": uuid4().hex, "job": JOBS[number % 20].id}
    due = int(NOW.timestamp()) + number // 20 * 60
    slot = dt.datetime.fromtimestamp(due, JOBS[0].zone).isoformat(timespec="minutes")
    start = {
        "slot": slot, "due": due, "owner": "shadow", "action": "execute", "host": "web1",
        "user": "deploy", "pid": 4711, "demo": False,
    }  # fmt: skip
    output = f"{number} reminders sent\n" if number % 2 else ""
    end = {"exit": 0, "signal": None, "duration": 3.25, "output": output, "output_bytes": len(output)}
    yield json.dumps({**shared, "event": "start", "at": due + 0.25, **start})
    yield json.dumps({**shared, "event": "end", "at": due + 3.5, **end})


def with_models(rows: Sequence[dict[str, Any]], told: Sequence[str]) -> None:
    Run.objects.bulk_create(
        [Run(**row) for row in rows],
        batch_size=1000, update_conflicts=True, unique_fields=["run"], update_fields=told,
    )  # fmt: skip


def one_by_one(rows: Sequence[dict[str, Any]], told: Sequence[str]) -> None:
    for row in rows:
        Run.objects.update_or_create(
            run=row["run"], defaults={name: row[name] for name in told}, create_defaults=row
        )


WAYS = {
    "migrator": (upsert, RUNS),
    "bulk_create": (with_models, RUNS),
    "row by row": (one_by_one, RUNS // 20),
}


@pytest.mark.benchmark(group="ingest")
@pytest.mark.parametrize("way", WAYS)
def test_ingest(
    benchmark: BenchmarkFixture, ledger: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    write, runs = WAYS[way]
    monkeypatch.setattr(shipping, "upsert", write)
    spool = tmp_path / "spool"
    spool.mkdir()
    lines = [line for number in range(runs) for line in spooled(number)]
    (spool / "deploy-20261125.jsonl").write_text("\n".join(lines) + "\n")
    processor, wall = time.process_time(), time.perf_counter()
    shipment = shipping.ship(Spool(spool), NOW)
    processor, wall = time.process_time() - processor, time.perf_counter() - wall
    assert (shipment.lines, shipment.bad, Run.objects.count()) == (2 * runs, 0, runs)
    rates = {"by processor time": round(2 * runs / processor), "by the clock": round(2 * runs / wall)}
    print(f"\n{ledger}, {way}: {rates} lines/s")
    benchmark.extra_info |= rates
    benchmark.pedantic(lambda: None, rounds=1)


# ---- comparing


def in_shadow(records: int) -> None:
    """A ledger of that many records: twenty jobs, every minute, matched each time."""
    begin = NOW - dt.timedelta(minutes=records // len(JOBS) // 2)
    host = Host.objects.create(name="web1", user="root", spool="/spool")
    for job in JOBS:
        row = Handover.objects.create(
            job=job.id, owner=Owner.SHADOW, previous=Owner.CRON, from_slot="-", from_due=begin, who="me"
        )
        Acknowledgement.objects.create(handover=row, host=host, effective=begin, applied=True)
        slots = job.between(begin, NOW)
        for start in range(0, len(slots), 5000):
            rows = [row for slot in slots[start : start + 5000] for row in matched(job, slot)]
            with transaction.atomic():
                upsert(rows, ["exit"])


def matched(job: JobDefinition, slot: Slot) -> Iterator[dict[str, Any]]:
    """Cron's run of a slot, and Celery's that would have been one."""

    def after(seconds: float) -> dt.datetime:
        return slot.due + dt.timedelta(seconds=seconds)

    shared = shipping.UNTOLD | {
        "job": job.id, "kind": Kind.SCHEDULED.value, "slot": slot.name, "due": slot.due, "host": "web1",
        "user": "deploy", "pid": 4711, "reason": "the owner is shadow",
    }  # fmt: skip
    yield shared | {
        "run": uuid4().hex,
        "started": after(0.3),
        "finished": after(4),
        "exit": 0,
        "output": "done",
    }
    yield shared | {
        "run": uuid4().hex, "side": Side.CANDIDATE.value, "action": Action.WOULD.value, "worker": "w@web1",
        "task": uuid4().hex, "published": after(0.1), "received": after(0.2), "started": after(0.3),
    }  # fmt: skip


@pytest.mark.benchmark(group="compare")
@pytest.mark.parametrize("records", [*SIZES, *([LARGEST] if LARGEST else [])])
def test_compare(benchmark: BenchmarkFixture, ledger: str, records: int) -> None:
    """The whole ledger, as `compare` reads it at first and then again, and its last day.

    The peak of memory counts up, so the sizes come in order.
    """
    in_shadow(records)
    jobs = [MigratedJob(f"tasks.{job.id}", job, job) for job in JOBS]
    memory, told = peak(), {}
    looks = {"at first": None, "again": None, "its last day": NOW - dt.timedelta(days=1)}
    for look, since in looks.items():
        processor = time.process_time()
        found = compare_jobs(jobs, now=NOW + dt.timedelta(hours=1), since=since, shown=500)
        told[look] = round(time.process_time() - processor, 2)
        if since is None:
            assert sum(one.comparison.count(Outcome.MATCHED) for one in found) == records // 2
    told |= {"microseconds a record": round(told["at first"] / records * 1e6, 1)}
    told |= {"megabytes more": peak() - memory}
    print(f"\n{ledger}, {records:,} records: seconds {told}")
    benchmark.extra_info |= told
    benchmark.pedantic(lambda: None, rounds=1)


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


# ---- claims


@pytest.mark.benchmark(group="claim")
def test_claim(benchmark: BenchmarkFixture, ledger: str) -> None:
    """A claim, and the run record with which the job starts: committed before it does."""
    slots = iter(JOBS[0].following(NOW, 600))

    def claim() -> None:
        slot = next(slots)
        run = uuid4().hex
        stamp = Stamp(slot.name, slot.due, Kind.SCHEDULED, demo=False, published=slot.due, received=slot.due)
        record = RunRecord(
            run=run, job="job0", side=Side.CANDIDATE, action=Action.EXECUTE, slot=slot.name, due=slot.due,
            started=slot.due, task=run,
        )  # fmt: skip
        assert claims.take("job0", stamp, record, owner=Owner.CELERY, attempt=0, now=slot.due)

    processor = time.process_time()
    for _ in range(100):
        claim()
    processor = (time.process_time() - processor) * 10
    print(f"\n{ledger}: {processor:.2f} ms of the processor")
    benchmark.extra_info |= {"milliseconds of the processor": round(processor, 2)}
    benchmark.pedantic(claim, rounds=200)
