"""Pruning: what goes, what stays, and that nothing is called missed because it is gone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.outcomes import Outcome
from migrator.comparison.ownership import Owner
from migrator.comparison.why import explain
from migrator.configuration import Configuration, EvidenceNeeded, read_configuration
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import retention
from migrator.contrib.django.comparing import compare_jobs
from migrator.contrib.django.explaining import facts_about
from migrator.contrib.django.models import Handover, Horizon, Run, Slot
from migrator.contrib.django.watching import watch

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 25, 12, 5, tzinfo=dt.UTC)
DAYS = 40
DEFINITION = JobDefinition("mail", "0 6 * * *", "UTC")
JOB = MigratedJob("tasks.mail", DEFINITION, DEFINITION)
BEGIN = NOW - dt.timedelta(days=DAYS)
KEEP = read_configuration("[ledger]\nkeep = 10")


@pytest.fixture(autouse=True)
def forty_days_in_shadow() -> None:
    Handover.objects.create(
        job="mail", owner=Owner.SHADOW, previous=Owner.CRON, from_slot="-", from_due=BEGIN, who="me"
    )
    for slot in DEFINITION.between(BEGIN, NOW):
        Slot.objects.create(
            job="mail", slot=slot.name, due=slot.due, owner=Owner.SHADOW, holder="t", run="r", state="done",
            claimed_at=slot.due,
        )  # fmt: skip
        for side, action in (("control", "execute"), ("candidate", "would")):
            Run.objects.create(
                run=f"{side} {slot.name}", job="mail", side=side, action=action, kind="scheduled", exit=0,
                slot=slot.name, due=slot.due, started=slot.due, finished=slot.due,
            )  # fmt: skip


def compared() -> dict[Outcome, int]:
    [one] = compare_jobs([JOB], now=NOW)
    return {outcome: count for outcome in Outcome if (count := one.comparison.count(outcome))}


def pruned(configuration: Configuration, now: dt.datetime = NOW) -> int:
    return retention.prune_a_little([JOB], configuration, now)


def test_without_a_word_nothing_goes() -> None:
    assert pruned(Configuration()) == 0
    assert compared() == {Outcome.MATCHED: DAYS}


def test_what_is_gone_is_not_missed_and_claims_stay() -> None:
    assert pruned(KEEP) == 2 * 30
    assert compared() == {Outcome.MATCHED: 10}
    assert Slot.objects.count() == DAYS
    [watched] = watch([JOB], {}, now=NOW, since=BEGIN)
    assert watched.problems == ()


def test_a_prune_that_was_interrupted_shows_no_slot_by_half() -> None:
    before = retention.kept_by([JOB], 10, EvidenceNeeded(), NOW).since
    pieces: Iterator[int] = retention.prune(before, 7)
    assert next(pieces) == 7
    assert compared() == {Outcome.MATCHED: 10}
    assert pruned(KEEP) == 2 * 30 - 7
    assert Horizon.objects.get().done


def test_once_a_day_is_enough() -> None:
    pruned(KEEP)
    assert pruned(KEEP, NOW + dt.timedelta(hours=23)) == 0
    assert pruned(KEEP, NOW + dt.timedelta(hours=25)) == 2


def test_a_sync_deletes_a_bounded_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "IN_A_SYNC", 25)
    monkeypatch.setattr(retention, "AT_ONCE", 10)
    assert [pruned(KEEP) for _ in range(4)] == [25, 25, 10, 0]


def test_runs_without_a_slot_go_by_their_start() -> None:
    for run, days in (("old", 30), ("new", 5)):
        Run.objects.create(
            run=run, job="mail", side="candidate", action="execute", kind="manual",
            started=NOW - dt.timedelta(days=days),
        )  # fmt: skip
    pruned(KEEP)
    assert set(Run.objects.filter(kind="manual").values_list("run", flat=True)) == {"new"}


def test_why_says_that_it_is_not_kept() -> None:
    pruned(KEEP)
    [slot] = DEFINITION.following(BEGIN, 1)
    facts = facts_about(JOB, slot, NOW)
    assert facts.outcome is None
    assert [one.text for one in explain(facts) if one.rule == "unrecorded"] == [
        "runs from before 2026-11-15 12:05:00 UTC are not kept: see [ledger] keep in migrator.toml"
    ]
