"""The schedule that beat gets for a line: the smallest that fires as cron does, the nights included."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from migrator.contrib.celery.cron_schedule import CronSchedule
from migrator.equivalence.choice import as_cron, choose
from migrator.schedule.calendar import SYSTEMD
from migrator.schedule.dialect import BUSYBOX, SUPERCRONIC, Dialect
from migrator.schedule.expression import parse
from migrator.schedule.occurrences import epoch_starts

WARSAW = "Europe/Warsaw"
TEN_YEARS = (dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2036, 1, 1, tzinfo=dt.UTC))


def chosen(text: str, timezone: str, app: str = WARSAW) -> list[str]:
    found = choose(parse(text), timezone, app=app)
    return list(map(str, found)) if isinstance(found, tuple) else [str(found)]


@pytest.mark.parametrize(
    ("text", "timezone", "schedules"),
    [
        pytest.param("0 4 * * *", WARSAW, ['crontab(minute="0", hour="4")'], id="not touched"),
        pytest.param(
            "*/15 8-18 * * 1-5",
            WARSAW,
            ['crontab(minute="*/15", hour="8-18", day_of_week="1-5")'],
            id="in the day",
        ),
        pytest.param("0 2 * * *", WARSAW, ['crontab(minute="0", hour="2")'], id="touched, and alike"),
        pytest.param(
            "*/20 * * * *", WARSAW, ['CronSchedule("0,20,40 * * * *", "UTC")'], id="the minute alone"
        ),
        pytest.param("* * * * *", WARSAW, ['CronSchedule("* * * * *", "UTC")'], id="every minute"),
        pytest.param("*/5 * * * *", WARSAW, ['CronSchedule("*/5 * * * *", "UTC")'], id="a long list"),
        pytest.param(
            "0-59/7 * * * *",
            WARSAW,
            ['CronSchedule("0,7,14,21,28,35,42,49,56 * * * *", "UTC")'],
            id="no step",
        ),
        pytest.param("@hourly", WARSAW, ['CronSchedule("0 * * * *", "UTC")'], id="hourly"),
        pytest.param("30 2 * * *", WARSAW, [f'CronSchedule("30 2 * * *", "{WARSAW}")'], id="in the gap"),
        pytest.param(
            "0  */2 * * *", WARSAW, [f'CronSchedule("0 */2 * * *", "{WARSAW}")'], id="through the night"
        ),
        pytest.param(
            "5 * * * *",
            "Asia/Kolkata",
            ['CronSchedule("35 * * * *", "UTC")'],
            id="half an hour ahead, beat elsewhere",
        ),
        pytest.param(
            "0 6 * * *", "Asia/Tokyo", ['CronSchedule("0 6 * * *", "Asia/Tokyo")'], id="beat elsewhere"
        ),
        pytest.param(
            "5 * * * *",
            "Australia/Lord_Howe",
            ['CronSchedule("5 * * * *", "Australia/Lord_Howe")'],
            id="a jump of half an hour",
        ),
        pytest.param(
            "5,35 * * * *",
            "Australia/Lord_Howe",
            ['CronSchedule("5,35 * * * *", "UTC")'],
            id="minutes that such a jump leaves the same",
        ),
    ],
)
def test_each_line_gets_the_smallest_that_does(text: str, timezone: str, schedules: list[str]) -> None:
    assert chosen(text, timezone) == schedules


@pytest.mark.parametrize("timezone", [WARSAW, "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns"])
@pytest.mark.parametrize("text", ["*/15 * * * *", "7 * * * *", "5,35 * * * *", "30 2 * * *", "0 */2 * * *"])
def test_ours_starts_when_cron_does_for_ten_years(text: str, timezone: str) -> None:
    ours = eval(str(as_cron(parse(text), timezone)), {"CronSchedule": CronSchedule})
    assert list(epoch_starts(ours.expression, ours.zone, *TEN_YEARS)) == list(
        epoch_starts(parse(text), ZoneInfo(timezone), *TEN_YEARS)
    )


@pytest.mark.parametrize(
    ("dialect", "text", "schedule"),
    [
        (BUSYBOX, "30 2 */2 * *", f'CronSchedule("30 2 */2 * *", "{WARSAW}", dialect="busybox")'),
        (SUPERCRONIC, "0 2/2 * * *", f'CronSchedule("0 2/2 * * *", "{WARSAW}", dialect="supercronic")'),
        (SYSTEMD, "30 2 13 * 5", f'CronSchedule("30 2 13 * 5", "{WARSAW}", dialect="systemd")'),
        # the second pass of the repeated hour starts nothing, so that UTC will not do
        (SYSTEMD, "0-59/5 * * * *", f'CronSchedule("0-59/5 * * * *", "{WARSAW}", dialect="systemd")'),
        (BUSYBOX, "*/5 * * * *", 'CronSchedule("*/5 * * * *", "UTC")'),
    ],
)
def test_the_daemon_is_named_where_another_one_would_read_it_otherwise(
    dialect: Dialect, text: str, schedule: str
) -> None:
    assert str(as_cron(parse(text, dialect), WARSAW)) == schedule
