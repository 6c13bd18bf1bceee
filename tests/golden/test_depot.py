"""A project whose jobs need all that a task can keep: as generated, and run in one process of a worker."""

from __future__ import annotations

import email
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest

from tests.golden.test_generate import generate, tree
from tests.parts.process import Command, running

FOLDER = Path(__file__).with_name("depot")
ROOT = Path(__file__).resolve().parents[2]
GOLDEN = {
    path.relative_to(FOLDER / "after").as_posix().removesuffix(".golden"): path.read_text()
    for path in (FOLDER / "after").rglob("*.golden")
}
# the last one says that the process which ran the others is still there
JOBS = (
    "leave_3", "linger", "moment", "moment", "leave_1_after", "leave_1_instead", "surroundings",
    "second_time", "printf", "curl", "tell",
)  # fmt: skip
SEND = "import sys; from depot import app; [app.send_task(f'depot.{job}') for job in sys.argv[1:]]"


@pytest.fixture(scope="module")
def depot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(FOLDER / "before", tmp_path_factory.mktemp("depot") / "depot"))
    assert generate(folder, "--write").returncode == 0
    return folder


def test_what_is_written_is_the_golden_tree(depot: Path) -> None:
    assert GOLDEN.items() <= tree(depot).items()


def test_a_formatter_and_a_linter_are_content(depot: Path) -> None:
    for words in (["format", "--check"], ["check"]):
        modules = ("depot/tasks.py", "depot/cron_contract.py")
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *words, "--isolated", *modules],
            cwd=depot,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout


@dataclass(frozen=True, slots=True)
class Ran:
    """What the runs have left: exit statuses and processes in the ledger, the worker's log, and mails."""

    exits: dict[str, int]
    processes: set[int]
    log: str
    mails: dict[str, Message]

    def text(self, command: str) -> str | None:
        """What was mailed of a command."""
        found = [one for subject, one in self.mails.items() if subject.endswith(f"> {command}")]
        return str(found[0].get_payload()).rstrip("-\n") if found else None  # a line ends the file


@pytest.fixture(scope="module")
def ran(depot: Path) -> Ran:
    for name in ("queue", "control"):
        (depot / name).mkdir()
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("CELERY", "DJANGO"))
    }
    environment = inherited | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": f"{depot}:{ROOT}",
        "DJANGO_SETTINGS_MODULE": "depot.settings",
        "SECOND_TIME_PASSWORD": "from-the-worker",
    }
    for words in (["manage.py", "migrate", "-v0"], ["-c", SEND, *JOBS]):
        subprocess.run([sys.executable, *words], cwd=depot, env=environment, check=True)
    log = depot / "worker.log"
    worker = (sys.executable, "-m", "celery", "--workdir", str(depot), "-A", "depot", "worker")
    command = Command((*worker, "-c", "1", "-l", "info", "-n", "w@depot"), environment, stop=signal.SIGQUIT)
    with (
        running(command, log, lambda _: " ready." in log.read_text()),
        closing(sqlite3.connect(depot / "db.sqlite3")) as database,
    ):
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            rows = database.execute(
                "select job, exit, pid from migrator_run where finished is not null"
            ).fetchall()
            if len(rows) == len(JOBS):
                break
            time.sleep(0.1)
    # two mails of one second share a file where the second backend has the id() that the first one had
    texts = b"".join(path.read_bytes() for path in (depot / "mails").glob("*.log")).split(b"-" * 79 + b"\n")
    messages = [email.message_from_bytes(text) for text in texts if text.strip()]
    return Ran(
        {job: status for job, status, _pid in rows},
        {pid for _job, _status, pid in rows},
        log.read_text(),
        {re.sub(r"\s+", " ", message["Subject"]): message for message in messages},
    )


def test_each_ends_as_under_cron(ran: Ran) -> None:
    """Who swallows every Exception cannot swallow a limit; of a chain the last status counts."""
    assert ran.exits == {
        "tell": 0,
        "leave_3": 3,
        "linger": 124,
        "moment": 0,
        "leave_1_after": 0,
        "leave_1_instead": 0,
        "surroundings": 0,
        "second_time": 75,
        "printf": 4,
        "curl": 1,
    }


def test_no_exit_takes_the_workers_process_along(ran: Ran) -> None:
    assert len(ran.processes) == 1


def test_output_is_mailed_as_cron_mailed_it(ran: Ran) -> None:
    assert ran.text("python3 manage.py tell arrivals") == "told arrivals\nprinted arrivals"
    assert ran.text("python3 manage.py leave 1; python3 manage.py tell after") == "told after\nprinted after"
    assert ran.text("printf rotated && exit 4") == "rotated\n/bin/sh ended with exit status 4"
    assert "Connection refused" in (ran.text("curl -fsS -m 5 http://127.0.0.1:9/ping") or "")
    assert ran.text("flock -n /tmp/depot.lock python3 manage.py leave 3") is None


def test_a_process_of_its_own_has_what_the_line_gives(ran: Ran) -> None:
    line = "umask 027 && LC_ALL=C python3 manage.py surroundings"
    assert ran.text(line) == r"umask 027, LC_ALL C, input 'from cron\n'"


def test_a_clock_that_is_read_at_import_is_read_at_each_run(ran: Ran) -> None:
    """In the worker itself it would have been read once."""
    assert len(set(re.findall(r"imported at ([0-9.]+)", ran.log))) == 2


def test_what_is_declared_idempotent_is_tried_again(ran: Ran) -> None:
    assert re.search(r"depot\.second_time\[.*\] retry: Retry in 300s", ran.log)
