"""croniter beside us: where the two differ, the reason is known, and it is the right one."""

import datetime as dt
from importlib.metadata import version
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter
from hypothesis import given, settings

from migrator.equivalence.second_opinion import Agreed, Disagreed, Refused, opinion_finding, second_opinion
from migrator.schedule.dialect import BUSYBOX
from migrator.schedule.expression import parse
from tests.expressions import expressions

SINCE = dt.date(2026, 1, 1)
UTC, WARSAW = ZoneInfo("UTC"), ZoneInfo("Europe/Warsaw")


AGREED = [("0 6 * * 1-5", 12), ("@midnight", 12), ("0 0 31 2 *", 0)]
# what croniter 7 has mended: the second pass of a repeated hour, a date of no year beside a weekday
AGREED_SINCE_7 = [("*/70 * * * *", 12), ("0 0 30 2 1", 12)]
CRONITER = int(version("croniter").split(".")[0])


@pytest.mark.parametrize(("text", "count"), AGREED + AGREED_SINCE_7 if CRONITER >= 7 else AGREED)
def test_agreed(text: str, count: int) -> None:
    assert second_opinion(parse(text), WARSAW, SINCE) == Agreed(count)
    assert opinion_finding(Agreed(count)) is None


@pytest.mark.parametrize(
    ("text", "moment", "ours", "reason"),
    [
        ("0 0 */2 * 1", "2026-01-01 00:00", False, "a day field begins with *"),
        ("0 0 1 * */2", "2026-01-03 00:00", False, "a day field begins with *"),
        ("0 0 5,* * 1", "2026-01-01 00:00", True, "no day field begins with *"),
        ("0 0 * * 6-6", "2026-01-01 00:00", False, "croniter takes 6-6 for every value"),
        ("0 0 * * 4-thu", "2026-01-02 00:00", False, "croniter takes 4-thu for every value"),
        ("0 22-2 * * *", "2026-01-01 00:00", False, "croniter wraps 22-2 round"),
        ("0 0 * * fri-sun", "2026-01-02 00:00", False, "croniter wraps fri-sun round"),
        ("0 0 * * 5#2", "2026-01-02 00:00", True, "cron skips #2"),
    ],
)
def test_a_known_difference_has_its_reason(text: str, moment: str, ours: bool, reason: str) -> None:
    opinion = second_opinion(parse(text), UTC, SINCE)
    assert isinstance(opinion, Disagreed)
    assert (opinion.moment.isoformat(" ", "minutes"), opinion.ours) == (moment, ours)
    finding = opinion_finding(opinion)
    assert finding is not None
    assert (finding.code, finding.blocks, reason in finding.message) == ("CM214", False, True)
    assert "ours is what cron does" in str(finding.hint)


@pytest.mark.parametrize(("text", "rest"), [("1.5 * * * *", ".5"), ("0~59 * * * *", "~59")])
def test_what_croniter_refuses_is_told(text: str, rest: str) -> None:
    opinion = second_opinion(parse(text), UTC, SINCE)
    assert isinstance(opinion, Refused)
    assert opinion.reason == f"cron skips {rest}, and croniter does not"


def test_the_nights_of_the_clock_change_are_another_matter_to_croniter() -> None:
    opinion = second_opinion(parse("30 2 * * *"), WARSAW, SINCE)
    repeated = Disagreed(
        dt.datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=WARSAW),
        ours=False,
        reason="the hour is there twice, and cron starts a fixed time in the first; croniter in both",
    )
    left_out = Disagreed(  # before 7 the first difference comes in spring
        dt.datetime(2026, 3, 29, 3, 0, tzinfo=WARSAW),
        ours=True,
        reason="cron starts what the clock leaves out in the first minute after it, and croniter does not",
    )
    assert opinion == (repeated if CRONITER >= 7 else left_out)


def test_of_another_daemon_the_reason_is_that_croniter_does_not_know_it() -> None:
    opinion = second_opinion(parse("0 0 */2 * *", BUSYBOX), WARSAW, SINCE)
    assert isinstance(opinion, Disagreed)
    assert opinion.reason == "it knows no daemon but Debian's, which reads these fields otherwise"


def test_a_croniter_that_stands_still_in_the_repeated_hour_is_asked_no_further(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Stuck(croniter):  # type: ignore[misc]
        """As 6.0.0, which the project may have installed."""

        def get_next(self, *args: object, **options: object) -> dt.datetime:
            found: dt.datetime = super().get_next(*args, **options)
            back = dt.datetime(2026, 10, 25, 1, tzinfo=dt.UTC)
            return min(found, back.astimezone(found.tzinfo), key=dt.datetime.timestamp)

    monkeypatch.setattr("croniter.croniter", Stuck)
    opinion = second_opinion(parse("*/20 1-3 * * *"), WARSAW, dt.date(2026, 8, 1))
    assert isinstance(opinion, Disagreed)
    assert opinion.moment.date() == dt.date(2026, 10, 25)


def test_an_unknown_difference_is_said_to_be_one() -> None:
    finding = opinion_finding(Disagreed(dt.datetime(2026, 1, 1), ours=True, reason=None))
    assert finding is not None
    assert "why is not known" in finding.message
    assert "report it" in str(finding.hint)


@settings(max_examples=200, deadline=None)
@given(expressions)
def test_every_difference_on_the_wall_clock_is_a_known_one(text: str) -> None:
    opinion = second_opinion(parse(text), UTC, SINCE)
    assert isinstance(opinion, Agreed) or opinion.reason
