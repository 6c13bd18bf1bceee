"""The golden projects at work: beat's real scheduler, RabbitMQ and a worker, before and after a hand-over."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from migrator.cli import run
from migrator.cli.project import find_home

ROOT = Path(__file__).parents[2]
PROJECTS = ROOT / "tests" / "golden" / "projects"
JOBS = {
    "nested": ["rebuild"],
    "several_apps": ["clearsessions", "rebuild", "send_digest", "send_invoices"],
}
OWN_SCHEDULER = {"existing_app", "existing_tasks"}  # Celery's own file, where `init` found no rows of beat
PLAYS = [(folder.name, "as it is") for folder in sorted(PROJECTS.iterdir())]
PLAYS += [(name, "database") for name in sorted(OWN_SCHEDULER)]

# In one process, which has the project's settings: beat sends each entry when it is told to, and a worker
# takes the messages from the broker. The cron host has acknowledged each hand-over long ago.
PLAYED = """
import datetime as dt, importlib, json, os, sys, time
import django
django.setup()
from celery import signals
from celery.beat import Service
from celery.contrib.testing.worker import start_worker
from celery.utils.imports import symbol_by_name
from django.core.management import call_command
from django.utils import timezone

url, package, asked = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
call_command("migrate", verbosity=0)
app = importlib.import_module(package + ".celery").app
app.conf.update(broker_url=url, task_default_queue="golden." + sys.argv[4], worker_hijack_root_logger=False)
app.loader.import_default_modules()
from migrator.contrib.celery.jobs import migrated_jobs
from migrator.contrib.django import models

jobs = migrated_jobs(app)
assert sorted(jobs) == sorted(asked), sorted(jobs)
service = Service(app, schedule_filename="beat", scheduler_cls=app.conf.beat_scheduler)
signals.beat_init.send(sender=service)
scheduler = service.get_scheduler()
entries = {name: entry for name, entry in scheduler.schedule.items() if name in jobs}
assert sorted(entries) == sorted(jobs), sorted(entries)

def sent(count, times=1):
    for entry in entries.values():
        for _ in range(times):
            scheduler.apply_async(entry, advance=False)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        runs = list(models.Run.objects.order_by("id"))
        if len(runs) >= count and all(one.finished for one in runs):
            return sorted((one.job, one.action, one.exit, one.output) for one in runs)
        time.sleep(0.1)
    raise AssertionError([(one.job, one.action, one.reason) for one in runs])

with start_worker(app, pool="solo", concurrency=1, perform_ping_check=False, loglevel="WARNING"):
    inert = sent(len(jobs))
    models.Run.objects.all().delete()
    at = timezone.now() - dt.timedelta(days=40)
    host = models.Host.objects.create(name="cron", user="root", spool="/spool")
    for job in jobs:
        row = models.Handover.objects.create(
            job=job, owner="celery", previous="cron", from_due=at, from_slot="-", who="test"
        )
        models.Acknowledgement.objects.create(handover=row, host=host, effective=at, applied=True)
    owned = sent(2 * len(jobs), times=2)
    print(json.dumps({"inert": inert, "owned": owned, "by": type(scheduler).__module__}), flush=True)
    os._exit(0)  # nobody waits for the worker's thread
"""


@pytest.mark.part("rabbitmq")
@pytest.mark.parametrize(("name", "scheduler"), PLAYS)
def test_nothing_runs_until_celery_owns_it_and_then_once(
    name: str, scheduler: str, rabbitmq_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Path(shutil.copytree(PROJECTS / name / "before", tmp_path / "project"))
    monkeypatch.chdir(project)
    monkeypatch.setenv("TZ", "Europe/Warsaw")
    assert run(["init"]) == 0
    if scheduler == "database":
        toml = project / "migrator.toml"
        toml.write_text(toml.read_text().replace('scheduler = "file"', 'scheduler = "database"'))
    assert run(["generate", "--write"]) == 0
    configured = find_home(project).configuration
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(project), str(ROOT)]),
        "DJANGO_SETTINGS_MODULE": str(configured.project.settings),
    }
    jobs = JOBS.get(name, ["send_digest"])
    words = (rabbitmq_url, str(configured.project.celery), json.dumps(jobs), f"{name}.{scheduler}")
    done = subprocess.run(
        [sys.executable, "-c", PLAYED, *words],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert done.returncode == 0, done.stderr
    played = json.loads(done.stdout.splitlines()[-1])
    assert [[job, action, output] for job, action, _exit, output in played["inert"]] == [
        [job, "would", ""] for job in jobs
    ]
    said = {"clearsessions": "", "send_invoices": "done\ndone\n"}  # a chain of two commands
    executed = [
        [job, end, said.get(job, "done\n")]
        for job, action, end, _output in played["owned"]
        if action == "execute"
    ]
    assert [one[:1] + one[2:] for one in played["owned"] if one[1] == "execute"] == executed
    assert [one[0] for one in executed] == [one[0] for one in played["owned"] if one[1] == "yield"] == jobs
    assert {end for _job, end, _output in executed} == {0}
    rows = scheduler == "database" or name not in OWN_SCHEDULER
    assert played["by"] == ("django_celery_beat.schedulers" if rows else "celery.beat")
