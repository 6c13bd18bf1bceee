"""The ledger in the admin can be looked at and not be edited, and its migrations are complete."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db.models import Model
from django.test import Client

from migrator.contrib.django.models import Acknowledgement, Handover, Host, Run, Settled, Slot

NOW = dt.datetime(2026, 3, 2, 11, tzinfo=dt.UTC)
MODELS = ("run", "slot", "handover", "host", "acknowledgement")


@pytest.fixture
def boss(db: None) -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("boss", "boss@x.example", "secret"))
    return client


@pytest.fixture
def ledger(db: None) -> dict[str, int]:
    """One row of each kind."""
    host = Host.objects.create(name="cron", user="root", spool="/var/spool/migrator")
    asked = Handover.objects.create(
        job="work", owner="shadow", previous="cron", from_slot="-", from_due=NOW, who="me"
    )
    rows = {
        "run": Run.objects.create(
            run="1", job="work", side="control", action="execute", kind="scheduled", started=NOW
        ),
        "slot": Slot.objects.create(
            job="work", slot="-", due=NOW, owner="celery", holder="1", run="1", claimed_at=NOW
        ),
        "handover": asked,
        "host": host,
        "acknowledgement": Acknowledgement.objects.create(handover=asked, host=host, effective=NOW),
    }
    return {name: row.pk for name, row in rows.items()}


@pytest.mark.parametrize("model", MODELS)
def test_rows_are_shown_and_cannot_be_changed(boss: Client, ledger: dict[str, int], model: str) -> None:
    folder = f"/admin/migrator/{model}/"
    row = f"{folder}{ledger[model]}/"
    assert boss.get(folder).status_code == 200
    assert boss.get(f"{row}change/").status_code == 200
    assert boss.get(f"{folder}add/").status_code == 403
    assert boss.post(f"{row}change/", {}).status_code == 403
    assert boss.post(f"{row}delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", list(apps.get_app_config("migrator").get_models()))
def test_every_model_has_a_page_that_can_be_searched(boss: Client, model: type[Model]) -> None:
    response = boss.get(f"/admin/migrator/{model._meta.model_name}/?q=work")
    assert response.status_code == 200


@pytest.mark.parametrize("use_tz", [True, False])
def test_times_are_those_of_the_project_s_clock(
    boss: Client, ledger: dict[str, int], settings: Any, use_tz: bool
) -> None:
    settings.USE_TZ = use_tz
    Handover.objects.update(at=NOW)
    for path in ("run/", "run/?o=6", f"run/{ledger['run']}/change/", "handover/"):
        assert "March 2, 2026, noon" in boss.get(f"/admin/migrator/{path}").content.decode()


def test_what_a_job_printed_takes_the_permission_that_it_takes_on_the_dashboard(
    ledger: dict[str, int],
) -> None:
    Run.objects.update(output="DB_PASSWORD=hunter2secret for anna\n")
    user = get_user_model().objects.create_user("clerk", is_staff=True)
    permissions = Permission.objects.filter(content_type__app_label="migrator")
    user.user_permissions.add(permissions.get(codename="view_run"))
    client = Client()
    client.force_login(user)
    address = f"/admin/migrator/run/{ledger['run']}/change/"
    assert "for anna" not in client.get(address).content.decode()
    user.user_permissions.add(permissions.get(codename="view_output"))
    page = client.get(address).content.decode()
    assert "for anna" in page
    assert "hunter2secret" not in page


def test_sums_whose_evidence_holds_what_jobs_printed_are_not_shown(boss: Client) -> None:
    printed = {"evidence": {"output": {"control": ["a reminder for anna"], "candidate": []}}}
    row = Settled.objects.create(job="work", sums=printed)
    response = boss.get(f"/admin/migrator/settled/{row.pk}/change/")
    assert response.status_code == 200
    assert "anna" not in response.content.decode()


def test_the_migrations_make_what_the_models_say(db: None) -> None:
    call_command("makemigrations", "migrator", check=True, dry_run=True, verbosity=0)
    assert apps.get_app_config("migrator").name == "migrator.contrib.django"


def test_tables_and_columns_have_polish_names_for_who_reads_polish(
    boss: Client, ledger: dict[str, int]
) -> None:
    polish = {"HTTP_ACCEPT_LANGUAGE": "pl"}
    index = boss.get("/admin/", **polish).content.decode()
    assert ">Migracja z crona</a>" in index
    for name in ("Przebiegi", "Przekazania", "Hosty crona", "Werdykty"):
        assert f">{name}</a>" in index
    runs = boss.get("/admin/migrator/run/", **polish).content.decode()
    for name in ("Zadanie", "Termin", "Strona", "Kod wyjścia"):
        assert f">{name}</a>" in runs
    row = boss.get(f"/admin/migrator/run/{ledger['run']}/change/", **polish).content.decode()
    assert "Koniec wyjścia" in row


def test_names_are_english_for_others(boss: Client) -> None:
    index = boss.get("/admin/").content.decode()
    assert ">Hand-overs</a>" in index
    assert ">Runs</a>" in index
