"""A request that a line made with curl or wget, under the generated contract."""

import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import ModuleType
from typing import ClassVar

import pytest


class Shop(BaseHTTPRequestHandler):
    seen: ClassVar[list[tuple[str, str, str]]] = []

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.seen.append((self.command, self.path, self.rfile.read(length).decode()))
        self.send_response({"/missing": 404, "/moved": 302}.get(self.path, 200))
        self.send_header("Location", "/here")
        self.end_headers()
        self.wfile.write(b"hello\n")

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def shop() -> Iterator[str]:
    Shop.seen.clear()
    server = HTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_answer_goes_to_the_log(
    contract: ModuleType, shop: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        contract.fetch(f"{shop}/", patience=30, data="a=1")
    assert (Shop.seen, caplog.messages) == ([("POST", "/", "a=1")], ["hello"])


def test_a_refusal_is_a_failure_to_those_who_ask(contract: ModuleType, shop: str) -> None:
    contract.fetch(f"{shop}/missing", patience=30, strict=False)
    with pytest.raises(contract.CommandFailed, match="answered 404"):
        contract.fetch(f"{shop}/missing", patience=30)


def test_a_redirect_is_followed_or_is_the_answer(contract: ModuleType, shop: str) -> None:
    contract.fetch(f"{shop}/moved", patience=30, follow=False)
    contract.fetch(f"{shop}/moved", patience=30)
    assert [path for _method, path, _body in Shop.seen] == ["/moved", "/moved", "/here"]
