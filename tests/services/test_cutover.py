"""The switch with real cron, RabbitMQ, PostgreSQL, worker and beat; one slot falls due in between."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import pytest

from tests.parts.cron import Daemon
from tests.services.runtime_project import Project, until, write_project

# from asking for `retired` until the slot that is the first under it, with a sync of cron's in between
AHEAD = dt.timedelta(minutes=5)  # apply waits for a sync, which comes once a minute

TASKS = """
import os
from pathlib import Path
from celery import shared_task
from migrator.contrib.django.tasks import recorded

@shared_task(name="office.work")
@recorded("work", expression={expression!r}, timezone="UTC")
def work() -> None:
    with open(Path(os.environ["OFFICE"]) / "effects", "a") as file:
        file.write("celery\\n")
"""
COMMAND = """
import os
from pathlib import Path
from django.core.management.base import BaseCommand

class Command(BaseCommand):
    def handle(self, *args, **options):
        with open(Path(os.environ["OFFICE"]) / "effects", "a") as file:
            file.write("cron\\n")
"""
SCHEDULE = """
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {{"work": {{"task": "office.work", "schedule": crontab({minute}, {hour})}}}}
"""
CONFIGURATION = """
sources = ["crontab"]
[project]
settings = "office.settings"
celery = "office"
timezone = "UTC"
[generate]
app_label = "office"
"""


def office(folder: Path, due: dt.datetime, *, broker: str, database: str) -> Project:
    """A project with one daily job, due at this minute, whose crontab is a file beside it."""
    expression = f"{due.minute} {due.hour} * * *"
    project = write_project(folder, broker=broker, database=database)
    (folder / "office/tasks.py").write_text(TASKS.format(expression=expression))
    commands = folder / "office/management/commands"
    commands.mkdir(parents=True)
    (commands / "work.py").write_text(COMMAND)
    with (folder / "office/settings.py").open("a") as settings:
        settings.write(SCHEDULE.format(minute=due.minute, hour=due.hour))
    (folder / "migrator.toml").write_text(CONFIGURATION)
    names = (
        "OFFICE",
        "DATABASE_URL",
        "CELERY_BROKER_URL",
        "DJANGO_SETTINGS_MODULE",
        "PYTHONPATH",
        "MIGRATOR_SPOOL",
    )
    variables = "".join(f"{name}={project.environment[name]}\n" for name in names)
    line = f"{expression} cd {folder} && {sys.executable} manage.py work\n"
    (folder / "crontab").write_text(f'{variables}MAILTO=""\n# the office\'s\n{line}')
    return project


@pytest.mark.part("rabbitmq", "postgresql", "cron", "root")
def test_a_slot_at_the_switch_is_executed_once_by_celery(
    rabbitmq_url: str, postgres_url: str, cron_daemon: Daemon, tmp_path: Path
) -> None:
    due = (dt.datetime.now(dt.UTC) + AHEAD).replace(second=0, microsecond=0)
    project = office(tmp_path, due, broker=rabbitmq_url, database=postgres_url)
    with project.worker(), project.beat("beat", "django"):
        project.python("owned('work', 'celery'); models.Host.objects.all().delete()")
        assert (
            project.migrator("sync").returncode == 0
        )  # before cron, which would execute what it does not know
        assert project.migrator("instrument", "apply", "crontab").returncode == 0
        recorded = (tmp_path / "crontab").read_text()
        cron_daemon.install(recorded)
        installed = str(cron_daemon.spool / "root")

        words = ("cutover", "apply", "work", "--crontab", installed, "--accept", "a test", "--execute")
        done = project.migrator(*words, timeout=360)  # its own patience with the host's sync is shorter
        assert done.returncode == 0, done.stderr
        assert "waits for the sync of root@" in done.stderr
        left = Path(installed).read_text()
        assert "\n#migrator retired work: " in left
        assert "\n#migrator retired .sync: " in left
        assert project.effects() == []

        assert dt.datetime.now(dt.UTC) < due
        until(project.effects, "Celery's run of the slot", seconds=360)
        assert project.effects() == ["celery"]
        status = project.migrator("cutover", "status")
        assert status.returncode == 0, status.stdout

        assert project.migrator("cutover", "rollback", "work", "--execute").returncode == 0
        assert Path(installed).read_text() == (tmp_path / "crontab").read_text() == recorded
    assert project.effects() == ["celery"]
    assert [run["side"] for run in project.runs("work")] == ["candidate"]
