"""The broker ``filesystem://`` of the project: processes that write and read at once lose nothing."""

from __future__ import annotations

import multiprocessing as mp
import subprocess
import sys
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection

SPAWNED = mp.get_context("spawn")
PROCESSES = 8
EXCHANGES = 12
LONG = "x" * 4_000_000  # takes a while to write


@pytest.fixture
def broker(settings_of: Callable[..., dict[str, Any]], tmp_path: Path) -> dict[str, Any]:
    """What Celery takes from the settings of development."""
    settings = settings_of("local", CELERY_BROKER_URL="filesystem://", CELERY_BROKER_FOLDER=str(tmp_path))
    return {
        "hostname": settings["CELERY_BROKER_URL"],
        "transport": "config.file_broker:Transport",
        "transport_options": settings["CELERY_BROKER_TRANSPORT_OPTIONS"],
    }


def test_the_broker_of_files_is_ours(bare_environment: dict[str, str], tmp_path: Path) -> None:
    code = "from config import app; print(app.connection_for_write().transport.__module__)"
    broker = {"CELERY_BROKER_URL": "filesystem://", "CELERY_BROKER_FOLDER": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=bare_environment | broker,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "config.file_broker\n", done.stderr


def send(broker: dict[str, Any], count: int) -> None:
    with Connection(**broker) as link:
        for number in range(count):
            link.default_channel._put("letters", {"number": number, "text": LONG})


def bind(broker: dict[str, Any], number: int, together: Barrier) -> None:
    try:
        with Connection(**broker) as link:
            for exchange in range(EXCHANGES):
                together.wait()
                link.default_channel._queue_bind(f"exchange{exchange}", "", "", f"queue{number}")
    except Exception:
        together.abort()  # the others would wait for ever
        raise


def test_a_message_is_read_whole_or_not_yet(broker: dict[str, Any]) -> None:
    writer = SPAWNED.Process(target=send, args=(broker, 30))
    writer.start()
    read = []
    with Connection(**broker) as link:
        while writer.is_alive() or link.default_channel._size("letters"):
            try:
                message = link.default_channel._get("letters")
            except Empty:
                continue
            assert message["text"] == LONG
            read.append(message["number"])
    assert (writer.exitcode, sorted(read)) == (0, list(range(30)))


def test_processes_that_bind_a_queue_at_once_are_all_bound(broker: dict[str, Any]) -> None:
    together = SPAWNED.Barrier(PROCESSES)
    processes = [SPAWNED.Process(target=bind, args=(broker, one, together)) for one in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    with Connection(**broker) as link:
        for exchange in range(EXCHANGES):
            bound = {row.queue for row in link.default_channel.get_table(f"exchange{exchange}")}
            assert bound == {f"queue{one}" for one in range(PROCESSES)}
