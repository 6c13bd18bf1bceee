"""Taking the recorder out must not make cron execute what Celery executes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OWNED = """
from datetime import timedelta
from django.utils import timezone
from migrator.contrib.django.models import Handover
now = timezone.now()
Handover.objects.create(
    job="clearsessions", owner="celery", previous="shadow", from_slot="s",
    from_due=now - timedelta(days=1), reason="", accepted="", who="test", at=now,
)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("config", "tasks", "crontabs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("manage.py", "migrator.toml", "migrator.lock"):
        shutil.copy2(ROOT / name, tmp_path / name)
    return tmp_path


def run(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.local",
        "DATABASE_URL": f"sqlite:///{project / 'db.sqlite3'}",
    }
    return subprocess.run(
        [sys.executable, *words], cwd=project, env=environment, capture_output=True, text=True
    )


def instrumented(project: Path) -> bool:
    return "cronwrap.py" in (project / "crontabs/poradnia/crontab").read_text()


def test_it_is_refused_while_celery_executes_a_job(project: Path) -> None:
    assert run(project, "-m", "migrator", "instrument", "apply", "crontabs/poradnia/crontab").returncode == 0
    assert run(project, "manage.py", "migrate", "--verbosity=0").returncode == 0
    assert run(project, "manage.py", "shell", "-c", OWNED).returncode == 0

    refused = run(project, "-m", "migrator", "instrument", "rollback")
    assert refused.returncode == 1
    assert "Celery executes clearsessions, and cron would as well" in refused.stderr
    assert "migrator abort" in refused.stderr
    assert instrumented(project)

    accepted = run(project, "-m", "migrator", "instrument", "rollback", "--accept", "beat is stopped")
    assert accepted.returncode == 0
    assert not instrumented(project)


def test_a_ledger_that_was_never_made_owns_nothing(project: Path) -> None:
    before = (project / "crontabs/poradnia/crontab").read_bytes()
    assert run(project, "-m", "migrator", "instrument", "apply", "crontabs/poradnia/crontab").returncode == 0
    assert instrumented(project)
    assert run(project, "-m", "migrator", "instrument", "rollback").returncode == 0
    assert (project / "crontabs/poradnia/crontab").read_bytes() == before


def test_a_report_of_an_instrumented_source_names_its_lines(project: Path) -> None:
    assert run(project, "-m", "migrator", "instrument", "apply", "crontabs/poradnia/crontab").returncode == 0
    reported = run(project, "-m", "migrator", "report")
    assert reported.returncode == 1, reported.stderr
    assert "cronwrap.py clearsessions" in reported.stdout


def test_an_owner_without_a_task_is_named(project: Path) -> None:
    assert run(project, "manage.py", "migrate", "--verbosity=0").returncode == 0
    renamed = OWNED.replace("clearsessions", "clear_sessions")
    assert run(project, "manage.py", "shell", "-c", renamed).returncode == 0
    aborted = run(project, "-m", "migrator", "abort")
    assert aborted.returncode == 1
    assert "clear_sessions has no task and stays Celery's" in aborted.stderr
    assert "Celery owns clear_sessions" in " ".join(run(project, "-m", "migrator", "doctor").stdout.split())
    given = run(
        project, "-m", "migrator", "owner", "clear_sessions", "cron", "--reason", "its spool is clean"
    )
    assert given.stdout.startswith("clear_sessions: celery -> cron in the ledger"), given.stderr
    assert "clear_sessions" not in run(project, "-m", "migrator", "doctor").stdout
    assert run(project, "-m", "migrator", "owner", "clear_sessions", "cron").returncode == 2
