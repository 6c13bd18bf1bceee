"""The four lines of the crontab, started as cron starts them, on a copy of the project."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FIELDS = re.compile(r"(?:@[a-z]+|(?:\S+ ){4}\S+) (?P<command>.*)")
PARTS = ("config", "tasks", "crontabs", "manage.py")


def commands(crontab: str) -> dict[str, str]:
    """The command of each job line, by the name of its lock."""
    lines = [line for line in crontab.splitlines() if re.match(r"[@0-9*]", line)]
    found = [match["command"] for match in map(FIELDS.fullmatch, lines) if match]
    assert len(found) == len(lines)
    return {command.split("run_locked.sh ")[1].split()[0]: command for command in found}


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """A copy of the project with its rendered crontab pointing there, migrated and with work to do."""
    folder = tmp_path_factory.mktemp("code")
    for part in PARTS:
        copy = shutil.copytree if (root / part).is_dir() else shutil.copy2
        copy(root / part, folder / part)
    crontab = folder / "crontabs/poradnia/crontab"
    text = crontab.read_text().replace("/code", str(folder)).replace("/var/log", str(folder))
    crontab.write_text(text)
    for arguments in (("migrate", "-v0"), ("seed_demo", "--fresh", "12:31")):
        subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=folder, env=_environment(folder), check=True
        )
    return folder


def _environment(folder: Path) -> dict[str, str]:
    """What cron gives a job, and scratch folders for what else the lines touch."""
    return {
        "HOME": str(folder),
        "LOGNAME": "root",
        "SHELL": "/bin/sh",
        # the interpreter that runs the tests stands in for the container's python3
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "LOCK_DIR": str(folder),
        "STATE_DIR": str(folder),
        "EMAIL_FILE_PATH": str(folder / "mail"),
    }


@pytest.mark.parametrize(
    ("job", "logged", "mails"),
    [
        ("send_event_reminders", "event reminders sent: 2\n", 2),
        ("send_old_cases_reminder", "mails about old cases sent: 1\n", 1),
        ("run_court_session_parser", "court sessions stored: 8\n", 0),
        ("clearsessions", "", 0),
    ],
)
def test_the_line_does_its_work(code: Path, job: str, logged: str, mails: int) -> None:
    log = code / "cron.log"
    log.unlink(missing_ok=True)
    shutil.rmtree(code / "mail", ignore_errors=True)

    command = commands((code / "crontabs/poradnia/crontab").read_text())[job]
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=code, env=_environment(code), capture_output=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert log.read_text() == logged
    # Django ends each mail with a line of dashes; two mails of one moment can share a file
    sent = "".join(path.read_text() for path in (code / "mail").glob("*"))
    assert sent.splitlines().count("-" * 79) == mails
    assert (code / f"{job}.last").exists()


def test_there_are_four_lines(root: Path) -> None:
    assert sorted(commands((root / "crontabs/poradnia/crontab").read_text())) == [
        "clearsessions",
        "run_court_session_parser",
        "send_event_reminders",
        "send_old_cases_reminder",
    ]
