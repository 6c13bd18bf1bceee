"""What the compose files of the reference project promise, read as compose reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

SECRET = re.compile(r"PASS|SECRET|KEY|URL|USER")


@pytest.fixture(scope="module")
def development(root: Path) -> dict[str, Any]:
    return _read(root / "compose.yaml")


@pytest.fixture(scope="module")
def production(root: Path) -> dict[str, Any]:
    return _read(root / "compose.production.yaml")


def _read(path: Path) -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load(path.read_text())
    return services


def test_the_broker_is_the_image_that_phase_1_names(
    development: dict[str, Any], production: dict[str, Any]
) -> None:
    for file in (development, production):
        assert file["services"]["rabbitmq"]["image"] == "rabbitmq:3.12-management-alpine"


def test_the_broker_is_started_once_it_is_healthy(
    development: dict[str, Any], production: dict[str, Any]
) -> None:
    for file in (development, production):
        services = file["services"]
        assert "check_port_connectivity" in services["rabbitmq"]["healthcheck"]["test"]
        for name in ("celery-worker", "celery-beat"):
            assert services[name]["depends_on"]["rabbitmq"] == {"condition": "service_healthy"}


def test_development_publishes_both_ports_on_localhost_only(development: dict[str, Any]) -> None:
    assert development["services"]["rabbitmq"]["ports"] == ["127.0.0.1:5672:5672", "127.0.0.1:15672:15672"]
    for name, service in development["services"].items():
        assert [port for port in service.get("ports", []) if not port.startswith("127.0.0.1:")] == [], name


def test_the_login_of_development_stands_in_the_file(development: dict[str, Any]) -> None:
    broker = development["services"]["rabbitmq"]["environment"]
    assert (broker["RABBITMQ_DEFAULT_USER"], broker["RABBITMQ_DEFAULT_PASS"]) == ("poradnia", "password")
    url = development["services"]["celery-worker"]["environment"]["CELERY_BROKER_URL"]
    assert url == "${CELERY_BROKER_URL:-amqp://poradnia:password@rabbitmq:5672//}"


def test_worker_and_beat_use_the_image_and_the_environment_of_web(development: dict[str, Any]) -> None:
    services = development["services"]
    for name in ("celery-worker", "celery-beat"):
        assert services[name]["image"] == services["web"]["image"]
        assert services[name]["build"] == services["web"]["build"]
        assert services[name]["environment"] == services["web"]["environment"]


def test_the_worker_keeps_its_results_in_the_database_of_django(development: dict[str, Any]) -> None:
    environment = development["services"]["celery-worker"]["environment"]
    assert environment["CELERY_RESULT_BACKEND"] == "${CELERY_RESULT_BACKEND:-django-db}"


def test_the_services_have_the_names_by_which_their_logs_are_read(
    development: dict[str, Any], production: dict[str, Any]
) -> None:
    for file in (development, production):
        assert {"rabbitmq", "celery-worker", "celery-beat"} <= set(file["services"])
    assert {"web", "db"} <= set(development["services"])


def test_the_image_has_what_dbshell_calls(root: Path) -> None:
    stage, _, _ = (root / "Dockerfile").read_text().partition(" AS legacy-cron")
    assert "postgresql-client" in stage


def test_no_part_of_production_is_published(production: dict[str, Any]) -> None:
    assert [name for name, service in production["services"].items() if service.get("ports")] == []
    assert production["networks"]["broker"] == {"internal": True}
    assert production["services"]["rabbitmq"]["networks"] == ["broker"]


def test_the_management_pages_of_production_are_for_its_own_container(root: Path) -> None:
    settings = (root / "config" / "rabbitmq.conf").read_text().splitlines()
    assert "management.tcp.ip = 127.0.0.1" in settings
    assert "listeners.tcp = none" in settings


def test_every_secret_of_production_comes_from_the_environment_and_must_be_there(
    production: dict[str, Any],
) -> None:
    needed = dict(_variables(production))
    assert {"SECRET_KEY", "DATABASE_URL", "RABBITMQ_USER", "RABBITMQ_PASSWORD", "BROKER_CA"} <= set(needed)
    # what is needed for mail alone may be left out
    optional = {name for name, rest in needed.items() if not rest.startswith(":?")}
    assert optional == {"EMAIL_HOST", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD"}
    for service in production["services"].values():
        for name, value in service["environment"].items():
            if SECRET.search(name) and not value.startswith("/run/secrets/"):
                assert "${" in value, name


def _variables(value: object) -> Iterator[tuple[str, str]]:
    """Each ``${NAME...}`` of a file, with what follows the name."""
    if isinstance(value, dict):
        for one in value.values():
            yield from _variables(one)
    elif isinstance(value, list):
        for one in value:
            yield from _variables(one)
    elif isinstance(value, str):
        yield from re.findall(r"\$\{(\w+)([^}]*)\}", value)
