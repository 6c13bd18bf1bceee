"""Beat is killed between saving a run and sending its message: what comes after a restart is sent once.

The beat is a process of its own, its messages are files of kombu's file system transport, and SIGKILL
takes it in the middle of the entries of one minute.
"""

import datetime as dt
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ENTRIES = 40
KILLED_AT = 15  # messages that are out by then
BEAT = """
import datetime as dt, json, os, signal, sys
from celery import Celery
from kombu.utils.imports import symbol_by_name

order = json.loads(sys.argv[1])
if order["database"]:
    import django
    from django.conf import settings
    settings.configure(
        INSTALLED_APPS=["django_celery_beat"], USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "beat.sqlite3"}},
    )
    django.setup()
    from django.core.management import call_command
    from django.db.backends.signals import connection_created
    quick = "PRAGMA synchronous=OFF"  # what is written outlives the process, if not the machine
    connection_created.connect(lambda connection, **_: connection.cursor().execute(quick), weak=False)
    call_command("migrate", verbosity=0)
from celery.schedules import crontab
from migrator.contrib.celery.cron_schedule import CronSchedule

app = Celery("crash", broker="filesystem://")
folders = {"data_folder_in": "queue", "data_folder_out": "queue", "control_folder": "control"}
app.conf.update(
    broker_transport_options=folders, result_expires=None, beat_cron_starting_deadline=300, timezone="UTC",
    beat_sync_every=order["sync_every"],
    beat_schedule={
        name: {"task": name, "schedule": CronSchedule(order["expression"])}
        for name in map("job{}".format, range(order["entries"]))
    },
)

class Mortal(symbol_by_name(order["scheduler"])):
    left = order["messages"]

    def apply_async(self, *args, **options):
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1
        return super().apply_async(*args, **options)

file = {} if order["database"] else {"schedule_filename": "beat-schedule"}
scheduler = Mortal(app, **file)
if order["messages"] is None:  # all have run some minutes ago, and are due again
    for entry in scheduler.schedule.values():
        entry.last_run_at -= dt.timedelta(minutes=4)
        if order["database"]:
            entry.model.last_run_at = entry.last_run_at
            entry.model.save()
else:
    for _tick in range(2 * order["entries"]):
        if scheduler.tick() > 0:
            break
scheduler.close()
"""
OURS = "migrator.contrib.celery.beat:PersistentScheduler"
OUR_ROWS = "migrator.contrib.celery.database_beat:DatabaseScheduler"


class Room:
    """A folder with a beat's memory and a queue."""

    def __init__(self, folder: Path, scheduler: str, sync_every: int) -> None:
        self.folder = folder
        self.order = {
            "scheduler": scheduler,
            "database": "Database" in scheduler,
            "sync_every": sync_every,
            "entries": ENTRIES,
            # due a minute ago, and not again before the test has ended
            "expression": f"{(dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)).minute} * * * *",
        }
        for name in ("queue", "control"):
            (folder / name).mkdir()

    def beat(self, messages: int | None) -> int:
        """A beat that lives for so many messages (None: to write down what has run); its exit status."""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        order = json.dumps({**self.order, "messages": messages})
        return subprocess.run(
            [sys.executable, "-c", BEAT, order], cwd=self.folder, env=environment, timeout=120
        ).returncode

    def sent(self) -> Counter[str]:
        """How many messages of each task are in the queue."""
        messages = (json.loads(file.read_bytes()) for file in (self.folder / "queue").iterdir())
        return Counter(message["headers"]["task"] for message in messages)


@pytest.mark.parametrize(
    ("scheduler", "sync_every", "lost"),
    [
        pytest.param(OURS, 0, ENTRIES - KILLED_AT, id="a file, all at once"),
        pytest.param(OURS, 10, 5, id="a file, ten at a time"),
        pytest.param(OURS, 1, 1, id="a file, one at a time"),
        pytest.param(OUR_ROWS, 10, 5, id="rows, ten at a time"),
    ],
)
def test_a_beat_that_was_killed_doubles_nothing(
    tmp_path: Path, scheduler: str, sync_every: int, lost: int
) -> None:
    room = Room(tmp_path, scheduler, sync_every)
    room.beat(None)
    assert room.beat(KILLED_AT) == -signal.SIGKILL
    assert room.sent().total() == KILLED_AT
    assert room.beat(-1) == 0
    assert set(room.sent().values()) == {1}
    assert room.sent().total() == ENTRIES - lost


def test_celerys_own_beat_sends_again_what_it_had_not_saved(tmp_path: Path) -> None:
    room = Room(tmp_path, "celery.beat:PersistentScheduler", 0)
    room.beat(None)
    assert room.beat(KILLED_AT) == -signal.SIGKILL
    assert room.beat(-1) == 0
    assert max(room.sent().values()) == 2
