"""The real cronie under a virtual clock: one daemon, one crontab, any number of jobs.

cronie looks at each of its crontabs every minute, so the jobs share one; a job is known by its command.
"""

from collections.abc import Sequence
from dataclasses import replace

from tests.oracle.virtual_cron import CRONIE, Window, starts_alone, watch

NAME = "jobs"
# With commands that are one word, vclock.c runs a job's code inside this daemon, too.
QUICK = replace(CRONIE, forks=False)


def starts_of(expressions: Sequence[str], window: Window) -> dict[str, list[int]]:
    """The instants (epoch seconds) at which a daemon that runs in the window's zone starts each."""
    return _starts(expressions, window, "")


def starts_in_a_zone(expressions: Sequence[str], window: Window) -> dict[str, list[int]]:
    """The same of a daemon that runs in UTC and is told the window's zone by CRON_TZ."""
    return _starts(expressions, replace(window, zone="UTC"), f"CRON_TZ={window.zone}\n")


def starts_of_each(expressions: Sequence[str], window: Window) -> dict[str, list[int]]:
    """The same with a daemon for each, as its jobs hold one another up after a gap."""
    return starts_alone(expressions, window, daemon=QUICK)


def _starts(expressions: Sequence[str], window: Window, settings: str) -> dict[str, list[int]]:
    names = {f"L{index}": expression for index, expression in enumerate(dict.fromkeys(expressions))}
    lines = "".join(f"{expression} {name}\n" for name, expression in names.items())
    record = watch({NAME: f"{settings}{lines}".encode()}, window, daemon=QUICK)
    starts: dict[str, list[int]] = {expression: [] for expression in names.values()}
    for instant, message in record.jobs:
        if instant >= window.start.timestamp():
            starts[names[message.rpartition("(")[2].rstrip(")")]].append(instant)
    assert not record.refused
    return starts
