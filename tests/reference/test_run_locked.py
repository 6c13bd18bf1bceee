"""run_locked.sh: one run at a time, the command's own exit status, a warning when success is long ago."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

HOUR = 3600
DAY = 24 * HOUR

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(params=["sh", "bash"])
def command_line(request: pytest.FixtureRequest, root: Path) -> list[str]:
    return [request.param, str(root / "crontabs/poradnia/run_locked.sh")]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LOCK_DIR": str(tmp_path), "STATE_DIR": str(tmp_path)}


@pytest.fixture
def run(command_line: list[str], environment: dict[str, str]) -> Run:
    def start(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command_line, *arguments], env=environment, capture_output=True, text=True, check=False
        )

    return start


@pytest.fixture
def busy(command_line: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A job that runs until its standard input ends."""
    with subprocess.Popen(
        [*command_line, "job", "25h", "echo started; read _"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as job:
        assert job.stdout is not None
        assert job.stdout.readline() == "started\n"
        yield job


def succeeded(folder: Path, *, seconds_ago: float) -> None:
    then = time.time() - seconds_ago
    (folder / "job.last").touch()
    os.utime(folder / "job.last", (then, then))


@pytest.mark.parametrize("status", [0, 1, 3, 77])
def test_the_exit_status_is_the_commands(run: Run, status: int) -> None:
    done = run("job", "25h", f"echo out; echo err >&2; exit {status}")
    assert (done.returncode, done.stdout, done.stderr) == (status, "out\n", "err\n")


def test_a_command_that_does_not_exist_gives_127(run: Run) -> None:
    assert run("job", "25h", "/nonexistent/command").returncode == 127


def test_success_is_noted_and_failure_is_not(run: Run, tmp_path: Path) -> None:
    run("job", "25h", "false")
    assert not (tmp_path / "job.last").exists()
    run("job", "25h", "true")
    assert (tmp_path / "job.last").exists()


def test_a_busy_job_is_not_started_again(run: Run, busy: subprocess.Popen[str], tmp_path: Path) -> None:
    done = run("job", "25h", "touch started-again")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "run_locked.sh: job: still running, not started again\n"
    assert not (tmp_path / "started-again").exists()
    busy.communicate("\n")
    assert run("job", "25h", "true").returncode == 0


def test_other_jobs_have_locks_of_their_own(run: Run, busy: subprocess.Popen[str]) -> None:
    assert run("other", "25h", "true").returncode == 0


def test_the_lock_lasts_as_long_as_anything_of_the_job(run: Run) -> None:
    done = run("job", "25h", "sleep 30 >/dev/null 2>&1 & echo $!")
    try:
        assert run("job", "25h", "true").returncode == 1
    finally:
        os.kill(int(done.stdout), 9)


@pytest.mark.parametrize(
    ("freshness", "age", "warns"),
    [
        ("25h", 24 * HOUR, False),
        ("25h", 26 * HOUR, True),
        ("32d", 31 * DAY, False),
        ("32d", 33 * DAY, True),
        ("90m", 80 * 60, False),
        ("90m", 100 * 60, True),
    ],
)
def test_an_old_success_is_warned_about(
    run: Run, tmp_path: Path, freshness: str, age: int, warns: bool
) -> None:
    succeeded(tmp_path, seconds_ago=age)
    done = run("job", freshness, "true")
    warning = f"run_locked.sh: job: the last success is older than {freshness}\n"
    assert done.stderr == (warning if warns else "")
    assert done.returncode == 0
    assert run("job", freshness, "true").stderr == ""


def test_a_job_that_hangs_is_warned_about_as_well(
    run: Run, busy: subprocess.Popen[str], tmp_path: Path
) -> None:
    succeeded(tmp_path, seconds_ago=26 * HOUR)
    assert "older than 25h" in run("job", "25h", "true").stderr


def test_the_first_run_is_not_warned_about(run: Run) -> None:
    assert run("job", "25h", "true").stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("job",),
        ("job", "25h"),
        ("job", "25h", "true", "more"),
        ("job", "soon", "true"),
        ("job", "h", "true"),
    ],
)
def test_wrong_use_is_told(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("run_locked.sh: ")


def test_a_lock_that_cannot_be_made_fails_the_run(
    command_line: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    done = subprocess.run(
        [*command_line, "job", "25h", "touch ran"],
        env={**environment, "LOCK_DIR": str(tmp_path / "missing")},
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode != 0
    assert not (tmp_path / "ran").exists()
