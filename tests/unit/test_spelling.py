"""``crontab(...)`` as people write it: Celery says what it means, and nothing is evaluated."""

import datetime as dt

import pytest

from migrator.contrib.celery.spelling import NoClock, read_crontab_call
from migrator.equivalence.celery_crontab import CeleryCrontab
from migrator.equivalence.prove import Equivalent, Extra, Missed, Twice, Verdict, explain, prove
from migrator.errors import UsageProblem
from migrator.schedule.expression import parse

SINCE = dt.date(2026, 1, 1)  # a Thursday


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("crontab()", CeleryCrontab()),
        ("crontab(hour=12, minute=0)", CeleryCrontab("0", "12")),
        ('crontab("*/30")', CeleryCrontab("0,30")),
        ("celery.schedules.crontab(minute='5-10')", CeleryCrontab("5-10")),
        ("crontab(0, 6, 1)", CeleryCrontab("0", "6", day_of_week="1")),  # the third is the weekday
        ("crontab(minute={0, 30})", CeleryCrontab("0,30")),
        ("crontab(minute=range(0, 60, 15))", CeleryCrontab("*/15")),
        ("crontab(0, 0, day_of_week='mon-fri')", CeleryCrontab("0", "0", day_of_week="1-5")),
        ("crontab(0, 0, day_of_week='sunday')", CeleryCrontab("0", "0", day_of_week="0")),
        ("crontab(0, '22-2')", CeleryCrontab("0", "0-2,22,23")),  # Celery wraps, cron never fires
        ("crontab(0, 0, month_of_year='jan,dec')", CeleryCrontab("0", "0", month_of_year="1,12")),
        ("crontab.from_string('0 9 1 * 5')", CeleryCrontab("0", "9", "1", "*", "5")),
        ("schedules.crontab.from_string('0 9 * * *')", CeleryCrontab("0", "9")),
    ],
)
def test_read(text: str, entry: CeleryCrontab) -> None:
    assert read_crontab_call(text) == entry


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("schedules(3)", "this is no crontab"),
        ("crontab(", "this is no crontab"),
        ("crontab", "this is no crontab"),
        ("__import__('os').system('true')", "this is no crontab"),
        ("crontab(minute=__import__('os').getpid())", "is no literal"),
        ("crontab(minute=range(0, 1000000000))", "the range is too long"),
        ("crontab(day_of_week=7)", "7 > 6|Valid range is 0-6"),
        ("crontab(minute='5/15')", "Celery refuses"),
        ("crontab(minute=[])", "no set for minute"),
        ("crontab(day_of_month=31, month_of_year=2)", "never occurs"),
        ("crontab(weekday=1)", "weekday is no field"),
        ("crontab.from_string('0 9  * *')", "Celery refuses"),
        ("crontab.from_string(hour=9)", "Celery refuses"),
        ("celery.from_string('0 9 * * *')", "this is no crontab"),
        ("crontab(**{'minute': 1})", "is no field"),
        ("crontab(minute=1.5)", "Celery refuses"),
        ("crontab(1, 2, 3, 4, 5, 6)", "Celery refuses"),
    ],
)
def test_refused(text: str, fact: str) -> None:
    with pytest.raises(UsageProblem, match=fact) as caught:
        read_crontab_call(text)
    assert (caught.value.text, bool(caught.value.hint)) == (text, True)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("300", "counts from its last start"),
        ("30.0", "counts from its last start"),
        ("timedelta(minutes=5)", "counts from its last start"),
        ("datetime.timedelta(minutes=5)", "counts from its last start"),
        ("schedule(run_every=timedelta(minutes=5))", "counts from its last start"),
        ("solar('sunset', 50, 20)", "follows the sun"),
    ],
)
def test_what_goes_by_no_clock_is_equal_to_nothing_of_crons(text: str, fact: str) -> None:
    with pytest.raises(NoClock, match=fact) as caught:
        read_crontab_call(text)
    assert (caught.value.exit_code, bool(caught.value.hint)) == (1, True)


def test_code_is_not_run() -> None:
    with pytest.raises(UsageProblem, match="nowfun is code") as caught:
        read_crontab_call("crontab(0, 9, nowfun=lambda: here())")
    assert caught.value.text == "nowfun=lambda : here()".replace(" :", ":")


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("expression", "written", "verdict"),
    [
        ("*/30 * * * *", ["crontab(minute='*/30')"], Equivalent()),
        ("*/30 * * * *", ["crontab(minute=30)"], Missed(at("2026-01-01 00:00"))),
        ("0 0 1 * *", ["crontab(0, 3, day_of_month=1)"], Missed(at("2026-01-01 00:00"))),
        ("0 0 13 * 5", ["crontab(0, 0, day_of_month=13, day_of_week=5)"], Missed(at("2026-01-02 00:00"))),
        ("0 0 * * 1", ["crontab(0, 0, day_of_week=0)"], Extra(at("2026-01-04 00:00"))),
        ("0 22-2 * * *", ["crontab(0, '22-2')"], Extra(at("2026-01-01 00:00"))),
        (
            "0 0 13 * 5",
            ["crontab(0, 0, day_of_month=13)", "crontab(0, 0, day_of_week=5)"],
            Twice(at("2026-02-13 00:00")),
        ),
        ("0 0 29 2 *", [], Missed(at("2028-02-29 00:00"))),
    ],
)
def test_the_first_minute_that_differs_is_named(
    expression: str, written: list[str], verdict: Verdict
) -> None:
    entries = [read_crontab_call(text) for text in written]
    assert prove(parse(expression), entries, since=SINCE) == verdict


def test_each_verdict_is_one_sentence() -> None:
    moment = at("2026-02-13 06:05")
    assert [explain(verdict) for verdict in (Equivalent(), Missed(moment), Extra(moment), Twice(moment))] == [
        "fires at exactly the same minutes, for all time",
        "Celery misses 2026-02-13 06:05",
        "Celery fires once too often, at 2026-02-13 06:05",
        "two Celery entries fire at 2026-02-13 06:05",
    ]
