"""The ledger in the admin can be looked at and not be edited, and its migrations are complete."""

from __future__ import annotations

import datetime as dt

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client

from migrator.contrib.django.models import Acknowledgement, Handover, Host, Run, Slot

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


def test_the_migrations_make_what_the_models_say(db: None) -> None:
    call_command("makemigrations", "migrator", check=True, dry_run=True, verbosity=0)
    assert apps.get_app_config("migrator").name == "migrator.contrib.django"
