"""TLS to the broker: the settings make kombu shake hands with a real TLS server, or refuse to."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from kombu import Connection

from config.settings.broker import broker_tls
from tests.certificates import make_certificates

AMQP_GREETING = b"AMQP\x00\x00\x09\x01"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, a broker and a client that it vouches for, and an authority that nobody knows."""
    return make_certificates(tmp_path_factory.mktemp("tls"))


@dataclass
class Broker:
    """Takes connections over TLS, demands a client certificate, and notes who came and what was said."""

    certificates: Path
    client: str | None = None
    heard: bytes = b""
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("0.0.0.0", 0)))

    def start(self) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.certificates / "broker.pem", self.certificates / "broker.key")
        self._context.load_verify_locations(self.certificates / "ca.pem")
        self._context.verify_mode = ssl.CERT_REQUIRED
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        port: int = self.listener.getsockname()[1]
        return port

    def stop(self) -> None:
        # wakes the thread that waits for a connection; closing alone would not
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(20)
        self.listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                with suppress(OSError), self._context.wrap_socket(connection, server_side=True) as secured:
                    self._greet(secured)

    def _greet(self, connection: ssl.SSLSocket) -> None:
        subject = (connection.getpeercert() or {})["subject"]
        self.client = dict(pair for part in subject for pair in part)["commonName"]
        self.heard = connection.recv(len(AMQP_GREETING))


@pytest.fixture
def broker(certificates: Path) -> Iterator[Broker]:
    server = Broker(certificates)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def name_files(monkeypatch: pytest.MonkeyPatch, certificates: Path) -> Callable[..., None]:
    def name(*, ca: str | None = None, cert: str | None = None, key: str | None = None) -> None:
        for variable, file in (("CA", ca), ("CERT", cert), ("KEY", key)):
            if file is None:
                monkeypatch.delenv(f"CELERY_BROKER_{variable}", raising=False)
            else:
                monkeypatch.setenv(f"CELERY_BROKER_{variable}", str(certificates / file))

    return name


def connect(url: str) -> None:
    # the transport itself: Connection.connect() would try a second time after a pause
    Connection(url, ssl=broker_tls(url), connect_timeout=10).transport.establish_connection()


def test_a_client_with_its_certificate_is_let_in(broker: Broker, name_files: Callable[..., None]) -> None:
    name_files(ca="ca.pem", cert="client.pem", key="client.key")
    # the server hangs up after the greeting, having no AMQP to speak
    with pytest.raises(OSError):  # noqa: PT011
        connect(f"amqps://office:secret@127.0.0.1:{broker.port}//")
    broker.stop()
    assert (broker.client, broker.heard) == ("client", AMQP_GREETING)


@pytest.mark.parametrize("ca", ["stranger.pem", None], ids=["unknown authority", "system's authorities"])
def test_a_broker_that_the_authority_does_not_vouch_for_is_refused(
    broker: Broker, name_files: Callable[..., None], ca: str | None
) -> None:
    name_files(ca=ca, cert="client.pem", key="client.key")
    with pytest.raises(ssl.SSLCertVerificationError, match="certificate verify failed"):
        connect(f"amqps://office:secret@127.0.0.1:{broker.port}//")
    broker.stop()
    assert broker.heard == b""


def test_a_broker_of_another_name_is_refused(broker: Broker, name_files: Callable[..., None]) -> None:
    name_files(ca="ca.pem", cert="client.pem", key="client.key")
    with pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"):
        connect(f"amqps://office:secret@127.0.0.2:{broker.port}//")
    broker.stop()
    assert broker.heard == b""


def test_without_tls_in_the_url_there_is_none(name_files: Callable[..., None]) -> None:
    name_files()
    assert broker_tls("amqp://office:secret@broker//") is False


@pytest.mark.parametrize(
    ("url", "files", "message"),
    [
        pytest.param(
            "amqp://u:p@broker//", {"ca": "ca.pem"}, "CELERY_BROKER_URL must be amqps://", id="ca without tls"
        ),
        pytest.param(
            "amqps://u:p@one//;amqp://u:p@two//", {}, "amqps:// throughout", id="one of two without tls"
        ),
        pytest.param(
            "amqps://u:p@broker//", {"ca": "no.pem"}, "CELERY_BROKER_CA names .*no.pem", id="missing file"
        ),
        pytest.param(
            "amqps://u:p@broker//", {"key": "client.key"}, "without CELERY_BROKER_CERT", id="key alone"
        ),
    ],
)
def test_half_a_tls_set_up_is_an_error(
    name_files: Callable[..., None], url: str, files: dict[str, str], message: str
) -> None:
    name_files(**files)
    with pytest.raises(ImproperlyConfigured, match=message):
        broker_tls(url)
