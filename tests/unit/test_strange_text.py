"""Texts that nobody writes by hand, and that a file may hold all the same: they stop no scan."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from migrator.crontab.command import read_command
from migrator.crontab.cron_log import read_starts
from migrator.errors import BadExpression
from migrator.schedule.calendar import calendar_event, seconds_of
from migrator.schedule.kinds import Undecided
from migrator.schedule.robfig import read_robfig
from tests.unit.found_files import codes, scan

LONG = "9" * 5000  # digits, which int() refuses


@pytest.mark.parametrize(
    "command",
    [
        "flock -E ² /run/a.lock ./manage.py x",
        "flock -n ² && ./manage.py x",
        f"flock -n {LONG} && ./manage.py x",
        'dotlockfile "" && ./manage.py x',
        f'python -c "import random,time; time.sleep(random.randint(0,{LONG}))"; ./manage.py x',
        f"./manage.py x {LONG}> 'a log'",
    ],
    ids=lambda command: command[:40],
)
def test_numbers_of_a_command(command: str) -> None:
    assert "x" in [step.name for step in read_command(command).steps]


@pytest.mark.parametrize("line", ["shift ²", f"shift {LONG}", f'"${{@:{LONG}}}"'], ids=lambda line: line[:9])
def test_numbers_of_a_lock_script(line: str) -> None:
    script = f'#!/bin/sh\n{line}\nflock -n /run/a "$@"\n'
    read_command("bin/locked.sh a './manage.py x'", scripts={"bin/locked.sh": script})


@pytest.mark.parametrize(
    "line",
    [
        "0001-01-01T00:00:00+14:00 host CRON[1]: (root) CMD (x)",
        "9999-12-31T23:59:59 host CRON[1]: (root) CMD (x)",
        f"2026-01-01T00:00:00+00:00 host CRON[{LONG}]: (root) CMD (x)",
    ],
    ids=lambda line: line[:26],
)
def test_lines_of_a_log(line: str) -> None:
    now = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
    assert list(read_starts([line], ZoneInfo("America/New_York"), now)) == []


@pytest.mark.parametrize("line", [f"{LONG} 5 id ./manage.py x", f"1 {LONG} id ./manage.py x"])
def test_anacron_skips_what_is_out_of_range(line: str) -> None:
    found = scan(("etc/anacrontab", f"{line}\n"))
    assert (found.jobs, codes(found)) == ((), ["CM101"])


def test_spans_and_events_of_systemd() -> None:
    assert (seconds_of(LONG), seconds_of("600000y")) == (None, None)
    assert isinstance(calendar_event(f"*:{LONG}").schedule, Undecided)


def test_go_refuses_a_duration_that_its_nanoseconds_cannot_hold() -> None:
    with pytest.raises(BadExpression, match="no length of time"):
        read_robfig("@every 2562048h")
