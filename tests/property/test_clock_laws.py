"""Laws of occurrences where the clock jumps: cron's loop, the wall clock and Celery, minute by minute."""

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from migrator.equivalence.lower import lower
from migrator.schedule.expression import CronExpression, parse
from migrator.schedule.meaning import meaning
from migrator.schedule.occurrences import between, epoch_starts, following, preceding, slot_of, starts
from migrator.schedule.policy import CELERY, DEBIAN, SUPERCRONIC, SYSTEMD, WALL_CLOCK, Policy
from migrator.schedule.transitions import Transition, touched, transitions
from tests.celery_steps import celery_starts, row, setting
from tests.expressions import expressions

MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)

# Days on which a clock jumps, where that is done in an odd way.
NIGHTS = {
    "Europe/Warsaw": ["2026-03-29", "2026-10-25"],
    "America/St_Johns": ["2010-03-14", "2010-11-07"],  # at 00:01
    "America/Sao_Paulo": ["2018-11-04", "2018-02-18"],  # at midnight
    "Australia/Lord_Howe": ["2026-04-05", "2026-10-04"],  # half an hour
    "Antarctica/Troll": ["2026-03-29", "2026-10-25"],  # two hours
    "Antarctica/Casey": ["2010-03-05", "2009-10-18", "2018-03-11"],  # three hours
    "Africa/Casablanca": ["2026-02-15", "2026-03-22"],  # in winter's time for Ramadan
    "Asia/Pyongyang": ["2015-08-15", "2018-05-05"],  # half an hour for good
    "Pacific/Apia": ["2011-12-30", "2012-04-01"],  # a day that was left out
    "Pacific/Kwajalein": ["1993-08-21"],  # another one
    "America/Caracas": ["2007-12-09", "2016-05-01"],
}
nights = st.sampled_from([(zone, night) for zone, dates in NIGHTS.items() for night in dates])
at_night = st.tuples(
    st.sampled_from(["0", "1", "30", "45", "*/15", "0,30", "59", "*", "5-55/10", "7,37"]),
    st.sampled_from(["0", "1", "2", "3", "23", "*", "*/2", "0-5", "0,23", "2-3", "12", "1-23/2"]),
    st.just("*") | st.integers(1, 31).map(str),
    st.just("*"),
    st.sampled_from(["*", "0", "6", "*/2"]),
).map(" ".join)


def window(zone: ZoneInfo, night: str) -> tuple[dt.datetime, dt.datetime]:
    noon = dt.datetime.fromisoformat(night).replace(hour=12, tzinfo=zone).astimezone(dt.UTC)
    return noon - 3 * DAY, noon + 3 * DAY


def shown(instants: list[dt.datetime]) -> list[str]:
    return [instant.astimezone(dt.UTC).isoformat() for instant in instants]


def debian(
    expression: CronExpression, zone: ZoneInfo, span: tuple[dt.datetime, dt.datetime]
) -> list[dt.datetime]:
    """cron.c's main loop, a minute at a time, without the pauses after minutes that were missed."""
    table, found = meaning(expression), []
    epoch = dt.datetime(1970, 1, 1)

    def run(minute: int, *, wildcard: bool, fixed: bool) -> None:
        if (wildcard if expression.wildcard else fixed) and epoch + minute * MINUTE in table:
            found.append(now)

    now = span[0]
    virtual = (now.astimezone(zone).replace(tzinfo=None) - epoch) // MINUTE - 1
    while now < span[1]:
        clock = (now.astimezone(zone).replace(tzinfo=None) - epoch) // MINUTE
        ahead = clock - virtual
        if -180 < ahead <= 0:
            run(clock, wildcard=True, fixed=False)
        elif ahead == 1 or ahead > 180 or ahead <= -180:
            virtual = clock
            run(clock, wildcard=True, fixed=True)
        else:
            slow = ahead > 5
            if slow:
                run(clock, wildcard=True, fixed=False)
            while virtual < clock:
                virtual += 1
                run(virtual, wildcard=not slow, fixed=True)
        now += MINUTE
    return found


def wall_clock(
    expression: CronExpression, zone: ZoneInfo, span: tuple[dt.datetime, dt.datetime]
) -> list[dt.datetime]:
    """Every minute whose wall-clock time fits."""

    def minutes() -> Iterator[dt.datetime]:
        now = span[0]
        while now < span[1]:
            yield now
            now += MINUTE

    table = meaning(expression)
    return [now for now in minutes() if now.astimezone(zone).replace(tzinfo=None) in table]


@given(nights, at_night)
@example(("America/St_Johns", "2010-11-07"), "* 23 * * *")
@example(("America/St_Johns", "2010-11-07"), "0,30 0,23 * * *")
@example(("Pacific/Apia", "2011-12-30"), "0 12 * * *")
@example(("Antarctica/Casey", "2010-03-05"), "30 0-5 * * *")
def test_debian_cron(where: tuple[str, str], text: str) -> None:
    zone, expression = ZoneInfo(where[0]), parse(text)
    span = window(zone, where[1])
    found = [slot.due for slot in between(expression, zone, *span, policy=DEBIAN)]
    assert shown(found) == shown(debian(expression, zone, span))


@given(nights, at_night)
def test_the_wall_clock(where: tuple[str, str], text: str) -> None:
    zone, expression = ZoneInfo(where[0]), parse(text)
    span = window(zone, where[1])
    found = list(starts(expression, zone, *span, policy=WALL_CLOCK))
    assert shown(found) == shown(wall_clock(expression, zone, span))


@settings(max_examples=60, deadline=None)
@given(nights, at_night, st.sampled_from([setting, row]))
@example(("Europe/Warsaw", "2026-03-29"), "30 2 * * *", setting)
@example(("Europe/Warsaw", "2026-03-29"), "0,30 2,3 * * *", row)
@example(("Australia/Lord_Howe", "2026-10-04"), "10,35,50 2 * * *", setting)
@example(("Pacific/Apia", "2011-12-30"), "0 0 * * *", setting)
def test_celery(where: tuple[str, str], text: str, kind: object) -> None:
    zone, expression = ZoneInfo(where[0]), parse(text)
    span = window(zone, where[1])
    real = celery_starts(lower(expression), zone, *span, kind=kind)
    ours = [instant for instant in starts(expression, zone, *span, policy=CELERY) if instant != span[0]]
    assert shown(ours) == shown(real)


policies = st.sampled_from([None, DEBIAN, WALL_CLOCK, SYSTEMD, SUPERCRONIC, CELERY])


@given(nights, at_night | expressions, policies)
def test_four_ways_to_ask_give_one_answer(where: tuple[str, str], text: str, policy: Policy | None) -> None:
    zone, expression = ZoneInfo(where[0]), parse(text)
    start, end = window(zone, where[1])
    slots = list(between(expression, zone, start, end, policy=policy))
    instants = list(starts(expression, zone, start, end, policy=policy))
    assert shown(instants) == shown([slot.due for slot in slots])
    assert list(epoch_starts(expression, zone, start, end, policy=policy)) == [
        slot.due.timestamp() for slot in slots
    ]
    assert following(expression, zone, start, len(slots), policy=policy) == slots
    past = preceding(expression, zone, end - dt.timedelta(microseconds=1), policy=policy)
    assert [next(past) for _slot in slots] == slots[::-1]
    assert all(
        instant.utcoffset() == instant.astimezone(dt.UTC).astimezone(zone).utcoffset() for instant in instants
    )


@given(nights, at_night | expressions, policies, st.integers(-4000, 4000))
def test_a_cut_window_is_a_part_of_the_whole(
    where: tuple[str, str], text: str, policy: Policy | None, minutes: int
) -> None:
    zone, expression = ZoneInfo(where[0]), parse(text)
    start, end = window(zone, where[1])
    cut = start + 3 * DAY + minutes * MINUTE
    whole = list(between(expression, zone, start, end, policy=policy))
    before = list(between(expression, zone, start, cut, policy=policy))
    assert before + list(between(expression, zone, cut, end, policy=policy)) == whole
    assert all(slot.due < cut for slot in before)
    if before:
        assert slot_of(expression, zone, cut - dt.timedelta(microseconds=1), policy=policy) == before[-1]


@given(
    at_night | expressions,
    st.sampled_from(["Europe/Warsaw", "America/New_York", "Australia/Lord_Howe", "UTC"]),
)
def test_the_jumps_that_touch_a_schedule_hold_a_minute_of_it(text: str, name: str) -> None:
    zone, start = ZoneInfo(name), dt.date(2026, 1, 1)
    table = meaning(parse(text))

    def minutes(jump: Transition) -> list[dt.datetime]:
        length = int((jump.end - jump.start).total_seconds()) // 60
        return [jump.start + dt.timedelta(minutes=number) for number in range(length)]

    held = [jump for jump in transitions(zone, start, 3) if any(one in table for one in minutes(jump))]
    assert touched(table, zone, start, 3) == held
