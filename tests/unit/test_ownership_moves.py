"""Which hand-overs are allowed, from when they hold, and what a host's slot table says."""

from __future__ import annotations

import datetime as dt

import pytest

from migrator.comparison.handshake import LEAD, Grant, Plan, plan
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Acknowledged, Handover, Owner, Refused, allowed, owner_at
from migrator.comparison.slot_table import table
from migrator.cronwrap import Table

NOW = dt.datetime(2026, 3, 2, 11, 0, 30, tzinfo=dt.UTC)
DAILY = JobDefinition("daily", "0 12 * * *", "Europe/Warsaw")


def after(**time: float) -> dt.datetime:
    return NOW + dt.timedelta(**time)


@pytest.mark.parametrize(
    ("current", "wanted"),
    [
        (Owner.CRON, Owner.SHADOW),
        (Owner.SHADOW, Owner.CELERY),
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
        (Owner.SHADOW, Owner.ALTERNATE, "alternate is not available yet"),
    ],
)
def test_other_moves_are_refused(current: Owner, wanted: Owner, fact: str) -> None:
    with pytest.raises(Refused, match=fact):
        allowed(current, wanted, accepted=False)


def test_shadow_may_be_left_out_by_whoever_accepts_the_risk() -> None:
    allowed(Owner.CRON, Owner.CELERY, accepted=True)


def test_no_row_means_cron() -> None:
    assert owner_at([], NOW, hosts={"a"}) is Owner.CRON


def test_celery_begins_when_the_last_host_has_given_up() -> None:
    words = (Acknowledged("a", after(minutes=3), True), Acknowledged("b", after(minutes=5), True))
    chain = [Handover(Owner.CELERY, after(minutes=2), words)]
    assert owner_at(chain, after(minutes=4), hosts={"a", "b"}) is Owner.CRON
    assert owner_at(chain, after(minutes=5), hosts={"a", "b"}) is Owner.CELERY
    assert owner_at(chain, after(minutes=9), hosts={"a", "b", "c"}) is Owner.CRON


def test_celery_stops_when_the_first_host_takes_back() -> None:
    given = Handover(Owner.CELERY, after(minutes=-90), (Acknowledged("a", after(minutes=-90), True),))
    back = Handover(Owner.CRON, after(minutes=2), (Acknowledged("b", after(minutes=3), False),))
    assert owner_at([given, back], after(minutes=2), hosts={"a"}) is Owner.CELERY
    assert owner_at([given, back], after(minutes=3), hosts={"a"}) is Owner.CRON


def test_a_host_gives_up_first_and_says_so_then() -> None:
    steps = plan([Handover(Owner.CELERY, after(seconds=20))], "a", NOW)
    assert (steps.before, [grant.start for grant in steps.after]) == ((), [NOW + LEAD])
    assert steps.owner_at(after(seconds=80)) is Owner.CRON
    assert steps.last_owner is Owner.CELERY


def test_a_host_that_takes_back_says_so_first() -> None:
    given = Handover(Owner.CELERY, after(minutes=-90), (Acknowledged("a", after(minutes=-90), True),))
    steps = plan([given, Handover(Owner.CRON, after(minutes=3))], "a", NOW)
    assert ([grant.start for grant in steps.before], steps.after) == ([after(minutes=3)], ())


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
