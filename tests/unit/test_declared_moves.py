"""A declared move of a job's time: noted while cron has the job, in force once its line is out."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from migrator.comparison.jobs import JobDefinition
from migrator.configuration import Configuration, read_configuration
from migrator.cutover.checklist import State
from migrator.cutover.facts import CeleryFacts, Evidence, Situation
from migrator.cutover.readiness import JobReadiness, assemble
from migrator.errors import MigratorError
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory
from migrator.sources.source import SourceFile

NOW = dt.datetime(2026, 9, 1, 9, tzinfo=dt.UTC)
LINE = "@daily cd /srv/shop && python manage.py clearsessions\n"
RETIRED = f"#migrator retired clearsessions: {LINE}"
MOVE = '[jobs.clearsessions]\nmove = "0 3 * * *"\nmove_reason = "the backup is over by then"\n'


def inventory(text: str, decisions: str = MOVE) -> Inventory:
    configuration = read_configuration(decisions)
    context = Context("Europe/Warsaw", NOW.date(), decisions=configuration.jobs)
    return take_inventory([SourceFile("crontab", text)], context)


@pytest.mark.parametrize(
    ("text", "expression", "says"),
    [
        pytest.param(LINE, "@daily", "it moves from @daily to 0 3 * * * once its line is out", id="live"),
        pytest.param(RETIRED, "0 3 * * *", "it has moved from @daily to 0 3 * * *", id="retired"),
        pytest.param(LINE + RETIRED, "@daily", "it moves from @daily", id="back"),
    ],
)
def test_it_is_in_force_once_no_line_is_crons(text: str, expression: str, says: str) -> None:
    job = inventory(text).jobs[0]
    assert job.expression is not None
    assert job.expression.text == expression
    [finding] = [one for one in job.findings if one.code == "CM603"]
    assert finding.message.startswith(says)
    assert finding.message.endswith(": the backup is over by then")


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ('move = "0 3 * * *"', "move has no reason"),
        ('move_reason = "why not"', "has a move_reason, and no move"),
        ('move = "0 25 * * *"\nmove_reason = "x"', r"move = 0 25 \* \* \*: hour: 25 is outside 0-23"),
    ],
)
def test_half_a_declaration_is_none(keys: str, says: str) -> None:
    with pytest.raises(MigratorError, match=says) as caught:
        inventory(LINE, f"[jobs.clearsessions]\n{keys}\n")
    assert caught.value.exit_code == 2


def test_what_counts_seconds_does_not_move() -> None:
    with pytest.raises(MigratorError, match="no schedule of five fields"):
        inventory(LINE.replace("@daily", "@reboot"))


def ready(text: str, written: str, decisions: str) -> JobReadiness:
    """The job where the code has a task of this time."""
    definition = JobDefinition("clearsessions", written, "Europe/Warsaw")
    situation = Situation(
        project="shop",
        configuration=Configuration(),
        evidence=Evidence(),
        celery=CeleryFacts(tasks={definition.id: definition}),
        left_out={},
        now=NOW,
    )
    return assemble(inventory(text, decisions), situation).jobs[0]


@pytest.mark.parametrize(
    ("text", "written", "decisions", "state", "evidence"),
    [
        pytest.param(LINE, "@daily", MOVE, State.DONE, "tasks.clearsessions", id="waits"),
        pytest.param(LINE, "0 3 * * *", MOVE, State.BLOCKED, "the move waits until the line", id="early"),
        pytest.param(LINE, "0 3 * * *", "", State.BLOCKED, "the line says @daily", id="undeclared"),
        pytest.param(RETIRED, "0 3 * * *", MOVE, State.DONE, "tasks.clearsessions", id="moved"),
        pytest.param(RETIRED, "@daily", MOVE, State.BLOCKED, "the line says 0 3 * * *", id="not-yet-written"),
    ],
)
def test_the_checklist_tells_a_declared_move_from_another_time(
    text: str, written: str, decisions: str, state: State, evidence: str
) -> None:
    found = ready(text, written, decisions)
    items = {item.key: item for item in found.checklist}
    assert items["task"].state is state
    assert evidence in items["task"].evidence
    assert ("declared" in items["proof"].evidence) is bool(decisions)
    assert replace(items["proof"], evidence="").state is State.DONE
