"""Which hand-overs are allowed, from when they hold, and what a host's slot table says."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from migrator.comparison.handshake import LEAD, Grant, Plan, plan
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Acknowledged, Handover, Owner, Refused, Side, allowed, owner_at
from migrator.comparison.slot_table import table
from migrator.cronwrap import Table

NOW = dt.datetime(2026, 3, 2, 11, 0, 30, tzinfo=dt.UTC)
EITHER = Side.CANDIDATE  # where nobody takes turns, either will do
DAILY = JobDefinition("daily", "0 12 * * *", "Europe/Warsaw")


def after(**time: float) -> dt.datetime:
    return NOW + dt.timedelta(**time)


@pytest.mark.parametrize(
    ("current", "wanted"),
    [
        (Owner.CRON, Owner.SHADOW),
        (Owner.SHADOW, Owner.CELERY),
        (Owner.SHADOW, Owner.ALTERNATE),
        (Owner.ALTERNATE, Owner.CELERY),
        (Owner.CELERY, Owner.ALTERNATE),
        (Owner.ALTERNATE, Owner.CRON),
        (Owner.CELERY, Owner.RETIRED),
        (Owner.RETIRED, Owner.CRON),
        (Owner.CELERY, Owner.SHADOW),
    ],
)
def test_one_step_forward_and_any_step_back_are_allowed(current: Owner, wanted: Owner) -> None:
    allowed(current, wanted, accepted=False)


@pytest.mark.parametrize(
    ("current", "wanted", "fact"),
    [
        (Owner.CRON, Owner.CELERY, "the job has not been in shadow"),
        (Owner.SHADOW, Owner.RETIRED, "there are steps in between"),
        (Owner.SHADOW, Owner.SANDBOX, "sandbox is not available yet"),
        (Owner.CRON, Owner.ALTERNATE, "the job has not been in shadow"),
        (Owner.ALTERNATE, Owner.RETIRED, "there are steps in between"),
        (Owner.CRON, Owner.RETIRED, "there are steps in between"),
    ],
)
def test_other_moves_are_refused(current: Owner, wanted: Owner, fact: str) -> None:
    with pytest.raises(Refused, match=fact):
        allowed(current, wanted, accepted=False)


def test_shadow_may_be_left_out_by_whoever_accepts_the_risk() -> None:
    allowed(Owner.CRON, Owner.CELERY, accepted=True)


def test_no_row_means_cron() -> None:
    assert owner_at([], NOW, EITHER, hosts={"a"}) is Owner.CRON


def test_celery_begins_when_the_last_host_has_given_up() -> None:
    words = (Acknowledged("a", after(minutes=3), True), Acknowledged("b", after(minutes=5), True))
    chain = [Handover(Owner.CELERY, after(minutes=2), words)]
    assert owner_at(chain, after(minutes=4), EITHER, hosts={"a", "b"}) is Owner.CRON
    assert owner_at(chain, after(minutes=5), EITHER, hosts={"a", "b"}) is Owner.CELERY
    assert owner_at(chain, after(minutes=9), EITHER, hosts={"a", "b", "c"}) is Owner.CRON


def test_celery_stops_when_the_first_host_takes_back() -> None:
    given = Handover(Owner.CELERY, after(minutes=-90), (Acknowledged("a", after(minutes=-90), True),))
    back = Handover(Owner.CRON, after(minutes=2), (Acknowledged("b", after(minutes=3), False),))
    assert owner_at([given, back], after(minutes=2), EITHER, hosts={"a"}) is Owner.CELERY
    assert owner_at([given, back], after(minutes=3), EITHER, hosts={"a"}) is Owner.CRON


def test_a_host_gives_up_first_and_says_so_then() -> None:
    steps = plan([Handover(Owner.CELERY, after(seconds=20))], "a", NOW)
    assert (steps.before, [grant.start for grant in steps.after]) == ((), [NOW + LEAD])
    assert steps.owner_at(after(seconds=80)) is Owner.CRON
    assert steps.last_owner is Owner.CELERY


def test_a_host_that_takes_back_says_so_first() -> None:
    given = Handover(Owner.CELERY, after(minutes=-90), (Acknowledged("a", after(minutes=-90), True),))
    steps = plan([given, Handover(Owner.CRON, after(minutes=3))], "a", NOW)
    assert ([grant.start for grant in steps.before], steps.after) == ([after(minutes=3)], ())


def test_celery_leaves_cron_its_turns_at_the_first_word_and_takes_its_own_at_the_last() -> None:
    given = Handover(Owner.CELERY, after(minutes=-90), (Acknowledged("a", after(minutes=-90), True),))
    word = Acknowledged("a", after(minutes=3), False)
    for applied, theirs in ((False, Owner.CRON), (True, Owner.ALTERNATE)):
        turns = Handover(Owner.ALTERNATE, after(minutes=2), (replace(word, applied=applied),))
        assert owner_at([turns], after(minutes=3), Side.CANDIDATE, hosts={"a"}) is theirs
        assert owner_at([given, turns], after(minutes=3), Side.CONTROL, hosts={"a"}) is Owner.ALTERNATE
        assert owner_at([given, turns], after(minutes=2), Side.CONTROL, hosts={"a"}) is Owner.CELERY


def test_a_host_that_begins_to_take_turns_says_so_before_its_table_and_after_it() -> None:
    turns = Handover(Owner.ALTERNATE, after(minutes=3))
    steps = plan([turns], "a", NOW)
    assert [len(part) for part in (steps.before, steps.after, steps.apply)] == [1, 0, 1]


def test_a_table_never_grants_what_celery_may_have_executed() -> None:
    """The host crashed after its word and before its table; by now its word lies in the past."""
    given = Handover(Owner.CELERY, after(minutes=-90), (Acknowledged("a", after(minutes=-90), True),))
    back = Handover(Owner.CRON, after(minutes=-20), (Acknowledged("a", after(minutes=-10), False),))
    steps = plan([given, back], "a", NOW)
    assert steps.owner_at(after(minutes=-5)) is Owner.CELERY
    assert steps.owner_at(after(seconds=91)) is Owner.CRON


def test_cronwrap_reads_the_table_that_sync_writes() -> None:
    handover = Handover(Owner.CELERY, after(days=1))
    text = table(DAILY, Plan((Grant(handover, after(days=1)),)), NOW)
    read = Table(text)
    assert (read.demo, read.owner_after, read.tolerance) == (False, "celery", 3600)
    now = dt.datetime(2026, 3, 2, 11, 0, 1, tzinfo=dt.UTC).timestamp()
    assert read.choose(now, []) == (int(now) - 1, "2026-03-02T12:00+01:00", "cron")
    tomorrow = now + 86400
    assert read.choose(tomorrow, []) == (int(tomorrow) - 1, "2026-03-03T12:00+01:00", "cron")
    assert read.choose(tomorrow + 86400, [])[2] == "celery"
    assert read.owner_at(now) == "cron"


def test_where_they_take_turns_the_table_says_whose_turn_it_is() -> None:
    handover = Handover(Owner.ALTERNATE, after(days=-1))
    text = table(DAILY, Plan((Grant(handover, after(days=-1)),)), NOW)
    told = {row.split()[1]: row.split()[2] for row in text.split("\n\n")[1].splitlines()}
    assert told == {
        "2026-03-01T12:00+01:00": "cron",
        "2026-03-02T12:00+01:00": "alternate-cron",
        "2026-03-03T12:00+01:00": "alternate-cron",
        "2026-03-04T12:00+01:00": "alternate-celery",
        "2026-03-05T12:00+01:00": "alternate-cron",
    }
    assert Table(text).owner_after == "alternate-celery"


@pytest.mark.parametrize(
    ("expression", "ahead"),
    [("* * * * *", 26 * 60), ("0 12 * * *", 3), ("0 6 2 * *", 3), ("0 0 30 2 *", 0)],
)
def test_a_table_reaches_26_hours_and_three_slots_ahead(expression: str, ahead: int) -> None:
    text = table(JobDefinition("job", expression, "Europe/Warsaw"), Plan(()), NOW)
    rows = [line for line in text.split("\n\n")[1].splitlines() if line]
    assert sum(int(row.split()[0]) > NOW.timestamp() for row in rows) == ahead
    assert len(rows) <= 3000


def test_the_table_of_a_demonstration_says_so() -> None:
    assert "\ndemo 1\n" in table(DAILY.demonstrated("* * * * *"), Plan(()), NOW)
