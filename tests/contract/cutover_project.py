"""A copy of the reference project whose jobs are with Celery, and a crontab program with its own spool."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
COPIED = (
    "manage.py",
    "migrator.toml",
    "migrator.lock",
    "pyproject.toml",
    "tests/reference/test_cron_tasks.py",
)
# crontab(1) as far as we call it; the machine's own is out of reach
CRONTAB = """#!/bin/sh
case "$1" in
-l) [ -f "$SPOOL" ] || { echo "no crontab for me" >&2; exit 1; }; cat "$SPOOL"
    [ -z "$EDITOR_AT_WORK" ] || echo '5 5 * * * somebody else' >> "$SPOOL" ;;
-) cat > "$SPOOL.new" && mv "$SPOOL.new" "$SPOOL" ;;
*) exit 2 ;;
esac
"""
WITH_CELERY = """
import datetime as dt
from django.utils import timezone
from migrator.contrib.django.models import Handover
at = timezone.now() - dt.timedelta(minutes=1)
for job in ("send_event_reminders", "send_old_cases_reminder", "run_court_session_parser", "clearsessions"):
    Handover.objects.create(job=job, owner="celery", previous="shadow", from_slot="-", from_due=at, who="me")
"""
# the command line without a worker and a beat: they are another test's
WITHOUT_WORKER = """
import sys, django
django.setup()
from migrator import cli
from migrator.cli import report_evidence
from migrator.contrib.django import handing
handing.ready = lambda *_: None
report_evidence._registered = lambda app: None
sys.exit(cli.run(sys.argv[1:]))
"""


@dataclass(frozen=True, slots=True)
class CutoverProject:
    """The project's folder; ``installed`` is this user's crontab."""

    folder: Path

    @property
    def installed(self) -> Path:
        return self.folder / "installed"

    def python(
        self, *words: str, timeout: float = 300, within: Sequence[str] = (), **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """This Python; ``within``: words in front of it, for surroundings of its own."""
        variables = {
            **os.environ,
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": f"{self.folder}:{ROOT}",
            "SPOOL": str(self.installed),
            "HOME": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "config.settings.local",
            "DATABASE_URL": f"sqlite:///{self.folder / 'db.sqlite3'}",
            "CELERY_BROKER_URL": "filesystem://",
            "CELERY_BROKER_FOLDER": str(self.folder / "broker"),
            "MIGRATOR_SPOOL": str(self.folder / "spool"),
            "TZ": "Europe/Warsaw",
            **environment,
        }
        return subprocess.run(
            [*within, sys.executable, *words],
            cwd=self.folder,
            env=variables,
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    def __call__(
        self, *words: str, code: int = 0, within: Sequence[str] = (), **environment: str
    ) -> subprocess.CompletedProcess[str]:
        done = self.python("-c", WITHOUT_WORKER, *words, within=within, **environment)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def document(self, *words: str, code: int = 0) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self(*words, "--format", "json", code=code).stdout)
        assert found["schema"] == 1
        return found

    def shell(self, code: str) -> str:
        done = self.python("manage.py", "shell", "-v0", "-c", code)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def text(self, name: str) -> str:
        return (self.folder / name).read_text()


def write_cutover_project(folder: Path) -> CutoverProject:
    """The project with its crontab instrumented, and every job with Celery since a minute ago."""
    for name in ("config", "tasks", "crontabs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in COPIED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    program = folder / "bin" / "crontab"
    program.parent.mkdir()
    program.write_text(CRONTAB)
    program.chmod(0o755)
    project = CutoverProject(folder)
    project.installed.write_bytes((folder / "crontabs/poradnia/crontab").read_bytes())
    assert project.python("manage.py", "migrate", "-v0").returncode == 0
    project("instrument", "apply")
    project.shell(WITH_CELERY)
    return project


STATE = ("installed", "crontabs", "db.sqlite3", "db.sqlite3-wal", "db.sqlite3-shm", ".migrator")


def save(folder: Path, name: str) -> None:
    """Keep all that a cutover changes under a name."""
    shutil.rmtree(folder / name, ignore_errors=True)
    (folder / name).mkdir()
    for one in STATE:
        _copy(folder / one, folder / name / one)


def load(folder: Path, name: str) -> None:
    """Put back what was kept."""
    for one in STATE:
        path = folder / one
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        _copy(folder / name / one, path)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.exists():  # what SQLite has beside its file comes and goes
        shutil.copy2(source, target)
