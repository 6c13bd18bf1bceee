"""The lock of the line is the same file, held in the same way, under the generated contract."""

import os
import signal
import subprocess
import threading
from pathlib import Path
from types import ModuleType

import pytest

from migrator.contrib.django.exits import exit_status


def test_a_held_one_is_an_error_and_a_free_one_is_not(
    contract: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCK_DIR", str(tmp_path))
    with contract.lock("job"):
        with pytest.raises(contract.AlreadyRunning, match="job: still running"), contract.lock("job"):
            pass
        with contract.lock("other"):
            pass
    with contract.lock("job"):
        pass


@pytest.mark.parametrize("name", ["job", "/job.lock"])
def test_it_is_flocks_own(
    contract: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """By its name, or by the file that the line locks."""
    monkeypatch.setenv("LOCK_DIR", str(tmp_path))
    held = f"{tmp_path}{name}" if name.startswith("/") else name
    with contract.lock(held):
        assert subprocess.run(["flock", "-n", tmp_path / "job.lock", "true"]).returncode == 1
    assert subprocess.run(["flock", "-n", tmp_path / "job.lock", "true"]).returncode == 0


def test_a_held_one_has_the_lines_own_status(contract: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "job.lock"
    with contract.lock(str(path)):
        with pytest.raises(contract.AlreadyRunning) as failure, contract.lock(str(path), status=75):
            pass
        there = subprocess.run(["flock", "-n", "-E", "75", path, "true"]).returncode
    assert exit_status(failure.value) == there == 75


def test_cron_holds_the_same_file(contract: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "job.lock"
    holder = subprocess.Popen(["flock", path, "sh", "-c", "echo held; cat"], stdin=-1, stdout=-1)
    assert holder.stdout is not None
    holder.stdout.readline()
    with pytest.raises(contract.AlreadyRunning), contract.lock(str(path)):
        pass
    holder.communicate()
    with contract.lock(str(path)):
        pass


def test_a_file_that_cannot_be_written_is_locked_all_the_same(contract: ModuleType, tmp_path: Path) -> None:
    """Another user's, or a folder, which flock(1) takes as well."""
    with contract.lock(str(tmp_path)), pytest.raises(contract.AlreadyRunning):
        contract.lock(str(tmp_path)).__enter__()


def test_the_lines_file_may_be_behind_a_link(contract: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "job.lock")
    with contract.lock(str(tmp_path / "link")):
        assert subprocess.run(["flock", "-n", tmp_path / "job.lock", "true"]).returncode == 1


def test_a_process_that_outlives_its_worker_holds_it(contract: ModuleType, tmp_path: Path) -> None:
    """As under flock(1), whose lock is its child's: a worker that is killed lets no second run in."""
    path = str(tmp_path / "job.lock")
    with contract.lock(path):
        contract.run_process("/bin/sh", "-c", "exec > /dev/null 2>&1; sleep 600 & echo $! > $0.pid", path)
    with pytest.raises(contract.AlreadyRunning), contract.lock(path):
        pass
    os.kill(int(Path(f"{path}.pid").read_text()), signal.SIGKILL)
    with contract.lock(path, wait=5):
        pass


def test_a_waiting_one_waits(contract: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCK_DIR", str(tmp_path))
    monkeypatch.setattr(contract.time, "sleep", lambda _seconds: release.set())
    release, order = threading.Event(), []

    def first() -> None:
        with contract.lock("job"):
            taken.set()
            release.wait()
            order.append("first")

    taken, thread = threading.Event(), threading.Thread(target=first)
    thread.start()
    taken.wait()
    with contract.lock("job", wait=float("inf")):
        order.append("second")
    thread.join()
    assert order == ["first", "second"]


def test_one_that_waits_for_some_time_gives_up(
    contract: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(100))
    monkeypatch.setattr(contract.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(contract.time, "sleep", lambda _seconds: None)
    path = str(tmp_path / "job")
    with contract.lock(path), pytest.raises(contract.AlreadyRunning), contract.lock(path, wait=5):
        pass
    assert next(clock) == 7
