"""Redis as the broker delivers a message again while its job runs; the job is executed once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts.process import Command, free_ports, listening, running
from tests.parts.programs import REDIS
from tests.services.runtime_project import FILES, until, write_project

pytestmark = pytest.mark.part("redis")
# Redis keeps no account of who works on a message: after this time it counts as lost. Workers look for such
# messages each second here; kombu before 5.7 does not read that and looks every 100 seconds. The busy worker
# takes no message in advance, or the one that comes again could wait with it.
FORGETFUL = """
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 2, "unacked_restore_interval": 1, "unacked_restore_throttle": 1,
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
"""
TWO_LOOKS = 240.0


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    [port] = free_ports(1)
    program = REDIS.path()
    assert program is not None
    words = (program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(tmp_path))
    with running(Command(words, {}), tmp_path / "redis.log", lambda _: listening(port)):
        yield f"redis://127.0.0.1:{port}/0"


def test_a_job_that_outlasts_the_visibility_timeout_is_executed_once(redis_url: str, tmp_path: Path) -> None:
    settings = {"office/settings.py": FILES["office/settings.py"] + FORGETFUL}
    database = f"sqlite:///{tmp_path / 'db.sqlite3'}"
    project = write_project(tmp_path, broker=redis_url, database=database, files=settings)
    project.python("owned('slow', 'celery'); send('slow')")
    with project.worker("first", OFFICE_SLOW="600") as first:
        until(lambda: project.effects() == ["slow"], "the start of the job")
        with project.worker("second", OFFICE_SLOW="0"):
            again = "the second delivery"
            runs = until(lambda: (found := project.runs("slow"))[1:] and found, again, TWO_LOOKS)
        os.killpg(first, signal.SIGKILL)
    assert [run["action"] for run in runs][:2] == ["execute", "yield"]
    assert runs[1]["reason"].startswith("the slot is started by task ")
    assert project.effects() == ["slow"]
