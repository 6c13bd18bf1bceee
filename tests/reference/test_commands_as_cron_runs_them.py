"""The commands as processes of their own: what cron sees is the exit status and the output."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Manage = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def office(manage: Manage) -> Manage:
    assert manage("seed_demo").returncode == 0
    return manage


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("send_event_reminders", "event reminders sent: 3\n"),
        ("send_old_cases_reminder", "mails about old cases sent: 1\n"),
        ("run_court_session_parser", "court sessions stored: 5\n"),
        ("clearsessions", ""),
    ],
)
def test_a_job_that_works_exits_with_0(office: Manage, command: str, output: str) -> None:
    done = office(command)
    assert (done.returncode, done.stdout, done.stderr) == (0, output, "")


def test_a_bad_court_exits_with_1_and_one_line(office: Manage) -> None:
    done = office("run_court_session_parser", "--court", "404")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "CommandError: no active court has the ID 404\n"


def test_models_and_migrations_agree(office: Manage) -> None:
    done = office("makemigrations", "--check", "--dry-run")
    assert done.returncode == 0, done.stdout


def test_the_project_passes_its_checks(office: Manage) -> None:
    done = office("check", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


def test_the_jobs_know_nothing_of_celery(root: Path) -> None:
    legacy = [
        *root.glob("tasks/management/commands/*.py"),
        *root.glob("tasks/parsers/*.py"),
        *(root / "tasks" / name for name in ("models.py", "reminders.py", "courts.py", "demo.py")),
    ]
    assert len(legacy) > 10
    assert [path.name for path in legacy if "celery" in path.read_text(encoding="utf-8").lower()] == []


def test_the_data_lies_in_the_database_that_the_environment_names(office: Manage) -> None:
    done = office(
        "shell", "-c", "from django.conf import settings; print(settings.DATABASES['default']['NAME'])"
    )
    with sqlite3.connect(done.stdout.strip().splitlines()[-1]) as database:
        assert database.execute("select count(*) from tasks_court").fetchone() == (2,)
