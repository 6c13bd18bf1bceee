"""What the pages of the dashboard show of a ledger of six weeks, and how much they ask of the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from migrator.comparison.ownership import Owner
from migrator.contrib.django import owners, together
from migrator.contrib.django.comparing import compare_jobs
from migrator.contrib.django.dashboard import guard, judging
from migrator.contrib.django.dashboard.ground import ground
from migrator.contrib.django.ledger import records
from migrator.contrib.django.models import Handover, Host, Judged, Run, Slot, UnrecordedStart
from migrator.contrib.django.recent import recent_slots
from tests import dashboard_office as office

pytestmark = pytest.mark.django_db

BOARD = "/migrator/"
AT_MOST = 30  # queries of a page


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: Any) -> Iterator[dt.datetime]:
    """The office's ledger of six weeks and its people, made once: each test's changes are taken back."""
    now = timezone.now()
    with django_db_blocker.unblock():
        office.fill(now, days=42)
        office.people()
    yield now
    with django_db_blocker.unblock():
        for model in (Run, Handover, Host, get_user_model()):
            model.objects.all().delete()


@pytest.fixture(autouse=True)
def project(tmp_path: Path, settings: Any) -> None:
    """The office's project."""
    (tmp_path / "migrator.toml").write_text(office.CONFIGURATION)
    settings.MIGRATOR_HOME = str(tmp_path)


def client(name: str) -> Client:
    made = Client()
    made.force_login(get_user_model().objects.get(username=name))
    return made


def text(response: HttpResponse) -> str:
    return response.content.decode()


def asked_for(job: str, owner: str) -> Handover:
    at = timezone.now() - dt.timedelta(days=3)
    return Handover.objects.create(
        job=job, owner=owner, previous="shadow", from_slot="-", from_due=at, who="anna", at=at
    )


def test_the_board_shows_what_compare_says(filled: dt.datetime) -> None:
    jobs = list(ground().jobs.values())
    recent = recent_slots(
        [job.definition for job in jobs], owners.chains(), list(owners.current_hosts()), now=filled, count=24
    )
    for whole in compare_jobs(jobs, now=filled):
        seen = [one.compared for one in recent[whole.id] if one.compared is not None]
        wanted = whole.comparison.slots[-len(seen) :] if seen else ()
        assert [(one.slot, one.outcome, one.owner) for one in seen] == [
            (one.slot, one.outcome, one.owner) for one in wanted
        ]
        pending = len(recent[whole.id]) - len(seen)  # now may be just after a slot
        assert len(recent[whole.id]) == min(24, len(whole.comparison.slots) + pending)


def test_a_claim_says_who_owned_a_slot_of_the_board(filled: dt.datetime) -> None:
    definition = ground().jobs["fetch_courts"].definition
    chain = owners.chains()
    [slot] = definition.preceding(filled - dt.timedelta(hours=12), 1)
    Slot.objects.create(
        job="fetch_courts", slot=slot.name, due=slot.due, owner="shadow", holder="1", run="1",
        claimed_at=slot.due,
    )  # fmt: skip
    found = recent_slots([definition], chain, list(owners.current_hosts()), now=filled, count=24)
    owned = {one.slot: one.compared.owner for one in found["fetch_courts"] if one.compared}
    assert owned[slot] is Owner.SHADOW
    assert set(owned.values()) == {Owner.SHADOW, Owner.CELERY}


def test_older_slots_are_shown_without_reading_what_came_after_them(
    filled: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition, until, read = ground().jobs["fetch_courts"].definition, filled - dt.timedelta(days=30), []

    def reading(*arguments: Any, **options: Any) -> Iterator[Any]:
        for one in records(*arguments, **options):
            read.append(one)
            yield one

    monkeypatch.setattr(together, "records", reading)
    chains, hosts = owners.chains(), list(owners.current_hosts())
    found = recent_slots([definition], chains, hosts, now=filled, count=24, until=until)["fetch_courts"]
    assert len([one for one in found if one.compared]) == 24
    assert max(one.due for one in read) <= until


def test_queries_grow_with_neither_jobs_nor_runs(
    filled: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    boss, found = client("boss"), ground()
    for copies in (1, 20):
        many = {f"{name}-{copy}": job for name, job in found.jobs.items() for copy in range(copies)}
        jobs = {name: renamed(job, name) for name, job in many.items()}
        more = replace(found, jobs=jobs if copies > 1 else found.jobs)
        monkeypatch.setattr(guard, "ground", lambda more=more: more)
        with CaptureQueriesContext(connection) as queries:
            page = text(boss.get(BOARD))
        assert page.count('<tr role="row" id=') == len(office.SMALL) * copies
        assert len(queries) <= AT_MOST


def renamed(job: Any, name: str) -> Any:
    return replace(job, definition=replace(job.definition, id=name), real=replace(job.real, id=name))


def test_verdicts_are_judged_by_a_request_of_their_own_and_once(filled: dt.datetime) -> None:
    boss = client("boss")
    assert "not judged yet" in text(boss.get(BOARD))
    assert not Judged.objects.exists()
    done = boss.post("/migrator/judge/", headers={"Accept": "application/json"}).json()
    while done["left"]:
        done = boss.post("/migrator/judge/", headers={"Accept": "application/json"}).json()
    now = timezone.now()
    verdicts = {one.id: one.judgement for one in compare_jobs(ground().jobs.values(), now=now)}
    kept = {row.job: row.document for row in Judged.objects.all()}
    assert {job: row["verdict"] for job, row in kept.items()} == {
        job: one.verdict.value for job, one in verdicts.items()
    }
    assert kept["fetch_courts"]["reasons"]["pl"] != kept["fetch_courts"]["reasons"]["en"]
    page = text(boss.get(BOARD))
    assert "not judged yet</span>" not in page
    assert judging.stale_jobs(ground(), now) == []


def test_a_verdict_is_judged_anew_when_the_owner_has_changed_or_it_is_old(filled: dt.datetime) -> None:
    judging.judge_some(ground(), filled, budget=60)
    assert judging.stale_jobs(ground(), filled) == []
    asked_for("send_reminders", "cron")
    [one] = judging.stale_jobs(ground(), filled)
    assert one.definition.id == "send_reminders"
    later = filled + dt.timedelta(minutes=11)
    assert len(judging.stale_jobs(ground(), later)) == len(office.SMALL)


def test_a_job_with_another_owner_is_judged_before_those_that_are_only_old(filled: dt.datetime) -> None:
    judging.judge_some(ground(), filled, budget=60)
    last = max(job.definition.id for job in ground().jobs.values())
    Judged.objects.filter(job=last).update(handover=0, at=filled + dt.timedelta(minutes=1))
    asked_for(last, "cron")
    stale = judging.stale_jobs(ground(), filled + dt.timedelta(minutes=12))
    assert len(stale) == len(office.SMALL)
    assert stale[0].definition.id == last


def test_of_two_that_look_at_once_one_judges(filled: dt.datetime) -> None:
    job = ground().jobs["send_reminders"]
    Judged.objects.create(job="send_reminders", begun=filled)
    judging.judge_one(ground(), job, filled, {})
    assert Judged.objects.get(job="send_reminders").at is None
    judging.judge_one(ground(), job, filled + dt.timedelta(minutes=6), {})  # whoever began is gone
    assert Judged.objects.get(job="send_reminders").at is not None


def test_the_live_part_is_sent_again_only_when_it_has_changed(filled: dt.datetime) -> None:
    boss = client("boss")
    first = boss.get("/migrator/part/")
    again = boss.get("/migrator/part/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    Handover.objects.filter(job="clearsessions").delete()
    changed = boss.get("/migrator/part/", headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


def test_filters_and_orders_choose_rows(filled: dt.datetime) -> None:
    boss = client("boss")
    judging.judge_some(ground(), filled, budget=60)

    def rows(query: str) -> list[str]:
        page = text(boss.get(f"{BOARD}?{query}"))
        return [part.split('"')[0] for part in page.split('<tr role="row" id="j-')[1:]]

    assert len(rows("")) == len(office.SMALL)
    assert rows("q=REMIND") == ["send_reminders"]
    assert rows("owner=celery&sort=job") == ["fetch_courts", "send_reminders"]
    assert rows("owner=celery&sort=verdict")[0] == "fetch_courts"
    assert rows("verdict=unsafe") == ["fetch_courts"]
    assert rows("q=nothing") == []
    assert len(rows("owner=nobody&verdict=%3Cb%3E&sort=none")) == len(office.SMALL)


def test_output_takes_a_permission_and_tells_no_secret(filled: dt.datetime) -> None:
    page = text(client("boss").get("/migrator/job/fetch_courts/"))
    assert "connecting to" in page
    assert "hunter2secret" not in page
    page = text(client("reader").get("/migrator/job/fetch_courts/"))
    assert "connecting to" not in page
    assert "migrator.view_output" in page
    slot = ground().jobs["fetch_courts"].definition.preceding(filled - dt.timedelta(hours=1), 1)[0]
    for who, told in (("boss", True), ("reader", False)):
        page = text(client(who).get(f"/migrator/job/fetch_courts/slot/{slot.name}/"))
        assert ("connecting to" in page) is told
        assert "hunter2secret" not in page


def test_output_is_text_whatever_it_is(filled: dt.datetime) -> None:
    page = text(client("boss").get("/migrator/job/print_labels/"))
    assert "<script>document" not in page
    assert "&lt;script&gt;document" in page
    assert "\x1b" not in page
    assert "red" in page


def test_verdicts_of_another_version_are_judged_anew(filled: dt.datetime) -> None:
    Judged.objects.create(job="send_reminders", at=filled, document={"verdict": "perhaps"})
    assert "not judged yet" in text(client("reader").get(f"{BOARD}?q=send_reminders"))


def test_why_tells_of_a_start_past_the_recorder(filled: dt.datetime, tmp_path: Path) -> None:
    """The slot's records are in order, and cron ran the job beside them."""
    (tmp_path / "migrator.toml").write_text(f'sources = ["crontab"]\n{office.CONFIGURATION}')
    (tmp_path / "crontab").write_text("*/5 * * * * python manage.py fetch_courts\n")
    UnrecordedStart.objects.create(
        host="web<2>",
        user="deploy",
        command="fetch_courts",
        times=3,
        last_seen=filled - dt.timedelta(minutes=1),
    )
    before = ground().jobs["fetch_courts"].definition.preceding(filled - dt.timedelta(minutes=2), 1)[0]
    after = ground().jobs["fetch_courts"].definition.following(filled + dt.timedelta(hours=1), 1)[0]
    told, untold = (
        text(client("reader").get(f"/migrator/job/fetch_courts/slot/{one.name}/")) for one in (before, after)
    )
    assert "CM501: cron started fetch_courts past the recorder" in told
    assert "as deploy on web&lt;2&gt;, 3 times" in told
    assert "CM501" not in untold
