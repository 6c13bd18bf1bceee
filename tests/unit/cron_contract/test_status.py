"""The exit status of a command is that of its task, under the generated contract."""

import logging
import sys
from types import ModuleType
from typing import Any

import pytest
from django.core.management.base import BaseCommand, CommandError

from migrator.contrib.django.exits import exit_status


@pytest.mark.parametrize("code", [0, None, 256, False])
def test_a_successful_exit_is_success(command: Any, code: object) -> None:
    command(lambda *_: sys.exit(code))


@pytest.mark.parametrize(("code", "status"), [(1, 1), (3, 3), (-1, 255), (259, 3), ("no orders", 1)])
def test_another_one_is_a_failure_and_no_SystemExit(
    command: Any, contract: ModuleType, code: object, status: int
) -> None:
    with pytest.raises(contract.CommandFailed, match=f"exit status {status}") as failure:
        command(lambda *_: sys.exit(code))
    assert exit_status(failure.value) == status


def test_what_sys_exit_says_is_output(command: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), pytest.raises(CommandError):
        command(lambda *_: sys.exit("no orders"))
    assert "no orders" in caplog.messages


def test_an_error_of_the_command_stays_itself(command: Any) -> None:
    def body(command: BaseCommand, rest: list[str]) -> None:
        raise CommandError("no court answers", returncode=4)

    with pytest.raises(CommandError, match="no court answers") as failure:
        command(body)
    assert exit_status(failure.value) == 4


def test_a_refused_argument_is_a_failure(command: Any) -> None:
    with pytest.raises(CommandError, match="--surprise"):
        command(lambda *_: None, "--surprise")
