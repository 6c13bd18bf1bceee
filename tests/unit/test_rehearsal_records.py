"""Rehearsals as they are kept, when they hold no more, and what they say in the checklist."""

import dataclasses
import datetime as dt
import json
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from migrator.adapters.rehearsals import NAME, keep_rehearsals, kept_rehearsals
from migrator.comparison.outcomes import Outcome
from migrator.comparison.rehearsal import Day, Result
from migrator.comparison.rehearsal_record import Daemon, Record, cron_fingerprint, with_records
from migrator.cutover.checklist import State
from migrator.cutover.facts import CeleryFacts, Evidence
from migrator.cutover.readiness import JobReadiness, assemble
from migrator.errors import Cannot
from migrator.report.cutover_document import cutover_document
from migrator.report.cutover_html import cutover_html
from migrator.report.cutover_markdown import cutover_markdown
from migrator.schedule.dialect import BUSYBOX
from migrator.schedule.expression import parse
from tests.cutover_story import inventory, situation

WARSAW = ZoneInfo("Europe/Warsaw")
SECOND_PASS = dt.datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=WARSAW)
NIGHT = Day(SECOND_PASS.date(), (SECOND_PASS,), (), clock_change=True)
NOON = dt.datetime(2027, 1, 4, 12, tzinfo=WARSAW)
OTHER = Day(NOON.date(), (NOON,), (NOON + dt.timedelta(minutes=30),), clock_change=False)
MATCHED = Counter({Outcome.MATCHED: 395})
CLEAN = Result(MATCHED)
NIGHTLY = Result(MATCHED + Counter({Outcome.CONTROL_ONLY: 1}), (NIGHT,), 1, 0)
WRONG = Result(MATCHED + Counter({Outcome.CONTROL_ONLY: 1, Outcome.CANDIDATE_ONLY: 1}), (OTHER,), 1, 1)
BEAT = "beats fingerprint"


def record(result: Result = CLEAN, **changes: object) -> Record:
    """A rehearsal of the job of the reports."""
    made = Record(
        job="remind",
        expression="0 12 * * *",
        timezone="Europe/Warsaw",
        made=dt.datetime(2026, 12, 1, 9, tzinfo=WARSAW),
        by="ann",
        start=dt.datetime(2026, 12, 1, tzinfo=WARSAW),
        end=dt.datetime(2028, 1, 1, tzinfo=WARSAW),
        scheduler="celery.beat.PersistentScheduler",
        versions={"celery": "5.7.0"},
        entries=("remind: crontab(minute='0', hour='12')",),
        cron=cron_fingerprint(parse("0 12 * * *"), "Europe/Warsaw"),
        celery=BEAT,
        result=result,
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "kept",
    [
        record(),
        record(NIGHTLY, events=("late/90s", "restart@03:00")),
        record(WRONG, endless=3, daemon=Daemon(396, 1, NOON.date())),
    ],
)
def test_what_is_kept_is_read_again(kept: Record, tmp_path: Path) -> None:
    keep_rehearsals(tmp_path, [kept])
    (read,) = kept_rehearsals(tmp_path)
    assert read == kept
    assert [day.sentence for day in read.result.days] == [day.sentence for day in kept.result.days]


def test_without_a_file_nothing_is_kept(tmp_path: Path) -> None:
    assert kept_rehearsals(tmp_path) == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"rehearsals": [{}]}', '{"rehearsals": 3}'])
def test_a_damaged_file_is_a_plain_error(text: str, tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(Cannot, match="holds no rehearsals"):
        kept_rehearsals(tmp_path)


def test_a_rehearsal_takes_the_place_of_the_one_of_the_same_job_and_events() -> None:
    old, other, restarted = record(WRONG), record(job="bill"), record(events=("restart@03:00",))
    assert with_records([old, other], [record(), restarted]) == [other, record(), restarted]


@pytest.mark.parametrize(
    ("text", "timezone", "same"),
    [
        ("0 12 * * *", "Europe/Warsaw", True),
        ("00 12 * * 0-7", "Europe/Warsaw", True),
        ("0 13 * * *", "Europe/Warsaw", False),
        ("0 12 * * *", "UTC", False),
        ("*/70 12 * * *", "Europe/Warsaw", False),  # the same minutes, and another way with clock changes
    ],
)
def test_crons_fingerprint_is_its_starts(text: str, timezone: str, same: bool) -> None:
    assert (cron_fingerprint(parse(text), timezone) == record().cron) is same


def test_another_daemon_is_another_fingerprint() -> None:
    assert cron_fingerprint(parse("0 12 * * *", BUSYBOX), "Europe/Warsaw") != record().cron


def reported(*records: Record, beat: str | None = BEAT) -> JobReadiness:
    facts = CeleryFacts(fingerprints={"remind": beat} if beat else None)
    given = dataclasses.replace(situation(Evidence(), facts), rehearsals=records)
    return assemble(inventory("0 12 * * * python manage.py remind\n"), given).jobs[0]


@pytest.mark.parametrize(
    ("records", "beat", "state", "said"),
    [
        pytest.param([], BEAT, State.OPEN, "not rehearsed", id="none"),
        pytest.param([record()], BEAT, State.DONE, "395 slots", id="equal"),
        pytest.param([record(WRONG)], BEAT, State.BLOCKED, "Celery has no start for 1 slot", id="differs"),
        pytest.param([record(NIGHTLY)], BEAT, State.OPEN, "no start for 1 slot", id="by clock changes"),
        pytest.param([record(endless=2)], BEAT, State.BLOCKED, "without end in 2 minutes", id="endless"),
        pytest.param(
            [record(daemon=Daemon(396, 1, NOON.date()))],
            BEAT,
            State.BLOCKED,
            "the real daemon differs",
            id="daemon",
        ),
        pytest.param(
            [record(), record(WRONG, events=("restart@03:00",))],
            BEAT,
            State.OPEN,
            "restart@03:00",
            id="differs when beat restarts",
        ),
        pytest.param([record(events=("late",))], BEAT, State.OPEN, "not rehearsed", id="only with events"),
        pytest.param([record(cron="other")], BEAT, State.OPEN, "cron's schedule has changed", id="cron"),
        pytest.param([record()], "other", State.OPEN, "beat's schedule, its settings or", id="beat"),
        pytest.param([record()], None, State.OPEN, "could not be read", id="beat unread"),
        pytest.param(
            [record(end=dt.datetime(2026, 12, 2, tzinfo=WARSAW))], BEAT, State.OPEN, "has passed", id="old"
        ),
    ],
)
def test_the_checklist_has_a_line_for_it(
    records: list[Record], beat: str | None, state: State, said: str
) -> None:
    (item,) = [one for one in reported(*records, beat=beat).checklist if one.key == "rehearsal"]
    assert item.state is state
    assert said in item.evidence


def test_every_report_shows_it_beside_the_slots() -> None:
    facts = CeleryFacts(fingerprints={"remind": BEAT})
    records = [record(NIGHTLY), record(cron="other", events=("restart@03:00",))]
    given = dataclasses.replace(situation(Evidence(), facts), rehearsals=records)
    report = assemble(inventory("0 12 * * * python manage.py remind\n"), given)
    document = json.loads(json.dumps(cutover_document(report), default=str))
    told = document["jobs"][0]["rehearsals"]
    assert [(one["events"], one["stale"]) for one in told] == [
        ([], None),
        (["restart@03:00"], "cron's schedule has changed since"),
    ]
    for page in (cutover_markdown(report), cutover_html(report)):
        assert "Rehearsals" in page
        assert "2026-12-01 to 2028-01-01, restart@03:00" in page
        assert "holds no more" in page


def test_a_job_that_was_never_rehearsed_has_no_empty_table() -> None:
    report = assemble(inventory("0 12 * * * python manage.py remind\n"), situation())
    assert "Rehearsals" not in cutover_markdown(report) + cutover_html(report)
