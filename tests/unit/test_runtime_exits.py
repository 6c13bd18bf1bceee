"""The end of a task, as cron would have called it, and the tail of what it said."""

from __future__ import annotations

import logging
import sys
import threading
from pathlib import Path

import pytest
from celery.exceptions import Ignore, Retry
from celery.utils.log import LoggingProxy
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


def test_what_a_task_asks_of_its_streams_is_what_it_would_be_told_without_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / "out").open("w", encoding="latin-1", errors="replace") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        with tail_of_output():
            asked = (sys.stdout.encoding, sys.stdout.errors, sys.stdout.fileno(), sys.stdout.name)
        assert asked == ("latin-1", "replace", stream.fileno(), stream.name)


def test_a_stream_that_has_no_encoding_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Celery's own in place of standard output."""
    monkeypatch.setattr(sys, "stdout", LoggingProxy(logging.getLogger("celery.redirected")))
    with tail_of_output():
        assert getattr(sys.stdout, "encoding", None) is None


def test_a_word_for_the_log_that_does_not_fit_fails_no_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """The handlers of Python's own say so on standard error; pytest's would raise it."""
    monkeypatch.setattr(logging.getLogger("celery.task"), "propagate", False)
    with tail_of_output() as tail:
        logging.getLogger("celery.task.office").error("%d cases", "no")
        logging.getLogger("celery.task.office").error("goes on")
    assert tail.text == "goes on\n"


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
