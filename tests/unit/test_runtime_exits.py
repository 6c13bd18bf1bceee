"""The end of a task, as cron would have called it, and the tail of what it said."""

from __future__ import annotations

import logging
import sys
import threading

import pytest
from celery.exceptions import Ignore, Retry
from django.core.management.base import CommandError

from migrator.contrib.django.exits import JobFailed, exit_status
from migrator.contrib.django.output import TAIL, tail_of_output


def stands_for_exit(status: int) -> Exception:
    """What generated code raises instead of letting sys.exit out."""
    try:
        try:
            sys.exit(status)
        except SystemExit:
            raise RuntimeError("the command failed") from None
    except RuntimeError as error:
        return error


@pytest.mark.parametrize(
    ("error", "status"),
    [
        pytest.param(None, 0, id="nothing"),
        pytest.param(SystemExit(), 0, id="exit"),
        pytest.param(SystemExit(0), 0, id="exit-0"),
        pytest.param(SystemExit(3), 3, id="exit-3"),
        pytest.param(SystemExit(256 + 3), 3, id="exit-259"),
        pytest.param(SystemExit("no court answers"), 1, id="exit-with-a-text"),
        pytest.param(CommandError("bad"), 1, id="command-error"),
        pytest.param(CommandError("bad", returncode=5), 5, id="command-error-5"),
        pytest.param(ValueError("bad"), 1, id="any-error"),
        pytest.param(stands_for_exit(7), 7, id="stands-for-exit-7"),
        pytest.param(JobFailed(9), 9, id="job-failed"),
        pytest.param(Retry(), 75, id="declared-retry"),
        pytest.param(Ignore(), 0, id="ignore"),
    ],
)
def test_exit_status(error: BaseException | None, status: int) -> None:
    assert exit_status(error) == status


def test_the_tail_holds_prints_and_the_tasks_log_and_lets_them_pass(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with tail_of_output() as tail:
        print("to stdout")
        print("to stderr", file=sys.stderr)
        logging.getLogger("celery.task.office").error("to the log")
    assert tail.text == "to stdout\nto stderr\nto the log\n"
    seen = capsys.readouterr()
    assert (seen.out, seen.err) == ("to stdout\n", "to stderr\n")


def test_the_tail_is_bounded() -> None:
    with tail_of_output() as tail:
        print("x" * 10_000 + "end")
    assert len(tail.text) == TAIL
    assert tail.text.endswith("xend\n")


def test_tasks_in_threads_hear_only_themselves() -> None:
    heard: list[str] = []

    def task() -> None:
        with tail_of_output() as tail:
            logging.getLogger("celery.task.office").error("mine")
            heard.append(tail.text)

    with tail_of_output() as tail:
        thread = threading.Thread(target=task)
        thread.start()
        thread.join()
    assert (heard, tail.text) == (["mine\n"], "")
