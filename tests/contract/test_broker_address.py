"""How a broker is called: with its address, without its password, and nothing made up."""

from __future__ import annotations

from pathlib import Path

import pytest
from celery import Celery

from migrator.contrib.django.services import broker


def test_a_broker_that_is_no_server_has_no_host(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = Celery("files", broker="filesystem://", set_as_current=False)
    app.conf.broker_transport_options = dict.fromkeys(
        ("data_folder_in", "data_folder_out", "control_folder"), str(tmp_path)
    )
    assert broker(app).fact == "filesystem:// answers: filesystem"
    assert not [one for one in caplog.records if "hostname" in one.getMessage()]


def test_a_servers_password_is_not_told() -> None:
    app = Celery("away", broker="amqp://me:s3cr3t@127.0.0.1:1//", set_as_current=False)
    fact = broker(app).fact
    assert ("amqp://me:**@127.0.0.1:1//" in fact, "s3cr3t" in fact) == (True, False)
