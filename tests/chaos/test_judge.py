"""The judge of the chaos test is not lenient: what must not be is found."""

from __future__ import annotations

import datetime as dt

import pytest

from migrator.comparison.ownership import Side
from migrator.comparison.runs import Action, RunRecord
from tests.chaos.judge import Effect, Story, judge

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
CRON = Effect("job", "noon", "control", NOON.timestamp(), "a")
CELERY = Effect("job", "noon", "candidate", NOON.timestamp(), "b")


def run(name: str, side: Side = Side.CONTROL, *, exit: int | None = 0) -> RunRecord:
    finished = None if exit is None else NOON
    task = name if side is Side.CANDIDATE else ""
    return RunRecord(
        run=name, job="job", side=side, action=Action.EXECUTE, slot="noon", started=NOON, exit=exit,
        finished=finished, task=task,
    )  # fmt: skip


def story(*effects: Effect, runs: tuple[RunRecord, ...], outcome: str | None) -> Story:
    return Story("job", "noon", effects, runs, outcome, ["because"])


FULL = [(NOON.timestamp() - 1, NOON.timestamp() + 1)]


@pytest.mark.parametrize(
    ("told", "unwritable", "wrong"),
    [
        pytest.param(story(CRON, runs=(run("a"),), outcome="matched"), [], None, id="once"),
        pytest.param(
            story(CELERY, runs=(run("b", Side.CANDIDATE, exit=75), run("b", Side.CANDIDATE)), outcome="late"),
            [],
            None,
            id="two attempts of one message",
        ),
        pytest.param(
            story(CRON, CELERY, runs=(run("a"), run("b", Side.CANDIDATE)), outcome="duplicate"),
            [],
            "happened 2 times",
            id="twice",
        ),
        pytest.param(
            story(CRON, runs=(run("a"), run("b", Side.CANDIDATE)), outcome="duplicate"),
            [],
            "happened once, by a, and the ledger says",
            id="the ledger counts two",
        ),
        pytest.param(story(runs=(run("a", exit=None),), outcome="mismatched"), [], None, id="killed"),
        pytest.param(story(runs=(), outcome="neither"), [], None, id="missed"),
        pytest.param(
            story(runs=(run("a"),), outcome="mismatched"),
            [],
            "never happened, and the ledger says that it ended well",
            id="said to be done",
        ),
        pytest.param(
            story(runs=(), outcome="matched"), [], "never happened, and compare says matched", id="not missed"
        ),
        pytest.param(story(runs=(), outcome=None), [], "compare does not know the slot", id="no slot"),
        pytest.param(
            story(CRON, runs=(), outcome="neither"),
            [],
            "happened, and the ledger does not know",
            id="unknown",
        ),
        pytest.param(story(CRON, runs=(), outcome="neither"), FULL, None, id="the disk was full"),
        pytest.param(
            story(CELERY, runs=(), outcome="neither"),
            FULL,
            "happened, and the ledger does not know",
            id="the disk is not Celery's",
        ),
    ],
)
def test_a_slot(told: Story, unwritable: list[tuple[float, float]], wrong: str | None) -> None:
    offences = judge([told], [], {}, unwritable).offences
    assert offences == [] if wrong is None else offences[0].startswith(wrong)


@pytest.mark.parametrize(
    ("effect", "extra", "wrong"),
    [
        (Effect("job", "-", "control", 0.0, "a"), {"a": None}, False),
        (Effect("job", "-", "control", 0.0, "a"), {}, True),
        (Effect("job", "-", "candidate", 0.0, "a"), {"a": None}, True),
        (Effect("job", "noon", "control", 0.0, "a"), {"a": None}, True),
    ],
    ids=["cron repeats a minute", "unrecorded", "Celery without a slot", "a slot that was not due"],
)
def test_an_effect_in_no_slot(effect: Effect, extra: dict[str, None], wrong: bool) -> None:
    assert bool(judge([], [effect], extra, []).offences) is wrong
