"""Effects of both sides, with real processes: cron's command beside the task that should do the same."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.services.runtime_project import FILES, ROOT, Project, parts, until, write_project

CRONWRAP = str(ROOT / "migrator" / "cronwrap.py")
NOTIFY = f"{sys.executable} manage.py notify"

# The mistake of a real migration: the loop of the command, rewritten for the task with `return` inside.
PROJECT = {
    "office/settings.py": FILES["office/settings.py"]
    + 'EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"\n',
    "migrator.toml": '[jobs.notify]\nignore_output = ["^progress:"]\n',
    "office/management/__init__.py": "",
    "office/management/commands/__init__.py": "",
    "office/management/commands/notify.py": """
import os
from django.core.management.base import BaseCommand
from office.notices import DUE, notify

class Command(BaseCommand):
    def handle(self, **options):
        for name in DUE:
            notify(name)
        self.stdout.write("progress: done")
        self.stdout.write(f"sent {len(DUE)} at 12:00")
        if "DIES" in os.environ:
            os._exit(0)
        if "FAR" in os.environ:
            os.chdir("/")
""",
    "office/notices.py": """
from django.contrib.auth.models import Group
from django.core.mail import send_mail

DUE = ("anna", "bela", "cleo")

def notify(name):
    send_mail("due", "text", None, [f"{name}@office.example"])
    Group.objects.get_or_create(name=name)
""",
    "office/tasks.py": """
from celery import shared_task
from celery.utils.log import get_task_logger
from migrator.contrib.django.tasks import recorded
from office.notices import DUE, notify as one_notice

log = get_task_logger(__name__)

@shared_task(name="office.notify")
@recorded("notify", expression="* * * * *", timezone="Europe/Warsaw")
def notify():
    for name in DUE:
        one_notice(name)
        log.info("sent %d at 13:00", len(DUE))
        return

@shared_task(name="office.well")
@recorded("well", expression="* * * * *", timezone="Europe/Warsaw")
def well():
    for name in DUE:
        one_notice(name)
    log.info("sent %d at 13:00", len(DUE))
""",
}


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("files"),
        pytest.param("servers", marks=pytest.mark.part("rabbitmq", "postgresql")),
    ],
)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The project and one worker."""
    folder = tmp_path_factory.mktemp("office")
    project = write_project(folder, **parts(request, folder, request.param), files=PROJECT)
    with project.worker():
        yield project


ONE_IS_ENOUGH = pytest.mark.parametrize("office", ["files"], indirect=True)


@pytest.fixture(autouse=True)
def empty(office: Project) -> None:
    office.python(
        "from django.contrib.auth.models import Group\n"
        "for model in (models.Run, models.Slot, models.Handover, models.Host, Group):\n"
        "    model.objects.all().delete()\n"
    )
    # Two tests in one minute would have one slot between them.
    shutil.rmtree(office.folder / "spool" / "taken", ignore_errors=True)
    assert office.migrator("sync").returncode == 0


def start(office: Project, line: str, job: str, **environment: str) -> None:
    """A line as cron starts it."""
    command = (sys.executable, "-I", "-S", CRONWRAP, job, "--", "/bin/sh", "-c", line)
    assert office.run(*command, **environment).returncode == 0


def cron(office: Project, line: str, job: str = "notify") -> dict[str, Any]:
    """The run of the line in the ledger, once `sync` has shipped it."""
    start(office, line, job)
    assert office.migrator("sync").returncode == 0
    return office.runs(job)[-1]


def executed(office: Project, job: str, at: str) -> None:
    """Celery executes the slot of an instant, as after a hand-over that every host has acknowledged."""
    task = office.python(
        f"models.Host.objects.all().delete(); owned({job!r}, 'celery')\n"
        f"print(json.dumps(send({job!r}, {at})))"
    )
    until(
        lambda: [run for run in office.runs(job) if run["task"] == task and run["finished"]], "the task's end"
    )


def compared(office: Project, job: str) -> dict[str, Any]:
    """The job in `compare`, once no slot is too young."""
    code = (
        "from migrator.comparison.document import comparison_document\n"
        "from migrator.contrib.django.comparing import compare_jobs\n"
        f"found = compare_jobs([JOBS[{job!r}]], now=instants.now() + dt.timedelta(minutes=30))\n"
        "print(json.dumps(comparison_document(found)['jobs'][0]))"
    )
    found: dict[str, Any] = office.python(code)
    return found


def likeness(found: dict[str, Any]) -> dict[str, str]:
    return {one["effect"]: one["likeness"] for one in found["effects"]["counts"]}


THREE = {
    "mails": 3, "recipients": 3, "writes": {"INSERT auth_group": 3}, "unread": 0, "programs": 0,
}  # fmt: skip


def test_one_mail_where_cron_sent_three(office: Project) -> None:
    """Lesson 5, in slots of their own: three due notices, and the loop returns after the first."""
    assert list(cron(office, NOTIFY)["effects"].values()) == [THREE]
    executed(office, "notify", "instants.now() - dt.timedelta(minutes=10)")
    found = compared(office, "notify")
    assert found["effects"]["likeness"] == "differs"
    assert likeness(found) == {"mails": "differs", "recipients": "differs", "INSERT auth_group": "differs"}
    assert found["verdict"] == "unsafe"
    assert "the work differs: mails: cron 3, Celery 1" in found["reasons"]


@ONE_IS_ENOUGH
def test_a_drill_on_one_slot_is_told_by_the_command_line(office: Project) -> None:
    cron(office, NOTIFY)
    executed(office, "notify", "models.Run.objects.get(job='notify').due")
    done = office.migrator("compare", "notify")
    assert done.returncode == 1, done.stderr
    assert "effects: differs; mails: cron 3, Celery 1, in the slot " in " ".join(done.stdout.split())
    assert "output: equal; 1 line ignored" in done.stdout
    answer = json.loads(office.migrator("compare", "--format", "json").stdout)
    [slot] = [one for one in answer["slots"] if one["control"] and one["candidate"]]
    assert (slot["control"]["effects"]["mails"], slot["candidate"]["effects"]["mails"]) == (3, 1)


@ONE_IS_ENOUGH
def test_the_same_work_is_equal_and_output_is_set_beside(office: Project) -> None:
    cron(office, NOTIFY, job="well")
    office.python("from django.contrib.auth.models import Group; Group.objects.all().delete()")
    executed(office, "well", "instants.now() - dt.timedelta(minutes=10)")
    found = compared(office, "well")
    assert likeness(found) == {"mails": "equal", "recipients": "equal", "INSERT auth_group": "equal"}
    assert found["effects"]["sentence"] == "the same in every slot of both sides"
    assert found["output"]["control_only"] == {"count": 1, "samples": ["progress: done"]}
    assert set(found["lag"]["candidate"]) == {"published", "received", "started", "total"}


@ONE_IS_ENOUGH
def test_every_process_of_a_line_counts(office: Project) -> None:
    run = cron(office, f"{NOTIFY} && cd / && {NOTIFY.replace('manage.py', str(office.folder / 'manage.py'))}")
    assert len(run["effects"]) == 2
    code = f"print(json.dumps(record(models.Run.objects.get(run={run['run']!r})).effects.document()))"
    total = office.python("from migrator.contrib.django.ledger import record\n" + code)
    assert total == THREE | {"mails": 6, "recipients": 6}


LINES: dict[str, tuple[str, dict[str, str], list[object] | None]] = {
    "no-django": ("true", {}, None),
    "it-never-said-its-end": (NOTIFY, {"DIES": "1"}, [None]),
    "an-environment-of-its-own": (f"env -u MIGRATOR_RUN {NOTIFY}", {}, None),
    "it-went-to-another-folder": (NOTIFY, {"FAR": "1"}, [THREE | {"writes": {}}]),
}


@ONE_IS_ENOUGH
def test_what_is_not_counted_is_unknown(office: Project) -> None:
    for job, (line, environment, _) in LINES.items():
        start(office, line, job, **environment)
    assert office.migrator("sync").returncode == 0
    for job, (_, _, effects) in LINES.items():
        [run] = office.runs(job)
        assert (run["effects"] and list(run["effects"].values())) == effects, job


@ONE_IS_ENOUGH
def test_the_ledger_and_the_spool_have_no_say_in_the_job(office: Project) -> None:
    """Without a database for the ledger the job's own error stands; without a spool it says what it says."""
    away = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing"}
    command = (sys.executable, "-I", "-S", CRONWRAP, "notify", "--", "/bin/sh", "-c", NOTIFY)
    failed = office.run(*command, **away)
    assert failed.returncode == 1
    assert "migrator" not in failed.stderr.replace(str(ROOT), "")  # a clone may be called so
    assert office.migrator("sync").returncode == 0
    [counted] = office.runs("notify")[-1]["effects"].values()
    assert (counted["mails"], counted["writes"]) == (1, {})
    (office.folder / "no").touch()
    done = office.run(*command, MIGRATOR_SPOOL=str(office.folder / "no" / "spool"))
    assert (done.returncode, done.stdout) == (0, "progress: done\nsent 3 at 12:00\n")
