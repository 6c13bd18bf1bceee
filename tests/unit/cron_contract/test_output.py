"""What a command writes is logged, kept and cut as cron's mail was, under the generated contract."""

import codecs
import logging
import subprocess
import sys
import threading
from types import ModuleType
from typing import Any

import django
import pytest
from django.core.management.base import BaseCommand, CommandError
from django.db import connection


def test_arguments_reach_the_command_as_they_are(command: Any) -> None:
    seen: list[str] = []
    command(lambda _command, rest: seen.extend(rest), "a b", "--", "-c")
    assert seen == ["a b", "-c"]


def test_each_line_goes_to_the_log(command: Any, caplog: pytest.LogCaptureFixture) -> None:
    def body(command: BaseCommand, rest: list[str]) -> None:
        command.stdout.write("one\ntwo")
        print("past self.stdout")
        command.stderr.write("three", ending="")

    command(body)  # a worker shows warnings and no less, unless it is told to
    assert caplog.messages == ["one", "two", "past self.stdout", "three"]


def test_a_command_finds_the_stream_that_a_process_has(
    command: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Each of these raised in a worker, where cron's run went well."""

    def body(command: BaseCommand, rest: list[str]) -> None:
        sys.stdout.buffer.write("żółw\n".encode()[:1])
        sys.stdout.buffer.write("żółw\n".encode()[1:])
        sys.stdout.buffer.flush()
        print("a terminal" if sys.stdout.isatty() or command.stdout.isatty() else "no terminal")
        subprocess.run(["printf", "from a child"], stdout=sys.stdout, check=True)
        print(" and on")
        subprocess.run(["echo", "by its number"], stdout=sys.stdout.fileno(), check=True)
        command.stderr.write(sys.stdout.encoding)
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        writer = codecs.getwriter("utf-8")(sys.stdout.buffer)
        writer.write("through a writer\n")
        # the file of Django 4.2's command.stdout is asked for in vain, under cron as well
        last = command.stdout if django.VERSION >= (5, 2) else sys.stdout
        subprocess.run(["printf", "the last"], stdout=last, check=True)

    command(body)
    assert caplog.messages == [
        "żółw",
        "no terminal",
        "from a child and on",
        "by its number",
        "utf-8",
        "through a writer",
        "the last",
    ]


def test_what_a_child_writes_has_an_end_too(
    contract: ModuleType, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contract, "MOST_OUTPUT", 10)
    output = contract.Output()
    subprocess.run(["printf", "12345678901234567890"], stdout=output, check=True)
    output.end_line()
    subprocess.run(["printf", "more"], stdout=output, check=True)
    output.end_line()
    assert caplog.messages == ["more than 10 characters: the rest is lost", "1234567890"]


def test_other_threads_keep_their_streams(contract: ModuleType, command: Any) -> None:
    """In a pool of threads sys.stdout belongs to all tasks."""
    seen: list[object] = []

    def look() -> None:
        with contract._printing(contract.Output(), contract.Output()):
            seen.append(sys.stdout)

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [sys.stdout]


def test_it_has_an_end(
    contract: ModuleType, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contract, "MOST_OUTPUT", 10)
    output = contract.Output()
    with caplog.at_level(logging.INFO):
        for _line in range(1000):
            output.write("123456\n")
        output.end_line()
    assert caplog.messages == ["123456", "more than 10 characters: the rest is lost", "123"]


def test_connections_are_fresh_around_each_run(command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: order.append("fresh"))
    with pytest.raises(CommandError):
        command(lambda *_: (order.append("run"), sys.exit(1)))
    assert order == ["fresh", "run", "fresh"]
