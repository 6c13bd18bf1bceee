"""What is no crontab, given to migrator scan by mistake: a clear line, a remedy, and the rest is scanned."""

import gzip
import os
import pty
import shutil
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.contract.command_line import CommandLine

GOOD = "0 12 * * * python manage.py send\n"


@pytest.fixture
def migrator(tmp_path: Path) -> CommandLine:
    made = CommandLine(tmp_path)
    made.write("crontab", GOOD)
    return made


def elf(path: Path) -> None:
    shutil.copy(os.path.realpath(sys.executable), path)


def database(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("create table jobs (id integer)")


def listening(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's path has 107 bytes at most
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(here)


def loop(path: Path) -> None:
    path.symlink_to(path.with_name("other"))
    path.with_name("other").symlink_to(path)


def log(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b"12:00:00 GET /\n" * 400_000)
        file.truncate(100 * 1024 * 1024)


THINGS = {
    "a program": (elf, "is no text: a program"),
    "gzip": (lambda path: path.write_bytes(gzip.compress(GOOD.encode())), "is no text: an archive"),
    "an image": (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(90)), "is no text: an image"),
    "a database": (database, "is no text: a database"),
    "UTF-16": (lambda path: path.write_text(GOOD, encoding="utf-16"), "UTF-16, which cron cannot read"),
    "random bytes": (lambda path: path.write_bytes(bytes(range(256)) * 40), "is no text: binary data"),
    "NULs": (lambda path: path.write_bytes(bytes(5000)), "nothing but NULs"),
    "a log of 100 MB": (log, "that is no crontab"),
    "a pipe": (os.mkfifo, "is not a regular file, but a pipe"),
    "a socket": (listening, "is not a regular file, but a socket"),
    "nothing": (lambda path: None, "No such file"),
    "a dangling link": (lambda path: path.symlink_to("gone"), "a link to gone, which is not there"),
    "a loop of links": (loop, "Too many levels of symbolic links"),
    "an empty folder": (os.mkdir, "no crontab found in"),
}


@pytest.mark.parametrize(("make", "said"), THINGS.values(), ids=THINGS)
def test_what_is_no_crontab_is_named_and_the_rest_is_scanned(
    migrator: CommandLine, make: Any, said: str
) -> None:
    make(migrator.folder / "thing")
    done = migrator("scan", "thing", "crontab", timeout=30)
    assert (done.returncode, "Traceback" in done.stderr) == (3, False)
    first, *rest = done.stderr.splitlines()
    assert (first.startswith("migrator: "), "thing" in first, said in first) == (True, True, True)
    assert [line.startswith("hint: ") for line in rest] == [True]
    assert "manage.py send" in done.stdout


@pytest.mark.parametrize("make", [make for make, said in THINGS.values() if said != "No such file"])
def test_in_a_folder_it_hides_no_crontab_and_makes_no_noise(migrator: CommandLine, make: Any) -> None:
    make(migrator.folder / "thing")
    done = migrator("scan", ".", timeout=30)
    assert (done.returncode, done.stderr, "manage.py send" in done.stdout) == (0, "", True)


def test_standard_input_is_looked_at_as_a_file_is(migrator: CommandLine) -> None:
    elf(migrator.folder / "thing")
    with (migrator.folder / "thing").open("rb") as program:
        done = migrator("scan", "-", stdin=program)
    assert (done.returncode, done.stderr.splitlines()[0]) == (3, "migrator: <stdin> is no text: a program")


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/tty"])
def test_a_device_is_not_read(migrator: CommandLine, device: str) -> None:
    done = migrator("scan", device, "crontab", timeout=30)
    assert (done.returncode, f"{device} is not a regular file, but a device" in done.stderr) == (3, True)


def test_a_large_file_is_not_read_whole(migrator: CommandLine) -> None:
    log(migrator.folder / "thing")
    code = (
        "import re, sys; from migrator.cli import main\n"
        "try: main()\n"
        # not ru_maxrss, which a child takes over from the process that started it
        "finally: print(re.search('VmHWM:(.*)kB', open('/proc/self/status').read())[1], file=sys.stderr)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", code, "scan", "thing"],
        cwd=migrator.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "that is no crontab" in done.stderr
    assert int(done.stderr.split()[-1]) < 150_000  # kB, of which the log would be 100,000


def test_a_name_that_is_no_text(migrator: CommandLine) -> None:
    name = b"cron\xfftab"
    Path(os.fsdecode(os.fsencode(migrator.folder) + b"/" + name)).write_text(GOOD)
    done = migrator("scan", os.fsdecode(name), "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    assert '"send"' in done.stdout
    absent = migrator("scan", os.fsdecode(b"\xfe"))
    assert (absent.returncode, "Traceback" in absent.stderr) == (3, False)


@pytest.mark.parametrize("name", ["crontab/x", "", "a\nb"])
def test_odd_paths(migrator: CommandLine, name: str) -> None:
    done = migrator("scan", name)
    assert (done.returncode, "Traceback" in done.stderr) == (3, False)


def test_a_file_that_vanishes_is_one_less(migrator: CommandLine) -> None:
    """Files come and go below the folder for as long as it is scanned."""
    script = "while :; do touch all/gone-$$; rm -f all/gone-$$; done"
    migrator.write("all/crontab", GOOD)
    for number in range(300):
        migrator.write(f"all/notes-{number}", "words\n")
    busy = subprocess.Popen(["sh", "-c", script], cwd=migrator.folder)
    try:
        for _round in range(3):
            done = migrator("scan", "all", "--format", "json")
            assert "Traceback" not in done.stderr
            assert '"send"' in done.stdout
    finally:
        busy.kill()
        busy.wait()


def test_standard_input_that_is_a_terminal_is_not_waited_for(migrator: CommandLine) -> None:
    ours, theirs = pty.openpty()
    try:
        done = migrator("scan", "-", stdin=theirs, timeout=30)
    finally:
        os.close(ours)
        os.close(theirs)
    assert (done.returncode, "standard input is this terminal" in done.stderr) == (3, True)


def test_standard_input_that_is_closed(migrator: CommandLine) -> None:
    command = migrator("--version").args[0]
    done = migrator(before=("sh", "-c", f"exec {command} -m migrator scan - <&-"))
    assert (done.returncode, "standard input is closed" in done.stderr) == (3, True)


def test_other_peoples_code_and_our_backups_are_passed_over(migrator: CommandLine) -> None:
    for name in (
        ".git/hooks/crontab",
        "node_modules/a/crontab",
        "env/lib/crontab",
        "venv/crontab",
        "py/site-packages/a/crontab",
        ".migrator/backups/20261127T014122Z-4a1aa8efef88",
    ):
        migrator.write(name, "1 1 * * * ./manage.py foreign\n")
    migrator.write("env/pyvenv.cfg", "home = /usr\n")
    (migrator.folder / "again").symlink_to(".")
    found = migrator.document("scan", ".")
    assert [job["id"] for job in found["jobs"]] == ["send"]
    named = migrator.document("scan", "venv")
    assert [job["id"] for job in named["jobs"]] == ["foreign"]


def test_progress_is_for_terminals(migrator: CommandLine) -> None:
    """A terminal on stderr sees that something goes on; a file gets nothing of it, and stdout never."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "xterm"}
    done = subprocess.run(
        [sys.executable, "-m", "migrator", "scan", ".", "--format", "json"],
        cwd=migrator.folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=theirs,
        timeout=60,
    )
    os.close(theirs)
    shown = os.read(ours, 65536)
    os.close(ours)
    assert b"looking for jobs" in shown
    assert done.stdout.startswith(b"{")
    assert migrator("scan", ".").stderr == ""
