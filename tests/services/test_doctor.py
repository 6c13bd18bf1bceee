"""doctor on the reference project with RabbitMQ, PostgreSQL, worker and beat: content, until a fault comes.

The page docs/how-to/troubleshoot.md shows what doctor says of three of them: each line is compared.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.parts.process import Command, running
from tests.services.runtime_project import until

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/how-to/troubleshoot.md").read_text()
CELERY = (sys.executable, "-m", "celery", "-A", "config")
DJANGO = """
import datetime as dt, django; django.setup()
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask
from migrator.contrib.django.models import Handover, Host, Run
def row(name, task, **fields):
    schedule = CrontabSchedule.objects.create(**fields) if fields else CrontabSchedule.objects.first()
    PeriodicTask.objects.create(name=name, task=task, crontab=schedule)
def zoned(name, **fields):
    row = PeriodicTask.objects.get(name=name)
    old = {one: getattr(row.crontab, one) for one in
           ("minute", "hour", "day_of_month", "month_of_year", "day_of_week", "timezone")}
    row.crontab = CrontabSchedule.objects.create(**{**old, **fields}); row.save()
"""

pytestmark = pytest.mark.part("rabbitmq", "postgresql")


@dataclass(frozen=True, slots=True)
class Office:
    """The reference project, whose processes share this environment."""

    environment: dict[str, str]
    folder: Path

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False
        )

    def django(self, code: str) -> None:
        done = self.run(sys.executable, "-c", DJANGO + code)
        assert done.returncode == 0, done.stderr

    def doctor(self, *words: str) -> tuple[int, list[dict[str, Any]]]:
        done = self.run(sys.executable, "-m", "migrator", "doctor", "--format", "json", *words)
        assert done.returncode in (0, 1), done.stderr
        return done.returncode, json.loads(done.stdout)["checks"]

    def codes(self) -> set[str]:
        return {check["code"] for check in self.doctor()[1] if check["code"]}

    def with_(self, **environment: str) -> Office:
        return replace(self, environment=self.environment | environment)

    @contextmanager
    def process(self, name: str, *words: str, ready: str) -> Iterator[Path]:
        log = self.folder / f"{name}.log"
        command = Command((*CELERY, *words), self.environment)
        with running(command, log, lambda _: ready in log.read_text(errors="replace")):
            yield log


@pytest.fixture(scope="module")
def bare(rabbitmq_url: str, postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The project with its tables, and none of its processes."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("CELERY", "DJANGO"))
    }
    inherited.pop("TESTING", None)
    office = Office(
        {
            **inherited,
            "CELERY_BROKER_URL": rabbitmq_url,
            "DATABASE_URL": postgres_url,
            "DJANGO_SETTINGS_MODULE": "config.settings.local",
            "PYTHONPATH": str(ROOT),
            "TZ": "Europe/Warsaw",
            "COLUMNS": "100",
        },
        tmp_path_factory.mktemp("office"),
    )
    done = office.run(sys.executable, "manage.py", "migrate", "-v0")
    assert done.returncode == 0, done.stderr
    return office


@pytest.fixture(scope="module")
def office(bare: Office) -> Iterator[Office]:
    """The project at work, once beat has given a sign of life."""
    with ExitStack() as parts:
        worker = ("worker", "-n", "worker@office", "-l", "info", "-c", "1")
        parts.enter_context(bare.process("worker", *worker, ready=" ready."))
        parts.enter_context(
            bare.process("beat", "beat", "-l", "info", "--pidfile=", ready="Sending due task")
        )
        until(lambda: not [one for one in bare.doctor()[1] if one["state"] == "unknown"], "a sign of beat")
        yield bare


FAULTS = {
    "CM447": "row('gone', 'tasks.gone')",
    "CM448": "row('again', 'tasks.clearsessions')",
    "CM446": "zoned('run_court_session_parser', minute='[1, 2]')\n"
    "row('sunday', 'config.celery.test_task', day_of_week='7')",
    "CM449": "zoned('clearsessions', hour='7')",
    "CM464": "zoned('send_event_reminders', timezone='UTC')",
    "CM454": "PeriodicTask.objects.filter(name='clearsessions').update(queue='mails')",
    "CM451": "PeriodicTask.objects.filter(name='run_court_session_parser').update(enabled=False)\n"
    "Handover.objects.create(job='run_court_session_parser', owner='shadow', previous='cron', from_slot='-',"
    " from_due=timezone.now(), who='test')",
    "CM513": "PeriodicTask.objects.filter(name='send_event_reminders')"
    ".update(last_run_at=timezone.now() + dt.timedelta(days=30))",
    "CM468": "PeriodicTask.objects.filter(name='send_old_cases_reminder').update(enabled=False)",
    "CM511": "Handover.objects.create(job='renamed', owner='celery', previous='cron', from_slot='-',"
    " from_due=timezone.now(), who='test')",
    "CM512": "Host.objects.create(name='web1', user='deploy', spool='/s', timezone='America/New_York',"
    " last_seen=timezone.now() - dt.timedelta(hours=1), ahead=70)",
    "CM461": "begun = timezone.now() - dt.timedelta(days=1)\n"
    "Run.objects.create(run='long', job='clearsessions', side='control', action='execute', kind='scheduled',"
    " started=begun, finished=begun + dt.timedelta(hours=2), exit=0)",
    "CM456": "for job in ('clearsessions', 'clearsessions'):\n"
    "    Run.objects.create(run=f'twice{Run.objects.count()}', job=job, side='candidate', action='would',"
    " kind='scheduled', slot='2026-11-26T00:00+01:00', due=timezone.now(), started=timezone.now(),"
    " task=f'message {Run.objects.count()}')",
}
# what some of them are as well: a clock 70 s ahead, a run of two hours, an edited row's other time
BESIDE = {"CM457", "CM460", "CM472"}
# what the settings are wrong in
LIMITED = """
from config.settings.local import *
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_ANNOTATIONS = {"tasks.clearsessions": {"autoretry_for": (OSError,)}}
CELERY_BEAT_CRON_STARTING_DEADLINE = None
CELERY_TASK_MAX_RETRIES = 3
CELERY_RESULT_EXPIRES = 3600
DJANGO_CELERY_BEAT_TZ_AWARE = False
CELERY_BEAT_SCHEDULE["development-test"]["options"] = {"countdown": 5, "expires": 60}
CELERY_BEAT_SCHEDULE["nightly"] = {"task": "tasks.clearsessions", "schedule": crontab(minute="30", hour="2")}
CELERY_BEAT_SCHEDULE["old"] = {"task": "tasks.clearsessions_task", "schedule": crontab()}
CELERY_BEAT_SCHEDULE["x" * 201] = {"task": "config.celery.test_task", "schedule": crontab()}
"""
OF_SETTINGS = {
    "CM424", "CM425", "CM426", "CM427", "CM429", "CM432", "CM436", "CM450", "CM452", "CM453", "CM462",
    "CM463", "CM471",
}  # fmt: skip


# A fault of the page, by its heading: the environment in which doctor is called.
def shown(heading: str) -> list[list[str]]:
    """The tables of a part of the page: lists of lines."""
    part = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return [text.splitlines() for text in re.findall(r"^```text\n(.*?)^```$", part, re.M | re.S)]


def anonymous(line: str) -> str:
    """A line without blanks, ports, passwords, times and names of this run."""
    line = re.sub(r"amqp://[^) ]*", "amqp://BROKER", line)
    line = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?\+\d\d:\d\d", "TIME", line)
    return " ".join(line.split())


def says(office: Office, lines: list[str]) -> None:
    done = office.run(sys.executable, "-m", "migrator", "doctor")
    assert done.returncode == 1, done.stderr
    assert anonymous(" ".join(lines)) in anonymous(done.stdout)


def test_a_worker_that_does_not_connect(bare: Office) -> None:
    """The page's first part: an address where nobody listens, and a password that is refused."""
    nobody, refused = shown("The worker does not connect")
    away = bare.with_(CELERY_BROKER_URL="amqp://poradnia:password@localhost:1//")
    with away.process(
        "away", "worker", "-n", "away@office", "-l", "info", "-c", "1", ready="Connection refused"
    ):
        says(away, nobody)
    address = bare.environment["CELERY_BROKER_URL"].replace("guest:guest@", "guest:wrong@")
    says(bare.with_(CELERY_BROKER_URL=address), refused)


def test_tasks_that_are_not_executed(bare: Office) -> None:
    """The second part: no worker, one that reads another queue, one that lacks the tasks."""
    nobody, queue, lacking = shown("Tasks are not executed")
    says(bare, nobody)
    bare.django(ROWS)
    mails = ("worker", "-n", "worker@office", "-l", "info", "-c", "1", "-Q", "mails")
    with bare.process("mails", *mails, ready=" ready."):
        says(bare, queue)
    (bare.folder / "other.py").write_text("from celery import Celery\napp = Celery('other')\n")
    other = (sys.executable, "-m", "celery", "-A", "other", "-b", bare.environment["CELERY_BROKER_URL"])
    old = bare.with_(PYTHONPATH=f"{bare.folder}:{ROOT}")
    log = bare.folder / "old.log"
    words = (*other, "worker", "-n", "worker@office", "-l", "info", "-c", "1")
    with running(
        Command(words, old.environment), log, lambda _: " ready." in log.read_text(errors="replace")
    ):
        says(bare, lacking)


ROWS = (
    "from config.celery import app; from django_celery_beat.schedulers import DatabaseScheduler\n"
    "DatabaseScheduler(app=app)"  # as beat begins
)


def test_a_beat_that_does_not_work(bare: Office) -> None:
    """The third part: no beat at all, rows that stopped, tables that are not there."""
    none, stopped, tables = shown("Beat does not work")
    bare.django("PeriodicTask.objects.all().delete()")
    says(bare, none)
    bare.django(ROWS + "\nPeriodicTask.objects.update(last_run_at=timezone.now() - dt.timedelta(days=3))")
    says(bare, stopped)
    bare.run(sys.executable, "manage.py", "migrate", "django_celery_beat", "zero")
    try:
        says(bare, tables)
        beat = bare.run(*CELERY, "beat", "--pidfile=", "-l", "info")
        assert 'relation "django_celery_beat' in beat.stdout + beat.stderr
    finally:
        bare.run(sys.executable, "manage.py", "migrate", "-v0")


def test_the_healthy_project_has_no_finding(office: Office) -> None:
    status, checks = office.doctor()
    assert [check for check in checks if check["state"] != "ok"] == []
    assert status == 0
    facts = {check["name"]: check["fact"] for check in checks}
    assert re.search(r"answers: RabbitMQ \d", facts["broker"])
    assert facts["queues"] == "read by a worker: celery"
    assert {"database", "worker@office"} <= {
        one.split(" ")[0] for one in facts["time"].split(": ")[1].split("; ")
    }


def test_each_planted_fault_is_found(office: Office) -> None:
    """All at once, because each call takes seconds; beat is not told, so that it writes nothing over them."""
    limited = office.with_(DJANGO_SETTINGS_MODULE="limited")
    (office.folder / "limited.py").write_text(LIMITED)
    limited = limited.with_(PYTHONPATH=f"{ROOT}:{office.folder}")
    office.django("\n".join(FAULTS.values()))
    status, checks = limited.doctor()
    found = {check["code"] for check in checks if check["code"]}
    assert {*FAULTS, *BESIDE, *OF_SETTINGS} - found == set()
    assert status == 1
    assert all(check["remedy"] for check in checks if check["code"])
