"""The reference project with its real parts: broker, database, worker, beat and web server as processes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.parts.process import Command, free_ports, listening, running

ROOT = Path(__file__).resolve().parents[2]
CELERY = (sys.executable, "-m", "celery", "-A", "config")
MANAGE = (sys.executable, str(ROOT / "manage.py"))
WORKER = "worker@office"
PASSWORD = "only-for-this-test"
EVERY_30_SECONDS = "development-debug"


@dataclass(frozen=True, slots=True)
class Office:
    """The project's processes share this environment."""

    environment: dict[str, str]
    web: str

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
        )

    def inspect(self, what: str) -> dict[str, object]:
        """What each worker answers."""
        # a named worker is waited for no longer than it takes to answer
        asked = ("inspect", "--timeout", "20", "--destination", WORKER, "--json", what)
        done = self.run(*CELERY, *asked)
        assert done.returncode == 0, done.stdout + done.stderr
        answer: dict[str, object] = json.loads(done.stdout)
        return answer

    def python(self, code: str) -> str:
        done = self.run(sys.executable, "-c", code)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def _variables(request: pytest.FixtureRequest, folder: Path) -> dict[str, str]:
    if request.param == "servers":
        return {
            "CELERY_BROKER_URL": request.getfixturevalue("rabbitmq_url"),
            "DATABASE_URL": request.getfixturevalue("postgres_url"),
        }
    return {
        "CELERY_BROKER_URL": "filesystem://",
        "CELERY_BROKER_FOLDER": str(folder / "broker"),
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
    }


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("files"),
        pytest.param("servers", marks=pytest.mark.part("rabbitmq", "postgresql")),
    ],
)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Worker, beat and web server over RabbitMQ and PostgreSQL, or over files and SQLite."""
    folder = tmp_path_factory.mktemp("office")
    (port,) = free_ports(1)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("CELERY", "DJANGO"))},
        **_variables(request, folder),
        "DJANGO_SETTINGS_MODULE": "config.settings.local",
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
        "EMAIL_FILE_PATH": str(folder / "mail"),
        "PYTHONPATH": str(ROOT),
    }
    environment.pop("TESTING", None)
    office = Office(environment, f"http://127.0.0.1:{port}")
    for words in (
        ("migrate", "-v0"),
        ("createsuperuser", "--noinput", "--username=boss", "--email=b@x.example"),
    ):
        done = office.run(*MANAGE, *words)
        assert done.returncode == 0, done.stderr

    def start(name: str, *words: str, ready: Callable[[Path], bool]) -> None:
        log = folder / f"{name}.log"
        processes.enter_context(running(Command(words, environment), log, lambda _: ready(log)))

    with ExitStack() as processes:
        start("worker", *CELERY, "worker", "-n", WORKER, "-l", "info", "-c", "1", ready=_says(" ready."))
        start("beat", *CELERY, "beat", "-l", "info", "--pidfile=", ready=_says("beat: Starting..."))
        start("web", *MANAGE, "runserver", "--noreload", str(port), ready=lambda _: listening(port))
        yield office


def _says(words: str) -> Callable[[Path], bool]:
    return lambda log: words in log.read_text(errors="replace")


def test_ping_is_answered(office: Office) -> None:
    assert office.inspect("ping") == {WORKER: {"ok": "pong"}}


def test_active_lists_what_runs_now(office: Office) -> None:
    assert list(office.inspect("active")) == [WORKER]


def test_registered_names_the_tasks_of_the_project(office: Office) -> None:
    registered = office.inspect("registered")[WORKER]
    assert isinstance(registered, list)
    assert {"config.celery.debug_task", "config.celery.test_task"} <= set(registered)


def test_a_task_is_sent_from_a_plain_python(office: Office) -> None:
    code = "from config.celery import test_task; print(test_task.delay('Witaj z Celery!').get(timeout=30))"
    assert office.python(code) == "test_task received: Witaj z Celery!"


def test_debug_task_runs_in_the_worker(office: Office) -> None:
    code = "from config.celery import debug_task; print(debug_task.delay().get(timeout=30)['hostname'])"
    assert office.python(code) == WORKER


def test_beat_sends_its_entries_and_the_admin_shows_them(office: Office) -> None:
    pages = _log_in(office)
    entries = pages("/admin/django_celery_beat/periodictask/")
    assert EVERY_30_SECONDS in entries
    assert "development-test" in entries

    shown = "/admin/django_celery_results/taskresult/?" + urlencode({"periodic_task_name": EVERY_30_SECONDS})
    assert _wait(lambda: "config.celery.debug_task" in _results(pages(shown)), seconds=60), pages(shown)
    result = re.search(r'href="(/admin/django_celery_results/taskresult/\d+/change/[^"]*)"', pages(shown))
    assert result is not None
    assert "SUCCESS" in pages(result[1])


def test_a_message_waits_in_its_queue_until_a_worker_takes_it(office: Office) -> None:
    code = """
from config.celery import app, test_task
result = test_task.apply_async(["late"], queue="later")
with app.connection_for_read() as connection:
    print(connection.default_channel.queue_declare("later", passive=True).message_count, result.status)
app.control.add_consumer("later", destination=["worker@office"], reply=True, timeout=20)
print(result.get(timeout=30))
"""
    assert office.python(code).splitlines() == ["1 PENDING", "test_task received: late"]


def test_a_schedule_made_in_the_admin_is_followed_without_a_restart(office: Office) -> None:
    pages = _log_in(office)
    rows = "/admin/django_celery_beat"
    _send(pages, f"{rows}/intervalschedule/add/", every="1", period="seconds")
    form = pages(f"{rows}/periodictask/add/")
    every = re.search(r'<option value="(\d+)">every second</option>', form)
    assert every is not None
    asked = {
        "name": "by hand",
        "task": "config.celery.test_task",
        "interval": every[1],
        "args": '["by hand"]',
    }
    _send(pages, f"{rows}/periodictask/add/", **asked)
    shown = "/admin/django_celery_results/taskresult/?" + urlencode({"periodic_task_name": "by hand"})
    assert _wait(lambda: "SUCCESS" in _results(pages(shown)), seconds=60), pages(shown)


def test_an_entry_of_the_code_can_be_changed_in_the_admin_without_a_restart(office: Office) -> None:
    pages = _log_in(office)
    entries = pages("/admin/django_celery_beat/periodictask/")
    place = re.search(
        r'href="(/admin/django_celery_beat/periodictask/\d+/change/[^"]*)">clearsessions<', entries
    )
    assert place is not None
    _send(pages, "/admin/django_celery_beat/intervalschedule/add/", every="2", period="seconds")
    option = re.search(r'<option value="(\d+)">every 2 seconds</option>', pages(place[1]))
    assert option is not None
    _send(pages, place[1], interval=option[1], crontab="")
    shown = "/admin/django_celery_results/taskresult/?" + urlencode({"periodic_task_name": "clearsessions"})
    assert _wait(lambda: "tasks.clearsessions" in _results(pages(shown)), seconds=60), pages(shown)


def test_the_tables_of_the_schedule_are_seen_in_the_database(office: Office) -> None:
    code = """
import django
django.setup()
from django.db import connection
print(*sorted(name for name in connection.introspection.table_names() if name.startswith("django_celery")))
"""
    tables = office.python(code).split()
    assert {
        "django_celery_beat_periodictask",
        "django_celery_beat_crontabschedule",
        "django_celery_results_taskresult",
    } <= set(tables)


@pytest.mark.part("postgresql-programs")
@pytest.mark.parametrize("office", ["servers"], indirect=True)
def test_dbshell_shows_the_rows_of_the_schedule(office: Office) -> None:
    sql = "select name from django_celery_beat_periodictask"
    done = office.run(*MANAGE, "dbshell", "--", "-Atc", sql)
    assert {"clearsessions", "send_old_cases_reminder"} <= set(done.stdout.split()), done.stderr


def test_the_admin_shows_the_offices_data(office: Office) -> None:
    assert office.run(*MANAGE, "seed_demo", "--fresh", "12:31").returncode == 0
    pages = _log_in(office)
    for model in ("case", "event", "staff", "eventreminder", "court", "courtsession"):
        assert f"/admin/tasks/{model}/add/" in pages(f"/admin/tasks/{model}/")
    assert "Fresh 12:31" in pages("/admin/tasks/event/")


class _Form(HTMLParser):
    """The fields of an admin page's form with what they hold."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._select = self._area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        name = has.get("name", "")
        if tag == "input" and name and not name.startswith("_"):
            box = has.get("type") in ("checkbox", "radio")
            if not box or "checked" in has:
                self.fields[name] = has.get("value", "on" if box else "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in has:
            self.fields[self._select] = has["value"]
        elif tag == "textarea":
            self._area, self.fields[name] = name, ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        elif tag == "select":
            self._select = ""


def _send(pages: Callable[..., str], path: str, **values: str) -> None:
    """Fill in the form of an admin page and save it."""
    fields = {**_Form(pages(path)).fields, **values, "_save": "Save"}
    answer = pages(path, urlencode(fields).encode())
    assert 'class="errornote"' not in answer, re.findall(r'class="errorlist".*', answer)


def _results(page: str) -> str:
    """The rows of an admin list, without the filters beside it, which name tasks as well."""
    rows = re.search(r'<table id="result_list".*?</table>', page, re.DOTALL)
    return rows[0] if rows else ""


def _wait(ready: Callable[[], bool], *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True


def _log_in(office: Office) -> Callable[[str], str]:
    """Log in to the admin, and return what fetches its pages."""
    cookies = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))

    def page(path: str, data: bytes | None = None) -> str:
        with opener.open(office.web + path, data, timeout=30) as answer:
            text: str = answer.read().decode()
            return text

    form = page("/admin/login/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    assert token is not None
    fields = {"csrfmiddlewaretoken": token[1], "username": "boss", "password": PASSWORD, "next": "/admin/"}
    assert "Legal-advice office" in page("/admin/login/", urlencode(fields).encode())
    return page
