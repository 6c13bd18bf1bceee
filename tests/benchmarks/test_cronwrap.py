"""What cronwrap costs over the bare command, beside what wraps cron jobs elsewhere."""

import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from migrator.cronwrap import Table
from tests.contract.cronwrapped import Cronwrapped

NOTHING = ("/bin/sh", "-c", ":")
ROUNDS = 40
PEERS = {
    "sh -c": NOTHING,
    "python3 -I -S, doing nothing": (sys.executable, "-I", "-S", "-c", "", *NOTHING),
    "flock": ("flock", "/dev/null", *NOTHING),
    "chronic": ("chronic", *NOTHING),
}
SLOTS = 3_000
MINUTE = 60


def milliseconds(argv: tuple[str, ...] | list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(argv, stdout=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - begun) * 1e3


@pytest.mark.parametrize("peer", [name for name, argv in PEERS.items() if shutil.which(argv[0])])
@pytest.mark.benchmark(group="a job that does nothing")
def test_peer(benchmark: BenchmarkFixture, peer: str) -> None:
    benchmark.pedantic(subprocess.run, args=(PEERS[peer],), rounds=ROUNDS)


@pytest.mark.parametrize("owner", ["cron", "celery"], ids=["executes", "yields"])
@pytest.mark.benchmark(group="a job that does nothing")
def test_cronwrap(benchmark: BenchmarkFixture, tmp_path: Path, owner: str) -> None:
    """Beside the time: medians of runs in turn, so that a busy moment hits all of them."""
    cronwrap = Cronwrapped(tmp_path / "spool")
    cronwrap.table(f"migrator-slots 1\nowner-after {owner}\n\n")
    argv = cronwrap.argv(*NOTHING)
    benchmark.pedantic(subprocess.run, args=(argv,), rounds=ROUNDS)
    peers = {name: peer for name, peer in PEERS.items() if shutil.which(peer[0])}
    turns = [(milliseconds(argv), [milliseconds(peer) for peer in peers.values()]) for _ in range(ROUNDS)]
    ours = statistics.median(own for own, _ in turns)
    for name, times in zip(peers, zip(*(others for _, others in turns), strict=True), strict=True):
        benchmark.extra_info[f"of {name}"] = round(ours / statistics.median(times), 2)
    print(f"\ncronwrap {ours:.1f} ms; in parts of others: {benchmark.extra_info}")


@pytest.mark.benchmark(group="until the job starts")
@pytest.mark.parametrize("wrapped", [False, True], ids=["sh -c", "cronwrap"])
def test_delay(benchmark: BenchmarkFixture, tmp_path: Path, wrapped: bool) -> None:
    """The job tells the time; what counts is how long after the call that is."""
    cronwrap = Cronwrapped(tmp_path / "spool")
    command = ["/bin/sh", "-c", "exec date +%s%N"]
    argv = cronwrap.argv(*command) if wrapped else command
    delays = []

    def start() -> None:
        called = time.time_ns()
        delays.append((int(subprocess.run(argv, stdout=subprocess.PIPE, check=True).stdout) - called) / 1e6)

    benchmark.pedantic(start, rounds=ROUNDS)
    benchmark.extra_info["milliseconds until the job starts"] = round(statistics.median(delays), 2)
    print(f"\nthe job starts after {statistics.median(delays):.2f} ms")


@pytest.mark.benchmark(group="look a slot up")
def test_slot_of_a_job_with_thousands(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    file = tmp_path / "nightly"
    rows = (f"{MINUTE * n} 2026-09-21T{n:05}+02:00 shadow\n" for n in range(SLOTS))
    file.write_text("migrator-slots 1\n\n" + "".join(rows))
    taken = [f"2026-09-21T{n:05}+02:00" for n in range(SLOTS - 201, SLOTS - 1)]

    def look_up() -> tuple[int, str, str] | None:
        return Table(file.read_text("ascii")).choose(MINUTE * SLOTS - 30.0, taken)

    row = benchmark(look_up)
    assert row
    assert row[0] == MINUTE * (SLOTS - 1)
