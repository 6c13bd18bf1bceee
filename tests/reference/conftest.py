"""The reference project as other processes see it: settings under an environment, commands on a database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

SHOW_SETTINGS = """
import importlib, json, sys
module = importlib.import_module(sys.argv[1])
print(json.dumps({name: getattr(module, name) for name in dir(module) if name.isupper()}, default=str))
"""

Environment = dict[str, str]


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def bare_environment() -> Environment:
    """The least that a process needs: nothing of ours is set."""
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}


@pytest.fixture(scope="session")
def load_settings(bare_environment: Environment) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Import a settings module in a process of its own."""

    def load(module: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", SHOW_SETTINGS, f"config.settings.{module}"],
            env={**bare_environment, "DJANGO_SETTINGS_MODULE": f"config.settings.{module}", **variables},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    return load


@pytest.fixture(scope="session")
def settings_of(
    load_settings: Callable[..., subprocess.CompletedProcess[str]],
) -> Callable[..., dict[str, Any]]:
    """The settings that a module has under an environment."""

    def settings(module: str, **variables: str) -> dict[str, Any]:
        done = load_settings(module, **variables)
        assert done.returncode == 0, done.stderr
        values: dict[str, Any] = json.loads(done.stdout)
        return values

    return settings


@pytest.fixture(scope="module")
def manage(
    tmp_path_factory: pytest.TempPathFactory, bare_environment: Environment
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """``manage.py`` in a process of its own, as cron starts it, on a migrated SQLite file."""
    folder = tmp_path_factory.mktemp("office")
    environment = {
        **bare_environment,
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "EMAIL_FILE_PATH": str(folder / "mail"),
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env=environment,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )

    done = run("migrate", "--verbosity", "0")
    assert done.returncode == 0, done.stderr
    return run
