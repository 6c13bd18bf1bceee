"""A run that takes too long is ended as timeout(1) ends it, under the generated contract."""

import signal
import threading
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from migrator.contrib.django.exits import exit_status


def test_a_command_that_swallows_it_still_fails(command: Any, contract: ModuleType) -> None:
    """SoftTimeLimitExceeded is an Exception: a scraper's `except Exception` once made it a success."""
    rounds: list[int] = []

    def body(*_: Any) -> None:
        while True:
            try:
                signal.pause()
            except Exception:
                rounds.append(1)

    with pytest.raises(contract.CommandFailed, match="stopped after") as failure, contract.timeout(0.05):
        command(body)
    assert (exit_status(failure.value), rounds) == (124, [])


def test_even_one_that_swallows_all(command: Any, contract: ModuleType) -> None:
    def body(*_: Any) -> None:
        try:
            signal.pause()
        except BaseException:
            return

    with pytest.raises(contract.CommandFailed), contract.timeout(0.05):
        command(body)


def test_what_is_in_time_is_left_alone(command: Any, contract: ModuleType) -> None:
    with contract.timeout(600):
        command(lambda *_: None)
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_one_inside_another_ends_with_it(command: Any, contract: ModuleType) -> None:
    """And the outer one goes on after the inner one, which had switched its alarm off."""

    def chain() -> None:
        with contract.timeout(600):
            pass
        with contract.attempt(), contract.timeout(600):
            command(lambda *_: signal.pause())

    with pytest.raises(contract.CommandFailed, match=r"after 0\.1 s"), contract.timeout(0.1):
        chain()
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_another_failure_stays_itself(contract: ModuleType) -> None:
    with pytest.raises(ValueError, match="mine"), contract.timeout(600):
        raise ValueError("mine")


def test_without_the_main_thread_the_run_fails_at_its_end(contract: ModuleType) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            with contract.timeout(0):
                pass
        except contract.CommandFailed as failure:
            failures.append(failure)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert len(failures) == 1


def test_it_ends_a_process_and_its_children(contract: ModuleType, alive: Callable[[int], bool]) -> None:
    children: list[int] = []

    class Ready(contract.Output):  # type: ignore[misc,name-defined]
        def take(self, line: str) -> None:
            children.append(int(line))
            raise contract.TimeIsUp

    with pytest.raises(contract.TimeIsUp):
        contract.run_process("/bin/sh", "-c", "sleep 600 & echo $!; wait", output=Ready())
    while alive(children[0]):
        time.sleep(0.01)


def test_it_ends_a_process_that_does_not_want_to(
    contract: ModuleType, alive: Callable[[int], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second alarm comes while the process is waited for: it once left it running."""
    monkeypatch.setattr(contract, "PATIENCE", 0.1)
    stubborn, taken = "trap '' TERM; echo $$; while :; do sleep 1; done", list[str]()
    output = contract.Output()
    output.take = taken.append
    with pytest.raises(contract.CommandFailed, match="stopped after"), contract.timeout(0.2):
        contract.run_process("/bin/sh", "-c", stubborn, output=output)
    assert not alive(int(taken[0]))
