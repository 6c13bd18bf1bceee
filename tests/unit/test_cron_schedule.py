"""Our schedule class as Celery uses it: due or not, kept in a file, compared, shown."""

import datetime as dt
import json
import pickle
import subprocess
import sys

import pytest
from celery import Celery
from kombu.utils.json import dumps

from migrator.contrib.celery.cron_schedule import CronSchedule
from migrator.errors import BadExpression, UsageProblem

APP = Celery("unit", set_as_current=False, broker="memory://")


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def schedule(expression: str, now: str, **options: bool) -> CronSchedule:
    return CronSchedule(expression, "Europe/Warsaw", nowfun=lambda: at(now), app=APP, **options)


@pytest.mark.parametrize(
    ("expression", "last", "now", "due", "seconds"),
    [
        pytest.param("0 12 * * *", "2026-05-01T09:00Z", "2026-05-01T09:59:30Z", False, 30, id="soon"),
        pytest.param("0 12 * * *", "2026-05-01T09:00Z", "2026-05-01T10:00Z", True, 86400, id="now"),
        pytest.param("0 12 * * *", "2026-05-01T10:00Z", "2026-05-01T10:00:01Z", False, 86399, id="sent"),
        pytest.param("0 12 * * *", "2026-05-01T09:00Z", "2026-05-01T10:06Z", False, 86040, id="missed"),
        pytest.param("30 2 * * *", "2026-03-28T20:00Z", "2026-03-29T01:00Z", True, 84600, id="gap"),
        pytest.param(
            "0,30 2,3 * * *",
            "2026-03-29T01:00:01Z",
            "2026-03-29T01:00:10Z",
            True,
            10,
            id="second in the gap",
        ),
        pytest.param("30 2 * * *", "2026-10-25T00:30Z", "2026-10-25T01:30Z", False, 86400, id="second pass"),
        pytest.param("*/30 2 * * *", "2026-10-25T01:00Z", "2026-10-25T01:30Z", True, 84600, id="both passes"),
        pytest.param("30 2 * * *", "2026-10-25T01:10Z", "2026-10-25T01:10:01Z", False, 87599, id="no storm"),
        pytest.param("0 0 31 2 *", "2026-05-01T09:00Z", "2026-05-01T10:00Z", False, 86400, id="never"),
    ],
)
def test_due_or_how_long_until_then(expression: str, last: str, now: str, due: bool, seconds: int) -> None:
    assert schedule(expression, now).is_due(at(last)) == (due, seconds)


@pytest.mark.parametrize(
    ("expression", "dialect", "ahead", "back", "waits"),
    [
        pytest.param("0 * * * *", "debian", 30, 30, False, id="wildcard"),
        pytest.param("0 * * * *", "debian", 1, 30, True, id="a minute"),
        pytest.param("0 12 * * *", "debian", 30, 45, True, id="fixed"),
        pytest.param("0 12 * * *", "debian", 30, 181, False, id="fixed, three hours"),
        pytest.param("0 12 * * *", "debian", 181, 0, False, id="found so when beat starts"),
        pytest.param("0 12 * * *", "busybox", 30, 45, False, id="busybox"),
    ],
)
def test_a_last_run_in_the_future_is_waited_for_as_cron_does(
    expression: str, dialect: str, ahead: int, back: int, waits: bool
) -> None:
    now = at("2026-05-01T10:00Z")
    one = CronSchedule(expression, "Europe/Warsaw", dialect=dialect, nowfun=lambda: now, app=APP)
    last = now + dt.timedelta(minutes=ahead)
    counts = one.resumed(last, dt.timedelta(minutes=back))
    assert counts == (last if waits else now - dt.timedelta(seconds=10))


def test_what_was_missed_is_sent_once_where_it_is_wanted() -> None:
    hourly = schedule("0 * * * *", "2026-05-01T10:30Z", catch_up=True)
    assert hourly.is_due(at("2026-05-01T05:30Z")) == (True, 1800)


def test_a_file_of_beat_and_a_message_keep_it() -> None:
    written = CronSchedule("30 2 * * *", "Europe/Warsaw", dialect="busybox", catch_up=True, app=APP)
    read = pickle.loads(pickle.dumps(written))
    assert (read, hash(read), repr(read)) == (written, hash(written), "<cron: 30 2 * * * Europe/Warsaw>")
    assert CronSchedule(**json.loads(dumps(written))) == written
    assert written != CronSchedule("30 2 * * *", "Europe/Warsaw")


def test_what_cron_refuses_is_refused() -> None:
    with pytest.raises(BadExpression):
        CronSchedule("5/15 * * * *")
    with pytest.raises(UsageProblem):
        CronSchedule("0 0 * * *", "Mars/Olympus")


def test_it_needs_no_ledger() -> None:
    code = """
import sys
import migrator.contrib.celery.cron_schedule, migrator.contrib.celery.beat
unwanted = ("django.db", "django_celery_beat", "migrator.contrib.django")
print([name for name in sys.modules if name in unwanted])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
