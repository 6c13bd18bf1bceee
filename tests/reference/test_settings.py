"""The settings of each place of use."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from celery.app.defaults import NAMESPACES, flatten

Settings = Callable[..., dict[str, Any]]
Load = Callable[..., subprocess.CompletedProcess[str]]

PRODUCTION = {
    "SECRET_KEY": "k" * 60,
    "ALLOWED_HOSTS": "poradnia.example, www.poradnia.example",
    "DATABASE_URL": "postgres://office:s%40fe@db.example:5433/office",
    "CELERY_BROKER_URL": "amqp://office:secret@broker.example:5672//",
}
CELERY_KNOWS = {f"CELERY_{name.upper()}" for name, _ in flatten(NAMESPACES)}


@pytest.mark.parametrize("module", ["common", "local", "production", "testing"])
def test_every_celery_setting_is_one_that_celery_knows(settings_of: Settings, module: str) -> None:
    ours = {name for name in settings_of(module, **PRODUCTION) if name.startswith("CELERY_")}
    assert len(ours) > 10
    assert ours - CELERY_KNOWS == set()


@pytest.mark.parametrize("module", ["local", "production", "testing"])
def test_what_every_place_shares(settings_of: Settings, module: str) -> None:
    settings = settings_of(module, **PRODUCTION)
    assert settings["TIME_ZONE"] == settings["CELERY_TIMEZONE"] == "Europe/Warsaw"
    assert settings["USE_TZ"] is True
    assert settings["CELERY_BEAT_SCHEDULER"] == "django_celery_beat.schedulers:DatabaseScheduler"
    assert settings["CELERY_ACCEPT_CONTENT"] == settings["CELERY_RESULT_ACCEPT_CONTENT"] == ["json"]
    assert settings["CELERY_TASK_SERIALIZER"] == settings["CELERY_RESULT_SERIALIZER"] == "json"


@pytest.mark.parametrize("module", ["local", "production", "testing"])
def test_no_place_adds_limits_or_retries_that_cron_did_not_have(settings_of: Settings, module: str) -> None:
    settings = settings_of(module, **PRODUCTION)
    assert [name for name in settings if "TIME_LIMIT" in name or "ANNOTATIONS" in name] == []


@pytest.mark.parametrize("module", ["local", "production", "testing"])
def test_beat_never_catches_up_as_cron_never_does(settings_of: Settings, module: str) -> None:
    settings = settings_of(module, **PRODUCTION)
    assert settings["CELERY_BEAT_CRON_STARTING_DEADLINE"] == 60
    assert settings["CELERY_BEAT_SYNC_EVERY"] == 1


def test_no_place_loses_an_entry_of_the_project(settings_of: Settings) -> None:
    project = set(settings_of("common")["CELERY_BEAT_SCHEDULE"])
    assert set(settings_of("production", **PRODUCTION)["CELERY_BEAT_SCHEDULE"]) == project
    assert set(settings_of("local")["CELERY_BEAT_SCHEDULE"]) == project | {
        "development-debug",
        "development-test",
    }


def test_development_needs_no_environment(settings_of: Settings, root: Path) -> None:
    settings = settings_of("local")
    assert settings["CELERY_BROKER_URL"] == "amqp://poradnia:password@localhost:5672//"
    assert settings["CELERY_RESULT_BACKEND"] == "django-db"
    assert settings["DATABASES"]["default"]["NAME"] == str(root / "db.sqlite3")
    assert settings["EMAIL_BACKEND"].endswith("console.EmailBackend")


def test_the_environment_names_broker_results_database_and_mail(settings_of: Settings) -> None:
    settings = settings_of(
        "local",
        CELERY_BROKER_URL="amqp://me:mine@elsewhere//",
        CELERY_RESULT_BACKEND="rpc://",
        DATABASE_URL="postgres://me@elsewhere/office",
        EMAIL_FILE_PATH="/tmp/mail",
    )
    assert settings["CELERY_BROKER_URL"] == "amqp://me:mine@elsewhere//"
    assert settings["CELERY_RESULT_BACKEND"] == "rpc://"
    assert settings["DATABASES"]["default"]["HOST"] == "elsewhere"
    assert settings["EMAIL_BACKEND"].endswith("filebased.EmailBackend")
    assert settings["EMAIL_FILE_PATH"] == "/tmp/mail"


def test_sqlite_is_set_up_for_several_writers(settings_of: Settings) -> None:
    settings = settings_of("local", DATABASE_URL="sqlite:////tmp/office.sqlite3")
    assert settings["DATABASES"]["default"]["OPTIONS"]["timeout"] == 20


def test_a_database_url_that_cannot_be_read_is_not_repeated(load_settings: Load) -> None:
    done = load_settings("local", DATABASE_URL="cobol://me:secret@elsewhere/office")
    # dj-database-url 3 says "Scheme 'cobol://' is unknown", 2 "No support for 'cobol'"
    assert re.match("DATABASE_URL cannot be read: (Scheme|No support for) 'cobol", _error(done))
    assert "secret" not in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("module", ["local", "testing"])
def test_testing_makes_tasks_eager_whatever_the_environment_names(settings_of: Settings, module: str) -> None:
    settings = settings_of(
        module,
        TESTING="True",
        CELERY_BROKER_URL="amqp://me:mine@elsewhere//",
        CELERY_RESULT_BACKEND="rpc://",
    )
    assert settings["TESTING"] is True
    assert settings["CELERY_TASK_ALWAYS_EAGER"] is True
    assert settings["CELERY_TASK_EAGER_PROPAGATES"] is True
    assert settings["CELERY_BROKER_URL"] == "memory://"
    assert settings["CELERY_RESULT_BACKEND"] == "cache+memory://"


def test_a_broker_of_files_has_its_folders(settings_of: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "broker"
    settings = settings_of("local", CELERY_BROKER_URL="filesystem://", CELERY_BROKER_FOLDER=str(folder))
    options = settings["CELERY_BROKER_TRANSPORT_OPTIONS"]
    assert options["data_folder_in"] == options["data_folder_out"] == str(folder / "queue")
    assert options["control_folder"] == str(folder / "control")
    assert sorted(path.name for path in folder.iterdir()) == ["control", "queue", "taken"]


def test_a_broker_of_files_must_be_given_its_folder(load_settings: Load) -> None:
    done = load_settings("local", CELERY_BROKER_URL="filesystem://")
    assert _error(done) == "CELERY_BROKER_FOLDER must name the folder of the filesystem:// broker"


def test_a_flag_must_be_a_flag(load_settings: Load) -> None:
    assert _error(load_settings("local", TESTING="maybe")) == "TESTING is 'maybe', expected 1 or 0"


def _error(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    kind, _, message = done.stderr.splitlines()[-1].partition(": ")
    assert kind == "django.core.exceptions.ImproperlyConfigured"
    return message
