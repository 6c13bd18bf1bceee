"""cronwrap is killed at every point: the job runs once or not at all, and what is recorded can be read."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from migrator.contrib.django.spool_lines import read_lines
from tests.contract.cronwrapped import Cronwrapped, around

# Each call into the system is a point; the job's own process, which is a fork, is left alone.
KILLED = (
    "import os, signal; ours, left = os.getpid(), [{calls}]\n"
    "def count(frame, event, function):\n"
    "    if event == 'c_call' and function.__module__ in ('posix', 'fcntl', '_signal', 'select'):\n"
    "        left[0] -= 1\n"
    "        if not left[0] and os.getpid() == ours: os.kill(ours, signal.SIGKILL)\n"
    "sys.setprofile(count)"
)
MOST = 1000


def start(cronwrap: Cronwrapped, line: str, *, calls: int) -> int:
    """The status of a start that is killed before so many calls; the job has ended, whoever waits for it."""
    inherited, end = os.pipe()
    argv = around(cronwrap.argv("/bin/sh", "-c", line), KILLED.format(calls=calls))
    process = subprocess.Popen(argv, pass_fds=[end])
    os.close(end)
    status = process.wait(60)
    os.read(inherited, 1)  # the job holds the other end as long as it lives
    os.close(inherited)
    return status


@pytest.mark.parametrize("owner", ["cron", "celery"])
def test_wherever_it_is_killed_no_effect_is_doubled_or_unannounced(tmp_path: Path, owner: str) -> None:
    rows = "".join(f"{due} slot-{due} {owner}\n" for due in range(0, 4 * 10**9, 10**6))
    points = 0
    for calls in range(1, MOST):
        cronwrap = Cronwrapped(tmp_path / str(calls))
        cronwrap.table(f"migrator-slots 1\nowner-after {owner}\ntolerance 9000000\n\n{rows}")
        effect = tmp_path / f"effect-{calls}"
        status = start(cronwrap, f"echo it happened >>{effect}", calls=calls)
        happened = effect.read_text().splitlines() if effect.exists() else []
        records = cronwrap.records()
        assert len(happened) <= (owner == "cron")
        assert [record["event"] for record in records] in ([], ["start"], ["start", "end"])
        assert records or not happened
        if status == 0:
            assert [record["event"] for record in records] == ["start", "end"]
            break
        assert status == -signal.SIGKILL
        points += 1
        next_one_is_untouched(cronwrap, owner)
    assert 20 < points < MOST - 2


def next_one_is_untouched(cronwrap: Cronwrapped, owner: str) -> None:
    """The start after a killed one takes a slot of its own, and all lines can be shipped."""
    before = {record["slot"] for record in cronwrap.records() if record["event"] == "start"}
    done = cronwrap.sh("echo fine; exit 3")
    assert (done.returncode, done.stdout) == ((3, b"fine\n") if owner == "cron" else (0, b""))
    start = [record for record in cronwrap.records() if record["event"] == "start"][-1]
    assert start["slot"] not in before
    lines = [json.dumps(record).encode() for record in cronwrap.records()]
    events, bad = read_lines(lines)
    assert (len(events), bad) == (len(lines), [])
