"""Schedules of other schedulers as cron's five fields, judged by the schedulers' own rules."""

import calendar
import datetime as dt
from itertools import product
from typing import Any

import pytest
from celery.schedules import ParseException, crontab
from hypothesis import given
from hypothesis import strategies as st

from migrator.schedule.expression import CronExpression
from migrator.schedule.kinds import Undecided
from migrator.schedule.meaning import Meaning, days_mask, meaning, minutes_mask
from migrator.sources.python.apscheduler_fields import cron_trigger
from migrator.sources.python.celery_fields import FIELDS, celery_schedule
from migrator.sources.python.day_fields import schedule_of
from migrator.sources.python.values import Call
from tests.unit.python_sources import module, schedules

EVERY = {
    "minute": range(60),
    "hour": range(24),
    "day": range(1, 32),
    "month": range(1, 13),
    "weekday": range(7),
}
SETS = {name: st.sets(st.sampled_from(values), min_size=1) for name, values in EVERY.items()}


def mask(values: Any) -> int:
    return sum(1 << value for value in set(values))


def meant(values: dict[str, Any], *, either: bool = False) -> Meaning:
    """The minutes at which all fields fit, said without any expression."""
    whole = {name: values.get(name, every) for name, every in EVERY.items()}
    days = days_mask(mask(whole["day"]), mask(whole["month"]), mask(whole["weekday"]), either=either)
    minutes = minutes_mask(mask(whole["minute"]), mask(whole["hour"]))
    return Meaning(((minutes, days),)) if minutes and days else Meaning(())


@given(st.fixed_dictionaries({}, optional=SETS))
def test_five_fields_keep_the_sets_or_say_that_they_cannot(values: dict[str, set[int]]) -> None:
    schedule = schedule_of("x", values)
    if isinstance(schedule, CronExpression):
        assert meaning(schedule) == meant(values)
    else:
        assert isinstance(schedule, Undecided)
        assert len(values.get("day", ())) not in (0, 31)
        assert len(values.get("weekday", ())) not in (0, 7)


@pytest.mark.parametrize(
    ("days", "weekdays", "text"),
    [
        pytest.param(range(1, 8), [1], None, id="the first Monday has no spelling"),
        pytest.param(range(1, 8), [0], "0 0 1-7 * */7", id="the first Sunday has one"),
        pytest.param([1], [1], "0 0 */31 * 1", id="a Monday that is a 1st"),
        pytest.param(range(1, 32, 2), [5], "0 0 */2 * 5", id="odd days that are Fridays"),
    ],
)
def test_both_days_fit_where_a_star_says_so(days: Any, weekdays: Any, text: str | None) -> None:
    values = {"minute": [0], "hour": [0], "day": days, "weekday": weekdays}
    schedule = schedule_of("x", values)
    assert (schedule.text if isinstance(schedule, CronExpression) else None) == text


NUMBERS = {name: st.integers(low, low + count - 1).map(str) for name, _ours, low, count in FIELDS}
WORDS = {
    "day_of_week": st.sampled_from(["mon", "Sunday", "fri", "sat"]),
    "month_of_year": st.sampled_from(["jan", "Dec"]),
}


def parts(name: str) -> st.SearchStrategy[Any]:
    """A field of Celery's: numbers, ranges that may wrap, steps, names, lists, sets."""
    number = NUMBERS[name] | WORDS.get(name, st.nothing())
    span = st.tuples(number, number).map("-".join)
    stepped = st.tuples(span | st.just("*"), st.integers(1, 70).map(str)).map("/".join)
    text = st.lists(number | span | stepped | st.just("*"), min_size=1, max_size=3).map(",".join)
    return text | NUMBERS[name].map(int) | st.lists(NUMBERS[name].map(int), min_size=1, max_size=3)


@given(st.fixed_dictionaries({}, optional={name: parts(name) for name in NUMBERS}))
def test_a_crontab_means_what_celery_makes_of_it(fields: dict[str, Any]) -> None:
    schedule = celery_schedule(Call("crontab()", "celery.schedules.crontab", (), fields), "")
    try:
        real = crontab(**fields)
    except ValueError:
        # An impossible date, which Celery refuses and cron accepts: it never fires.
        assert isinstance(schedule, Undecided) or not meaning(schedule)
        return
    sets = {ours: getattr(real, name) for name, ours, _low, _count in FIELDS}
    if isinstance(schedule, CronExpression):
        assert meaning(schedule) == meant(sets)
    else:
        assert schedule_of("", sets) == Undecided("", schedule.reason)


@pytest.mark.parametrize(
    "spec", ["60", "", "1,", "x", "-1", "5/15", "*/", "1-2/", "*/x", 60, -1, 1.5, None, {"a"}]
)
def test_what_celery_refuses_is_said(spec: Any) -> None:
    with pytest.raises((ValueError, TypeError, ParseException)):
        crontab(minute=spec)
    assert isinstance(celery_schedule(Call("c", "crontab", (), {"minute": spec}), ""), Undecided)


class TestAPScheduler:
    """Its documentation: all fields fit, finer ones are at their lowest, Monday is 0."""

    @pytest.mark.parametrize(
        ("fields", "text"),
        [
            pytest.param({"hour": 3}, "0 3 * * *", id="finer fields are at their lowest"),
            pytest.param({"month": 2}, "0 0 1 2 *", id="a month is its first midnight"),
            pytest.param({"minute": "*/15"}, "*/15 * * * *", id="coarser fields are any"),
            pytest.param({"day_of_week": "mon-fri", "hour": "9-17"}, "0 9-17 * * 1-5", id="names of days"),
            pytest.param({"day_of_week": 6}, "0 0 * * 0", id="6 is Sunday"),
            pytest.param({"day_of_week": "0,6"}, "0 0 * * 0,1", id="0 is Monday"),
            pytest.param({"hour": "22/1"}, "0 22,23 * * *", id="a step from a number runs to the end"),
            pytest.param({"month": "jan-mar", "day": "1"}, "0 0 1 1-3 *", id="names of months"),
            pytest.param({"week": "*", "hour": 1}, "0 1 * * *", id="any week"),
        ],
    )
    def test_the_fields(self, fields: dict[str, Any], text: str) -> None:
        assert cron_trigger("x", fields).text == text

    @pytest.mark.parametrize(
        "fields",
        [
            {"day": "last"},
            {"day": "3rd fri"},
            {"second": "*/5"},
            {"second": 30, "minute": 1},
            {"week": 3},
            {"year": 2030},
            {"hour": "22-2"},
            {"day_of_week": "sun-mon"},
            {"minute": "*/60"},
            {"day": "1-7", "day_of_week": "mon"},
            {},
        ],
        ids=str,
    )
    def test_what_cron_has_no_words_for(self, fields: dict[str, Any]) -> None:
        assert isinstance(cron_trigger("x", fields), Undecided)


@given(st.tuples(*(st.integers(-12, high) for high in (59, 23, 31, 12, 7))))
def test_uwsgi_numbers_are_read_as_its_loop_reads_them(numbers: tuple[int, ...]) -> None:
    (schedule,) = (
        job.schedule
        for job in module(f"import uwsgidecorators\n@uwsgidecorators.cron{numbers}\ndef f(n): pass\n").jobs
    )
    if not isinstance(schedule, CronExpression):
        return
    table = meaning(schedule)
    for date, clock in product((dt.date(2024, m, d) for m in (2, 6) for d in (1, 2, 12, 18)), (0, 61, 754)):
        wall = dt.datetime.combine(date, dt.time(clock // 60, clock % 60))
        assert (wall in table) == _uwsgi(wall, numbers)


def _uwsgi(wall: dt.datetime, numbers: tuple[int, ...]) -> bool:
    """uwsgi_cron_task_needs_execution() of core/cron.c."""
    now = (wall.minute, wall.hour, wall.day, wall.month, (calendar.weekday(*wall.timetuple()[:3]) + 1) % 7)
    numbers = (*numbers[:4], 0 if numbers[4] == 7 else numbers[4])
    minute, hour, day, month, week = (
        value % -number == 0 if number < 0 else value == number
        for value, number in zip(now, numbers, strict=True)
    )
    days = (day or week) if numbers[2] >= 0 and numbers[4] >= 0 else (day and week)
    return minute and hour and month and days


@pytest.mark.parametrize(
    ("decorator", "wanted"),
    [
        pytest.param('crontab(minute="0", hour="*/3")', "0 */3 * * *", id="steps"),
        pytest.param('crontab("*/10")', "*/10 * * * *", id="by position"),
        pytest.param('crontab(minute="0", hour="22-2")', "0 0-2,22,23 * * *", id="a range that wraps"),
        pytest.param('crontab(minute="0", hour="0", day_of_week="7")', "0 0 * * 0", id="7 is Sunday"),
        pytest.param("crontab.daily()", "0 0 * * *", id="a short form"),
        pytest.param("when", "a function of the project decides when", id="a function"),
        pytest.param('crontab(minute="99")', "huey refuses it", id="out of range"),
    ],
)
def test_huey(decorator: str, wanted: str) -> None:
    before = "from huey import crontab\nfrom huey.contrib.djhuey import periodic_task\n"
    assert schedules(f"{before}@periodic_task({decorator})\ndef f(): pass\n") == [wanted]
