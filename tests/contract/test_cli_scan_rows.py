"""migrator scan --rows, from the outside: what beat has in its tables, and nothing where it has none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.command_line import ROOT, CommandLine

ROW = """
import django
django.setup()
from django_celery_beat.models import CrontabSchedule, PeriodicTask
at = CrontabSchedule.objects.create(minute="0", hour="6", timezone="UTC")
PeriodicTask.objects.create(name="report", task="shop.report", crontab=at, kwargs='{"password": "hunter2"}')
PeriodicTask.objects.create(name="clearsessions", task="tasks.clearsessions", crontab=at)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The reference project on a database of its own, without tables."""
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings.testing")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/db.sqlite3")
    return CommandLine(ROOT)


def test_rows_are_jobs_that_celery_runs_already(project: CommandLine) -> None:

    for arguments in (["manage.py", "migrate", "--verbosity", "0"], ["-c", ROW]):
        subprocess.run([sys.executable, *arguments], cwd=ROOT, env=dict(os.environ), check=True, timeout=120)
    document = project.document("scan", "--rows", "crontabs/poradnia")
    (job,) = [one for one in document["jobs"] if one["places"][0]["source"] == "periodic task"]
    assert (job["status"], job["expression"], job["timezone"]) == ("stays", "0 6 * * *", "UTC")
    assert "hunter2" not in str(document)
    kinds = {line["text"].partition(":")[0]: line["kind"] for line in document["lines"]}
    assert (kinds["report"], kinds["clearsessions"]) == ("job", "other")


def test_a_database_without_the_tables_is_a_plain_error(project: CommandLine) -> None:
    done = project("scan", "--rows", "crontabs/poradnia")
    assert done.returncode == 3
    assert "cannot be read" in done.stderr
    assert "hint:" in done.stderr
