"""Production over a real RabbitMQ: TLS with an authority of our own, and the pages of its management."""

import base64
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import make_certificates
from tests.parts.process import Command, free_ports, running
from tests.parts.rabbitmq import RabbitMQ

pytestmark = pytest.mark.part("rabbitmq-programs")
ROOT = Path(__file__).resolve().parents[2]
CELERY = (sys.executable, "-m", "celery", "-A", "config")

# what production's broker is configured with; the test gives it other ports, and its files another place
CONFIGURATION = (ROOT / "config" / "rabbitmq.conf").read_text()


@dataclass(frozen=True, slots=True)
class Broker:
    """A node with a TLS listener that wants client certificates, and with its management."""

    certificates: Path
    tls: int
    management: int

    def tells(self, path: str, user: str, password: str) -> Any:
        """What its management says of a path, under ``/api``."""
        login = base64.b64encode(f"{user}:{password}".encode()).decode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.management}/api/{path}", headers={"Authorization": f"Basic {login}"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def connections(self) -> Any:
        """Its connections, once it tells of any: its numbers are some seconds old."""
        deadline = time.monotonic() + 60
        while not (told := self.tells("connections", "poradnia", "password")):
            assert time.monotonic() < deadline, "no connection is shown"
            time.sleep(0.5)
        return told


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    folder = make_certificates(tmp_path_factory.mktemp("tls"))
    tls, management = free_ports(2)
    text = CONFIGURATION
    for promised, here in (
        ("listeners.ssl.default = 5671", f"listeners.ssl.default = 127.0.0.1:{tls}"),
        ("management.tcp.port = 15672", f"management.tcp.port = {management}"),
        ("/run/secrets/broker_ca", f"{folder}/ca.pem"),
        ("/run/secrets/broker_cert", f"{folder}/broker.pem"),
        ("/run/secrets/broker_key", f"{folder}/broker.key"),
    ):
        assert text.count(promised) == 1
        text = text.replace(promised, here)
    with RabbitMQ().private("rabbitmq_management", configuration=text, tls=tls) as node:
        node.user("office", "s3cret")
        node.user("poradnia", "password", "administrator")
        yield Broker(folder, tls, management)


@pytest.fixture(scope="module")
def production(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a production that is complete."""
    folder = tmp_path_factory.mktemp("production")
    environment = {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "SECRET_KEY": "0123456789" * 6,
        "ALLOWED_HOSTS": "poradnia.example",
        "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        "CELERY_BROKER_URL": f"amqps://office:s3cret@127.0.0.1:{broker.tls}//",
        "CELERY_BROKER_CA": str(broker.certificates / "ca.pem"),
        "CELERY_BROKER_CERT": str(broker.certificates / "client.pem"),
        "CELERY_BROKER_KEY": str(broker.certificates / "client.key"),
    }
    done = run([sys.executable, "manage.py", "migrate", "-v0"], environment)
    assert done.returncode == 0, done.stderr
    return environment


def run(words: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def test_a_task_runs_in_production_over_tls_with_an_authority_of_ones_own(
    broker: Broker, production: dict[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "worker.log"
    worker = Command([*CELERY, "worker", "-n", "tls@office", "-c", "1", "-l", "info"], production)
    code = "from config.celery import test_task; print(test_task.delay('over TLS').get(timeout=60))"
    with running(worker, log, lambda _: " ready." in log.read_text(errors="replace")):
        done = run([sys.executable, "-c", code], production)
        assert done.stdout == "test_task received: over TLS\n", done.stderr
        connections = broker.connections()
    assert {(each["user"], each["ssl"], each["peer_cert_subject"]) for each in connections} == {
        ("office", True, "CN=client")
    }
    assert "s3cret" not in log.read_text()


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        pytest.param({"CELERY_BROKER_CA": "stranger.pem"}, "CERTIFICATE_VERIFY_FAILED", id="authority"),
        pytest.param(
            {"CELERY_BROKER_CERT": "stranger.pem", "CELERY_BROKER_KEY": "stranger.key"},
            "alert|EOF occurred|reset by peer",
            id="client",
        ),
        pytest.param(
            {"CELERY_BROKER_URL": "amqps://office:wrong@127.0.0.1:{tls}//"}, "ACCESS_REFUSED", id="login"
        ),
    ],
)
def test_a_wrong_certificate_or_login_is_refused(
    broker: Broker, production: dict[str, str], changed: dict[str, str], complaint: str
) -> None:
    values = {
        name: str(broker.certificates / value)
        if name != "CELERY_BROKER_URL"
        else value.format(tls=broker.tls)
        for name, value in changed.items()
    }
    connect = "app.connection_for_write().ensure_connection(max_retries=1, timeout=1)"
    done = run([sys.executable, "-c", f"from config.celery import app; {connect}"], {**production, **values})
    assert done.returncode == 1
    assert re.search(complaint, done.stderr)


def test_the_management_pages_show_queues_to_the_development_login(broker: Broker) -> None:
    overview = broker.tells("overview", "poradnia", "password")
    assert overview["management_version"]
    assert isinstance(broker.tells("queues", "poradnia", "password"), list)


def test_the_management_pages_are_closed_to_strangers(broker: Broker) -> None:
    with pytest.raises(urllib.error.HTTPError, match="401"):
        broker.tells("overview", "poradnia", "guessed")
    # an account of the application has no tag, and so no pages
    with pytest.raises(urllib.error.HTTPError, match="401"):
        broker.tells("overview", "office", "s3cret")
