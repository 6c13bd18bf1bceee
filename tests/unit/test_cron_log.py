"""Cron's log: which lines are starts, when they were, and whose."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.observed import Line, Seen, seen
from migrator.comparison.runs import Action, Kind
from migrator.crontab.cron_log import Start, read_starts

WARSAW = ZoneInfo("Europe/Warsaw")
NOW = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
NOON = dt.datetime(2026, 3, 2, 11, 0, 1, tzinfo=dt.UTC)


def read(*lines: str, now: dt.datetime = NOW) -> list[Start]:
    return list(read_starts([f"{line}\n" for line in lines], WARSAW, now))


@pytest.mark.parametrize(
    ("line", "at"),
    [
        pytest.param("Mar  2 12:00:01 web-1 CRON[7]: (root) CMD (run)", NOON, id="rfc-3164"),
        pytest.param("2026-03-02T12:00:01+0100 web-1 CRON[7]: (root) CMD (run)", NOON, id="journal"),
        pytest.param("2026-03-02T12:00:01+01:00 web-1 CRON[7]: (root) CMD (   run)", NOON, id="padded"),
        pytest.param(
            "2026-03-02T12:00:01.123456+01:00 web-1 CRON[7]: (root) CMD (run)",
            NOON.replace(microsecond=123456),
            id="rsyslog",
        ),
        pytest.param("Mar  2 12:00:01 web-1 CROND[7]: (root) CMD (run)", NOON, id="cronie"),
        pytest.param("Mar  2 12:00:01 web-1 /usr/sbin/CRON[7]: (root) CMD (run)", NOON, id="with-its-path"),
        pytest.param(
            "Dec 31 12:00:01 web-1 CRON[7]: (root) CMD (run)",
            dt.datetime(2025, 12, 31, 11, 0, 1, tzinfo=dt.UTC),
            id="last-year",
        ),
        pytest.param(
            "Feb 29 12:00:01 web-1 CRON[7]: (root) CMD (run)",
            dt.datetime(2024, 2, 29, 11, 0, 1, tzinfo=dt.UTC),
            id="the-last-leap-day",
        ),
    ],
)
def test_a_start(line: str, at: dt.datetime) -> None:
    assert read(line) == [Start(at, "web-1", "root", 7, "run")]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Mar  2 12:00:01 web-1 CRON[7]: pam_unix(cron:session): session opened for user root(uid=0)",
        "Mar  2 12:00:01 web-1 CRON[7]: (root) CMDOUT (hello)",
        "Mar  2 12:00:01 web-1 cron[7]: (CRON) INFO (Running @reboot jobs)",
        "Mar  2 12:00:01 web-1 sudo[7]: (root) CMD (run)",
        "Feb 30 12:00:01 web-1 CRON[7]: (root) CMD (run)",
        "2026-99-02T12:00:01 web-1 CRON[7]: (root) CMD (run)",
    ],
)
def test_no_start(line: str) -> None:
    assert read(line) == []


def test_a_stamp_that_jumps_back_lies_in_the_second_pass_of_the_repeated_hour() -> None:
    walls = ("01:30", "02:00", "02:30", "02:00", "02:30", "03:00")
    log = [f"Oct 25 {wall}:01 web-1 CRON[7]: (root) CMD (run)" for wall in walls]
    starts = read(*log, now=dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    assert [start.at.strftime("%H:%M") for start in starts] == [
        "23:30", "00:00", "00:30", "01:00", "01:30", "02:00"
    ]  # fmt: skip


def job(name: str, expression: str) -> JobDefinition:
    return JobDefinition(name, expression, "Europe/Warsaw")


def found(command: str, *lines: Line, at: dt.datetime = NOON, user: str = "app") -> Seen:
    return seen([Start(at, "web-1", user, 7, command)], lines)


def test_a_start_is_a_run_of_its_slot_and_says_nothing_of_its_end() -> None:
    [run] = found("run --token=hunter2", Line(job("noon", "0 12 * * *"), "run --token=hunter2", None)).runs
    assert (run.job, run.slot, run.kind, run.action) == (
        "noon", "2026-03-02T12:00+01:00", Kind.OBSERVED, Action.EXECUTE
    )  # fmt: skip
    assert (run.finished, run.exit, run.finished_well) == (None, None, False)
    assert "hunter2" not in repr(run)


def test_the_same_start_in_syslog_and_in_the_journal_is_one_run() -> None:
    line = Line(job("noon", "0 12 * * *"), "run", None)
    [one], [other] = found("run", line).runs, found("run", line, at=NOON.replace(microsecond=5)).runs
    assert one == other


def test_of_two_jobs_with_one_command_it_is_the_one_that_was_due() -> None:
    lines = [Line(job("noon", "0 12 * * *"), "run", None), Line(job("night", "0 3 * * *"), "run", None)]
    assert found("run", *lines).jobs == {"noon": 1}
    assert found("run", *lines, at=NOON - dt.timedelta(hours=9)).jobs == {"night": 1}


@pytest.mark.parametrize("logged", [r"date +%F", r"date +\%F"])
def test_a_percent_sign_is_logged_with_its_backslash_or_without(logged: str) -> None:
    assert found(logged, Line(job("noon", "0 12 * * *"), r"date +\%F%input", None)).jobs == {"noon": 1}


@pytest.mark.parametrize(
    ("command", "user", "count"),
    [
        pytest.param("other", "app", "unknown", id="another-command"),
        pytest.param("run", "root", "unknown", id="another-user"),
        pytest.param("late", "app", "elsewhere", id="at-no-slot"),
        pytest.param(
            "python3 -I -S /opt/cronwrap.py noon -- /bin/sh -c 'run'", "app", "recorded", id="instrumented"
        ),
    ],
)
def test_every_other_start_is_counted(command: str, user: str, count: str) -> None:
    lines = [Line(job("noon", "0 12 * * *"), "run", "app"), Line(job("late", "0 3 * * *"), "late", None)]
    told = found(command, *lines, user=user)
    assert (told.runs, getattr(told, count)) == ([], 1)
    assert told.recorded + told.unknown + told.elsewhere == 1
