"""A project with USE_TZ = False, Django's own before 5.0: nothing is lost, doubled or told hours wrong."""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from celery import Celery
from django.test import override_settings
from django_celery_beat.models import CrontabSchedule, PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler as Original

from migrator.contrib.celery.database_beat import DatabaseScheduler, _save_runs
from migrator.contrib.django.preflight import times_of_its_rows
from migrator.settings.effective import OURS
from tests.own_celery import current
from tests.real_ledger import real_ledger
from tests.services.runtime_project import FILES, ROOT, TOML, Project, parts, until, write_project

WARSAW = ZoneInfo("Europe/Warsaw")
CRONWRAP = str(ROOT / "migrator" / "cronwrap.py")
NAIVE = (
    FILES["office/settings.py"]
    .replace("USE_TZ = True", "USE_TZ = False")
    .replace("django_celery_beat.schedulers:DatabaseScheduler", OURS)
)
WEB = """
INSTALLED_APPS += ["django.contrib.sessions", "django.contrib.messages", "django.contrib.admin"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]},
}]
ROOT_URLCONF = "office.urls"
ALLOWED_HOSTS = ["testserver"]
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = str(FOLDER / "mails")
ADMINS = [("Admin", "admin@shop.example")]
"""
URLS = """
from django.contrib import admin
from django.urls import include, path
urlpatterns = [path("m/", include("migrator.contrib.django.urls")), path("admin/", admin.site.urls)]
"""
CRONTAB = "* * * * * cd /srv/shop && python manage.py fail\n"
LOOK = """
from django.contrib.auth import get_user_model
from django.test import Client
boss, _new = get_user_model().objects.get_or_create(username="boss", is_staff=True, is_superuser=True)
client = Client()
client.force_login(boss)
print(json.dumps([client.get(path).content.decode() for path in %r]))
"""


YESTERDAY = """
noon = timezone.localtime(instants.now()).replace(hour=12, minute=0, second=0, microsecond=0)
noon -= dt.timedelta(days=1)
owned("again", "retired", ago=instants.now() - noon)
models.Host.objects.update(left_at=instants.now())
for slot in JOBS["again"].definition.between(noon, noon + dt.timedelta(hours=13)):
    bad = slot.due == noon + dt.timedelta(minutes=5)
    models.Run.objects.create(
        run=uuid.uuid4().hex, job="again", side="candidate", action="execute", kind="scheduled",
        slot=slot.name, due=slot.due, started=slot.due, finished=slot.due, exit=3 if bad else 0, host="web1",
    )
"""


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("files"),
        pytest.param("servers", marks=pytest.mark.part("rabbitmq", "postgresql")),
        pytest.param("mysql", marks=pytest.mark.part("mysql")),
    ],
)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("office")
    files = {
        "office/settings.py": NAIVE + WEB, "office/urls.py": URLS, "migrator.toml": TOML, "crontab": CRONTAB,
    }  # fmt: skip
    return write_project(folder, **parts(request, folder, request.param), files=files)


def clock(text: str) -> str:
    """The hour and minute that a row's instant shows in Warsaw."""
    instant = dt.datetime.fromisoformat(text)
    assert instant.utcoffset() == dt.timedelta(0)
    return f"{instant.astimezone(WARSAW):%H:%M}"


def document(office: Project, *words: str) -> Any:
    done = office.migrator(*words, "--format", "json")
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def test_the_settings_are_fit(office: Project) -> None:
    assert office.manage("check").returncode == 0
    assert office.manage("makemigrations", "migrator", "--check", "--dry-run").returncode == 0


def test_what_cron_ran_reaches_the_ledger_once(office: Project) -> None:
    before = dt.datetime.now(dt.UTC)
    assert (
        office.run(sys.executable, "-I", "-S", CRONWRAP, "fail", "--", "sh", "-c", "exit 3").returncode == 3
    )
    for _ in range(2):
        done = office.migrator("sync")
        assert (done.returncode, done.stderr) == (0, "")
        (office.folder / "spool" / "shipped.json").unlink()
    [run] = office.runs("fail")
    started, finished = (dt.datetime.fromisoformat(run[name]) for name in ("started", "finished"))
    assert before <= started <= finished <= dt.datetime.now(dt.UTC)
    assert (run["kind"], run["exit"], run["side"]) == ("scheduled", 3, "control")


def test_slot_after_slot_is_executed_once_though_beat_starts_anew(office: Project) -> None:
    """Two beats of rows, both of which are stopped and come back; no slot between is lost."""
    office.python("owned('work', 'celery')")
    assert office.migrator("sync").returncode == 0  # the cron host's own word

    def slots() -> list[str]:
        return sorted({run["slot"] for run in office.runs("work") if run["action"] == "execute"})

    with office.worker():
        for number in range(2):
            with office.beat("one", OURS), office.beat("two", OURS):
                until(lambda many=number + 1: len(slots()) >= many, "a slot", 150)
                asked = office.migrator("owner", "fail", "shadow")
                assert asked.returncode == 0, asked.stderr
        until(lambda: all(run["finished"] for run in office.runs("work")), "all ends")
    found = [dt.datetime.fromisoformat(slot) for slot in slots()]
    assert {later - earlier for earlier, later in pairwise(found)} == {dt.timedelta(minutes=1)}
    runs = office.runs("work")
    assert Counter(run["slot"] for run in runs if run["action"] == "execute") == dict.fromkeys(slots(), 1)
    assert {run["kind"] for run in runs} == {"scheduled"}
    assert office.effects().count("work") == len(found)
    for run in runs:
        assert clock(run["due"]) == run["slot"][11:16]
        assert run["published"] <= run["received"] <= run["started"] <= run["finished"]


def test_the_verbs_judge_it(office: Project) -> None:
    [job] = [one for one in document(office, "compare", "work")["jobs"] if one["id"] == "work"]
    assert job["expected"] >= 2
    slot = next(run["slot"] for run in office.runs("work") if run["action"] == "execute")
    why = office.migrator("why", "work", slot)
    assert (why.returncode, "exit 0" in why.stdout) == (0, True), why.stdout + why.stderr
    assert document(office, "check")["schema"] == 1
    told = office.migrator("doctor").stdout
    assert "CM427" not in told
    assert "E002" not in told
    exported = office.manage("dumpdata", "migrator.run")
    assert all(row["fields"]["started"].endswith("Z") for row in json.loads(exported.stdout))


def test_pages_show_the_clock_of_the_project(office: Project) -> None:
    run = next(run for run in office.runs("work") if run["action"] == "execute")
    slot = run["slot"]
    paths = ["/m/", "/m/job/work/", f"/m/job/work/slot/{slot}/", "/admin/migrator/run/", "/m/audit/"]
    board, job, why, listed, audit = office.python(LOOK % paths)
    shown = clock(run["started"])
    assert "work" in board
    assert f"{slot[:10]} {shown}" in job
    assert shown in why
    hour, minute = (int(part) for part in shown.split(":"))
    assert f"{hour % 12 or 12}:{minute:02} {'a.m.' if hour < 12 else 'p.m.'}" in listed or minute == 0
    [handover] = office.python(
        "print(json.dumps(list(models.Handover.objects.filter(job='fail').values_list('at')), default=str))"
    )
    assert clock(handover[0]) in audit


def test_the_digest_is_about_the_days_of_the_project(office: Project) -> None:
    office.python(YESTERDAY)
    done = office.migrator("check", "--mail")
    assert done.returncode == 0, done.stdout + done.stderr
    [text] = [path.read_text() for path in (office.folder / "mails").iterdir()]
    assert re.search(r"\* 1 slot failed \(exit 3\): \S+T12:05\+0[12]:00", text), text
    assert "sent already" in office.migrator("check", "--mail").stdout


# ---- the rows of django-celery-beat


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgres_url", marks=pytest.mark.part("postgresql")),
        pytest.param("mysql_url", marks=pytest.mark.part("mysql")),
    ]
)
def database(request: pytest.FixtureRequest, tmp_path: Any, django_db_blocker: Any) -> Iterator[str]:
    sqlite = f"sqlite:///{tmp_path / 'rows.sqlite3'}"
    url = sqlite if request.param == "sqlite" else request.getfixturevalue(request.param)
    with (
        override_settings(USE_TZ=False, TIME_ZONE="Europe/Warsaw"),
        real_ledger(url, django_db_blocker),
    ):
        yield request.param


@pytest.fixture
def app() -> Iterator[Celery]:
    app = Celery("rows", set_as_current=False, broker="memory://")
    app.conf.update(timezone="Europe/Warsaw", result_expires=None)
    with current(app):
        yield app


def minutely() -> None:
    crontab = CrontabSchedule.objects.create(timezone="Europe/Warsaw")
    PeriodicTask.objects.create(name="row", task="rows.task", crontab=crontab)


def test_the_scheduler_of_the_rows_takes_their_times_for_others(app: Celery, database: str) -> None:
    """Why CM427 refuses it: it stops where it saves, or is silent for what TIME_ZONE is ahead of UTC."""
    minutely()
    ran = next(Original.Entry(PeriodicTask.objects.get(), app=app))
    if database != "postgres_url":
        with pytest.raises(ValueError, match="does not support timezone-aware datetimes"):
            ran.save()
        return
    ran.save()
    again = Original.Entry(PeriodicTask.objects.get(), app=app)
    assert again.is_due().next > 1800


@pytest.mark.parametrize("aware", [True, False])
def test_ours_goes_on_from_where_it_was(app: Celery, database: str, aware: bool) -> None:
    minutely()
    with override_settings(DJANGO_CELERY_BEAT_TZ_AWARE=aware):
        new = DatabaseScheduler.Entry(PeriodicTask.objects.get(), app=app)
        assert new.is_due().next <= 60
        ran = next(new)
        _save_runs([ran.model])
        again = DatabaseScheduler.Entry(PeriodicTask.objects.get(), app=app)
        assert again.last_run_at == ran.last_run_at
        assert again.is_due().next <= 60
        again._disable(again.model)
        assert not PeriodicTask.objects.get().enabled


def test_a_row_that_is_to_start_or_has_expired_is_read(app: Celery, database: str) -> None:
    minutely()
    later = dt.datetime.now() + dt.timedelta(minutes=5)  # as Django's admin writes it
    PeriodicTask.objects.update(start_time=later)
    assert not DatabaseScheduler.Entry(PeriodicTask.objects.get(), app=app).is_due().is_due
    PeriodicTask.objects.update(start_time=None, expires=later - dt.timedelta(minutes=6))
    assert not DatabaseScheduler.Entry(PeriodicTask.objects.get(), app=app).is_due().is_due
    assert not PeriodicTask.objects.get().enabled


def test_no_job_is_handed_to_a_beat_that_misreads_its_rows(app: Celery, settings: Any) -> None:
    settings.USE_TZ = False
    app.conf.beat_scheduler = "django"
    assert [one.code for one in times_of_its_rows(app)] == ["CM427"]
    app.conf.beat_scheduler = OURS
    assert times_of_its_rows(app) == []
    settings.USE_TZ, app.conf.beat_scheduler = True, "django"
    assert times_of_its_rows(app) == []
