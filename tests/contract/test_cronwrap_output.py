"""What the job writes arrives as it was written, whoever listens, and for as long as somebody writes."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.cronwrapped import Cronwrapped, bare, wait_for

BOTH_IN_TURN = "for i in 1 2 3 4 5 6 7 8 9; do echo out $i; echo err $i >&2; done"
MANY_BYTES = "import os; os.write(1, bytes(range(256)) * 20_000); os.write(2, b'e' * 300_000)"


@pytest.fixture
def cronwrap(tmp_path: Path) -> Cronwrapped:
    return Cronwrapped(tmp_path / "spool")


def test_stdout_and_stderr_keep_their_order_in_one_pipe(cronwrap: Cronwrapped) -> None:
    done = cronwrap.sh(BOTH_IN_TURN, capture_output=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.stdout == bare(BOTH_IN_TURN + " 2>&1").stdout


def test_stdout_and_stderr_stay_apart_in_two_pipes(cronwrap: Cronwrapped) -> None:
    ours, sh = cronwrap.sh(BOTH_IN_TURN), bare(BOTH_IN_TURN)
    assert (ours.stdout, ours.stderr) == (sh.stdout, sh.stderr)


def test_megabytes_arrive_byte_by_byte(cronwrap: Cronwrapped) -> None:
    done = cronwrap.run(sys.executable, "-c", MANY_BYTES)
    assert hashlib.sha256(done.stdout).digest() == hashlib.sha256(bytes(range(256)) * 20_000).digest()
    assert done.stderr == b"e" * 300_000
    assert cronwrap.records()[-1]["output_bytes"] == 256 * 20_000 + 300_000


def test_a_reader_of_one_pipe_is_not_held_up_by_the_other(cronwrap: Cronwrapped) -> None:
    with cronwrap.start("yes & sleep 0.3; echo err >&2; kill $!", stderr=subprocess.PIPE) as wrapper:
        assert wrapper.stderr
        assert wrapper.stderr.readline() == b"err\n"  # stdout is full by now, and nobody reads it
        assert wrapper.stdout
        assert set(wrapper.stdout.read().split(b"\n")) == {b"y", b""}


def test_a_reader_that_has_gone_does_not_stop_the_job(cronwrap: Cronwrapped, tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    line = f"for i in $(seq 1 20000); do echo line $i; done; : > {tmp_path / 'done'}; exit 7"
    assert cronwrap.sh(line, capture_output=False, stdout=write).returncode == 7
    os.close(write)
    assert (tmp_path / "done").exists()


def test_a_full_disk_under_the_output_does_not_stop_the_job(cronwrap: Cronwrapped) -> None:
    with Path("/dev/full").open("wb") as full:
        assert cronwrap.sh("seq 1 20000; exit 7", capture_output=False, stdout=full).returncode == 7
    assert cronwrap.records()[-1]["output"].endswith("19999\n20000\n")


def test_output_into_a_file_is_complete(cronwrap: Cronwrapped, tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        cronwrap.sh(BOTH_IN_TURN, capture_output=False, stdout=log, stderr=log)
    assert (tmp_path / "log").read_bytes() == bare(BOTH_IN_TURN + " 2>&1").stdout


def test_background_output_follows_the_end_line(cronwrap: Cronwrapped, tmp_path: Path) -> None:
    go = tmp_path / "go"
    line = f"(until [ -e {go} ]; do sleep 0.01; done; echo late) & echo early; exit 7"
    with cronwrap.start(line) as wrapper:
        wait_for(lambda: cronwrap.events() == ["start", "end"])
        assert wrapper.poll() is None  # cron waits for the end of the output, and so do we
        go.touch()
        assert wrapper.stdout
        assert wrapper.stdout.read() == b"early\nlate\n"
    assert wrapper.returncode == 7
    assert cronwrap.records()[-1]["output"] == "early\n"


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "0<&- 1>&-", "1>&- 2>&-", "0<&- 1>&- 2>&-"])
def test_closed_descriptors_stay_closed(cronwrap: Cronwrapped, tmp_path: Path, closed: str) -> None:
    listing = f"ls -1 /proc/$$/fd > {tmp_path}/open; echo out; echo err >&2; exit 7"
    opened = []
    for argv in (cronwrap.argv("/bin/sh", "-c", listing), ["/bin/sh", "-c", listing]):
        done = subprocess.run(["/bin/sh", "-c", f'exec "$@" {closed}', "sh", *argv], capture_output=True)
        opened.append((done.returncode, done.stdout, (tmp_path / "open").read_text()))
    assert opened[0] == opened[1]
    assert cronwrap.events() == ["start", "end"]
