"""Owners in the real ledger: what a joining host, a hand-over of several jobs and an abort must not break."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from celery import Celery
from django.utils import timezone

from migrator.comparison.document import JobComparison
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Owner, Refused, Side
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import handing, owners
from migrator.contrib.django.comparing import evidence_from
from migrator.contrib.django.models import Acknowledgement, Handover, Host, Run
from migrator.contrib.django.tasks import recorded

pytestmark = pytest.mark.django_db

AGO = dt.timedelta(hours=1)
APP = Celery("rows", set_as_current=False)  # else it would be the app of all tests that follow


def job(name: str, expression: str = "* * * * *") -> MigratedJob:
    definition = JobDefinition(name, expression, "UTC")
    return MigratedJob(f"tasks.{name}", definition, definition)


def handed_over(name: str, host: Host | None = None) -> Handover:
    at = timezone.now() - AGO
    row = Handover.objects.create(
        job=name, owner="celery", previous="cron", from_slot="-", from_due=at, who="me"
    )
    if host is not None:
        Acknowledgement.objects.create(handover=row, host=host, effective=at, applied=True)
    return row


def test_a_host_that_joins_while_celery_looks_up_the_owner_takes_no_slot_from_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between the two reads the host's row and its word appear together, as a sync commits them."""
    row = handed_over("work", Host.objects.create(name="old", user="root", spool="/spool"))

    def then_a_host_joins(read):  # type: ignore[no-untyped-def]
        def reading(*arguments):  # type: ignore[no-untyped-def]
            found = read(*arguments)
            host, new = Host.objects.get_or_create(name="new", user="root", spool="/spool")
            if new:
                Acknowledgement.objects.create(handover=row, host=host, effective=row.from_due, applied=True)
            return found

        return reading

    for name in ("chains", "current_hosts"):
        monkeypatch.setattr(owners, name, then_a_host_joins(getattr(owners, name)))
    assert owners.owner_of("work", timezone.now(), Side.CANDIDATE) is Owner.CELERY


def test_a_hand_over_of_several_jobs_is_for_all_or_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handing, "ready", lambda *_: None)  # worker and beat are another test's
    jobs = [job("work"), job("never", "0 0 30 2 *")]
    with pytest.raises(Refused, match="never is never due"):
        handing.hand_over(APP, jobs, Owner.SHADOW, who="me", reason="", accepted="", now=timezone.now())
    assert Handover.objects.count() == 0


def test_a_job_that_is_never_due_keeps_no_other_from_being_given_back() -> None:
    for name in ("never", "work"):
        handed_over(name)
    done = handing.abort(
        APP, [job("never", "0 0 30 2 *"), job("work")], who="me", reason="abort",
        now=timezone.now(),
    )  # fmt: skip
    assert [(one.job, one.owner) for one in done] == [("work", "cron")]


def shadowed(expression: str, slots: int, *, exits: int = 0) -> tuple[MigratedJob, dt.datetime]:
    """A job whose last slots both sides were there for, and a moment after them."""
    found = job("work", expression)
    now = timezone.now()
    expected = found.definition.between(now - dt.timedelta(days=60), now - AGO)[-slots:]
    Handover.objects.create(
        job="work", owner="shadow", previous="cron", from_slot=expected[0].name, from_due=expected[0].due,
        who="me",
    )  # fmt: skip
    for slot in expected:
        for side, action in (("control", "execute"), ("candidate", "would")):
            Run.objects.create(
                run=f"{side}{slot.name}", job="work", side=side, action=action, kind="scheduled",
                slot=slot.name, due=slot.due, started=slot.due, finished=slot.due,
                exit=exits if side == "control" else 0,
            )  # fmt: skip
    return found, expected[-1].due + AGO


def test_celery_gets_a_job_once_the_evidence_for_its_period_is_there() -> None:
    found, now = shadowed("0 12 * * *", 7)
    handing.evidence([found], Owner.CELERY, now)


def test_one_slot_less_and_the_refusal_says_what_is_missing_and_until_when() -> None:
    found, now = shadowed("0 12 * * *", 6)
    with pytest.raises(Refused, match="work: 1 matched slot of 7 is missing") as refusal:
        handing.evidence([found], Owner.CELERY, now)
    tomorrow = (now + dt.timedelta(days=1)).date().isoformat()
    assert f"the evidence can be complete on {tomorrow}; see `migrator compare work`" in refusal.value.hint


def test_who_is_refused_for_a_line_of_the_checklist_is_sent_there() -> None:
    found, now = shadowed("0 12 * * *", 7)

    def decide(one: JobComparison) -> JobComparison:
        return replace(one, judgement=replace(one.judgement, against=("open on the checklist: drill",)))

    with pytest.raises(Refused, match="work: open on the checklist: drill") as refusal:
        handing.evidence([found], Owner.CELERY, now, decide=decide)
    assert "see `migrator cutover checklist work`" in refusal.value.hint


def test_turns_need_a_clean_time_in_shadow_and_no_number_of_slots() -> None:
    found, now = shadowed("0 12 * * *", 1)
    handing.evidence([found], Owner.ALTERNATE, now)


@pytest.mark.parametrize(
    ("owner", "fact"), [(Owner.ALTERNATE, "was mismatched"), (Owner.CELERY, "12 slots failed")]
)
def test_a_wrong_slot_keeps_a_job_from_celery_however_many_there_are(owner: Owner, fact: str) -> None:
    found, now = shadowed("0 12 * * *", 12, exits=1)
    with pytest.raises(Refused, match=fact):
        handing.evidence([found], owner, now)


def test_evidence_begins_anew_when_a_job_goes_back_from_celery_to_turns() -> None:
    at = timezone.now()
    steps = ("shadow", "alternate", "celery", "alternate", "celery", "retired", "celery")
    chain = [owners.Handover(Owner(owner), at + number * AGO) for number, owner in enumerate(steps)]
    assert [evidence_from(chain[:count]) for count in (2, 3, 4, 7)] == [at, at, at + 3 * AGO, at + 3 * AGO]


@pytest.mark.parametrize("name", ["", "two words", "a/b", "../up", ".hidden", "żółw", "a" * 201])
def test_a_job_has_an_id_that_the_recorder_on_the_cron_host_looks_up(name: str) -> None:
    """One that it does not look up would go on under cron while Celery executes."""
    with pytest.raises(ValueError, match="is no id of a job"):
        recorded(name, expression="* * * * *", timezone="UTC")


def test_a_host_whose_jobs_are_all_retired_is_offered_to_be_forgotten() -> None:
    """Nobody waits for the word of a host without lines; that it has none left, a person has to say."""
    hosts = [Host.objects.create(name=name, user="root", spool="/spool") for name in ("done", "busy")]
    at = timezone.now() - AGO
    for host, name in ((hosts[0], "gone"), (hosts[1], "gone"), (hosts[1], "work")):
        Run.objects.create(
            run=f"{host.name}-{name}", job=name, side=Side.CONTROL, action="execute", kind="scheduled",
            started=at, host=host.name, user="root",
        )  # fmt: skip
    row = handed_over("gone", hosts[0])
    Handover.objects.create(
        job="gone", owner="retired", previous="celery", from_slot="-", from_due=row.from_due, who="me"
    )
    assert handing.done_hosts() == [str(hosts[0])]
