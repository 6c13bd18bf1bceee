"""What production demands and refuses."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Settings = Callable[..., dict[str, Any]]
Load = Callable[..., subprocess.CompletedProcess[str]]

COMPLETE = {
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "ALLOWED_HOSTS": "poradnia.example, www.poradnia.example",
    "DATABASE_URL": "postgres://office:s%40fe@db.example:5433/office",
    "CELERY_BROKER_URL": "amqp://office:secret@broker.example:5672//",
}


def error(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    kind, _, message = done.stderr.splitlines()[-1].partition(": ")
    assert kind == "django.core.exceptions.ImproperlyConfigured"
    return message


def test_production_takes_its_secrets_from_the_environment(settings_of: Settings) -> None:
    settings = settings_of("production", **COMPLETE)
    assert settings["DEBUG"] is False
    assert settings["SECRET_KEY"] == COMPLETE["SECRET_KEY"]
    assert settings["ALLOWED_HOSTS"] == ["poradnia.example", "www.poradnia.example"]
    assert settings["CELERY_BROKER_URL"] == COMPLETE["CELERY_BROKER_URL"]
    database = settings["DATABASES"]["default"]
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.example", 5433, "office")
    assert (database["USER"], database["PASSWORD"]) == ("office", "s@fe")


@pytest.mark.parametrize("name", sorted(COMPLETE))
@pytest.mark.parametrize("value", [None, "", "  "], ids=["absent", "empty", "blank"])
def test_a_missing_secret_stops_the_start(load_settings: Load, name: str, value: str | None) -> None:
    environment = {key: text for key, text in COMPLETE.items() if key != name}
    if value is not None:
        environment[name] = value
    assert error(load_settings("production", **environment)) == f"{name} is not set in the environment"


@pytest.mark.parametrize(
    "url",
    [
        "amqp://poradnia:password@broker.example//",
        "amqps://guest:guest@broker.example//",
        "amqp://broker.example//",
        "amqp://guest@broker.example//",
        "amqp://office:secret@one//;amqp://poradnia:pass%77ord@two//",
    ],
)
def test_development_credentials_are_refused(load_settings: Load, url: str) -> None:
    message = error(load_settings("production", **{**COMPLETE, "CELERY_BROKER_URL": url}))
    assert message.startswith("CELERY_BROKER_URL has the development credentials of ")
    assert url not in message


@pytest.mark.parametrize(
    ("url", "scheme"),
    [("memory://", "memory://"), ("filesystem://", "filesystem://"), ("broker", "nothing://")],
)
def test_a_broker_for_development_is_refused(
    load_settings: Load, tmp_path: Path, url: str, scheme: str
) -> None:
    environment = {**COMPLETE, "CELERY_BROKER_URL": url, "CELERY_BROKER_FOLDER": str(tmp_path)}
    message = error(load_settings("production", **environment))
    assert message == f"CELERY_BROKER_URL is {scheme}, production takes amqp:// or amqps://"


def test_production_waits_for_its_broker_for_ever_and_tells_its_events(settings_of: Settings) -> None:
    settings = settings_of("production", **COMPLETE)
    assert settings["CELERY_BROKER_CONNECTION_RETRY"] is True
    assert settings["CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP"] is True
    assert settings["CELERY_BROKER_CONNECTION_MAX_RETRIES"] is None
    assert settings["CELERY_WORKER_SEND_TASK_EVENTS"] is True
    assert settings["CELERY_TASK_SEND_SENT_EVENT"] is True


def test_production_passes_djangos_check_for_deployment(bare_environment: dict[str, str], root: Path) -> None:
    environment = {
        **bare_environment,
        **COMPLETE,
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "SECURE_HSTS_SECONDS": "31536000",
    }
    done = subprocess.run(
        [sys.executable, str(root / "manage.py"), "check", "--deploy"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # whether subdomains are bound as well is the domain owner's decision
    assert {word for word in done.stderr.split() if word.startswith("(security.")} <= {
        "(security.W005)",
        "(security.W021)",
    }


def test_a_worker_says_what_is_missing(bare_environment: dict[str, str], root: Path) -> None:
    environment = {
        **bare_environment,
        **COMPLETE,
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "SECRET_KEY": "",
    }
    done = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "config", "worker"],
        env=environment,
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "SECRET_KEY is not set in the environment" in done.stderr
