"""Schedules and settings that say something else than they seem to."""

import datetime as dt

import pytest

from migrator.schedule.doubts import doubts
from migrator.schedule.expression import parse
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Job
from migrator.sources.source import SourceFile


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("* 3 * * *", "sixty times in the hour 3"),
        ("* 3,15 * * *", "sixty times in the hour 3,15"),
        ("*/1 3 * * *", "sixty times"),
        ("* * */20 * *", "*/20 in the day of month: it runs each minute"),
        ("* * * * */2", "*/2 in the day of week"),
        ("*/90 * * * *", "the step 90 is wider than the minute"),
        ("0 */24 * * *", "the step 24 is wider than the hour"),
        ("0 0-5/9 * * *", "the step 9 is wider than the hour"),
        ("0 0 31 2 1", "no day of the month 31 comes in the months 2: the days of the week count"),
        ("0 0 28-3 * 1", "no day of the month 28-3 comes"),
        ("0 0 1-31 * 1", "it runs on every day, whatever 1 says: 1-31 is not *"),
        ("0 0 1 * 0-6", "it runs on every day, whatever 1 says: 0-6 is not *"),
        ("0 0 1 * 5-1", "5-1 is no day of the week: the days of the month count"),
    ],
)
def test_doubts(expression: str, words: str) -> None:
    [doubt] = doubts(parse(expression))
    assert words in doubt


@pytest.mark.parametrize(
    "expression",
    [
        "* * * * *",
        "0 3 * * *",
        "* 8-18 * * 1-5",
        "*/5 * * * *",
        "0 0 */2 * *",
        "0 */12 * * *",
        "*/59 * * * *",
        "0 0 13 * 5",
        "0 0 31 4,6,9,11 *",
        "0 0 30 2,3 1",
        "0 0 1-31 * 0-6",
        "0 0 1-31 * *",
        "0 0 * * 1",
        "@daily",
    ],
)
def test_ordinary_schedules_raise_none(expression: str) -> None:
    assert list(doubts(parse(expression))) == []


def job(text: str) -> Job:
    found = take_inventory([SourceFile("crontab", text)], Context("UTC", dt.date(2026, 1, 1)))
    return found.jobs[-1]


@pytest.mark.parametrize(
    "command",
    [
        "$BIN/python manage.py x",
        "${BIN}/python manage.py x",
        'cd "$BIN" && ./manage.py x',
        "./manage.py x --bin=$BIN",
        "sh -c '$BIN/python manage.py x'",
    ],
)
def test_a_setting_that_stays_text_stops_the_line(command: str) -> None:
    found = job(f"BIN=$HOME/bin\n0 5 * * * {command}\n")
    assert (found.status, "CM111" in {one.code for one in found.findings}) == ("decide", True)


@pytest.mark.parametrize(
    "command",
    [
        'bash -c "$BIN/python manage.py x"',
        "eval $BIN/python manage.py x",
        "./manage.py x '$BIN'",
        r"./manage.py x \$BIN",
        "./manage.py x",
    ],
)
def test_a_setting_that_is_expanded_again_or_not_used_stops_nothing(command: str) -> None:
    assert "CM111" not in {one.code for one in job(f"BIN=$HOME/bin\n0 5 * * * {command}\n").findings}


@pytest.mark.parametrize(
    ("command", "told"),
    [("{./manage.py x; }", True), ("{ ./manage.py x; }", False), ("cp x{,.bak}", False), ("{a,b}", False)],
)
def test_a_brace_opens_a_group_as_a_word_of_its_own_only(command: str, told: bool) -> None:
    found = job(f"0 5 * * * {command}\n")
    assert ("CM111" in {one.code for one in found.findings}) is told


@pytest.mark.parametrize(
    ("shell", "told"),
    [
        ("/bin/sh", False),
        ("/usr/bin/env bash", True),
        ("/bin/bash -l", True),
        ("/srv/with_env", True),
        ("/bin/zsh", False),
        ("bash", False),
    ],
)
def test_a_shell_is_one_word_and_a_shell(shell: str, told: bool) -> None:
    found = job(f"SHELL={shell}\n0 5 * * * ./manage.py x\n")
    assert ("CM113" in {one.code for one in found.findings}) is told
    assert (found.status == "decide") is told


def test_only_the_jobs_below_a_shell_are_its() -> None:
    text = "{0} a\nSHELL=/srv/x\n{0} b\nSHELL=/bin/sh\n{0} c\n".format("0 5 * * * ./manage.py")
    found = take_inventory([SourceFile("crontab", text)], Context("UTC", dt.date(2026, 1, 1)))
    assert [one.status for one in found.jobs] == ["exact", "decide", "exact"]
