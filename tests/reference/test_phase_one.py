"""Statements of Phase 1 that no other test shows; docs/reference/phase-1.md has them all."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import metadata, requires
from pathlib import Path

from celery import Celery
from django.apps import apps

import config

NAME = re.compile(r"[\w.-]+")


def required(package: str) -> set[str]:
    """The packages that one needs, whatever its extras."""
    return {NAME.match(line)[0] for line in requires(package) or [] if "extra ==" not in line}  # type: ignore[index]


def test_celery_has_no_extra_for_rabbitmq_and_needs_none() -> None:
    assert "rabbitmq" not in (metadata("celery").get_all("Provides-Extra") or [])
    assert "kombu" in required("celery")
    assert "amqp" in required("kombu")
    plain = Celery("plain", set_as_current=False, broker="amqp://")
    assert plain.connection().transport.driver_name == "py-amqp"


def test_the_packages_of_phase_1_are_requirements() -> None:
    ours = {NAME.match(line)[0] for line in requires("migrator") or []}  # type: ignore[index]
    assert {"celery", "django-celery-beat", "django-celery-results"} <= ours


def test_both_apps_are_installed() -> None:
    assert apps.is_installed("django_celery_beat")
    assert apps.is_installed("django_celery_results")


def test_the_shared_tasks_of_an_app_are_found() -> None:
    text = Path(config.__file__).parents[1].joinpath("tasks", "tasks.py").read_text()
    assert "@shared_task(" in text
    config.app.loader.import_default_modules()
    assert "tasks.send_event_reminders" in config.app.tasks


def test_the_app_can_be_imported_alone(bare_environment: dict[str, str], root: Path) -> None:
    words = [sys.executable, "-c", "from config.celery import app; print('OK')"]
    done = subprocess.run(words, env=bare_environment, cwd=root, capture_output=True, text=True, check=False)
    assert done.stdout == "OK\n", done.stderr


def test_the_four_jobs_and_their_times(root: Path) -> None:
    words = [str(Path(sys.executable).with_name("migrator")), "scan", "--format", "json"]
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
    jobs = {job["id"]: job["celery"] for job in json.loads(done.stdout)["jobs"]}
    every_day = {"day_of_month": "*", "month_of_year": "*", "day_of_week": "*"}
    assert jobs == {
        "send_event_reminders": [{"minute": "0", "hour": "12", **every_day}],
        "send_old_cases_reminder": [{"minute": "0", "hour": "6", **every_day, "day_of_month": "2"}],
        "run_court_session_parser": [{"minute": "10", "hour": "23", **every_day}],
        "clearsessions": [{"minute": "0", "hour": "0", **every_day}],
    }
