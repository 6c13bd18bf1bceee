"""The lines of the checklist that hold a job while they are open, and those that a person answers for."""

import dataclasses

import pytest

from migrator.comparison.ownership import Owner
from migrator.comparison.verdicts import Verdict
from migrator.configuration import Configuration, EvidenceNeeded, JobDecision, read_configuration
from migrator.cutover.checklist import State
from migrator.cutover.facts import Evidence
from migrator.cutover.readiness import JobReadiness, assemble
from migrator.errors import UsageProblem
from migrator.required import REQUIRED, Accepted, accepted
from tests.cutover_story import compared, definition, handed_over, inventory, situation

LINE = "0 12 * * * python manage.py remind\n"


def judged(configuration: Configuration, **accepted: str) -> JobReadiness:
    """A job whose slots are complete, and of which nobody has looked at anything else."""
    found = inventory(LINE)
    ledger = compared(definition(found, "remind"), 8, handed_over, Owner.CELERY)
    about = dataclasses.replace(
        situation(Evidence({"remind": ledger}, {"remind": Owner.CELERY})),
        configuration=configuration,
        accepted=accepted,
    )
    [job] = assemble(found, about).jobs
    return job


def test_what_the_cutover_rests_on_is_required_unless_somebody_says_otherwise() -> None:
    job = judged(Configuration())
    assert job.judgement.verdict is Verdict.SAFE
    assert job.verdict is Verdict.HOLD
    holding = [item.key for item in job.checklist if item.holds]
    assert job.reasons == (f"open on the checklist: {', '.join(holding)}",)
    assert holding == ["task", "zone", "registered", "scheduled", "rehearsal", "drill", "output", "results"]


def test_the_project_chooses_the_lines() -> None:
    few = EvidenceNeeded(require=("drill", "effects"))
    job = judged(Configuration(evidence=few))
    assert [item.key for item in job.checklist if item.holds] == ["effects", "drill"]
    assert judged(Configuration(evidence=EvidenceNeeded(require=()))).verdict is Verdict.SAFE


def test_a_line_that_a_person_answers_for_holds_nothing_and_is_told_with_the_verdict() -> None:
    team = JobDecision(alert="ops", evidence={"drill": "the mail server was away on 3 March"})
    require = EvidenceNeeded(require=("drill", "rehearsal"))
    configuration = Configuration(evidence=require, jobs={"remind": team})
    assert judged(configuration).reasons == ("open on the checklist: rehearsal",)
    job = judged(configuration, rehearsal="a quarter was enough")
    assert job.verdict is Verdict.SAFE
    assert job.reasons[1:] == (
        "rehearsal was accepted: a quarter was enough",
        "drill was accepted: the mail server was away on 3 March",
    )
    [drill] = [item for item in job.checklist if item.key == "drill"]
    assert (drill.state, drill.holds) == (State.OPEN, False)
    assert drill.evidence.endswith("; accepted: the mail server was away on 3 March")


def test_migrator_toml_names_lines_and_reasons() -> None:
    text = '[evidence]\nrequire = ["drill"]\n[jobs.remind]\nevidence = { rehearsal = "seen" }\n'
    found = read_configuration(text)
    assert found.evidence.require == ("drill",)
    assert found.jobs["remind"].evidence == {"rehearsal": "seen"}
    assert read_configuration("").evidence.require == REQUIRED


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ('[evidence]\nrequire = ["drills"]\n', "[evidence] require names drills"),
        ('[jobs.remind.evidence]\nmatched = "x"\n', "[jobs.remind.evidence] names matched"),
        ('[jobs.remind.evidence]\ndrill = ""\n', "drill has no reason"),
        ("[jobs.remind]\nevidence = 3\n", "jobs.remind.evidence is no table"),
    ],
)
def test_what_is_no_line_or_no_reason_is_refused(text: str, fact: str) -> None:
    with pytest.raises(UsageProblem, match=r"migrator\.toml") as problem:
        read_configuration(text)
    assert fact in problem.value.fact


def test_accept_is_for_everything_or_for_a_line() -> None:
    assert accepted(()) == Accepted()
    assert accepted(["ticket 12"]).everything == "ticket 12"
    assert accepted(["x = 3 is fine"]).everything == "x = 3 is fine"
    both = accepted(["drill=seen in staging", "rehearsal=a quarter"])
    assert (bool(both), both.sentence) == (False, "drill: seen in staging; rehearsal: a quarter")
    with pytest.raises(UsageProblem, match="--accept drill has no reason"):
        accepted(["drill="])
