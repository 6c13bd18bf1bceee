"""Beat's schedule as a project has it, against cron's: each way to be wrong is named."""

import datetime as dt

import pytest

from migrator.contrib.celery.spelling import read_crontab_call
from migrator.equivalence.installed import (
    Idle,
    Installed,
    Missing,
    OtherClock,
    OtherPace,
    Unread,
    explain_installed,
    judge_installed,
)
from migrator.equivalence.prove import Differences
from migrator.schedule.expression import parse
from migrator.schedule.kinds import Interval
from migrator.schedule.meaning import meaning

SINCE = dt.date(2026, 1, 1)
WARSAW = "Europe/Warsaw"
ELSEWHERE = "beat goes by {}: cron fires at {}, and Celery does not"
DAILY = Installed("report", "shop.report", "schedule(86400)", Interval("", 86400))
SOLAR = Installed("report", "shop.report", "<solar: sunrise>")
BY_COUNT = "cron goes by the clock, and Celery counts 86400 seconds from its last start"
MOVED = "Celery fires once too often, at 2026-01-01 03:00; Celery misses 2026-01-01 06:00"


def entry(written: str, zone: str = WARSAW, idle: str = "") -> Installed:
    return Installed("report", "shop.report", written, read_crontab_call(written), zone, idle)


def judged(text: str, *entries: Installed, zone: str = WARSAW):  # type: ignore[no-untyped-def]
    return judge_installed("report", parse(text), zone, entries, since=SINCE)


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("0 6 * * *", [entry("crontab(0, 6)")]),
        ("0 6 * * *", [entry("crontab(0, 6)", "Poland")]),
        ("0 6 * * *", [entry("crontab(0, 6)"), entry("crontab(0, 7)", idle="the row is disabled")]),
        ("0 6 * * 1-6", [entry("crontab(0, 6, '1-3')"), entry("crontab(0, 6, '4-6')")]),
        ("15 * * * *", [entry("crontab(15)", "UTC")]),  # whole hours apart, whatever the season
    ],
    ids=["the same", "another name of the zone", "an idle entry beside", "two halves", "minutes in UTC"],
)
def test_exact(text: str, entries: list[Installed]) -> None:
    assert judged(text, *entries).exact


@pytest.mark.parametrize(
    ("text", "entries", "sentence"),
    [
        ("0 6 * * *", [], "no entry of beat's schedule sends it"),
        (
            "0 6 * * *",
            [entry("crontab(0, 6)", idle="the row is disabled")],
            "beat never sends it: report: the row is disabled",
        ),
        ("0 6 * * *", [entry("crontab(0, 3)")], MOVED),
        ("0 6 * * *", [entry("crontab(0, 6)")] * 2, "two Celery entries fire at 2026-01-01 06:00"),
        ("0 6 * * 1-6", [entry("crontab(0, 6, '1-3')")], "Celery misses 2026-01-01 06:00"),
        ("0 6 * * *", [entry("crontab(0, 6)", "UTC")], ELSEWHERE.format("UTC", "2026-01-01 06:00+01:00")),
        ("0 6 * * *", [entry("crontab(0, 5)", "UTC")], ELSEWHERE.format("UTC", "2026-03-29 06:00+02:00")),
        (
            "15 * * * *",
            [entry("crontab(15)", "Asia/Kolkata")],
            ELSEWHERE.format("Asia/Kolkata", "2026-01-01 01:15+01:00"),
        ),
        ("0 6 * * *", [DAILY], BY_COUNT),
        ("0 6 * * *", [SOLAR], "<solar: sunrise> is a schedule of its own, which no proof reads"),
    ],
    ids=[
        "missing",
        "disabled",
        "moved",
        "twice",
        "half",
        "another zone",
        "another zone in summer",
        "half an hour apart",
        "interval",
        "solar",
    ],
)
def test_a_difference_is_named(text: str, entries: list[Installed], sentence: str) -> None:
    found = judged(text, *entries)
    assert (found.equal, explain_installed(found)) == (False, sentence)


@pytest.mark.parametrize(
    ("text", "entries", "kind"),
    [
        ("0 6 * * *", [], Missing),
        ("0 6 * * *", [entry("crontab(0, 6)", idle="x")], Idle),
        ("0 6 * * *", [Installed("report", "shop.report", "x")], Unread),
        ("0 6 * * *", [entry("crontab(0, 6)", "UTC")], OtherClock),
        ("0 6 * * *", [entry("crontab(0, 7)")], Differences),
    ],
)
def test_each_has_a_kind(text: str, entries: list[Installed], kind: type) -> None:
    assert type(judged(text, *entries).judgement) is kind


def test_celerys_crontab_in_the_hour_of_the_jump_is_equal_and_not_exact() -> None:
    found = judged("30 2 * * *", entry("crontab(30, 2)"))
    assert (found.equal, found.exact, found.partings[0].date) == (True, False, dt.date(2026, 3, 29))


def test_a_schedule_class_that_fires_as_cron_does_is_exact_there() -> None:
    ours = Installed("report", "shop.report", "CronSchedule", parse("30 2 * * *"), WARSAW)
    assert judged("30 2 * * *", ours).exact
    assert meaning(parse("30 2 * * *"))


@pytest.mark.parametrize(
    ("entries", "judgement"),
    [
        ([Installed("a", "a", "", Interval("", 3900))], Differences()),
        ([Installed("a", "a", "", Interval("", 3600))], OtherPace(3900, 3600)),
        ([Installed("a", "a", "", Interval("", 3900))] * 2, OtherPace(3900, 3900)),
        ([entry("crontab(0)")], OtherPace(3900, None)),
    ],
    ids=["the same", "hourly", "two of them", "a crontab"],
)
def test_an_interval_of_65_minutes(entries: list[Installed], judgement: object) -> None:
    found = judge_installed("a", Interval("@every 65m", 3900), WARSAW, entries, since=SINCE)
    assert found.judgement == judgement
