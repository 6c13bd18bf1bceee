"""The main job, live: every slot executed exactly once, across the hand-over.

Two demos play at the same time, one on files and SQLite with python-crontab's scheduler,
one on RabbitMQ and PostgreSQL with the real cron daemon, because each takes five minutes.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 480  # seconds
JOBS = {"send_event_reminders", "send_old_cases_reminder", "run_court_session_parser", "clearsessions"}


class Demo:
    """A running ``migrator demo`` with its own scratch folder."""

    def __init__(self, scratch: Path, *arguments: str, **environment: str) -> None:
        self.scratch = scratch
        self.database = f"sqlite:///{scratch}/db.sqlite3"
        if "--database" in arguments:
            self.database = arguments[arguments.index("--database") + 1]
        self.story = scratch.parent / f"{scratch.name}.log"
        self.result = scratch.parent / f"{scratch.name}.json"
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("DJANGO_", "CELERY_", "DATABASE_"))}
        self.environment = {**clean, **environment}
        demo = [sys.executable, "-m", "migrator", "demo", "--scratch", str(scratch), "--format", "json"]
        with self.story.open("wb") as story, self.result.open("wb") as result:
            self.process = subprocess.Popen(
                # a shell passes an ignored Ctrl-C on to what it starts in the background
                ["env", "--default-signal=INT", *demo, *arguments],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=result,
                stderr=story,
                start_new_session=True,
            )

    @property
    def text(self) -> str:
        return self.story.read_text()

    def finish(self) -> int:
        return self.process.wait(LONGEST)

    def stop(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
            self.process.wait(60)

    def migrator(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A verb on the stage that the demo has left."""
        stage = {
            "DJANGO_SETTINGS_MODULE": "config.settings.demo",
            "DATABASE_URL": self.database,
            "CELERY_BROKER_URL": self.environment.get("CELERY_BROKER_URL", "filesystem://"),
            "CELERY_BROKER_FOLDER": str(self.scratch / "broker"),
        }
        return subprocess.run(
            [sys.executable, "-m", "migrator", *arguments],
            cwd=self.scratch / "project",
            env={**self.environment, **stage},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )


@pytest.fixture(scope="module", autouse=True)
def on_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Starts with the module, so that it plays while the other one does."""
    scratch = tmp_path_factory.mktemp("with a blank") / "files"
    demo = Demo(scratch, "--cron", "python-crontab")
    yield demo
    demo.stop()


def left_running(scratch: Path) -> list[str]:
    """The processes that still work in a scratch folder, once the kernel has had time to end killed ones."""
    for _look in range(100):
        if not (found := _working_in(scratch)):
            break
        time.sleep(0.1)
    return found


def _working_in(scratch: Path) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                where = os.readlink(entry / "cwd")  # noqa: PTH115 - a folder that may be gone
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if where.startswith(str(scratch)) or str(scratch) in command:
                found.append(command)
    return found


def each_slot_was_executed_once(demo: Demo) -> None:
    """The ledger, the mails and the report agree."""
    assert demo.finish() == 0, demo.text
    document = json.loads(demo.result.read_text())
    assert document["wrong"] == []
    slots = document["slots"]
    assert {slot["job"] for slot in slots} == JOBS
    assert {slot["outcome"] for slot in slots} == {"matched"}
    owners = Counter(slot["owner"] for slot in slots)
    assert owners["shadow"] >= 2 * len(JOBS)
    assert owners["celery"] == 2 * len(JOBS)
    for slot in slots:
        executed = [side for side in ("control", "candidate") if slot[side]["action"] == "execute"]
        assert executed == ["candidate" if slot["owner"] == "celery" else "control"]
    assert {job["id"]: job["verdict"] for job in document["jobs"]} == dict.fromkeys(JOBS, "hold")
    # two reminders and one mail about old cases, for the fresh work of each slot
    assert len(document["mails"]) == 3 * len(slots) / len(JOBS)
    assert {mail["sent"] for mail in document["mails"]} == {1}
    report = json.loads(demo.migrator("report", "--format", "json").stdout)
    assert {job["id"]: job["verdict"] for job in report["jobs"]} == dict.fromkeys(JOBS, "hold")
    assert (demo.scratch / "report.html").read_text().startswith("<!doctype html>")
    assert left_running(demo.scratch) == []


@pytest.mark.part("rabbitmq", "postgresql", "cron", "root")
def test_on_rabbitmq_and_postgresql_with_the_real_cron_daemon(
    rabbitmq_url: str, postgres_url: str, tmp_path: Path
) -> None:
    crontabs = Path("/var/spool/cron/crontabs")
    before = {path.name: path.read_bytes() for path in crontabs.iterdir()}
    demo = Demo(
        tmp_path / "servers",
        "--cron",
        "daemon",
        "--database",
        postgres_url,
        CELERY_BROKER_URL=rabbitmq_url,
    )
    try:
        each_slot_was_executed_once(demo)
    finally:
        demo.stop()
    assert {path.name: path.read_bytes() for path in crontabs.iterdir()} == before


def test_on_files_and_sqlite_with_python_crontab(on_files: Demo) -> None:
    each_slot_was_executed_once(on_files)


def test_ctrl_c_stops_every_process(tmp_path: Path) -> None:
    demo = Demo(tmp_path / "stopped", "--cron", "python-crontab")
    deadline = time.monotonic() + 120
    while "Shadow: cron executes" not in demo.text and time.monotonic() < deadline:
        assert demo.process.poll() is None, demo.text
        time.sleep(0.5)
    os.kill(demo.process.pid, signal.SIGINT)
    assert demo.process.wait(60) == 130
    assert left_running(demo.scratch) == []


def test_a_folder_that_is_no_earlier_demo_is_left_alone(tmp_path: Path) -> None:
    keep = tmp_path / "mine" / "thesis.txt"
    keep.parent.mkdir()
    keep.write_text("years of work")
    demo = Demo(keep.parent)
    assert demo.finish() == 3
    assert "is no earlier demo" in demo.text
    assert keep.read_text() == "years of work"
