"""When a job may leave cron."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from migrator.comparison.document import JobComparison, comparison_document
from migrator.comparison.durations_beside import durations_beside
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.judging import Comparison, compare
from migrator.comparison.likeness import Likeness
from migrator.comparison.outcomes import SlotComparison
from migrator.comparison.ownership import Owner, Side
from migrator.comparison.runs import Action, RunRecord
from migrator.comparison.verdicts import Judgement, Verdict, judge, needed_for
from migrator.configuration import EvidenceNeeded

WARSAW = ZoneInfo("Europe/Warsaw")
BEGIN = dt.datetime(2026, 3, 2, tzinfo=WARSAW)
DAILY = JobDefinition("daily", "0 12 * * *", "Europe/Warsaw")


def history(job: JobDefinition, days: int, *, celery_from: int, missing: tuple[int, ...] = ()) -> Comparison:
    """A history of matched slots: in shadow first, executed by Celery from a day on."""
    now = BEGIN + dt.timedelta(days=days)
    expected = job.between(BEGIN, now)
    handed = BEGIN + dt.timedelta(days=celery_from)
    runs = []
    for number, slot in enumerate(expected):
        celery = slot.due >= handed
        for side in Side:
            if number in missing and side is Side.CANDIDATE:
                continue
            executes = celery is (side is Side.CANDIDATE)
            other = Action.WOULD if side is Side.CANDIDATE else Action.YIELD
            runs.append(
                RunRecord(
                    run=f"{side}{number}",
                    job=job.id,
                    side=side,
                    action=Action.EXECUTE if executes else other,
                    slot=slot.name,
                    started=slot.due,
                    finished=slot.due,
                    exit=0,
                    demo=job.demo,
                )
            )

    def owner_of(slot: object) -> Owner:
        return Owner.CELERY if slot.due >= handed else Owner.SHADOW  # type: ignore[attr-defined]

    return compare(job, expected=expected, runs=runs, owner_of=owner_of, now=now)


def judged(comparison: Comparison, days: int, job: JobDefinition = DAILY) -> Judgement:
    return judge(comparison, job=job, evidence_from=BEGIN, now=BEGIN + dt.timedelta(days=days))


def test_enough_matched_slots_of_which_celery_executed_one_are_safe() -> None:
    found = judged(history(DAILY, 7, celery_from=5), 7)
    assert found.verdict is Verdict.SAFE
    assert found.reasons == ("7 slots matched",)


def test_too_few_slots_hold_until_the_day_of_the_missing_one() -> None:
    found = judged(history(DAILY, 4, celery_from=3), 4)
    assert found.verdict is Verdict.HOLD
    assert found.reasons == ("3 matched slots of 7 are missing",)
    assert found.earliest_safe == dt.date(2026, 3, 8)  # 6, 7 and 8 March


def test_shadow_alone_is_never_enough() -> None:
    found = judged(history(DAILY, 9, celery_from=99), 9)
    assert (found.verdict, found.reasons) == (Verdict.HOLD, ("no slot that Celery executed has matched yet",))
    assert found.earliest_safe == dt.date(2026, 3, 11)


def test_one_slot_without_celery_is_unsafe_and_named() -> None:
    found = judged(history(DAILY, 9, celery_from=5, missing=(2,)), 9)
    assert found.verdict is Verdict.UNSAFE
    assert found.reasons[0] == "Celery was not there for 1 slot: 2026-03-04T12:00+01:00"
    assert found.earliest_safe is None


def test_what_happened_before_the_latest_time_in_shadow_is_forgiven() -> None:
    comparison = history(DAILY, 9, celery_from=5, missing=(0,))
    found = judge(
        comparison, job=DAILY, evidence_from=BEGIN + dt.timedelta(days=2), now=BEGIN + dt.timedelta(days=9)
    )
    assert found.verdict is Verdict.SAFE


def test_a_demonstration_is_no_evidence_and_the_date_is_the_real_jobs() -> None:
    comparison = history(DAILY.demonstrated("* * * * *"), 1, celery_from=0)
    found = judged(comparison, 1)
    assert (found.verdict, found.evidence) == (Verdict.HOLD, 0)
    assert "the slots of a demonstration are no evidence" in found.reasons
    assert found.earliest_safe == dt.date(2026, 3, 9)  # the seventh noon from 3 March on


def test_under_cron_nothing_counts() -> None:
    found = judge(history(DAILY, 9, celery_from=5), job=DAILY, evidence_from=None, now=BEGIN)
    assert found.verdict is Verdict.HOLD
    assert found.reasons[0] == "the job is under cron: nothing has been compared yet"


@pytest.mark.parametrize(
    ("expression", "needed"),
    [
        pytest.param("*/5 * * * *", 100, id="minutely"),
        pytest.param("0 * * * *", 48, id="hourly"),
        pytest.param("0 12 * * *", 7, id="daily"),
        pytest.param("0 12 * * 1-5", 7, id="weekdays"),
        pytest.param("0 12 * * 1", 3, id="weekly"),
        pytest.param("0 6 2 * *", 2, id="monthly"),
        pytest.param("0 6 2 1 *", 2, id="yearly"),
    ],
)
def test_evidence_needed_by_period(expression: str, needed: int) -> None:
    assert needed_for(JobDefinition("job", expression, "Europe/Warsaw"), BEGIN) == needed


def test_the_team_may_want_other_numbers_and_a_rehearsal_stands_for_a_monthly_slot() -> None:
    daily, monthly = DAILY, JobDefinition("monthly", "0 6 2 * *", "Europe/Warsaw")
    assert needed_for(daily, BEGIN, EvidenceNeeded(daily=14)) == 14
    assert needed_for(daily, BEGIN, rehearsed=True) == 7
    assert needed_for(monthly, BEGIN, rehearsed=True) == 1
    assert needed_for(monthly, BEGIN, EvidenceNeeded(monthly=3), rehearsed=True) == 1


def taking(seconds: Sequence[float], side: Side) -> list[SlotComparison]:
    """Slots that a side executed, each in its time."""
    comparison = history(DAILY, len(seconds), celery_from=99 if side is Side.CONTROL else 0)
    return [
        replace(slot, **{side: replace(run, finished=run.started + dt.timedelta(seconds=took))})  # type: ignore[arg-type]
        for slot, took in zip(comparison.slots, seconds, strict=True)
        if (run := slot.executed) and run.started
    ]


@pytest.mark.parametrize(
    ("cron", "celery", "likeness"),
    [
        pytest.param([60.0] * 7, [58.0] * 5, Likeness.EQUAL, id="the start of an interpreter less"),
        pytest.param([60, 300, 90, 200, 120], [400.0] * 5, Likeness.EQUAL, id="it always varied"),
        pytest.param([60.0] * 7, [180.0] * 5, Likeness.DIFFERS, id="three times as long"),
        pytest.param([60.0] * 7, [8.0] * 5, Likeness.DIFFERS, id="hardly any work"),
        pytest.param([3.0] * 7, [0.1] * 5, Likeness.EQUAL, id="nothing but the interpreter"),
        pytest.param([60.0] * 7, [180.0] * 4, Likeness.UNKNOWN, id="too few"),
        pytest.param([], [], Likeness.UNKNOWN, id="none"),
    ],
)
def test_durations_are_held_against_what_cron_s_own_runs_have_taught(
    cron: list[float], celery: list[float], likeness: Likeness
) -> None:
    beside = durations_beside([*taking(cron, Side.CONTROL), *taking(celery, Side.CANDIDATE)])
    assert beside.likeness is likeness


def test_another_duration_holds_a_job_whose_evidence_is_complete() -> None:
    beside = durations_beside([*taking([60.0] * 5, Side.CONTROL), *taking([180.0] * 5, Side.CANDIDATE)])
    found = judge(
        history(DAILY, 7, celery_from=5),
        job=DAILY,
        evidence_from=BEGIN,
        now=BEGIN + dt.timedelta(days=7),
        durations=beside,
    )
    assert (found.verdict, found.reasons) == (
        Verdict.HOLD,
        ("it takes another time: cron 60.0 s in 5 runs, Celery 180.0 s in 5 runs",),
    )


def test_a_monthly_job_waits_for_its_second_month() -> None:
    monthly = JobDefinition("monthly", "0 6 2 * *", "Europe/Warsaw")
    found = judge(Comparison(monthly), job=monthly, evidence_from=BEGIN, now=BEGIN + dt.timedelta(days=1))
    assert found.earliest_safe == dt.date(2026, 5, 2)


def test_the_document_has_the_keys_of_the_contract() -> None:
    comparison = history(DAILY, 2, celery_from=1)
    document = comparison_document([JobComparison(comparison, judged(comparison, 2))])
    [job] = document["jobs"]
    keys = (
        "id expected matched mismatched control_only candidate_only neither duplicate late early overlap"
        " extra ignored verdict reasons earliest_safe"
    )
    assert set(keys.split()) <= set(job)
    assert (job["expected"], job["matched"], job["verdict"]) == (2, 2, "hold")
    for slot in document["slots"]:
        assert {"job", "slot", "owner", "outcome", "control", "candidate"} <= set(slot)
    assert [slot["owner"] for slot in document["slots"]] == ["shadow", "celery"]
    assert document["slots"][1]["control"]["action"] == "yield"
    assert document["slots"][1]["candidate"]["started"] == "2026-03-03T11:00:00.000+00:00"
