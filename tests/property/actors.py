"""Processes that do one thing each, all at the same moment; one may stop in the middle, or be killed there.

Each is a fork of the test, with a connection and a clock of its own.
"""

from __future__ import annotations

import datetime as dt
import os
import select
import signal
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn
from unittest import mock

from django.db import connections

from migrator.contrib.django import instants

PATIENCE = 120.0  # seconds for a step, on a busy machine
STALLED = b"stalled\n"


@dataclass
class Clock:
    """The time that a process sees, in seconds since the epoch; it moves when somebody says so."""

    second: float

    def seconds(self) -> float:
        return self.second

    def now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.second, dt.UTC)


@dataclass
class Steps:
    """The steps of what a process does: before one of them it may stop until it is told the time."""

    clock: Clock
    stall: int | None = None
    die: int | None = None
    told: int = -1
    tell: int = -1
    taken: int = 0

    def step(self) -> None:
        if self.taken == self.die:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.taken == self.stall:
            os.write(self.tell, STALLED)
            self.clock.second += float(os.read(self.told, 64) or "0")
        self.taken += 1


Deed = Callable[[Steps], None]


@dataclass(frozen=True)
class Act:
    """What a process is to do, at which time by its own clock; ``stall``, ``die``: before which step."""

    deed: Deed
    second: float
    stall: int | None = None
    die: int | None = None


@dataclass
class Process:
    """A process that is at work, or has stopped before a step."""

    pid: int
    news: int
    orders: int
    stalled: bool = False
    said: bytes = b""

    def go_on(self, seconds: float) -> None:
        """Let a stalled one take its next step; ``seconds``: for how long it has stood still."""
        os.write(self.orders, str(seconds).encode())
        self.stalled = False

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self.stalled = False

    def wait(self) -> bool:
        """Whether it stopped on the way; else it has ended, and what went wrong in it goes wrong here."""
        deadline = time.monotonic() + PATIENCE
        while True:
            ready, _, _ = select.select([self.news], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                self.kill()
                raise AssertionError("a process did not come back")
            said = os.read(self.news, 1 << 16)
            if said == STALLED:
                self.stalled = True
                return True
            self.said += said
            if not said:
                break
        os.waitpid(self.pid, 0)
        os.close(self.news)
        os.close(self.orders)
        assert not self.said, self.said.decode()
        return False


def at_once(acts: Sequence[Act]) -> list[Process]:
    """Do all of these in processes that begin at the same moment; those that stopped on the way."""
    connections["default"].close()  # no process inherits an open one
    gate, starter = os.pipe()
    processes: list[Process] = []
    for act in acts:
        news, tell = os.pipe()
        told, orders = os.pipe()
        pid = os.fork()
        if pid == 0:
            for number in (starter, *(end for one in processes for end in (one.news, one.orders))):
                os.close(number)
            os.close(news)
            os.close(orders)
            os.read(gate, 1)
            _act(act, Steps(Clock(act.second), act.stall, act.die, told, tell))
        os.close(tell)
        os.close(told)
        processes.append(Process(pid, news, orders))
    os.close(gate)
    os.close(starter)
    return [process for process in processes if process.wait()]


def _act(act: Act, steps: Steps) -> NoReturn:
    """Do it, by the clock of this process, and end; what went wrong is said to the test."""
    try:
        with (
            mock.patch.object(instants, "now", steps.clock.now),
            mock.patch.object(time, "time", steps.clock.seconds),
        ):
            act.deed(steps)
    except BaseException:
        os.write(steps.tell, traceback.format_exc().encode()[-4000:])
    finally:
        os._exit(0)
