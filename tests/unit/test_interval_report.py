"""An interval that beat counts, in the report: its proof, its checklist, its verdict, its monitors."""

import dataclasses
import datetime as dt
import json
from typing import Any

import pytest

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Owner
from migrator.comparison.verdicts import Verdict
from migrator.configuration import Configuration, EvidenceNeeded, JobDecision
from migrator.cutover.checklist import State
from migrator.cutover.facts import CeleryFacts, Evidence, Situation
from migrator.cutover.readiness import JobReadiness, assemble
from migrator.report.cutover_document import cutover_document
from migrator.report.cutover_html import cutover_html
from migrator.report.cutover_markdown import cutover_markdown
from migrator.report.monitors import healthchecks, monitor_of, prometheus, sentry
from migrator.schedule.dialect import SUPERCRONIC
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory
from migrator.sources.source import SourceFile
from tests.cutover_story import NOW, ZONE, Play, compared, handed_over, situation, troubled

CONFIGURATION = Configuration(
    evidence=EvidenceNeeded(require=()), jobs={"poll": JobDecision(interval="beat", mail="never")}
)
LINE = "*/15 * * * * * * python manage.py poll\n"
POLL = JobDefinition("poll", "@every 15s", ZONE)


def found(line: str = LINE) -> Inventory:
    context = Context(ZONE, NOW.date(), dialect=SUPERCRONIC, decisions=CONFIGURATION.jobs)
    return take_inventory([SourceFile("crontab", line)], context)


def report(play: Play = handed_over, **facts: Any) -> Any:
    ledger = compared(POLL, 200, play, Owner.CELERY)
    whole: Situation = situation(Evidence({"poll": ledger}, {"poll": Owner.CELERY}), CeleryFacts(**facts))
    return assemble(found(), dataclasses.replace(whole, configuration=CONFIGURATION))


def one(**facts: Any) -> JobReadiness:
    [job] = report(**facts).jobs
    return job


def test_it_is_safe_once_its_stretches_matched() -> None:
    job = one(tasks={"poll": POLL})
    assert (job.verdict, job.judgement.evidence) == (Verdict.SAFE, 200)
    lines = {item.key: (item.state, item.evidence) for item in job.checklist}
    assert lines["proof"] == (State.DONE, "counts the same 15 seconds, from a start of its own")
    assert lines["zone"] == (State.DONE, "it goes by no clock")
    assert lines["task"][0] is State.DONE


def test_what_goes_wrong_makes_it_unsafe() -> None:
    [job] = report(troubled).jobs
    assert job.verdict is Verdict.UNSAFE


@pytest.mark.parametrize("written", ["@every 30s", "* * * * *"])
def test_a_task_that_was_written_for_another_pace_blocks(written: str) -> None:
    job = one(tasks={"poll": JobDefinition("poll", written, ZONE)})
    assert job.blocked
    assert "its task was written for" in next(item for item in job.checklist if item.key == "task").evidence


def test_without_the_decision_it_stays_a_question() -> None:
    undecided = take_inventory([SourceFile("crontab", LINE)], Context(ZONE, NOW.date(), dialect=SUPERCRONIC))
    whole = assemble(undecided, situation())
    assert whole.jobs == ()
    assert "counts 15 seconds from a start" in whole.staying[0].reason


def test_every_form_of_the_report_shows_how_beat_counts_it() -> None:
    whole = report()
    [shown] = cutover_document(whole)["jobs"]
    proof = shown["proof"]
    assert (proof["verdict"], proof["schedules"], proof["celery"]) == (
        "equivalent",
        ["schedule(run_every=15)"],
        [],
    )
    for text in (cutover_markdown(whole), cutover_html(whole)):
        assert "schedule(run_every=15)" in text
        assert "it goes by no clock" in text


def test_monitors_wait_for_one_interval_and_the_grace() -> None:
    job = found("*/15 * * * * * * python manage.py poll\n").jobs[0]
    monitor = monitor_of(job, dt.datetime.now(dt.UTC))
    assert (monitor.every, monitor.grace, monitor.silence) == (15, 60, 75)
    [check] = json.loads(healthchecks([monitor]))
    assert (check["timeout"], check["grace"], "schedule" in check, "tz" in check) == (60, 60, False, False)
    assert json.loads(sentry([monitor]))["poll"]["schedule"] == {
        "type": "interval",
        "value": 1,
        "unit": "minute",
    }
    assert "poll (every 15 s) has had no success for 75 s" in prometheus([monitor])
