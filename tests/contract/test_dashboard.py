"""The dashboard asked as a server: who may do what, what is refused, and how much it asks of the database."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone, translation

from migrator.comparison.jobs import JobDefinition
from migrator.comparison.outcomes import Outcome
from migrator.comparison.ownership import Owner
from migrator.contrib.django import handing, services
from migrator.contrib.django.dashboard import guard
from migrator.contrib.django.dashboard.ground import ground
from migrator.contrib.django.models import Acknowledgement, Handover, Host, Run, Slot
from migrator.contrib.django.recent import recent_slots
from migrator.i18n import _
from tests import dashboard_office as office

pytestmark = pytest.mark.django_db

BOARD, JOB = "/migrator/", "/migrator/job/send_reminders/"
SWITCH = f"{JOB}owner/"
PAGES = {
    BOARD: "view_dashboard",
    "/migrator/part/": "view_dashboard",
    "/migrator/audit/": "view_dashboard",
    JOB: "view_dashboard",
    f"{JOB}slot/2026-11-20T12:00+01:00/": "view_dashboard",
    f"{SWITCH}?to=shadow": "change_owner",
    "/migrator/abort/": "abort",
}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, settings: Any) -> None:
    """The office's project: its jobs, and no rows yet."""
    (tmp_path / "migrator.toml").write_text(office.CONFIGURATION)
    settings.MIGRATOR_HOME = str(tmp_path)


@pytest.fixture(autouse=True)
def people() -> None:
    office.people()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker will answer, so none is waited for."""
    monkeypatch.setattr(services, "ROLL_CALLS", (0.1,))


def client(name: str | None, **options: Any) -> Client:
    made = Client(**options)
    if name is not None:
        made.force_login(get_user_model().objects.get(username=name))
    return made


def text(response: HttpResponse) -> str:
    return response.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_whoever_is_not_logged_in_is_sent_to_the_login(page: str) -> None:
    response = client(None).get(page)
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/?next=/migrator/")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("who", "hint"), [("guest", "is_staff is not set"), ("clerk", "migrator.view_dashboard")]
)
def test_who_is_not_staff_or_may_not_look_gets_no_page(page: str, who: str, hint: str) -> None:
    response = client(who).get(page)
    assert response.status_code == 403
    assert hint in text(response)


@pytest.mark.parametrize(("page", "permission"), PAGES.items())
def test_a_reader_reads_and_changes_nothing(page: str, permission: str) -> None:
    response = client("reader").get(page)
    allowed = permission == "view_dashboard"
    assert response.status_code == (200 if allowed else 403)
    assert allowed or f"migrator.{permission}" in text(response)


@pytest.mark.parametrize(
    ("address", "form"), [(SWITCH, {"to": "cron", "seen": "0"}), ("/migrator/abort/", {})]
)
@pytest.mark.parametrize("who", [None, "guest", "clerk", "reader"])
def test_who_may_not_change_owners_changes_none(who: str | None, address: str, form: dict[str, str]) -> None:
    asked_for("send_reminders", "celery")
    response = client(who).post(address, {**form, "reason": "x"})
    assert response.status_code == (302 if who is None else 403)
    assert Handover.objects.count() == 1


@pytest.mark.parametrize("address", [SWITCH, "/migrator/abort/", "/migrator/judge/"])
def test_a_forged_request_is_refused(address: str) -> None:
    """From another site: with the cookie of somebody who may, and without the token of our page."""
    boss = client("boss", enforce_csrf_checks=True)
    asked_for("send_reminders", "celery")
    response = boss.post(address, {"to": "cron", "reason": "x", "seen": str(latest())})
    assert response.status_code == 403
    assert Handover.objects.count() == 1


@pytest.mark.parametrize("address", [SWITCH, "/migrator/abort/"])
def test_looking_changes_nothing(address: str) -> None:
    asked_for("send_reminders", "celery")
    client("boss").get(f"{address}?to=cron&reason=x&seen={latest()}")
    assert Handover.objects.count() == 1


def asked_for(job: str, owner: str) -> Handover:
    at = timezone.now() - dt.timedelta(days=3)
    return Handover.objects.create(
        job=job, owner=owner, previous="shadow", from_slot="-", from_due=at, who="anna", at=at
    )


def latest() -> int:
    return Handover.objects.latest("id").pk


def test_a_switch_is_in_the_audit_log_with_the_person_and_the_reason() -> None:
    asked_for("send_reminders", "celery")
    boss = client("boss")
    page = boss.get(f"{SWITCH}?to=cron")
    assert "celery" in text(page)
    assert f'name="seen" value="{latest()}"' in text(page)
    response = boss.post(SWITCH, {"to": "cron", "reason": "mails look odd", "seen": str(latest())})
    assert response.status_code == 302
    done = Handover.objects.latest("id")
    assert (done.job, done.previous, done.owner) == ("send_reminders", "celery", "cron")
    assert (done.who, done.reason) == ("boss", "mails look odd")
    assert done.from_due >= timezone.now() + dt.timedelta(seconds=100)
    assert "mails look odd" in text(boss.get("/migrator/audit/"))
    assert "mails look odd" in text(boss.get(JOB))


def test_a_switch_goes_by_the_slot_that_its_page_has_named() -> None:
    asked_for("send_reminders", "celery")
    boss = client("boss")
    page = text(boss.get(f"{SWITCH}?to=cron"))
    boss.post(SWITCH, {"to": "cron", "reason": "x", "seen": str(latest())})
    assert Handover.objects.latest("id").from_slot in page


def test_without_a_reason_nothing_is_changed() -> None:
    asked_for("send_reminders", "celery")
    response = client("boss").post(SWITCH, {"to": "cron", "reason": "  ", "seen": str(latest())})
    assert response.status_code == 409
    assert "a reason is needed" in text(response)
    assert Handover.objects.count() == 1


def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten() -> None:
    seen = asked_for("send_reminders", "shadow").pk
    asked_for("send_reminders", "celery")
    response = client("boss").post(SWITCH, {"to": "cron", "reason": "x", "seen": str(seen)})
    assert response.status_code == 409
    assert "has been changed meanwhile" in text(response)
    assert Handover.objects.count() == 2


@pytest.mark.parametrize("to", ["", "retired", "nobody", "<b>"])
def test_there_are_no_other_owners(to: str) -> None:
    assert client("boss").get(SWITCH, {"to": to}).status_code == 404


def test_the_gates_of_the_command_line_hold_here_too() -> None:
    """Without broker, worker, hosts and evidence Celery gets no job, and the page says what is missing."""
    asked_for("send_reminders", "shadow")
    boss = client("boss")
    page = text(boss.get(f"{SWITCH}?to=celery"))
    assert "no worker answers" in page
    assert "no cron host has synced yet" in page
    assert "It cannot be done now" in page
    refused = boss.post(SWITCH, {"to": "celery", "reason": "x", "seen": str(latest())})
    assert refused.status_code == 409
    assert Handover.objects.count() == 1


def test_only_who_may_accept_a_risk_passes_the_evidence_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handing, "ready", lambda *_arguments: None)  # worker and beat are another test's
    Host.objects.create(name="cron1", user="www", spool="/spool")
    asked_for("send_reminders", "shadow")
    asking = {"to": "celery", "reason": "x", "seen": str(latest())}
    user = get_user_model().objects.get(username="boss")
    page = text(client("boss").get(f"{SWITCH}?to=celery"))
    assert 'name="accept"' in page
    assert "see `migrator compare send_reminders`" in page
    assert "--accept" not in page  # an option of the command line, beside a field of this page
    assert client("boss").post(SWITCH, asking).status_code == 409
    user.user_permissions.remove(user.user_permissions.get(codename="accept_risk"))
    page = text(client("boss").get(f"{SWITCH}?to=celery"))
    assert "migrator.accept_risk" in page
    assert 'name="accept"' not in page
    assert client("boss").post(SWITCH, {**asking, "accept": "it is late"}).status_code == 403
    assert Handover.objects.count() == 1
    user.user_permissions.add(office.permission("accept_risk"))
    assert client("boss").post(SWITCH, {**asking, "accept": "it is late"}).status_code == 302
    assert Handover.objects.latest("id").accepted == "it is late"


def test_abort_gives_everything_back_but_what_has_no_line() -> None:
    for job, owner in (
        ("send_reminders", "celery"),
        ("monthly_bill", "shadow"),
        ("archive_orders", "retired"),
    ):
        asked_for(job, owner)
    boss = client("boss")
    page = text(boss.get("/migrator/abort/"))
    assert "Give 2 jobs back to cron" in page
    assert "archive_orders" in page
    assert boss.post("/migrator/abort/", {"reason": ""}).status_code == 409
    done = boss.post("/migrator/abort/", {"reason": "the broker is on fire"}, follow=True)
    assert "2 jobs go back to cron." in text(done)
    rows = Handover.objects.filter(owner="cron")
    assert {(row.job, row.who, row.reason) for row in rows} == {
        ("send_reminders", "boss", "the broker is on fire"),
        ("monthly_bill", "boss", "the broker is on fire"),
    }


def test_a_key_that_is_no_number_is_another_one() -> None:
    for seen in ("9" * 5000, "-1", ""):
        response = client("boss").post(SWITCH, {"to": "cron", "reason": "x", "seen": seen})
        assert response.status_code == 409


@pytest.mark.parametrize(
    "address",
    [
        f"{BOARD}?q=%3Cscript%3Ealert(1)%3C/script%3E",
        "/migrator/audit/?who=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/migrator/job/%3Cscript%3Ealert(1)%3C%2Fscript%3E/",
        f"{JOB}slot/%3Cscript%3Ealert(1)%3C%2Fscript%3E/",
        f"{JOB}?until=%3Cscript%3Ealert(1)%3C/script%3E",
        f"{JOB}?until=0001-01-01T00:00",
        f"{JOB}?until=9999-12-31T23:59-12:00",
        f"{JOB}?until=9999-12-31T23:59:59",
        f"{JOB}?until=%00",
        f"{JOB}slot/9999-12-31T23:59/",
        f"{SWITCH}?to=%3Cscript%3Ealert(1)%3C/script%3E",
        "/migrator/audit/?job='%20OR%201=1--&page=-1",
    ],
)
def test_an_address_is_text_whatever_it_says(address: str) -> None:
    response = client("boss").get(address)
    assert response.status_code in (200, 404)
    assert "<script>alert" not in text(response)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_allows_nothing_from_outside_and_nothing_inline(page: str) -> None:
    response = client("boss").get(page)
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "no-store" in response["Cache-Control"]
    body = text(response)
    assert " style=" not in body
    assert " onclick=" not in body
    assert "<style" not in body
    assert "<script>" not in body


def test_style_and_script_are_served_without_collectstatic() -> None:
    page = text(client("boss").get(BOARD))
    for name, kind in (("dashboard.css", "text/css"), ("dashboard.js", "text/javascript")):
        [address] = {part.split('"')[0] for part in page.split('"') if part.endswith(name)}
        response = client(None).get(address)
        assert response["Content-Type"].startswith(kind)
        assert "immutable" in response["Cache-Control"]
    assert client(None).get("/migrator/asset/0/models.py").status_code == 404
    assert client(None).get("/migrator/asset/0/dashboard.js")["Cache-Control"] == "no-cache"


def test_it_speaks_the_language_of_the_request_in_each_thread() -> None:
    """Two requests at once, each in its own language, and none of it stays behind."""
    both, said = Barrier(2), {}

    def visit(code: str) -> None:
        with translation.override(code), guard.reading_language():
            both.wait()
            said[code] = _("too early to tell")
            both.wait()

    threads = [Thread(target=visit, args=(code,)) for code in ("en", "pl")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == {"en": "too early to tell", "pl": "za wcześnie, by to stwierdzić"}
    assert _("too early to tell") == "too early to tell"


def test_django_chooses_the_language(settings: Any) -> None:
    settings.LANGUAGE_CODE = "pl"
    page = text(client("boss").get(BOARD))
    assert '<html lang="pl">' in page
    assert "Tablica" in page


def test_a_database_that_is_away_is_a_page_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    from migrator.contrib.django.dashboard import views

    def broken(*_arguments: Any) -> None:
        raise OperationalError("no such host: postgres://shop:hunter2secret@db/shop")

    monkeypatch.setattr(views, "board_of", broken)
    response = client("boss").get(BOARD)
    assert response.status_code == 503
    assert "hunter2secret" not in text(response)


@pytest.mark.parametrize("page", [BOARD, JOB, "/migrator/audit/", SWITCH + "?to=cron", "/migrator/abort/"])
def test_an_owner_of_a_newer_version_is_a_page_with_a_remedy(page: str) -> None:
    asked_for("send_reminders", "shared")
    response = client("boss").get(page)
    assert response.status_code == 503
    assert "the ledger has an owner shared, which this version does not know" in text(response)


def test_no_database_is_asked_for_what_none_holds() -> None:
    """PostgreSQL refuses a text with a NUL, and the page would be an error of the server."""
    page = text(client("boss").get("/migrator/audit/?who=an%00na&job=%00"))
    assert 'value="anna"' in page


def test_a_host_that_is_silent_and_a_job_without_a_task_are_told() -> None:
    old = timezone.now() - dt.timedelta(hours=1)
    Host.objects.create(name="gone", user="www", spool="/spool", last_seen=old)
    asked_for("renamed_job", "celery")
    page = text(client("reader").get(BOARD))
    assert "www@gone:/spool" in page
    assert "renamed_job" in page


def test_a_hand_over_that_is_not_acknowledged_says_by_whom() -> None:
    host = Host.objects.create(name="slow", user="www", spool="/spool")
    other = Host.objects.create(name="quick", user="www", spool="/spool")
    asked = asked_for("send_reminders", "celery")
    Acknowledgement.objects.create(handover=asked, host=other, effective=asked.from_due, applied=True)
    page = text(client("reader").get(BOARD))
    assert f"not acknowledged: {host}" in page
    assert "celery from" in page


def test_a_project_without_jobs_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "migrator.toml").write_text('[project]\ncelery = "tests.celery_steps:app"\n')
    response = client("reader").get(BOARD)
    assert response.status_code in (200, 503)
    assert "migrator" in text(response)


def test_the_audit_log_has_pages_and_filters() -> None:
    for number in range(60):
        Handover.objects.create(
            job=f"job_{number % 3}", owner="celery" if number % 2 else "cron", previous="shadow",
            from_slot="-", from_due=timezone.now(), who="anna" if number % 5 else "ben",
        )  # fmt: skip
    reader = client("reader")
    first, second = text(reader.get("/migrator/audit/")), text(reader.get("/migrator/audit/?page=2"))
    assert first.count('<tr role="row">') - 1 == 50
    assert second.count('<tr role="row">') - 1 == 10
    assert text(reader.get("/migrator/audit/?who=ben")).count('<tr role="row">') - 1 == 12
    assert text(reader.get("/migrator/audit/?owner=cron&job=job_1")).count('<tr role="row">') - 1 == 10


HOSTILE = "<script>alert(1)</script>\x1b[2J=cmd|' /C calc'!A0 {{7*7}} password=hunter2secret"


def test_reasons_people_and_hosts_are_text_whatever_they_are() -> None:
    """The audit log, the job's page and why show what people and hosts wrote: nothing of it is markup."""
    asked = asked_for("send_reminders", "celery")
    Handover.objects.filter(pk=asked.pk).update(reason=HOSTILE, accepted=HOSTILE, who=HOSTILE[:25])
    host = Host.objects.create(name=HOSTILE[:60], user="www", spool="/spool")
    Acknowledgement.objects.create(handover=asked, host=host, effective=asked.from_due, applied=True)
    [slot] = ground().jobs["send_reminders"].definition.preceding(timezone.now(), 1)
    Run.objects.create(
        run=HOSTILE[:40], job="send_reminders", side="control", action="execute", kind="scheduled",
        slot=slot.name, due=slot.due, started=slot.due, finished=slot.due, exit=0, output=HOSTILE,
        host=HOSTILE[:60], user=HOSTILE[:60], worker=HOSTILE, reason=HOSTILE,
    )  # fmt: skip
    boss = client("boss")
    for address in (BOARD, JOB, "/migrator/audit/", f"{JOB}slot/{slot.name}/", f"{SWITCH}?to=cron"):
        response = boss.get(address)
        page = text(response)
        assert response.status_code == 200
        assert "<script>alert" not in page
        assert "hunter2secret" not in page
        assert ">49<" not in page


def test_an_interval_has_slots_on_the_board_too() -> None:
    """An interval is due at no minute of a clock; its slots are stretches of its own length."""
    now = timezone.now()
    job = JobDefinition("poll", "@every 90s", "Europe/Warsaw")
    for slot in job.preceding(now - dt.timedelta(minutes=10), 5):
        for side, action in (("control", "execute"), ("candidate", "would")):
            Run.objects.create(
                run=f"{side}{slot.name}", job="poll", side=side, action=action, kind="scheduled",
                slot=slot.name, due=slot.due, started=slot.due, finished=slot.due, exit=0,
            )  # fmt: skip
        Slot.objects.create(
            job="poll", slot=slot.name, due=slot.due, owner="shadow", holder="1", run="1",
            claimed_at=slot.due,
        )  # fmt: skip
    found = recent_slots([job], {}, [], now=now, count=24)["poll"]
    assert [one.outcome for one in found[:5]] == [Outcome.MATCHED] * 5
    assert {one.compared.owner for one in found[:5] if one.compared} == {Owner.SHADOW}
    assert len(found) > 5
