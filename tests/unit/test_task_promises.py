"""What the docstring of a task promises: kept, added by the team, changed, not kept."""

import re

import pytest

from migrator.codegen.promises import promises_of
from tests.task_code import job, tasks_of

LINE = (
    "MAILTO=ops@shop.example\nAPI_TOKEN=x1y2z3\n0 5 * * * cd /srv && sleep 30 && flock -n /run/l timeout 90 "
    "./manage.py a --password x1y2z3secret >> /var/log/a 2>&1; echo done"
)


def test_the_contract_is_told() -> None:
    told = promises_of(job(LINE))
    assert told.kept == (
        "exit status",
        "the lock /run/l with cron's runs on one host, too, a failure when it is held",
        "no retry",
        "time limit of 90 s",
        "no mail, because no output reaches cron",
    )
    assert told.changed == (
        "output goes to the task's log, not to /var/log/a",
        "the working folder is the worker's, not /srv",
        "a failure is seen, which the line hides",
        "it starts at once, without the line's delay",
        "API_TOKEN is the worker's own",
        "--password is read from the worker's A_PASSWORD",
    )
    assert told.lost == ()


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("0 5 * * * ./manage.py a", "mail of any output to the crontab's owner, whom a worker cannot reach"),
        ("MAILTO=root\n0 5 * * * ./manage.py a", "mail of any output to root, whom a worker cannot reach"),
        ('MAILTO=""\n0 5 * * * sudo -u www-data ./manage.py a', "the user www-data"),
    ],
)
def test_what_is_not_kept_is_named(text: str, lost: str) -> None:
    assert promises_of(job(text)).lost == (lost,)


def test_nothing_is_tried_again_that_is_not_declared() -> None:
    """autoretry_for on tasks that send mail: cron never retried."""
    text = tasks_of(job("0 5 * * * ./manage.py a"))
    assert re.findall("autoretry|retr[iy]", text.replace("no retry", "")) == []


def test_only_a_limit_of_the_line_is_one_of_the_task() -> None:
    with_one, without = (tasks_of(job(f"0 5 * * * {prefix}./manage.py a")) for prefix in ("timeout 60 ", ""))
    assert ("time_limit=90" in with_one, "limit=" in without) == (True, False)


def test_no_secret_gets_into_code() -> None:
    text = tasks_of(job(LINE))
    assert "x1y2z3" not in text


def test_what_the_team_added_is_not_said_to_be_kept() -> None:
    decisions = '[jobs.a]\ntimeout = "5m"\noverlap = "skip"\nmailto = "ops@shop.example"\n'
    promises = promises_of(job("0 5 * * * ./manage.py a > /dev/null 2>&1", decisions))
    assert promises.added == (
        "the lock a among Celery's runs, a failure when it is held",
        "time limit of 300 s",
        "mail of any output to ops@shop.example",
    )
    assert promises.kept == ("exit status", "no retry")
    limited = "0 5 * * * timeout 5m flock -n /run/a.lock ./manage.py a"
    same = promises_of(job(limited, '[jobs.a]\ntimeout = "300"\n'))
    assert (same.added, "time limit of 300 s" in same.kept) == ((), True)
    allowed = job("0 5 * * * flock -n /run/a.lock ./manage.py a", '[jobs.a]\noverlap = "allow"\n')
    assert promises_of(allowed).added == ("no lock: runs may overlap",)
    assert "Added by migrator.toml: no lock: runs may overlap." in tasks_of(allowed)
