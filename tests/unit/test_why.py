"""Why a slot went as it went: one row for each thing that can have happened."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from migrator.comparison.effects import Effects
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.judging import compare
from migrator.comparison.outcomes import Outcome
from migrator.comparison.ownership import Acknowledged, Handover, Owner, Side, owner_at
from migrator.comparison.runs import Action, Kind, RunRecord
from migrator.comparison.slot_names import named_slot
from migrator.comparison.turns import turn
from migrator.comparison.why import Asked, Claimed, Facts, explain
from migrator.errors import UsageProblem

JOB = JobDefinition("job", "0 12 * * *", "Europe/Warsaw")
DUE = dt.datetime(2026, 3, 2, 11, tzinfo=dt.UTC)
[SLOT] = JOB.between(DUE, DUE + dt.timedelta(minutes=1))
NEVER: dict[str, dt.datetime] = {}
HEARD = {"web1": DUE + dt.timedelta(minutes=5)}
BOTH = frozenset(Side)


def run(side: Side, action: Action, after: float = 1, *, lasting: float | None = 2, **more: Any) -> RunRecord:
    start = DUE + dt.timedelta(seconds=after)
    end = None if lasting is None else start + dt.timedelta(seconds=lasting)
    given = {"exit": None if end is None else 0, "host": "web1", **more}
    return RunRecord(
        run=f"{side}{action}{after}", job="job", side=side, action=action, slot=SLOT.name, started=start,
        finished=end, **given,
    )  # fmt: skip


def cron(action: Action = Action.EXECUTE, **more: Any) -> RunRecord:
    return run(Side.CONTROL, action, **more)


def celery(action: Action = Action.EXECUTE, **more: Any) -> RunRecord:
    return run(Side.CANDIDATE, action, worker="w@web2", **more)


def asked(owner: Owner, *hosts: str, days: int = 1, key: int = 1, **more: str) -> Asked:
    """A hand-over from some days before the slot on, acknowledged by these hosts."""
    start = DUE - dt.timedelta(days=days)
    words = tuple(Acknowledged(host, start, True) for host in hosts)
    return Asked(Handover(owner, start, words, key), "ops", start, **more)


def facts(
    *runs: RunRecord, by: tuple[Asked, ...] = (), after: dt.timedelta = dt.timedelta(hours=2), **more: Any
) -> Facts:
    """The facts two hours after the slot was due."""
    now, hosts = DUE + after, more.get("hosts", HEARD)
    owner = owner_at([one.handover for one in by], DUE, turn(JOB.id, SLOT.name), hosts=hosts)
    compared = compare(JOB, expected=[SLOT], runs=runs, owner_of=lambda _: owner, now=now)
    found = Facts(
        job=JOB, slot=SLOT, owner=owner, compared=next(iter(compared.slots), None), runs=runs, asked=by,
        hosts=hosts, claim=None, others=BOTH, recorded_from=DUE - dt.timedelta(days=9), now=now,
    )  # fmt: skip
    return dataclasses.replace(found, **more)


SHADOW, TAKEN = asked(Owner.SHADOW), asked(Owner.CELERY, "web1", reason="ticket 7")
WOULD, YIELD = Action.WOULD, Action.YIELD


@pytest.mark.parametrize(
    ("found", "outcome", "rule", "sentence"),
    [
        pytest.param(
            facts(cron()), Outcome.IGNORED, "owner", "nobody had handed it over: cron executes", id="cron"
        ),
        pytest.param(
            facts(cron(), celery(WOULD), by=(SHADOW,)),
            Outcome.MATCHED,
            "owner",
            "the owner was shadow: ops asked for it on 2026-03-01 12:00:00 CET, "
            "from the slot due 2026-03-01 12:00:00 CET",
            id="shadow",
        ),
        pytest.param(
            facts(cron(YIELD), celery(), by=(TAKEN,)),
            Outcome.MATCHED,
            "owner",
            "the owner was celery: ops asked for it on 2026-03-01 12:00:00 CET, "
            "from the slot due 2026-03-01 12:00:00 CET; reason: ticket 7",
            id="celery",
        ),
        pytest.param(
            facts(cron(), celery(WOULD), by=(SHADOW, asked(Owner.CELERY, days=0, key=2))),
            Outcome.MATCHED,
            "handover",
            "celery had been asked for from 2026-03-02 12:00:00 CET, "
            "and was not in force: not acknowledged by web1",
            id="a-silent-host",
        ),
        pytest.param(
            facts(cron(effects=Effects(3, 3, {"INSERT a": None})), celery(WOULD), by=(SHADOW,)),
            Outcome.MATCHED,
            "control_execute",
            "cron: executed 1.0 s after it was due, exit 0 after "
            "2.0 s; mails 3, recipients of mails 3, INSERT a unknown (on web1)",
            id="effects",
        ),
        pytest.param(
            facts(
                cron(),
                celery(
                    WOULD,
                    published=DUE,
                    received=DUE + dt.timedelta(seconds=0.5),
                    reason="the owner is shadow",
                ),
                by=(SHADOW,),
            ),
            Outcome.MATCHED,
            "candidate_would",
            "Celery: published 0.0 s after it was due; received 0.5 s after it was due; would have run "
            "1.0 s after it was due; the owner is shadow (on w@web2)",
            id="a-message",
        ),
        pytest.param(
            facts(cron(), celery(Action.EXPIRED, after=90), by=(SHADOW,)),
            Outcome.CONTROL_ONLY,
            "candidate_expired",
            "Celery: the message had expired when a worker took it, 90.0 s after it was due (on w@web2)",
            id="expired",
        ),
        pytest.param(
            facts(cron(), celery(Action.REVOKED), by=(SHADOW,)),
            Outcome.CONTROL_ONLY,
            "candidate_revoked",
            "Celery: the message was revoked (on w@web2)",
            id="revoked",
        ),
        pytest.param(
            facts(cron(), by=(SHADOW,)),
            Outcome.CONTROL_ONLY,
            "candidate_absent",
            "Celery: no message for it, while those of other jobs came: beat did not send it, it waits "
            "in a queue that nobody reads, or its task failed before it could ask for the owner",
            id="beat-did-not-send-it",
        ),
        pytest.param(
            facts(cron(), by=(SHADOW,), others=frozenset()),
            Outcome.CONTROL_ONLY,
            "candidate_absent",
            "Celery: no message of any job within ten minutes: beat, the broker, the workers or the "
            "database may have been away; without its ledger Celery executes nothing",
            id="celery-was-away",
        ),
        pytest.param(
            facts(celery(), by=(TAKEN,)),
            Outcome.CANDIDATE_ONLY,
            "control_absent",
            "cron: no record, while other jobs were recorded: the line is gone, is not instrumented, "
            "or its start took another slot",
            id="the-line-is-gone",
        ),
        pytest.param(
            facts(celery(), by=(TAKEN,), others=frozenset()),
            Outcome.CANDIDATE_ONLY,
            "control_absent",
            "cron: no record of any job within ten minutes, and every host has synced since: "
            "cron did not run, or the line is gone or is not instrumented",
            id="cron-was-down",
        ),
        pytest.param(
            facts(celery(), by=(TAKEN,), hosts={"web1": DUE}),
            Outcome.CANDIDATE_ONLY,
            "control_absent",
            "cron: no record, and these hosts have not synced since: web1 (2026-03-02 12:00:00 CET)",
            id="a-host-is-silent",
        ),
        pytest.param(
            facts(celery(), by=(TAKEN,), hosts=NEVER),
            Outcome.CANDIDATE_ONLY,
            "control_absent",
            "cron: no host has ever synced: nothing of cron's side can be known",
            id="no-host",
        ),
        pytest.param(
            facts(celery(), by=(TAKEN, asked(Owner.RETIRED, "web1", key=2))),
            Outcome.MATCHED,
            "control_absent",
            "cron: its line is out, so it need not be there",
            id="retired",
        ),
        pytest.param(
            facts(by=(SHADOW,)),
            Outcome.NEITHER,
            "outcome",
            "nobody was there: the slot was missed",
            id="neither",
        ),
        pytest.param(
            facts(cron(YIELD), celery(YIELD), by=(TAKEN,), claim=Claimed("t1", "claimed", DUE)),
            Outcome.MISMATCHED,
            "claim",
            "task t1 claimed it on 2026-03-02 12:00:00 CET, and has not "
            "started: its worker is gone, or about to",
            id="a-claim-that-died",
        ),
        pytest.param(
            facts(cron(YIELD), celery(YIELD), by=(TAKEN,)),
            Outcome.MISMATCHED,
            "outcome",
            "both sides were there, and nobody executed it: the slot was missed",
            id="nobody-executed",
        ),
        pytest.param(
            facts(cron(), celery(YIELD), by=(TAKEN,)),
            Outcome.MISMATCHED,
            "outcome",
            "cron executed it, and the owner was celery",
            id="not-the-owner",
        ),
        pytest.param(
            facts(cron(exit=3), celery(WOULD), by=(SHADOW,)),
            Outcome.MISMATCHED,
            "outcome",
            "the run failed",
            id="failed",
        ),
        pytest.param(
            facts(cron(signal=9), celery(WOULD), by=(SHADOW,)),
            Outcome.MISMATCHED,
            "control_execute",
            "cron: executed 1.0 s after it was due, killed by signal 9 (on web1)",
            id="killed",
        ),
        pytest.param(
            facts(cron(lasting=None), celery(WOULD), by=(SHADOW,), after=dt.timedelta(days=2)),
            Outcome.MISMATCHED,
            "outcome",
            "its end was never recorded",
            id="no-end",
        ),
        pytest.param(
            facts(cron(), celery(), by=(SHADOW,)),
            Outcome.DUPLICATE,
            "outcome",
            "it was executed more than once",
            id="duplicate",
        ),
        pytest.param(
            facts(cron(), celery(WOULD, after=4000), by=(SHADOW,)),
            Outcome.LATE,
            "outcome",
            "a side came later than 3600 s after it was due",
            id="late",
        ),
        pytest.param(
            facts(cron(YIELD), celery(after=4000, kind=Kind.EXTRA), by=(TAKEN,)),
            Outcome.LATE,
            "candidate_execute",
            "Celery: too late to be this slot's, and held by its claim all the "
            "same; executed 4000.0 s after it was due, exit 0 after 2.0 s (on w@web2)",
            id="catch-up",
        ),
        pytest.param(
            facts(cron(), by=(SHADOW,), after=dt.timedelta(minutes=2)),
            None,
            "outcome",
            "it is too early to tell: records may still be on their way",
            id="pending",
        ),
        pytest.param(
            facts(by=(TAKEN,), after=-dt.timedelta(hours=1)), None, "future", "it is not due yet", id="future"
        ),
        pytest.param(
            facts(recorded_from=DUE + dt.timedelta(hours=1)),
            None,
            "unrecorded",
            "nothing was recorded of the job before 2026-03-02 13:00:00 CET",
            id="before-the-ledger",
        ),
        pytest.param(
            facts(recorded_from=None),
            None,
            "unrecorded",
            "nothing has been recorded of the job yet",
            id="no-ledger",
        ),
    ],
)
def test_the_rule_that_decided(found: Facts, outcome: Outcome | None, rule: str, sentence: str) -> None:
    assert found.outcome is outcome
    assert sentence in [one.text for one in explain(found) if one.rule == rule]


@pytest.mark.parametrize("text", ["2026-03-02T12:00+01:00", "2026-03-02 12:00+01:00", "2026-03-02T11:00Z",
                                  "2026-03-02T12:00"])  # fmt: skip
def test_a_slot_is_named_as_people_write_it(text: str) -> None:
    assert named_slot(JOB, text) == SLOT


def test_in_the_repeated_hour_the_offset_tells_which() -> None:
    hourly = JobDefinition("hourly", "30 * * * *", "Europe/Warsaw")
    with pytest.raises(UsageProblem) as problem:
        named_slot(hourly, "2026-10-25T02:30")
    assert problem.value.hint == "name one of 2026-10-25T02:30+02:00, 2026-10-25T02:30+01:00"
    assert named_slot(hourly, "2026-10-25T02:30+01:00").name == "2026-10-25T02:30+01:00"


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        pytest.param("yesterday", "yesterday is no slot", id="no-date"),
        pytest.param("2026-03-02T12:01", "job is not due at 2026-03-02T12:01", id="no-slot"),
    ],
)
def test_what_is_no_slot_is_refused_with_those_around_it(text: str, fact: str) -> None:
    with pytest.raises(UsageProblem) as problem:
        named_slot(JOB, text)
    assert problem.value.fact == fact
    assert "2026-03-0" in str(problem.value.hint)


@pytest.mark.parametrize("text", ["0001-01-01T00:00", "9999-12-31T23:59", "9998-12-31T23:59-12:00"])
@pytest.mark.parametrize("expression", ["0 12 * * *", "@every 3900s"])
def test_a_date_at_the_end_of_all_dates_is_no_slot(text: str, expression: str) -> None:
    with pytest.raises(UsageProblem, match="is no slot"):
        named_slot(JobDefinition("job", expression, "Europe/Warsaw"), text)
