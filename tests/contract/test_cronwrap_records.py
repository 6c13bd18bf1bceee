"""The two lines that a run leaves in the spool, and where the spool is."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator import cronwrap as module
from tests.contract.cronwrapped import CRONWRAP, Cronwrapped

NOBODY = 65534


@pytest.fixture
def cronwrap(tmp_path: Path) -> Cronwrapped:
    return Cronwrapped(tmp_path / "spool")


def test_a_start_line_and_an_end_line_share_a_run_id(cronwrap: Cronwrapped) -> None:
    before = time.time()
    cronwrap.sh("echo hello; sleep 0.1; exit 7")
    start, end = cronwrap.records()
    assert start.items() >= {"v": 1, "event": "start", "job": "nightly", "slot": None, "due": None}.items()
    assert (
        start.items()
        >= {"owner": "cron", "action": "execute", "demo": False, "host": os.uname().nodename}.items()
    )
    assert end.items() >= {"v": 1, "event": "end", "job": "nightly", "exit": 7, "signal": None}.items()
    assert end.items() >= {"run": start["run"], "output": "hello\n", "output_bytes": 6}.items()
    assert len(start["run"]) == 32
    assert int(start["run"], 16) >= 0
    assert before <= start["at"] <= end["at"] <= time.time()
    assert 0.1 <= end["duration"] <= time.time() - before


def test_the_keys_are_the_contract_s(cronwrap: Cronwrapped) -> None:
    cronwrap.sh("exit 0")
    start, end = cronwrap.records()
    both = {"v", "event", "run", "job", "at"}
    assert set(start) == both | {"slot", "due", "owner", "action", "host", "user", "pid", "demo"}
    assert set(end) == both | {"exit", "signal", "duration", "output", "output_bytes"}


def test_the_start_line_is_there_before_the_job_is(cronwrap: Cronwrapped) -> None:
    done = cronwrap.sh(f"cat {cronwrap.spool}/*.jsonl; echo $MIGRATOR_RUN")
    line, run = done.stdout.decode().splitlines()
    assert json.loads(line)["run"] == run


def test_the_file_is_named_after_user_and_utc_day_and_is_the_user_s_alone(cronwrap: Cronwrapped) -> None:
    days = [time.strftime("%Y%m%d", time.gmtime())]
    cronwrap.run("true", umask=0, env={"TZ": "Pacific/Kiritimati", "PATH": "/bin"})
    days.append(time.strftime("%Y%m%d", time.gmtime()))
    (file,) = cronwrap.spool.glob("*.jsonl")
    assert file.name in {f"{cronwrap.records()[0]['user']}-{day}.jsonl" for day in days}
    assert file.stat().st_mode & 0o7777 == 0o600
    assert cronwrap.spool.stat().st_mode & 0o7777 == 0o700


def test_a_spool_that_is_there_keeps_its_mode(cronwrap: Cronwrapped) -> None:
    cronwrap.spool.mkdir()
    cronwrap.spool.chmod(0o1770)
    cronwrap.run("true")
    assert cronwrap.spool.stat().st_mode & 0o7777 == 0o1770
    assert cronwrap.events() == ["start", "end"]


def test_the_command_is_not_recorded(cronwrap: Cronwrapped) -> None:
    cronwrap.sh(": --password=hunter2", env={"TOKEN": "hunter3", "PATH": "/bin"})
    (file,) = cronwrap.spool.glob("*.jsonl")
    assert b"hunter" not in file.read_bytes()


def test_writers_side_by_side_do_not_mix(cronwrap: Cronwrapped) -> None:
    line = f"printf '%05000d' 0; echo {'ż' * 500}"
    wrappers = [cronwrap.start(line, stdout=subprocess.DEVNULL) for _ in range(20)]
    assert [wrapper.wait(timeout=60) for wrapper in wrappers] == [0] * 20
    assert sorted(cronwrap.events()) == ["end"] * 20 + ["start"] * 20
    assert len({record["run"] for record in cronwrap.records()}) == 20


def test_a_line_that_a_full_disk_has_cut_does_not_spoil_the_next(cronwrap: Cronwrapped) -> None:
    cronwrap.run("true")
    (file,) = cronwrap.spool.glob("*.jsonl")
    file.write_bytes(file.read_bytes()[:-20])
    cronwrap.run("true")
    lines = file.read_bytes().splitlines()
    assert [json.loads(line)["event"] for line in (lines[0], *lines[2:])] == ["start", "start", "end"]


@pytest.mark.parametrize("job", ["../../etc/passwd", ".hidden", "two words", "zażółć", "a/b", "-x", '"\\'])
def test_a_job_of_any_name_runs_and_is_recorded(cronwrap: Cronwrapped, job: str) -> None:
    assert cronwrap.run("/bin/echo", "ran", job=job).stdout == b"ran\n"
    assert [record["job"] for record in cronwrap.records()] == [job, job]


def test_a_name_that_is_no_text_is_recorded_with_a_mark(cronwrap: Cronwrapped) -> None:
    cronwrap.run("/bin/echo", job=os.fsdecode(b"caf\xe9"))
    assert cronwrap.records()[0]["job"] == "caf\ufffd"


@pytest.mark.parametrize(
    "arguments",
    [[], ["job"], ["job", "--"], ["job", "true"], ["--", "true"], ["--spool"], ["--spool", "d"], ["--help"]],
    ids=" ".join,
)
def test_a_call_without_a_job_or_a_command_is_a_usage_error(tmp_path: Path, arguments: list[str]) -> None:
    argv = [sys.executable, "-I", "-S", str(CRONWRAP), *arguments]
    done = subprocess.run(argv, capture_output=True, cwd=tmp_path, timeout=60)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"usage: cronwrap.py [--spool DIR] [--drill] JOB -- COMMAND [ARGUMENT...]\n"
    assert list(tmp_path.iterdir()) == []


def test_without_the_option_the_spool_is_migrator_spool(cronwrap: Cronwrapped, tmp_path: Path) -> None:
    argv = [sys.executable, "-I", "-S", str(CRONWRAP), "nightly", "--", "/bin/true"]
    subprocess.run(argv, env={"MIGRATOR_SPOOL": str(cronwrap.spool)}, check=True)
    assert cronwrap.events() == ["start", "end"]


def test_root_s_spool_is_the_system_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MIGRATOR_SPOOL", raising=False)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert module.default_spool() == "/var/spool/migrator"


def test_anybody_else_s_spool_is_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MIGRATOR_SPOOL", raising=False)
    monkeypatch.setattr("os.geteuid", lambda: NOBODY)
    monkeypatch.setenv("HOME", "/home/deploy")
    assert module.default_spool() == "/home/deploy/.local/state/migrator/spool"
    monkeypatch.delenv("HOME")
    home = Path(f"~{module.user_name()}").expanduser()
    assert module.default_spool() == f"{home}/.local/state/migrator/spool"


def test_where_nobody_knows_a_spool_nothing_is_left_in_the_jobs_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user without a name and without HOME, as in a container that was given a number."""
    monkeypatch.delenv("MIGRATOR_SPOOL", raising=False)
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("os.geteuid", lambda: 4_000_000)
    monkeypatch.chdir(tmp_path)
    run = module.Run("work", "", drill=False)
    run.begin()
    run.end(0)
    assert (run.owner, list(tmp_path.iterdir())) == ("cron", [])


@given(st.binary(max_size=9000))
def test_any_output_makes_one_line_of_json(output: bytes) -> None:
    tail = output[-module.TAIL :]
    line = module.encode(output=module.shorten(tail, cut=len(output) > module.TAIL), output_bytes=len(output))
    assert len(line.decode().splitlines()) == 1
    text = json.loads(line)["output"]
    assert len(text.encode()) <= module.TAIL
    assert output.decode("utf-8", "replace").endswith(text)


@given(st.text(max_size=6000))
def test_text_in_the_output_is_kept_to_the_letter(text: str) -> None:
    output = text.encode("utf-8", "replace")
    short = module.shorten(output[-module.TAIL :], cut=len(output) > module.TAIL)
    assert output.decode().endswith(short)
    assert len(short.encode()) >= min(len(output), module.TAIL - 3)


@given(
    st.dictionaries(
        st.from_regex("[a-z]+", fullmatch=True), st.none() | st.booleans() | st.integers() | st.text()
    )
)
def test_any_record_reads_as_it_was_written(record: dict[str, str | int | None]) -> None:
    assert json.loads(module.encode(**record)) == record


@pytest.mark.parametrize(
    "output", [b"\xff\xfe\x00\x01", b"\xed\xa0\x80", "\u2028\u0085\r".encode(), b'"\\\x7f']
)
def test_output_that_is_no_text_is_recorded_and_passed_on(cronwrap: Cronwrapped, output: bytes) -> None:
    assert cronwrap.run("/bin/cat", input=output).stdout == output
    assert cronwrap.records()[-1]["output"] == output.decode("utf-8", "replace")
