"""What both sides did, printed and how late they were: one row of the table for each idea."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from typing import Any

import pytest

from migrator.comparison.effects import Effects
from migrator.comparison.effects_beside import counts_in_words, effects_beside, summary
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.judging import Comparison, compare
from migrator.comparison.lag import LagSeen, lag, lag_in_words
from migrator.comparison.likeness import Likeness
from migrator.comparison.outcomes import SlotComparison
from migrator.comparison.output_beside import OutputSeen, normalised, output_beside, output_in_words
from migrator.comparison.ownership import Owner, Side
from migrator.comparison.runs import Action, RunRecord
from migrator.comparison.verdicts import Verdict, judge

JOB = JobDefinition("job", "0 * * * *", "UTC")
BEGIN = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)

SAME, NONE = "the same in every slot of both sides", "no mail and no database write on either side"
EQUAL, DIFFERS, UNKNOWN = Likeness.EQUAL, Likeness.DIFFERS, Likeness.UNKNOWN


def mails(count: int | None, **more: Any) -> Effects:
    return Effects(mails=count, **more)


def run(side: Side, effects: Effects | None = None, **more: Any) -> RunRecord:
    return RunRecord(
        **{
            "run": f"{side}{effects}", "job": "job", "side": side, "action": Action.EXECUTE, "started": BEGIN,
            "finished": BEGIN, "exit": 0, "effects": effects, **more,
        }
    )  # fmt: skip


def slots(
    control: list[Effects | None], candidate: list[Effects | None], *, same: bool = False, **more: Any
) -> tuple[SlotComparison, ...]:
    """One slot for each run; ``same``: the two sides executed the same slots."""
    expected = JOB.between(BEGIN, BEGIN + dt.timedelta(hours=len(control) + len(candidate)))
    runs = [(side, one) for side, all_ in zip(Side, (control, candidate), strict=True) for one in all_]
    numbers = [*range(len(control)), *range(len(candidate))] if same else range(len(runs))
    records = [
        dataclasses.replace(run(side, one, **more), run=str(index), slot=expected[number].name)
        for index, ((side, one), number) in enumerate(zip(runs, numbers, strict=True))
    ]
    return history(records, expected[: len(set(numbers))]).slots


def history(records: list[RunRecord], expected: list[Any]) -> Comparison:
    return compare(
        JOB,
        expected=expected,
        runs=records,
        owner_of=lambda _: Owner.SHADOW,
        now=BEGIN + dt.timedelta(days=9),
    )


@pytest.mark.parametrize(
    ("control", "candidate", "word", "sentence"),
    [
        pytest.param([mails(3)] * 3, [mails(3)] * 2, EQUAL, SAME, id="same"),
        pytest.param([mails(3)] * 3, [mails(1)] * 2, DIFFERS, "mails: cron 3, Celery 1", id="three-and-one"),
        pytest.param([mails(2), mails(3)], [mails(0)], DIFFERS,
                     "mails: cron 2 to 3, 5 in 2 slots, Celery 0", id="never-none-before"),
        pytest.param([mails(0)], [mails(1)], DIFFERS, "mails: cron 0, Celery 1", id="never-any-before"),
        pytest.param([mails(0), mails(4)], [mails(1)], UNKNOWN,
                     "it varies from slot to slot: mails: cron 0 to 4, 4 in 2 slots, Celery 1", id="within"),
        pytest.param([mails(100), mails(107)], [mails(108)], UNKNOWN,
                     "it varies from slot to slot: mails: cron 100 to 107, 207 in 2 slots, Celery 108",
                     id="a-little-more-than-ever"),
        pytest.param([mails(0)], [mails(0)], EQUAL, NONE, id="none"),
        pytest.param([mails(3)], [], UNKNOWN, "Celery has executed no slot", id="no-celery"),
        pytest.param([mails(3), None], [mails(3)], UNKNOWN, "cron: 1 slot of 2 was not counted", id="a-gap"),
        pytest.param([None], [mails(3)], UNKNOWN, "cron: 1 slot of 1 was not counted", id="nothing-known"),
        pytest.param([mails(3)], [mails(1, programs=1)], UNKNOWN,
                     "Celery: 1 slot of 1 did what cannot be counted", id="another-program-may-have-done-it"),
        pytest.param([mails(None)], [mails(3)], UNKNOWN,
                     "it varies from slot to slot: mails: cron unknown, Celery 3", id="no-number"),
        pytest.param([mails(0, writes={"INSERT a": 2})], [mails(0, writes={"INSERT b": 2})], DIFFERS,
                     "INSERT a: cron 2, Celery 0; INSERT b: cron 0, Celery 2", id="another-table"),
    ],
)  # fmt: skip
def test_effects(
    control: list[Effects | None], candidate: list[Effects | None], word: Likeness, sentence: str
) -> None:
    beside = effects_beside(slots(control, candidate))
    assert beside.likeness is word
    assert summary(beside) == sentence


def test_a_slot_that_both_executed_says_more_than_all_others() -> None:
    both = slots([mails(3), mails(9)], [mails(3), mails(8)], same=True)
    beside = effects_beside(both)
    assert beside.likeness is DIFFERS
    assert summary(beside) == f"mails: cron 9, Celery 8, in the slot {both[1].slot.name}"
    assert effects_beside(slots([mails(3), mails(9)], [mails(3), mails(9)], same=True)).likeness is EQUAL


def test_a_double_that_found_nothing_to_do_hides_no_difference() -> None:
    """One slot that both executed, with nothing due, beside slots of their own."""
    alone = slots([mails(3), mails(3)], [mails(1), mails(1)])
    double = slots([mails(3)], [mails(3)], same=True)
    assert effects_beside([*double, *alone]).likeness is UNKNOWN
    assert effects_beside([*double, *slots([mails(3)], [mails(3)])]).likeness is EQUAL


def test_a_run_that_failed_has_done_a_part_of_its_work() -> None:
    beside = effects_beside(slots([mails(3)], [mails(3)], exit=1))
    assert (beside.control.slots, beside.likeness) == (0, UNKNOWN)


def test_attempts_of_one_message_are_one_execution() -> None:
    [slot] = JOB.between(BEGIN, BEGIN + dt.timedelta(hours=1))
    attempts = [
        run(Side.CANDIDATE, mails(1), run="1", task="t", slot=slot.name, exit=75),
        run(Side.CANDIDATE, mails(2), run="2", task="t", slot=slot.name),
    ]
    [found] = history(attempts, [slot]).slots
    assert found.candidate is not None
    assert found.candidate.effects == mails(3)


def test_other_work_is_unsafe_unless_it_is_a_demonstration() -> None:
    found = slots([mails(3)], [mails(1)])
    now = BEGIN + dt.timedelta(days=9)
    for job, verdict in ((JOB, Verdict.UNSAFE), (JOB.demonstrated("* * * * *"), Verdict.HOLD)):
        judgement = judge(
            Comparison(job), job=JOB, evidence_from=BEGIN, now=now, effects=effects_beside(found)
        )
        assert judgement.verdict is verdict
        assert ("the work differs: mails: cron 3, Celery 1" in judgement.reasons) is not job.demo


def test_what_was_there_and_cannot_be_counted_is_unknown_in_words() -> None:
    [line, *_] = effects_beside(slots([mails(None)], [mails(1)])).effects
    assert (counts_in_words(line.control), counts_in_words(line.candidate)) == ("unknown", "1")


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        pytest.param("2026-03-02 12:00:01,123 sent 3", "<time> sent <number>", id="log"),
        pytest.param("at 2026-03-02T12:00:00.5+01:00", "at <time>", id="iso"),
        pytest.param("in 00:03", "in <time>", id="clock"),
        pytest.param("id 5f0c2a1b-0000-4000-8000-0123456789ab!", "id <id>!", id="uuid"),
        pytest.param("commit deadbeef12 at 0x7f3a", "commit <id> at <id>", id="hex"),
        pytest.param("facade defaced", "facade defaced", id="words-are-no-hex"),
        pytest.param("wrote /var/tmp/a-1.csv (1,024 bytes)", "wrote <path> (<number> bytes)", id="path"),
        pytest.param("page 3/4 and/or 5", "page <number>/<number> and/or <number>", id="a-slash"),
        pytest.param("\x1b[31m-7.5\x1b[0m   %", "<number> %", id="colours-and-blanks"),
    ],
)
def test_a_line_without_what_changes_each_time(line: str, kind: str) -> None:
    assert normalised(line) == kind


def printed(control: str, candidate: str) -> list[SlotComparison]:
    pair = [slots([None], [], output=control), slots([], [None], output=candidate)]
    return [one for found in pair for one in found]


@pytest.mark.parametrize(
    ("control", "candidate", "word", "told"),
    [
        pytest.param("sent 3\n", "sent 1\n", EQUAL, "", id="numbers-are-the-datas"),
        pytest.param("sent 3\nno address: 7\n", "sent 1\n", DIFFERS,
                     "1 kind of line only under cron: 'no address: <number>'", id="one-sided"),
        pytest.param("", "sent 1\n", UNKNOWN, "1 kind of line only under Celery: 'sent <number>'",
                     id="redirected"),
        pytest.param("", "", EQUAL, "", id="silent"),
        pytest.param("a\nb\nc\nd\n", "e\n", DIFFERS,
                     "4 kinds of lines only under cron: 'a', 'b', 'c', ...; "
                     "1 kind of line only under Celery: 'e'", id="the-first-three"),
        pytest.param("x" * 20 + "\n" + "y\n" * 2000, "y\n", EQUAL, "", id="the-cut-line-is-dropped"),
        pytest.param("z\n" + "y\n" * 2000, "y\nq\n", UNKNOWN, "1 kind of line only under Celery: 'q'",
                     id="it-may-be-in-the-part-that-was-cut"),
        pytest.param("sent 3\nnoise 1\n", "sent 3\n", EQUAL, "1 line ignored", id="ignored"),
    ],
)  # fmt: skip
def test_output(control: str, candidate: str, word: Likeness, told: str) -> None:
    beside = output_beside(printed(control, candidate), [re.compile("^noise")])
    assert beside.likeness is word
    assert output_in_words(beside) == told


@pytest.mark.parametrize(
    ("cron", "celery", "word", "told"),
    [
        pytest.param(["a\nrare\n", *["a\n"] * 9], 20, EQUAL,
                     "1 kind of line comes and goes by itself", id="rare"),
        pytest.param(["a\nrare\n", *["a\n"] * 9], 44, DIFFERS,
                     "1 kind of line only under cron: 'rare'", id="absent-for-too-long"),
        pytest.param(["a\nb\n"] * 5, 1, DIFFERS, "1 kind of line only under cron: 'b'", id="always-there"),
        pytest.param(["a\nb\n", "a\n"], 1, DIFFERS,
                     "1 kind of line only under cron: 'b'", id="too-few-to-learn"),
        pytest.param([f"a\nabout {word}\n" for word in ("ann", "bob", "cy", "di", "eve")], 3, EQUAL,
                     "5 kinds of lines come and go by themselves", id="the-data-in-words"),
    ],
)  # fmt: skip
def test_the_noise_of_a_job_is_learnt_from_its_own_history(
    cron: list[str], celery: int, word: Likeness, told: str
) -> None:
    seen = OutputSeen()
    for output in cron:
        [seen.add(one) for one in slots([None], [], output=output)]
    for _ in range(celery):
        [seen.add(one) for one in slots([], [None], output="a\n")]
    beside = seen.beside()
    assert (beside.likeness, output_in_words(beside)) == (word, told)


def test_nothing_is_said_of_output_before_both_sides_have_executed() -> None:
    assert output_beside(slots([None], [], output="sent 3\n")).likeness is UNKNOWN


def test_lag_is_split_by_step() -> None:
    def at(seconds: float) -> dt.datetime:
        return BEGIN + dt.timedelta(seconds=seconds)

    [slot] = JOB.between(BEGIN, BEGIN + dt.timedelta(hours=1))
    celery = run(Side.CANDIDATE, slot=slot.name, published=at(0.5), received=at(0.75), started=at(2.75))
    cron = run(Side.CONTROL, slot=slot.name, started=at(1))
    found = lag(history([celery, cron], [slot]).slots)
    assert {name: one.median for name, one in found.candidate.items()} == {
        "published": 0.5, "received": 0.25, "started": 2.0, "total": 2.75,
    }  # fmt: skip
    assert lag_in_words(found.control) == "due to started +1.0 s (1.0 at most)"


def test_a_step_that_nobody_recorded_is_not_added_to_the_next() -> None:
    [slot] = JOB.between(BEGIN, BEGIN + dt.timedelta(hours=1))
    celery = run(Side.CANDIDATE, slot=slot.name, received=BEGIN + dt.timedelta(seconds=5))
    assert set(lag(history([celery], [slot]).slots).candidate) == {"total"}


def test_the_steps_stay_in_their_order_whatever_a_database_makes_of_it() -> None:
    """PostgreSQL and MySQL keep the shortest key of a document first."""
    times = [[100, 1]]
    stored = {"candidate": {"total": times, "started": times, "received": times, "published": times}}
    assert list(LagSeen(stored).lag().candidate) == ["published", "received", "started", "total"]
