"""The Celery app and its two tasks, where the tests run: eager, in memory."""

from __future__ import annotations

import importlib

import pytest
from celery import Task
from django_celery_beat.models import PeriodicTask

import config
from config import celery as project


def test_celery_finds_the_app_by_the_name_of_the_project() -> None:
    assert config.app is config.celery_app is importlib.import_module("config.celery").app
    assert config.app.main == "config"


def test_tasks_run_where_they_are_called() -> None:
    result = project.test_task.delay("Witaj z Celery!")
    assert result.successful()
    assert result.get() == "test_task received: Witaj z Celery!"


def test_debug_task_returns_its_request() -> None:
    result = project.debug_task.delay()
    assert result.get()["id"] == result.id
    assert result.get()["task"] == "config.celery.debug_task"


def test_a_failing_task_raises_in_its_caller() -> None:
    @config.app.task(name="tests.fails")
    def fails() -> None:
        raise LookupError("gone")

    try:
        with pytest.raises(LookupError, match="gone"):
            fails.delay()
    finally:
        config.app.tasks.unregister("tests.fails")


def test_nothing_leaves_the_process() -> None:
    assert config.app.connection_for_write().transport_cls == "memory"
    assert config.app.connection_for_read().transport_cls == "memory"


@pytest.mark.parametrize("name", ["config.celery.debug_task", "config.celery.test_task"])
def test_the_tasks_are_registered(name: str) -> None:
    assert isinstance(config.app.tasks[name], Task)


@pytest.mark.django_db
def test_beat_writes_the_development_entries_to_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    from django_celery_beat.schedulers import DatabaseScheduler

    local = importlib.import_module("config.settings.local")
    # Celery before 5.7 looks for the name with its prefix first, whatever is set without it
    for name in ("beat_schedule", "CELERY_BEAT_SCHEDULE"):
        monkeypatch.setitem(config.app.conf, name, local.CELERY_BEAT_SCHEDULE)
    DatabaseScheduler(app=config.app)

    debug = PeriodicTask.objects.get(name="development-debug")
    assert (debug.task, str(debug.interval)) == ("config.celery.debug_task", "every 30 seconds")
    test = PeriodicTask.objects.get(name="development-test")
    assert test.task == "config.celery.test_task"
    assert str(test.crontab.timezone) == "Europe/Warsaw"
    assert (test.crontab.minute, test.crontab.hour) == ("*", "*")
    assert test.args == '["Hello from Celery beat!"]'
    assert test.expire_seconds == 55
    # as a worker does at its start: the tasks of all apps
    config.app.loader.import_default_modules()
    rows = PeriodicTask.objects.exclude(name="celery.backend_cleanup")
    assert {row.task for row in rows} - set(config.app.tasks) == set()
