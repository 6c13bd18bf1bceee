"""How a broker is called: with its address, without its password, and nothing made up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from celery import Celery

from migrator.contrib.django.services import broker


@pytest.fixture
def files(tmp_path: Path) -> Celery:
    """An app on kombu's own broker of files."""
    app = Celery("files", broker="filesystem://", set_as_current=False)
    app.conf.broker_transport_options = dict.fromkeys(
        ("data_folder_in", "data_folder_out", "control_folder"), str(tmp_path)
    )
    return app


def test_a_broker_that_is_no_server_has_no_host(files: Celery, caplog: pytest.LogCaptureFixture) -> None:
    assert " filesystem://: " in broker(files).fact
    assert not [one for one in caplog.records if "hostname" in one.getMessage()]


def test_a_worker_stops_at_a_message_of_kombus_that_is_not_written_yet(files: Celery, tmp_path: Path) -> None:
    """Which is why CM470 warns of that broker; a kombu that leaves the message alone ends the warning."""
    assert broker(files).code == "CM470"
    (tmp_path / "1_begun.celery.msg").touch()
    with files.connection_for_read() as link, pytest.raises(ValueError, match="Expecting value"):
        link.default_channel._get("celery")


def test_a_transport_that_writes_otherwise_is_no_finding(files: Celery) -> None:
    files.conf.broker_transport = "config.file_broker:Transport"
    assert broker(files).code == ""


def test_a_servers_password_is_not_told() -> None:
    app = Celery("away", broker="amqp://me:s3cr3t@127.0.0.1:1//", set_as_current=False)
    fact = broker(app).fact
    assert ("amqp://me:**@127.0.0.1:1//" in fact, "s3cr3t" in fact) == (True, False)


WITHOUT_REDIS = """
import sys
sys.modules["redis"] = None
import django
django.setup()
from celery import Celery
from migrator.contrib.django.services import broker
print(broker(Celery("shop", broker="redis://127.0.0.1:6379/0")).remedy)
"""


def test_a_client_that_is_not_installed_is_named() -> None:
    """In a process of its own: kombu asks for its clients once."""
    done = subprocess.run([sys.executable, "-c", WITHOUT_REDIS], capture_output=True, text=True, check=True)
    assert done.stdout == 'its client is not installed: pip install "celery[redis]"\n'


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://127.0.0.1:1/0", "(redis://127.0.0.1:1/0)"),
        ("redis://:secret@127.0.0.1:1/0", "(redis://:**@127.0.0.1:1/0)"),
        ("amqp://shop:secret@127.0.0.1:1//", "(amqp://shop:**@127.0.0.1:1//)"),
    ],
)
def test_a_password_is_masked_where_there_is_one(url: str, shown: str) -> None:
    fact = broker(Celery("away", broker=url, set_as_current=False)).fact
    assert shown in fact
    assert "secret" not in fact
