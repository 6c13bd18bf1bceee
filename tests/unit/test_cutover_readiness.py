"""The answer, the verdicts and the dates of the cutover report."""

import dataclasses
import datetime as dt

import pytest

from migrator.comparison.ownership import Owner
from migrator.comparison.verdicts import Verdict
from migrator.configuration import Configuration, Generate, JobDecision
from migrator.crontab.durations import duration_text
from migrator.cutover.checklist import Item, State
from migrator.cutover.facts import CeleryFacts, Evidence
from migrator.cutover.readiness import CutoverReport, JobReadiness, assemble
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory
from migrator.sources.source import SourceFile
from tests.cutover_story import (
    NOW,
    ZONE,
    compared,
    definition,
    demonstration,
    handed_over,
    inventory,
    situation,
    story,
)

SEED = "0 12 * * * manage.py remind\n0 6 2 * * manage.py bill\n"


def one(report: CutoverReport, identity: str) -> JobReadiness:
    return next(job for job in report.jobs if job.id == identity)


def item(job: JobReadiness, key: str) -> Item:
    return next(item for item in job.checklist if item.key == key)


def safe_remind(celery: CeleryFacts, text: str = "0 12 * * * python manage.py remind\n") -> JobReadiness:
    """A job whose evidence is complete, with these facts about Celery."""
    found = inventory(text)
    ledger = compared(definition(found, "remind"), 8, handed_over, Owner.CELERY)
    return one(assemble(found, situation(Evidence({"remind": ledger}), celery)), "remind")


def test_the_story_has_one_of_each() -> None:
    verdicts = {job.id: job.verdict for job in story().jobs}
    assert verdicts == {
        "remind": Verdict.SAFE,
        "monthly_bill": Verdict.HOLD,
        "fetch_courts": Verdict.UNSAFE,
        "pulse": Verdict.HOLD,
    }
    assert not story().ready


def test_verdicts_are_the_ledgers_unless_the_checklist_holds_one() -> None:
    for job in story().jobs:
        if not job.blocked:
            assert job.verdict is job.judgement.verdict
        assert job.judgement.verdict is not Verdict.SAFE or job.verdict is not Verdict.UNSAFE


def test_without_a_ledger_every_job_is_held_until_its_slots_can_have_passed() -> None:
    report = assemble(inventory(SEED), situation())
    assert [job.verdict for job in report.jobs] == [Verdict.HOLD, Verdict.HOLD]
    assert all("no run has been recorded yet" in job.reasons for job in report.jobs)
    # from 10 December 10:30 in Warsaw: seven noons, and two mornings of the 2nd
    assert [job.earliest_safe for job in report.jobs] == [dt.date(2026, 12, 16), dt.date(2027, 2, 2)]
    assert report.last_date == dt.date(2027, 2, 2)


def test_an_empty_inventory_has_nothing_to_cut_over() -> None:
    report = assemble(Inventory(), situation())
    assert (report.jobs, report.staying, report.last_date, report.ready) == ((), (), None, True)


def test_jobs_that_stay_are_listed_with_the_reason() -> None:
    reasons = {one.job.id: one.reason for one in story().staying}
    assert reasons == {
        "backup": "backup.sh was not scanned: it stays in cron, whatever it runs",
        "leap": "0 3 30 2 * never fires: the job has never run",
    }


def test_a_job_that_the_team_leaves_alone_is_no_job_of_the_cutover() -> None:
    configuration = Configuration(jobs={"remind": JobDecision(ignore="goes away with the old office")})
    found = dataclasses.replace(situation(), configuration=configuration)
    [stays] = assemble(inventory(SEED), found).staying
    assert stays.reason == "goes away with the old office"


def test_a_demonstration_is_no_evidence_and_keeps_the_real_dates() -> None:
    report = demonstration()
    job = one(report, "remind")
    assert report.demo
    assert job.verdict is Verdict.HOLD
    assert job.earliest_safe == dt.date(2026, 12, 16)
    assert item(job, "matched").state is State.OPEN
    assert item(job, "executed").state is State.OPEN


def test_a_guard_blocks_and_says_why() -> None:
    job = one(story(), "pulse")
    assert item(job, "task").state is State.BLOCKED
    assert any("CM30" in reason for reason in job.reasons)


@pytest.mark.parametrize(
    ("lock", "evidence"),
    [
        ("/run/a.lock", "a: the task does not start while it is held, by cron's run on its host, too"),
        ("a.lock", ": the task does not start while it is held, on each worker host by itself"),
    ],
)
def test_a_lock_says_whom_it_keeps_out(lock: str, evidence: str) -> None:
    found = inventory(f"0 12 * * * flock -n {lock} python manage.py remind\n")
    assert evidence in item(one(assemble(found, situation()), "remind"), "lock").evidence


TASK = "tasks.remind"
GOOD = CeleryFacts(
    tasks={"remind": definition(inventory("0 12 * * * python manage.py remind\n"), "remind")},
    registered=frozenset({TASK}),
    zones={TASK: frozenset({ZONE})},
)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        pytest.param({"registered": frozenset()}, "registered", id="no worker knows it"),
        pytest.param({"zones": {}}, "scheduled", id="beat has no entry"),
        pytest.param({"zones": {TASK: frozenset({"UTC"})}}, "zone", id="the row is in UTC"),
        pytest.param({"tasks": {}}, "task", id="the code has no task"),
        pytest.param(
            {"tasks": {"remind": dataclasses.replace(GOOD.tasks["remind"], expression="0 3 * * *")}},  # type: ignore[index]
            "task",
            id="the line has changed since",
        ),
    ],
)
def test_what_is_known_to_be_wrong_holds_a_job_that_the_ledger_would_let_go(
    changes: dict[str, object], key: str
) -> None:
    job = safe_remind(dataclasses.replace(GOOD, **changes))  # type: ignore[arg-type]
    assert job.judgement.verdict is Verdict.SAFE
    assert item(job, key).state is State.BLOCKED
    assert job.verdict is Verdict.HOLD
    assert any(item(job, key).evidence in reason for reason in job.reasons)


@pytest.mark.parametrize(
    ("text", "zone", "state"),
    [
        ("*/15 * * * *", "UTC", State.DONE),
        ("*/15 * * * *", ZONE, State.DONE),
        ("*/15 * * * *", "America/New_York", State.BLOCKED),
        ("*/15 6 * * *", "UTC", State.BLOCKED),
    ],
)
def test_an_entry_in_utc_is_right_for_a_job_whose_minute_alone_is_restricted(
    text: str, zone: str, state: State
) -> None:
    facts = dataclasses.replace(GOOD, zones={TASK: frozenset({zone})})
    assert item(safe_remind(facts, f"{text} python manage.py remind\n"), "zone").state is state


def test_nights_that_the_entries_keep_are_no_reason_to_wait() -> None:
    found = inventory("30 2 * * * python manage.py remind\n")
    exact = Configuration(generate=Generate(clock_changes="exact"))
    both = [dataclasses.replace(situation(), configuration=kept) for kept in (Configuration(), exact)]
    reports = [assemble(found, office) for office in both]
    assert [len(one(report, "remind").partings) for report in reports] == [10, 0]


def test_with_everything_there_the_job_is_safe() -> None:
    job = safe_remind(GOOD)
    assert job.verdict is Verdict.SAFE
    # cron mails its user, and only a person can say who looks instead; nobody rehearsed, counted or drilled
    assert [item.key for item in job.missing] == [
        "rehearsal",
        "effects",
        "durations",
        "drill",
        "output",
        "results",
    ]


def test_other_work_blocks_and_what_was_not_counted_is_open() -> None:
    effects = item(one(story(), "fetch_courts"), "effects")
    assert effects.state is State.BLOCKED
    assert effects.evidence.startswith("mails: cron 3, Celery 1, in the slot 2026-12-")
    assert item(one(story(), "remind"), "effects").state is State.OPEN


def test_what_nobody_has_looked_at_is_open_and_holds_nothing() -> None:
    job = safe_remind(CeleryFacts())
    missing = {item.key for item in job.missing}
    nobody_looked = {"task", "zone", "registered", "scheduled", "results"}
    assert missing == nobody_looked | {"rehearsal", "effects", "durations", "drill", "output"}
    assert job.verdict is Verdict.SAFE


@pytest.mark.parametrize(
    ("owner", "verdict"), [(Owner.CRON, Verdict.HOLD), (Owner.SHADOW, Verdict.UNSAFE)], ids=str
)
def test_a_blocked_line_is_work_to_do_under_cron_and_a_fault_once_celery_takes_part(
    owner: Owner, verdict: Verdict
) -> None:
    found = inventory(SEED)
    ledger = compared(definition(found, "remind"), 8, handed_over, Owner.CELERY)
    evidence = Evidence({"remind": ledger}, {"remind": owner})
    report = assemble(found, situation(evidence, dataclasses.replace(GOOD, registered=frozenset())))
    job = one(report, "remind")
    assert job.verdict is verdict
    assert (job.earliest_safe is None) is (verdict is Verdict.UNSAFE)  # as `compare` has it


@pytest.mark.parametrize(
    ("expression", "kept", "state"),
    [
        ("0 12 * * *", dt.timedelta(days=1), State.DONE),
        ("0 12 * * *", dt.timedelta(0), State.OPEN),
        ("0 6 2 * *", dt.timedelta(days=1), State.OPEN),
        ("0 6 2 * *", dt.timedelta.max, State.DONE),
    ],
)
def test_a_result_is_to_be_kept_until_the_next_slot(
    expression: str, kept: dt.timedelta, state: State
) -> None:
    found = inventory(f"{expression} python manage.py remind\n")
    job = one(assemble(found, situation(celery=CeleryFacts(results=kept))), "remind")
    assert item(job, "results").state is state


def test_who_is_named_as_the_alarm_stands_for_cron_s_mail_and_its_freshness_limit() -> None:
    decisions = Configuration(jobs={"remind": JobDecision(alert="Sentry tells ops", freshness="25h")})
    found = take_inventory(
        [SourceFile("crontab", "0 12 * * * python manage.py remind\n")],
        Context(ZONE, NOW.date(), decisions=decisions.jobs),
    )
    [job] = assemble(found, dataclasses.replace(situation(), configuration=decisions)).jobs
    assert item(job, "output") == Item(
        "output", "its mail and its log go to somebody", State.DONE, "Sentry tells ops"
    )
    assert item(job, "freshness").evidence == "Sentry tells ops, after 25 h"


@pytest.mark.parametrize(
    ("redirect", "state", "given"),
    [
        (">> /var/log/remind.log 2>&1", State.OPEN, "cron gave the log /var/log/remind.log:"),
        ("> /dev/null 2>> /var/log/remind.err", State.OPEN, "cron gave the log /var/log/remind.err:"),
        ("> /dev/null 2>&1", State.DONE, "cron sent none"),
    ],
)
def test_what_a_line_keeps_from_cron_is_in_no_mail_of_cron_s(redirect: str, state: State, given: str) -> None:
    text = f"MAILTO=ops@shop.example\n0 12 * * * python manage.py remind {redirect}\n"
    found = item(safe_remind(CeleryFacts(), text), "output")
    assert (found.state, found.evidence.startswith(given)) == (state, True), found.evidence


@pytest.mark.parametrize(("slots", "said"), [(1, "once: 2026-"), (8, "8 times, the latest 2026-")])
def test_it_is_said_how_often_celery_has_executed(slots: int, said: str) -> None:
    found = inventory(SEED)
    ledger = compared(definition(found, "remind"), slots, handed_over, Owner.CELERY)
    job = one(assemble(found, situation(Evidence({"remind": ledger}))), "remind")
    assert item(job, "executed").evidence.startswith(said)


def test_a_failing_run_that_was_seen_on_both_sides_is_the_drill() -> None:
    assert item(one(story(), "remind"), "drill").evidence.startswith("none of cron and Celery yet")
    assert item(one(story(), "fetch_courts"), "drill").evidence.startswith("none of cron yet")


def test_a_row_in_the_ledger_that_no_source_declares_is_named() -> None:
    found = inventory(SEED)
    ledger = compared(definition(found, "remind"), 1, handed_over, Owner.CELERY)
    report = assemble(inventory("0 6 2 * * manage.py bill\n"), situation(Evidence({"remind": ledger})))
    [strangers] = [item for item in report.checklist if item.key == "strangers"]
    assert (strangers.state, strangers.evidence) == (State.OPEN, "not among the sources: remind")


def test_a_line_that_cron_refuses_blocks_the_whole() -> None:
    report = assemble(inventory("0 12 * * * manage.py remind\n99 * * * * manage.py bad\n"), situation())
    [lines] = [item for item in report.checklist if item.key == "lines"]
    assert (lines.state, lines.evidence) == (State.BLOCKED, "not read: etc/crontab.office:2")


def test_the_reports_of_two_scans_are_equal() -> None:
    assert story() == story()


@pytest.mark.parametrize(
    ("seconds", "text"), [(90, "90 s"), (5400, "90 min"), (90000, "25 h"), (2764800, "32 d")]
)
def test_durations_take_the_largest_unit_that_leaves_no_rest(seconds: int, text: str) -> None:
    assert duration_text(seconds) == text
