"""An office in the middle of its migration, with a web server: for the dashboard's tests and pictures.

``python -m tests.dashboard_office FOLDER small|large`` makes the ledger in FOLDER and serves it: the first
line that it prints is its address. ``sessions.json`` there holds a session cookie of each of its people.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from celery import Celery

from migrator.comparison.effects import Effects
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Owner, Side
from migrator.comparison.runs import Action, RunRecord
from migrator.comparison.turns import turn
from migrator.contrib.django.tasks import recorded
from migrator.schedule.occurrences import Slot
from tests.own_celery import OwnCelery

ZONE = "Europe/Warsaw"
PASSWORD = "let me see"
DAYS = 90
HOST = ("cron1", "www", "/var/spool/migrator")

# who may what; all of them but the guest are staff
USERS: dict[str, tuple[str, ...]] = {
    "guest": (),
    "clerk": (),
    "reader": ("view_dashboard",),
    "boss": ("view_dashboard", "view_output", "change_owner", "accept_risk", "abort"),
}


@dataclass(frozen=True, slots=True)
class Course:
    """How far a job is: days ago at which each owner began; slots, from the end, that went wrong."""

    shadow: float = 90
    alternate: float = 0
    celery: float = 0
    retired: float = 0
    absent: tuple[int, ...] = ()  # Celery was not there
    failed: tuple[int, ...] = ()
    late: tuple[int, ...] = ()
    seconds: float = 20
    output: str = "{count} done\n"

    def steps(self) -> Iterator[tuple[Owner, float]]:
        for owner in (Owner.SHADOW, Owner.ALTERNATE, Owner.CELERY, Owner.RETIRED):
            ago = getattr(self, owner.value)
            if ago:
                yield owner, ago

    def owner(self, due: dt.datetime, now: dt.datetime) -> Owner:
        owner = Owner.CRON
        for step, ago in self.steps():
            owner = step if due >= now - dt.timedelta(days=ago) else owner
        return owner


HOSTILE = (
    "<script>document.title='owned'</script>"
    "<img src=x onerror=\"document.title='owned'\">\x1b[31mred\x1b[0m\n"
)
LEAKED = "connecting to postgres://shop:hunter2secret@db/shop\n"

SMALL: dict[str, tuple[str, Course]] = {
    "send_reminders": ("0 12 * * *", Course(celery=34, output="3 mails sent\n")),
    "monthly_bill": ("0 6 2 * *", Course(shadow=40, seconds=140)),
    "fetch_courts": (
        "10 */3 * * *",
        Course(celery=30, absent=(9, 10), failed=(3,), seconds=45, output=LEAKED),
    ),
    "clearsessions": ("@daily", Course(shadow=5, seconds=3)),
    "sync_stock": ("*/30 * * * *", Course(shadow=20, alternate=2, late=(5,), seconds=8)),
    "import_prices": ("20 4 * * 1", Course(shadow=0)),
    "archive_orders": ("30 1 * * *", Course(celery=40, retired=9, seconds=90)),
    "print_labels": ("15 8 * * 1-5", Course(shadow=12, output=HOSTILE)),
}


def large(count: int = 200) -> dict[str, tuple[str, Course]]:
    """As many jobs as a large project has: most once a day, some each hour."""
    courses = [
        Course(celery=45), Course(celery=60, seconds=90), Course(shadow=50, celery=20, absent=(3,)),
        Course(celery=45, failed=(5,)), Course(shadow=5), Course(shadow=0),
    ]  # fmt: skip
    often = (0, 1, 0, 0, 1, 0, 4, 0, 1, 0, 2, 0, 1, 4, 0, 5, 1, 3, 0)
    found = {}
    for number in range(count):
        hour = "*" if number % 20 == 7 else str(number % 24)
        found[f"job_{number}"] = (f"{number % 60} {hour} * * *", courses[often[number % len(often)]])
    return found


def office() -> dict[str, tuple[str, Course]]:
    """The jobs of the office that the environment asks for."""
    return large() if os.environ.get("OFFICE") == "large" else SMALL


def _app() -> Celery:
    made = OwnCelery("office", prefix="office.", broker="memory://")
    for name, (expression, _course) in office().items():

        def work() -> None:
            """Nothing is executed here."""

        made.task(name=f"office.{name}", shared=False)(
            recorded(name, expression=expression, timezone=ZONE)(work)
        )
    return made


app = _app()
CONFIGURATION = '[project]\ncelery = "tests.dashboard_office:app"\ntimezone = "Europe/Warsaw"\n'


def fill(now: dt.datetime, days: int = DAYS) -> None:
    """The ledger of so many days until ``now``."""
    from migrator.contrib.django.ledger import row
    from migrator.contrib.django.models import Run

    hosts = _hosts(now)
    jobs = [
        (JobDefinition(name, expression, ZONE), course) for name, (expression, course) in office().items()
    ]
    steps = [one for job, course in jobs for one in _steps(job, course, now=now, days=days)]
    for step in sorted(steps, key=lambda one: one.from_due):  # the log is kept as it happens
        _hand_over(step, hosts)
    for job, course in jobs:
        rows = []
        for record in records(job, course, now, days):
            one = row(record, now=now)
            one.effects = {"task": record.effects.document()} if record.effects else None
            rows.append(one)
        Run.objects.bulk_create(rows, batch_size=400)


def _hosts(now: dt.datetime) -> Any:
    from migrator.contrib.django.models import Host

    name, user, spool = HOST
    return Host.objects.create(
        name=name, user=user, spool=spool, first_seen=now - dt.timedelta(days=DAYS), last_seen=now
    )


def _steps(job: JobDefinition, course: Course, *, now: dt.datetime, days: int) -> Iterator[Any]:
    """The hand-overs of a job, not yet written."""
    from migrator.contrib.django.models import Handover

    previous = Owner.CRON
    for owner, ago in course.steps():
        [slot] = job.following(now - dt.timedelta(days=min(ago, days - 1)), 1)
        yield Handover(
            job=job.id, owner=owner, previous=previous, from_slot=slot.name, from_due=slot.due, who="anna",
            reason="the evidence is there" if owner.moves else "first look",
            at=slot.due - dt.timedelta(hours=2),
        )  # fmt: skip
        previous = owner


def _hand_over(asked: Any, host: Any) -> None:
    from migrator.contrib.django.models import Acknowledgement

    asked.save()
    if asked.owner.moves:
        Acknowledgement.objects.create(handover=asked, host=host, effective=asked.from_due, applied=True)


def records(job: JobDefinition, course: Course, now: dt.datetime, days: int) -> Iterator[RunRecord]:
    """What both sides recorded, until five minutes ago."""
    dice = random.Random(job.id)
    slots = job.between(now - dt.timedelta(days=days), now - dt.timedelta(minutes=5))
    for number, slot in enumerate(reversed(slots)):
        owner = course.owner(slot.due, now)
        for side in Side:
            gone = side is Side.CONTROL and owner is Owner.RETIRED
            early = side is Side.CANDIDATE and owner is Owner.CRON
            if gone or early or (side is Side.CANDIDATE and number in course.absent):
                continue
            yield _run(job, slot, side, owner, course=course, number=number, dice=dice)


def _run(
    job: JobDefinition,
    slot: Slot,
    side: Side,
    owner: Owner,
    *,
    course: Course,
    number: int,
    dice: random.Random,
) -> RunRecord:
    executes = side is owner.executes(turn(job.id, slot.name))
    lag = abs(dice.gauss(1.1, 0.2)) if side is Side.CONTROL else dice.lognormvariate(-0.4, 0.6)
    if number in course.late and side is Side.CANDIDATE:
        lag += 1200
    start = slot.due + dt.timedelta(seconds=lag)
    took = abs(dice.gauss(course.seconds, course.seconds / 8)) if executes else 0.0
    candidate = side is Side.CANDIDATE
    return RunRecord(
        run=f"{side}{job.id}{slot.name}"[:64],
        job=job.id,
        side=side,
        action=Action.EXECUTE if executes else Action.WOULD if candidate else Action.YIELD,
        slot=slot.name,
        due=slot.due,
        published=slot.due + dt.timedelta(seconds=lag * 0.4) if candidate else None,
        received=slot.due + dt.timedelta(seconds=lag * 0.7) if candidate else None,
        started=start,
        finished=start + dt.timedelta(seconds=took),
        exit=1 if executes and number in course.failed else 0,
        output=course.output.replace("{count}", str(dice.randrange(40))) if executes else "",
        host="worker1" if candidate else HOST[0],
        user="www",
        worker="celery@worker1" if candidate else "",
        task=f"task-{job.id}-{slot.name}" if candidate else "",
        effects=Effects(3, 0, {"UPDATE office_event": 1}) if executes else None,
    )


def people() -> None:
    """The users, each with the permissions that the table gives."""
    from django.contrib.auth import get_user_model

    for name, permissions in USERS.items():
        user = get_user_model().objects.create_user(name, password=PASSWORD, is_staff=name != "guest")
        user.user_permissions.set(map(permission, permissions))


def sessions() -> dict[str, str]:
    """A session of each of them who has just logged in, also of those whom the admin's form refuses."""
    from django.contrib.auth import BACKEND_SESSION_KEY as BACKEND
    from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user_model
    from django.contrib.sessions.backends.db import SessionStore

    found = {}
    for user in get_user_model().objects.all():
        store = SessionStore()
        store[SESSION_KEY], store[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
        store[BACKEND] = "django.contrib.auth.backends.ModelBackend"
        store.create()
        found[user.get_username()] = store.session_key
    return found


def permission(name: str) -> Any:
    """One of the dashboard's permissions."""
    from django.contrib.auth.models import Permission

    return Permission.objects.get(content_type__app_label="migrator", codename=name)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_arguments: Any) -> None:
        """Not a line for each request."""


def settings(folder: Path) -> None:
    """Django with a ledger in ``folder``, before it is set up."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.testing"
    os.environ["DATABASE_URL"] = f"sqlite:///{folder / 'office.sqlite3'}"
    (folder / "migrator.toml").write_text(CONFIGURATION)
    from django.conf import settings as project

    project.MIGRATOR_HOME = str(folder)


def serve(folder: Path) -> None:
    """Make the office and answer on a free port until the process is ended."""
    settings(folder)
    import django

    django.setup()
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from django.db import transaction
    from django.utils import timezone

    from migrator.contrib.django.dashboard.ground import ground
    from migrator.contrib.django.dashboard.judging import judge_some

    call_command("migrate", verbosity=0)
    with transaction.atomic():
        fill(timezone.now())
        people()
        (folder / "sessions.json").write_text(json.dumps(sessions()))
    if os.environ["OFFICE"] == "large":
        judge_some(ground(), timezone.now(), budget=3600)
    server = make_server("127.0.0.1", 0, StaticFilesHandler(get_wsgi_application()), _Server, _Quiet)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    os.environ["OFFICE"] = sys.argv[2]
    # celery's find_app imports this module by its name, and must find the same jobs
    serve(Path(sys.argv[1]))
