"""What cron mailed is mailed, to whom and when, under the generated contract."""

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from django.core import mail
from django.core.management.base import BaseCommand

Body = Callable[[BaseCommand, list[str]], None]


@pytest.fixture(autouse=True)
def _here(contract: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contract.getpass, "getuser", lambda: "deploy")
    monkeypatch.setattr(contract.socket, "gethostname", lambda: "web1.shop.example")


def mailed(
    contract: ModuleType, command: Any, body: Body, on: str = "output", stream: str = "output"
) -> None:
    with contract.mailed("ops@shop.example", command="./manage.py job", on=on) as mail_:
        command(body, **{stream: mail_})


def test_output_is_mailed_under_crons_subject(contract: ModuleType, command: Any) -> None:
    mailed(contract, command, lambda command, _: command.stdout.write("one\ntwo"))
    [message] = mail.outbox
    assert (message.subject, message.to) == ("Cron <deploy@web1> ./manage.py job", ["ops@shop.example"])
    assert message.body == "one\ntwo"


def test_no_command_and_no_output_makes_a_mail_that_cannot_be_sent(
    contract: ModuleType, command: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A line end in the subject is a BadHeaderError, and a byte that is no UTF-8 no text."""
    with contract.mailed("ops@shop.example", command="a \udce9\r\nBcc: all@shop.example\n") as mail_:
        command(lambda command, _: command.stdout.write("one \udce9\x00"), output=mail_)
    [message] = mail.outbox
    assert message.subject == "Cron <deploy@web1> a ? Bcc: all@shop.example"
    assert (message.body, message.recipients()) == ("one ?\x00", ["ops@shop.example"])
    assert message.message().as_bytes()
    assert "not sent" not in caplog.text


def test_silence_is_not(contract: ModuleType, command: Any) -> None:
    mailed(contract, command, lambda *_: None)
    with pytest.raises(contract.CommandFailed):
        mailed(contract, command, lambda *_: sys.exit(1))
    assert mail.outbox == []


def test_an_error_is_output(contract: ModuleType, command: Any) -> None:
    def body(*_: Any) -> None:
        raise ValueError("no prices")

    with pytest.raises(ValueError, match="no prices"):
        mailed(contract, command, body)
    assert "ValueError: no prices" in mail.outbox[0].body


def test_only_a_failure_is_mailed_where_that_is_asked_for(contract: ModuleType, command: Any) -> None:
    mailed(contract, command, lambda command, _: command.stdout.write("fine"), on="failure")
    assert mail.outbox == []
    with pytest.raises(contract.CommandFailed):
        mailed(contract, command, lambda *_: sys.exit(3), on="failure")
    assert mail.outbox[0].body == "job ended with exit status 3"


def test_errors_alone_are_mailed_where_the_line_drops_the_rest(contract: ModuleType, command: Any) -> None:
    def body(command: BaseCommand, _: list[str]) -> None:
        command.stdout.write("dropped")
        command.stderr.write("kept")

    mailed(contract, command, body, stream="errors")
    assert mail.outbox[0].body == "kept"


def test_a_mail_that_cannot_be_sent_fails_no_job(
    contract: ModuleType, command: Any, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "no.such.backend"
    mailed(contract, command, lambda command, _: command.stdout.write("one"))
    assert "the mail to ops@shop.example was not sent" in caplog.messages
