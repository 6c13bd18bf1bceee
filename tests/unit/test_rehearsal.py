"""Beat's messages against cron's slots: in time, late, lost, too many, made up for, switched off."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from migrator.comparison.outcomes import Outcome
from migrator.comparison.rehearsal import MOST_DAYS, Result, Spell, compare_starts
from migrator.schedule.expression import parse
from migrator.schedule.occurrences import between

WARSAW = ZoneInfo("Europe/Warsaw")
MATCHED, LATE, IGNORED = Outcome.MATCHED, Outcome.LATE, Outcome.IGNORED
LOST, EXTRA, TWICE = Outcome.CONTROL_ONLY, Outcome.CANDIDATE_ONLY, Outcome.DUPLICATE
SPRING, FALL, MAY = "2026-03-29", "2026-10-25", "2026-05-04"


def at(text: str, day: str) -> float:
    """An instant of a day, by Warsaw's clock; one with an offset as it says."""
    found = dt.datetime.fromisoformat(f"{day}T{text}")
    return (found if found.tzinfo else found.replace(tzinfo=WARSAW)).timestamp()


def compared(expression: str, day: str, sent: list[str], off: tuple[str, str] | None = None) -> Result:
    start = dt.datetime.fromisoformat(day).replace(tzinfo=WARSAW)
    slots = between(parse(expression), WARSAW, start, start + dt.timedelta(days=1))
    spells = [Spell(at(off[0], day), at(off[1], day))] if off else []
    return compare_starts(slots, [at(text, day) for text in sent], WARSAW, off=spells)


@pytest.mark.parametrize(
    ("expression", "sent", "counts"),
    [
        pytest.param("0 12 * * *", ["12:00"], {MATCHED: 1}, id="in time"),
        pytest.param("0 12 * * *", ["12:00:59"], {MATCHED: 1}, id="in its minute"),
        pytest.param("0 12 * * *", ["12:01:30"], {LATE: 1}, id="late"),
        pytest.param("0 12 * * *", [], {LOST: 1}, id="lost"),
        pytest.param("0 12 * * *", ["12:06"], {LOST: 1, EXTRA: 1}, id="too late to be its own"),
        pytest.param("0 12 * * *", ["11:59:59", "12:00"], {MATCHED: 1, EXTRA: 1}, id="one too early"),
        pytest.param("0 12 * * *", ["12:00", "12:00:05"], {MATCHED: 1, TWICE: 1}, id="twice"),
        pytest.param("0 12 * * *", ["12:00", "18:00"], {MATCHED: 1, EXTRA: 1}, id="another one"),
        pytest.param("0-2 12 * * *", ["12:00", "12:02"], {MATCHED: 2, LOST: 1}, id="a minute is lost"),
        pytest.param("0-2 12 * * *", ["12:01:01", "12:02"], {MATCHED: 2, LOST: 1}, id="the next slot's own"),
        pytest.param("0 0 31 2 *", [], {}, id="never"),
    ],
)
def test_what_becomes_of_a_slot(expression: str, sent: list[str], counts: dict[Outcome, int]) -> None:
    found = compared(expression, MAY, sent)
    assert found.counts == counts
    assert found.equal == (not counts.keys() & {LOST, EXTRA, TWICE})
    assert found.expected == sum(counts.get(one, 0) for one in (MATCHED, LATE, LOST))


def test_what_a_gap_has_swallowed_is_in_time_at_crons_own_pace() -> None:
    paced = [f"03:{second // 60:02}:{second % 60:02}" for second in range(0, 600, 10)]
    found = compared("0-59 2 * * *", SPRING, paced)
    assert found.counts == {MATCHED: 60}


def test_what_waits_for_the_end_of_it_is_late_and_not_lost() -> None:
    start, free, sent = at("03:00", SPRING), 0.0, []
    for due in [start] * 60 + [start + 60 * minute for minute in range(60)]:
        free = max(due, free)
        sent.append(free)
        free += 10
    day = dt.datetime.fromisoformat(SPRING).replace(tzinfo=WARSAW)
    slots = between(parse("0-59 2,3 * * *"), WARSAW, day, day + dt.timedelta(days=1))
    found = compare_starts(slots, sent, WARSAW)
    assert found.counts.keys() == {MATCHED, LATE}
    assert found.expected == 120


def test_the_passes_of_a_repeated_hour_are_slots_of_their_own() -> None:
    found = compared("30 * * * *", FALL, [f"{hour:02}:30" for hour in range(24)])
    assert found.counts == {MATCHED: 24, LOST: 1}
    (day,) = found.days
    assert day.clock_change
    assert day.sentence == "cron has starts that Celery has not: 02:30+01:00"


def test_a_day_without_a_clock_change_is_told_apart() -> None:
    found = compared("0 12 * * *", MAY, ["12:30"])
    (day,) = found.days
    assert (day.clock_change, found.off_nights) == (False, 1)
    assert day.sentence == "cron starts it at 12:00, Celery at 12:30"


@pytest.mark.parametrize(
    ("sent", "counts"),
    [
        pytest.param([], {IGNORED: 1}, id="as it should be"),
        pytest.param(["12:00:40"], {MATCHED: 1}, id="sent in time all the same"),
        pytest.param(["13:00"], {IGNORED: 1, EXTRA: 1}, id="caught up with"),
    ],
)
def test_what_falls_into_a_time_when_it_was_off(sent: list[str], counts: dict[Outcome, int]) -> None:
    assert compared("0 12 * * *", MAY, sent, off=("11:00", "13:00")).counts == counts


def test_of_many_days_the_first_are_told_and_all_are_counted() -> None:
    start = dt.datetime(2026, 5, 1, tzinfo=WARSAW)
    slots = between(parse("0 12 * * *"), WARSAW, start, start + dt.timedelta(days=60))
    found = compare_starts(slots, [], WARSAW)
    assert (len(found.days), found.differing, found.counts[LOST]) == (MOST_DAYS, 60, 60)
