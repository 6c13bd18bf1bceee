"""A worker that is killed in the middle of a job: real redelivery by a real broker."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.services.runtime_project import parts, until, write_project


@pytest.mark.part("rabbitmq", "postgresql")
def test_a_killed_run_is_reported_and_not_repeated(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """The broker delivers the message of a worker that was killed again; the slot has been started."""
    project = write_project(tmp_path, **parts(request, tmp_path, "servers"))
    project.python("owned('slow', 'celery'); send('slow')")
    with project.worker("first", OFFICE_SLOW="600") as pid:
        until(lambda: project.effects() == ["slow"], "the start of the job")
        os.killpg(pid, signal.SIGKILL)
    with project.worker("second", OFFICE_SLOW="0"):
        runs = until(lambda: (found := project.runs("slow"))[1:] and found, "the second delivery")
    assert [run["action"] for run in runs] == ["execute", "yield"]
    assert runs[0]["finished"] is None
    assert runs[1]["reason"].startswith("the slot is started by task ")
    assert project.effects() == ["slow"]
