"""A small Django project with migrated jobs, written for a test, and its processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.parts.process import Command, running

ROOT = Path(__file__).resolve().parents[2]

FILES = {
    "manage.py": """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "office.settings")
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
""",
    "office/__init__.py": "from office.celery import app\n",
    "office/file_broker.py": (ROOT / "config" / "file_broker.py").read_text(),
    "office/celery.py": """
import os
from celery import Celery
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "office.settings")
app = Celery("office")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
""",
    "office/settings.py": """
import os
from pathlib import Path
import dj_database_url
from celery.schedules import crontab

FOLDER = Path(os.environ["OFFICE"])
SECRET_KEY = "for this test only"
USE_TZ = True
TIME_ZONE = "Europe/Warsaw"
INSTALLED_APPS = [
    "django.contrib.contenttypes", "django.contrib.auth", "django_celery_beat",
    "migrator.contrib.django", "office",
]
if os.environ["DATABASE_URL"].startswith("mysql"):
    import pymysql
    pymysql.install_as_MySQLdb()
DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"])}
if "sqlite" in os.environ["DATABASE_URL"]:
    DATABASES["default"]["OPTIONS"] = {"timeout": 20}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIGRATOR_DEMO_EXPRESSION = os.environ.get("OFFICE_DEMO")

CELERY_BROKER_URL = os.environ["CELERY_BROKER_URL"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
if CELERY_BROKER_URL.startswith("filesystem"):
    from office import file_broker
    file_broker.take_the_place_of_kombus()
    for name in ("queue", "control"):
        (FOLDER / name).mkdir(exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(FOLDER / "queue"), "data_folder_out": str(FOLDER / "queue"),
        "control_folder": str(FOLDER / "control"), "polling_interval": 0.1,
    }
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
CELERY_BEAT_SCHEDULE = {
    name: {"task": f"office.{name}", "schedule": crontab()} for name in ("work", "fail", "again", "slow")
}
""",
    "office/tasks.py": """
import os, sys, time
from pathlib import Path
from celery import shared_task
from migrator.contrib.django.tasks import recorded

MINUTELY = {"expression": "* * * * *", "timezone": "Europe/Warsaw"}

def effect(word):
    with open(Path(os.environ["OFFICE"]) / "effects", "a") as file:
        file.write(word + "\\n")

@shared_task(name="office.work")
@recorded("work", **MINUTELY)
def work() -> None:
    effect("work")
    print("worked well, password=hunter2")

@shared_task(name="office.fail")
@recorded("fail", **MINUTELY)
def fail() -> None:
    effect("fail")
    sys.exit(3)

@shared_task(name="office.again", bind=True, max_retries=1)
@recorded("again", **MINUTELY)
def again(self) -> None:
    effect(f"again {self.request.retries}")
    if not self.request.retries:
        raise self.retry(countdown=0)

@shared_task(name="office.slow", acks_late=True, reject_on_worker_lost=True)
@recorded("slow", **MINUTELY)
def slow() -> None:
    effect("slow")
    time.sleep(float(os.environ.get("OFFICE_SLOW", "0")))
""",
}

# Its migrator.toml, where its jobs have a crontab.
TOML = """
sources = ["crontab"]
[project]
settings = "office.settings"
celery = "office"
timezone = "Europe/Warsaw"
"""

# What a test does in the project's own Python before its code.
PROLOGUE = """
import datetime as dt, json, uuid
import django; django.setup()
from django.utils import timezone
from migrator.comparison.jobs import JobDefinition
from migrator.contrib.celery.headers import stamped
from migrator.contrib.celery.jobs import application, migrated_jobs
from migrator.contrib.django import instants, models, owners
from office.celery import app

JOBS = migrated_jobs(application())

def owned(job, owner, ago=dt.timedelta(hours=1)):
    "Give a job to an owner as if a host had acknowledged it long ago."
    at = instants.now() - ago
    host, _ = models.Host.objects.get_or_create(name="cron", user="root", spool="/spool")
    row = models.Handover.objects.create(
        job=job, owner=owner, previous="cron", from_due=at, from_slot="-", who="test"
    )
    models.Acknowledgement.objects.create(handover=row, host=host, effective=at, applied=True)

def send(job, at=None, **options):
    "Publish as beat does, for the slot of an instant."
    found = JOBS[job]
    headers = stamped(found.definition, at or instants.now())
    return app.send_task(found.task, headers=headers, **options).id
"""


@dataclass(frozen=True, slots=True)
class Project:
    """The project's folder and the environment that its processes share."""

    folder: Path
    environment: dict[str, str]

    def run(self, *words: str, timeout: float = 120, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, env=self.environment | environment, cwd=self.folder, capture_output=True, text=True,
            timeout=timeout, check=False,
        )  # fmt: skip

    def migrator(
        self, *words: str, timeout: float = 120, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "migrator", *words, timeout=timeout, **environment)

    def manage(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "manage.py", *words, **environment)

    def python(self, code: str, **environment: str) -> Any:
        """Run code in the project; what it prints last is JSON."""
        done = self.run(sys.executable, "-c", PROLOGUE + code, **environment)
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        return json.loads(lines[-1]) if lines else None

    def runs(self, job: str) -> list[dict[str, Any]]:
        """The job's rows in the ledger, oldest first."""
        code = (
            f"rows = models.Run.objects.filter(job={job!r}).order_by('id').values()\n"
            "print(json.dumps(list(rows), default=str))"
        )
        found: list[dict[str, Any]] = self.python(code)
        return found

    def effects(self) -> list[str]:
        path = self.folder / "effects"
        return path.read_text().splitlines() if path.exists() else []

    @contextmanager
    def process(
        self, name: str, *words: str, ready: str, stop: Any = None, **environment: str
    ) -> Iterator[int]:
        log = self.folder / f"{name}.log"
        more = {} if stop is None else {"stop": stop}
        command = Command((sys.executable, "-m", *words), self.environment | environment, **more)
        with running(command, log, lambda _: ready in log.read_text(errors="replace")) as pid:
            yield pid

    def worker(self, name: str = "worker", **environment: str) -> Any:
        words = ("celery", "-A", "office", "worker", "-n", f"{name}@test", "-l", "info", "-c", "1")
        return self.process(name, *words, ready=" ready.", **environment)

    def beat(self, name: str, scheduler: str) -> Any:
        words = ("celery", "-A", "office", "beat", "-l", "info", "--pidfile=", "-S", scheduler)
        schedule = () if "django" in scheduler else ("-s", str(self.folder / f"{name}.schedule"))
        return self.process(name, *words, *schedule, ready="beat: Starting...")


def write_project(
    folder: Path, *, broker: str, database: str, migrate: bool = True, files: Mapping[str, str] | None = None
) -> Project:
    """A fresh project with its tables made; ``files``: in place of ours, or beside them."""
    for name, text in (FILES | dict(files or {})).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text)
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CELERY", "DJANGO", "TESTING"))
    }
    environment = {
        **inherited,
        "OFFICE": str(folder),
        "DATABASE_URL": database,
        "CELERY_BROKER_URL": broker,
        "DJANGO_SETTINGS_MODULE": "office.settings",
        "PYTHONPATH": f"{folder}:{ROOT}",
        "MIGRATOR_SPOOL": str(folder / "spool"),
    }
    project = Project(folder, environment)
    if migrate:
        done = project.manage("migrate", "-v0")
        assert done.returncode == 0, done.stderr
    return project


def parts(request: pytest.FixtureRequest, folder: Path, kind: str) -> dict[str, str]:
    """Files and SQLite, RabbitMQ and PostgreSQL, or files and MariaDB."""
    if kind == "mysql":
        return {"broker": "filesystem://", "database": request.getfixturevalue("mysql_url")}
    if kind == "servers":
        return {
            "broker": request.getfixturevalue("rabbitmq_url"),
            "database": request.getfixturevalue("postgres_url"),
        }
    return {"broker": "filesystem://", "database": f"sqlite:///{folder / 'db.sqlite3'}"}


def until(condition: Callable[[], Any], what: str, seconds: float = 90) -> Any:
    """Wait for something to be so; the time is beyond any doubt."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.2)
    pytest.fail(f"waited in vain for {what}")
