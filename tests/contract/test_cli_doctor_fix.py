"""doctor --fix: rows of ours alone, shown first, exported before they are written, and taken back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.services.runtime_project import FILES, TOML, Project, write_project

CRONTAB = "0 6 * * * cd /srv/shop && python manage.py work\n"
GENERATE = """
[generate]
app_label = "office"
scheduler = "database"
"""
COMMAND = """
from django.core.management.base import BaseCommand
class Command(BaseCommand):
    def handle(self, **options): pass
"""
PLANT = """
from django_celery_beat.models import CrontabSchedule, PeriodicTask
from migrator.codegen.rows import OURS
row = PeriodicTask.objects.get(name="work")
row.crontab = CrontabSchedule.objects.create(minute="0", hour="6", day_of_week="7", timezone="UTC")
row.save()
other = CrontabSchedule.objects.create(minute="5", hour="5")
PeriodicTask.objects.create(name="gone", task="office.gone", crontab=other, description=OURS)
PeriodicTask.objects.create(name="theirs", task="office.theirs", crontab=other)
print(1)
"""
ROWS = """
from django_celery_beat.models import PeriodicTask
print(json.dumps({row.name: [row.enabled, str(row.crontab)] for row in PeriodicTask.objects.all()}))
"""


@pytest.fixture
def office(tmp_path: Path) -> Project:
    files = {
        "office/settings.py": FILES["office/settings.py"].partition("CELERY_BEAT_SCHEDULE =")[0],
        "office/management/__init__.py": "",
        "office/management/commands/__init__.py": "",
        "office/management/commands/work.py": COMMAND,
    }
    project = write_project(
        tmp_path, broker="filesystem://", database=f"sqlite:///{tmp_path / 'db.sqlite3'}", files=files
    )
    (tmp_path / "migrator.toml").write_text(TOML + GENERATE)
    (tmp_path / "crontab").write_text(CRONTAB)
    done = project.migrator("rows", "--write")
    assert done.returncode == 0, done.stderr
    return project


def test_rows_of_ours_are_mended_and_can_be_taken_back(office: Project) -> None:
    office.python(PLANT)
    planted = office.python(ROWS)
    shown = office.migrator("doctor", "--fix")
    assert "would change work" in shown.stderr
    assert "would disable gone" in shown.stderr
    assert "nothing is written yet" in shown.stderr
    assert office.python(ROWS) == planted

    document = json.loads(office.migrator("doctor", "--fix", "--write", "--format", "json").stdout)
    assert document["fix"]["written"]
    assert {one["name"]: one["change"] for one in document["fix"]["rows"]} == {
        "work": "change", "gone": "switch_off",
    }  # fmt: skip
    left = {check["code"] for check in document["checks"] if check["name"] == "rows"}
    assert left == {"CM447"}  # theirs: said, and left alone
    mended = office.python(ROWS)
    assert mended["gone"][0] is False
    assert mended["theirs"] == planted["theirs"]
    assert mended["work"][1].startswith("0 6 * * *")

    exported = json.loads((office.folder / ".migrator/rows.json").read_text())["entries"][-1]
    assert exported["before"]["work"]["fields"]["crontab"]["day_of_week"] == "7"
    assert office.migrator("rows", "--undo", "--write").returncode == 0
    assert office.python(ROWS) == planted


def test_what_is_asked_for_wrongly_is_said(office: Project) -> None:
    assert office.migrator("doctor", "--write").returncode == 2
    assert office.migrator("doctor", "--fix", "--settings").returncode == 2
