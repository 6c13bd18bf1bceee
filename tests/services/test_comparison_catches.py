"""What goes wrong between cron and Celery, made to happen with real processes: the comparison catches it.

A real worker and django-celery-beat's own scheduler go by rows with a fault each; cronwrap runs cron's side.
One mail where cron sent three is in test_runtime_effects.
"""

from __future__ import annotations

import datetime as dt
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.services.runtime_project import FILES, ROOT, Project, parts, until, write_project

CRONWRAP = str(ROOT / "migrator" / "cronwrap.py")
WARSAW = ZoneInfo("Europe/Warsaw")

SETTINGS = FILES["office/settings.py"].partition("CELERY_BEAT_SCHEDULE = ")[0] + "CELERY_BEAT_SCHEDULE = {}\n"
TASKS = """
import os, time
from celery import shared_task
from migrator.contrib.django.tasks import recorded

MINUTELY = {"expression": "* * * * *", "timezone": "Europe/Warsaw"}

def task(name, expression="* * * * *", **options):
    def decorate(body):
        body.__name__ = name
        return shared_task(name=f"office.{name}", **options)(
            recorded(name, expression=expression, timezone="Europe/Warsaw")(body)
        )
    return decorate

if "LACKS" not in os.environ:  # the worker was deployed before the task was
    @task("lacking")
    def lacking(): pass

@task("never")
def never(): pass

@task("renamed")
def renamed(): pass

@task("zoned", os.environ["ZONED"])
def zoned(): pass

@task("well")
def well(): pass

@task("swallowed")
def swallowed():
    try:
        raise OSError("the court's page does not answer")
    except Exception as error:
        print("failed_all:", error)

@task("limited", soft_time_limit=1)
def limited():
    time.sleep(3)
"""
ROWS = """
from django_celery_beat.models import CrontabSchedule, PeriodicTask
minutely, _ = CrontabSchedule.objects.get_or_create(minute="*", hour="*", timezone="Europe/Warsaw")
minute, hour = os.environ["ZONED"].split()[:2]
far = CrontabSchedule.objects.create(minute=minute, hour=hour, timezone="Pacific/Honolulu")
for name, task in (
    ("well", "well"), ("swallowed", "swallowed"), ("lacking", "lacking"), ("renamed", "name_of_before")
):
    PeriodicTask.objects.create(name=name, task=f"office.{task}", crontab=minutely)
PeriodicTask.objects.create(name="zoned", task="office.zoned", crontab=far)
for job in JOBS:
    owned(job, "shadow")
"""


@dataclass(frozen=True)
class Story:
    """The project after one minute in which both sides had their chance, and that minute's slot."""

    office: Project
    slot: str

    def compared(self, job: str) -> dict[str, Any]:
        """The job in `compare`, once no slot is too young, with the outcomes of its slots."""
        code = (
            "from migrator.comparison.document import comparison_document\n"
            "from migrator.contrib.django.comparing import compare_jobs\n"
            f"found = compare_jobs([JOBS[{job!r}]], now=instants.now() + dt.timedelta(minutes=15))\n"
            "document = comparison_document(found)\n"
            "outcomes = {one['slot']: one['outcome'] for one in document['slots']}\n"
            "print(json.dumps(document['jobs'][0] | {'outcomes': outcomes}))"
        )
        found: dict[str, Any] = self.office.python(code)
        return found

    def executed(self, job: str) -> dict[str, Any]:
        """The run of this minute's slot, which Celery executes and cron's side yields."""
        begun = dt.datetime.fromisoformat(self.slot).timestamp()
        while time.time() % 60 > 15 or time.time() < begun + 60:  # a start is late after half a minute
            time.sleep(0.5)
        due = int(time.time()) // 60 * 60
        slot = dt.datetime.fromtimestamp(due, WARSAW).isoformat(timespec="minutes")
        spool = self.office.folder / "spool"
        (spool / "taken" / job).unlink()
        (spool / "jobs" / job).write_text(f"migrator-slots 1\nowner-after celery\n\n{due} {slot} celery\n")
        cron(self.office, job, "false")  # which it does not run
        task = self.office.python(
            f"ago = instants.now() - dt.datetime.fromtimestamp({due} - 30, dt.UTC)\n"
            f"models.Host.objects.all().delete(); owned({job!r}, 'celery', ago)\n"
            f"print(json.dumps(send({job!r}, dt.datetime.fromtimestamp({due}, dt.UTC))))"
        )

        def ended() -> list[dict[str, Any]]:
            return [run for run in self.office.runs(job) if run["task"] == task and run["finished"]]

        found: dict[str, Any] = until(ended, "the task's end")[0]
        assert self.office.migrator("sync").returncode == 0
        return found


def cron(office: Project, job: str, line: str) -> None:
    """A line as cron starts it."""
    office.run(sys.executable, "-I", "-S", CRONWRAP, job, "--", "/bin/sh", "-c", line)


@pytest.fixture(scope="module")
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("office")
    hours = sorted((dt.datetime.now(WARSAW) + dt.timedelta(hours=more)).hour for more in range(3))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ZONED", f"* {','.join(map(str, hours))} * * *")
        files = {"office/settings.py": SETTINGS, "office/tasks.py": TASKS}
        office = write_project(folder, **parts(request, folder, "files"), files=files)
    assert office.migrator("sync").returncode == 0
    office.python("import os\n" + ROWS)
    with office.worker(LACKS="1"), office.beat("beat", "django"):
        minute = (dt.datetime.now(WARSAW) + dt.timedelta(minutes=1)).replace(second=0, microsecond=0)
        time.sleep(minute.timestamp() + 0.5 - time.time())
        for job in ("lacking", "never", "renamed", "zoned", "well", "swallowed", "limited"):
            cron(office, job, "exit 1" if job == "swallowed" else "true")
        until(lambda: office.runs("well"), "what beat sends")
        log = folder / "worker.log"
        until(lambda: "office.name_of_before" in log.read_text(), "the message of the renamed task")
        until(lambda: "office.lacking" in log.read_text(), "the message of the unregistered task")
        assert office.migrator("sync").returncode == 0
        yield Story(office, minute.isoformat(timespec="minutes"))


def test_where_nothing_is_wrong_the_slot_matches(story: Story) -> None:
    assert story.compared("well")["outcomes"][story.slot] == "matched"


@pytest.mark.parametrize(
    ("job", "cause"),
    [
        pytest.param("lacking", "no worker has the task office.lacking", id="an unregistered task"),
        pytest.param(
            "never",
            r"beat has no enabled entry for [\w., ]*\boffice\.never\b",
            id="a job that was never fired",
        ),
        pytest.param("renamed", "office.name_of_before", id="a stale row after a rename"),
        pytest.param(
            "zoned",
            "in Europe/Warsaw under cron and in Pacific/Honolulu under Celery",
            id="a row in another zone",
        ),
    ],
)
def test_a_slot_without_celery_is_seen_and_its_cause_is_named(story: Story, job: str, cause: str) -> None:
    found = story.compared(job)
    assert found["outcomes"][story.slot] == "control_only"
    assert found["verdict"] == "unsafe"
    assert any(reason.startswith("Celery was not there for") for reason in found["reasons"])
    doctor = story.office.migrator("doctor", "--format", "json")
    assert re.search(cause, doctor.stdout)


def test_a_failure_that_the_task_swallows(story: Story) -> None:
    """Lesson 12: cron's run ends with 1, the task with success."""
    assert story.executed("swallowed")["exit"] == 0
    found = story.compared("swallowed")
    assert found["outcomes"][story.slot] == "mismatched"
    assert found["verdict"] == "unsafe"
    assert (
        "1 run failed under cron, and none under Celery: does the task swallow its errors?"
        in found["reasons"]
    )


def test_a_time_limit_that_cron_did_not_have(story: Story) -> None:
    run = story.executed("limited")
    assert (run["exit"], run["reason"]) == (1, "SoftTimeLimitExceeded")
    found = story.compared("limited")
    assert found["outcomes"][run["slot"]] == "mismatched"
    assert found["verdict"] == "unsafe"
