"""Recording never decides a job's fate: whatever fails, the job runs, its status stands, nothing is said."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.cronwrapped import CRONWRAP, Cronwrapped, on_clock

NOBODY_AT_ALL = 54_321  # no line in /etc/passwd
PYTHONS = sorted(
    {
        *Path.home().glob(".pyenv/versions/3.*/bin/python3"),
        *Path("/usr/bin").glob("python3.[0-9]"),
        *Path("/usr/bin").glob("python3.[0-9][0-9]"),
        Path(sys.executable),
    }
)
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="mounts and other users' processes are root's")


@pytest.fixture
def cronwrap(tmp_path: Path) -> Cronwrapped:
    return Cronwrapped(tmp_path / "spool")


def assert_unharmed(done: subprocess.CompletedProcess[bytes]) -> None:
    assert (done.returncode, done.stdout, done.stderr) == (7, b"out\n", b"err\n")


JOB = "echo out; echo err >&2; exit 7"


def is_a_file(spool: Path) -> None:
    spool.write_text("")


def is_a_dangling_link(spool: Path) -> None:
    spool.symlink_to("nowhere")


def is_under_a_file(spool: Path) -> None:
    spool.parent.rmdir()
    spool.parent.write_text("")


def has_todays_file_as(kind: Callable[[Path], object]) -> Callable[[Path], None]:
    def prepare(spool: Path) -> None:
        Cronwrapped(spool).run("true")
        (file,) = spool.glob("*.jsonl")
        file.unlink()
        kind(file)

    prepare.__name__ = f"has_todays_file_as_{kind.__name__}"
    return prepare


def symbolic_link(path: Path) -> None:
    target = path.parent / "target"
    target.write_text("")
    path.symlink_to(target)


def second_name(path: Path) -> None:
    target = path.parent / "target"
    target.write_text("")
    path.hardlink_to(target)


def fifo(path: Path) -> None:
    os.mkfifo(path)


def directory(path: Path) -> None:
    path.mkdir()


FILES = [has_todays_file_as(kind) for kind in (symbolic_link, second_name, fifo, directory)]


@pytest.mark.parametrize(
    "prepare", [is_a_file, is_a_dangling_link, is_under_a_file, *FILES], ids=lambda prepare: prepare.__name__
)
def test_a_spool_that_cannot_be_written(tmp_path: Path, prepare: Callable[[Path], None]) -> None:
    spool = tmp_path / "folder" / "spool"
    spool.parent.mkdir()
    prepare(spool)
    assert_unharmed(Cronwrapped(spool).sh(JOB))
    assert not (target := spool / "target").exists() or target.read_bytes() == b""


@pytest.mark.parametrize("folder", ["jobs/nightly", "taken/nightly", "taken"])
def test_a_fifo_in_place_of_our_files_holds_nobody_up(cronwrap: Cronwrapped, folder: str) -> None:
    rows = [f"{due} slot-{due} cron\n" for due in range(10**9, 4 * 10**9, 10**8)]
    cronwrap.table("".join(["migrator-slots 1\n\n", *rows]))
    place = cronwrap.spool / folder
    place.parent.mkdir(exist_ok=True)
    place.unlink(missing_ok=True)
    os.mkfifo(place)
    assert_unharmed(cronwrap.sh(JOB))
    assert cronwrap.events() == ["start", "end"]


@AS_ROOT
@pytest.mark.parametrize(("filled", "recorded"), [(2, []), (1, ["start"])], ids=["full", "room for one line"])
def test_a_full_disk(tmp_path: Path, filled: int, recorded: list[str]) -> None:
    """The spool is a file system of two pages; the end line with its tail of output needs a second one."""
    argv = Cronwrapped(tmp_path).argv("/bin/sh", "-c", "printf %05000d 0; echo err >&2; exit 7")
    script = (
        f"mount -t tmpfs -o size=8k none {tmp_path}; head -c {4096 * filled} /dev/zero > {tmp_path}/filler; "
        f'"$@"; code=$?; echo; cat {tmp_path}/*.jsonl; exit $code'
    )
    done = subprocess.run(["unshare", "-m", "/bin/sh", "-c", script, "sh", *argv], capture_output=True)
    output, *lines = done.stdout.splitlines()
    assert (done.returncode, output, done.stderr) == (7, b"0" * 5000, b"err\n")
    assert [json.loads(line)["event"] for line in lines[:1]] == recorded


@AS_ROOT
def test_a_read_only_file_system(tmp_path: Path) -> None:
    argv = Cronwrapped(tmp_path / "spool").argv("/bin/sh", "-c", JOB)
    script = f'mount -t tmpfs -o ro none {tmp_path} || exit 99; exec "$@"'
    assert_unharmed(
        subprocess.run(["unshare", "-m", "/bin/sh", "-c", script, "sh", *argv], capture_output=True)
    )


@AS_ROOT
def test_no_proc(cronwrap: Cronwrapped, tmp_path: Path) -> None:
    argv = cronwrap.argv("/bin/sh", "-c", f"[ -e /proc/self ] || {{ {JOB}; }}")
    script = 'mount -t tmpfs none /proc || exit 99; exec "$@"'
    assert_unharmed(
        subprocess.run(["unshare", "-m", "/bin/sh", "-c", script, "sh", *argv], capture_output=True, env={})
    )
    assert cronwrap.events() == ["start", "end"]


@AS_ROOT
@pytest.mark.parametrize(
    "environment", [{}, {"HOME": "/nonexistent"}], ids=["no home", "a home that is not there"]
)
def test_a_user_without_a_line_in_passwd(tmp_path: Path, environment: dict[str, str]) -> None:
    copy = Path(shutil.copy(CRONWRAP, f"/tmp/cronwrap-{os.getpid()}.py"))  # where any user may read
    try:
        argv = ["/usr/bin/python3", "-I", "-S", str(copy), "nightly", "--", "/bin/sh", "-c", JOB]
        done = subprocess.run(argv, user=NOBODY_AT_ALL, env=environment, cwd="/", capture_output=True)
        assert_unharmed(done)
    finally:
        copy.unlink()


def test_a_user_who_may_not_write_there(cronwrap: Cronwrapped) -> None:
    assert_unharmed(Cronwrapped(Path("/proc/spool")).sh(JOB))


@pytest.mark.parametrize("now", ["-86400.5", "1e18", "float('nan')"])
def test_a_broken_clock(cronwrap: Cronwrapped, now: str) -> None:
    argv = on_clock(cronwrap.argv("/bin/sh", "-c", JOB), now)
    assert_unharmed(subprocess.run(argv, capture_output=True))
    assert now != "-86400.5" or [path.name[-14:] for path in cronwrap.spool.iterdir()] == ["19691230.jsonl"]


@pytest.mark.parametrize("limit", [4, 5, 6, 7, 8])
def test_no_descriptors_to_spare(cronwrap: Cronwrapped, limit: int) -> None:
    argv = cronwrap.argv("/bin/sh", "-c", "echo out; exit 7")  # sh itself has none left for redirections
    script = f'ulimit -n {limit}; exec "$@"'
    done = subprocess.run(["/bin/sh", "-c", script, "sh", *argv], capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (7, b"out\n", b"")


def test_a_limit_on_the_size_of_files(cronwrap: Cronwrapped) -> None:
    argv = cronwrap.argv("/bin/sh", "-c", JOB)
    assert_unharmed(
        subprocess.run(["/bin/sh", "-c", 'ulimit -f 0; exec "$@"', "sh", *argv], capture_output=True)
    )


@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: str(path).removesuffix("/bin/python3"))
def test_every_python_from_3_6_runs_it(tmp_path: Path, python: Path) -> None:
    cronwrap = Cronwrapped(tmp_path / "spool", str(python))
    minute = 10**9
    cronwrap.table(f"migrator-slots 1\nowner-after shadow\n\n{minute} slot celery\n")
    done = cronwrap.sh("echo żółć; echo err >&2; exit 7", env={})
    assert (done.returncode, done.stdout.decode(), done.stderr) == (7, "żółć\n", b"err\n")
    start, end = cronwrap.records()
    assert (start["owner"], end["exit"], sorted(end["output"].split())) == ("shadow", 7, ["err", "żółć"])


@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: str(path).removesuffix("/bin/python3"))
def test_every_python_leaves_the_environment_as_cron_s(tmp_path: Path, python: Path) -> None:
    done = Cronwrapped(tmp_path / "spool", str(python)).run(
        "/usr/bin/env", env={"SHELL": "/bin/sh"}, job="żółć"
    )
    _, run, job, spool = done.stdout.decode().splitlines()
    assert (done.stdout[:14], run[:13], job) == (b"SHELL=/bin/sh\n", "MIGRATOR_RUN=", "MIGRATOR_JOB=żółć")
    assert spool == f"MIGRATOR_SPOOL={tmp_path / 'spool'}"


def test_a_copy_anywhere_runs(cronwrap: Cronwrapped, tmp_path: Path) -> None:
    copy = shutil.copy(CRONWRAP, tmp_path / "renamed")
    argv = [str(copy) if part == str(CRONWRAP) else part for part in cronwrap.argv("/bin/sh", "-c", JOB)]
    assert_unharmed(subprocess.run(argv, capture_output=True, cwd="/"))
