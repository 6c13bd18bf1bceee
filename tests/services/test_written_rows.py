"""`migrator rows`: shown, written, changed, undone, in a real database; nobody else's row is touched."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.services.test_rows_migration import CRONTAB, ROOT, SETTINGS, SHOP, edit

Run = Callable[..., subprocess.CompletedProcess[str]]
ROWS = """
import django; django.setup()
import json
from django_celery_beat.models import PeriodicTask
rows = PeriodicTask.objects.select_related("crontab").order_by("name")
print(json.dumps({row.name: [row.enabled, f"{row.crontab.minute} {row.crontab.hour}"] for row in rows}))
"""
CREATED = ["remind_baskets", "count_stock", "count_stock-2", "import_catalogue", "import"]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.part("postgresql"))])
def python(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """Run Python in a shop whose rows `migrator rows` writes; a row of somebody's is there."""
    project = Path(shutil.copytree(SHOP, tmp_path / "shop"))
    (project / "crontab").write_text(CRONTAB)
    toml = project / "migrator.toml"
    toml.write_text(toml.read_text().replace('scheduler = "file"\n', ""))
    with (project / "shop" / "settings.py").open("a") as file:
        file.write(SETTINGS)
    url = f"sqlite:///{project / 'db.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    given = {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "shop.settings",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{project}",
    }

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words],
            cwd=project,
            env=os.environ | given,
            capture_output=True,
            text=True,
            timeout=120,
        )

    assert run("-m", "django", "migrate", "-v0").returncode == 0
    do(
        run,
        'noon = CrontabSchedule.objects.create(minute="0", hour="12");'
        ' PeriodicTask.objects.create(name="thumbnails", task="somebody.s", crontab=noon)',
    )
    return run


def do(python: Run, code: str) -> None:
    begin = (
        "import django; django.setup(); from django_celery_beat.models import CrontabSchedule, PeriodicTask; "
    )
    done = python("-c", begin + code)
    assert done.returncode == 0, done.stderr


def rows(python: Run) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(python("-c", ROWS).stdout)
    return found


def migrator(python: Run, *words: str) -> tuple[int, list[str]]:
    done = python("-m", "migrator", "rows", *words)
    return done.returncode, done.stdout.splitlines()


def test_the_story_of_the_rows(python: Run, tmp_path: Path) -> None:
    before = rows(python)
    shown = [f"would write {name}, disabled" for name in CREATED]
    assert migrator(python) == (0, shown)
    assert migrator(python, "--check") == (1, shown)
    assert rows(python) == before

    assert migrator(python, "--write") == (0, [f"wrote {name}, disabled" for name in CREATED])
    written = rows(python)
    assert {name for name, (enabled, _at) in written.items() if enabled} == {"thumbnails"}
    assert migrator(python, "--check") == (0, ["up to date"])
    assert migrator(python, "--write") == (0, ["up to date"])
    told = python("-m", "migrator", "rows").stderr
    assert "thumbnails is not migrator's, and differs: task, crontab, expire_seconds" in told

    do(python, 'PeriodicTask.objects.filter(name__in=["import", "remind_baskets"]).update(enabled=True)')
    enabled = rows(python)
    edit(tmp_path / "shop")
    document = json.loads(python("-m", "migrator", "rows", "--format", "json").stdout)
    assert [(one["name"], one["change"], list(one["fields"])) for one in document["rows"]] == [
        ("thumbnails", "theirs", ["task", "crontab", "expire_seconds"]),
        ("import", "change", ["crontab"]),
        ("tidy_up", "create", ["task", "crontab", "expire_seconds", "headers"]),
        ("remind_baskets", "switch_off", []),
    ]
    assert migrator(python, "--write") == (
        0,
        [
            "changed import",
            "    crontab: 0 * * * * Europe/Warsaw -> 30 * * * * Europe/Warsaw",
            "wrote tidy_up, disabled",
            "disabled remind_baskets",
        ],
    )
    changed = enabled | {
        "import": [True, "30 *"],
        "tidy_up": [False, "0 7"],
        "remind_baskets": [False, enabled["remind_baskets"][1]],
    }
    assert rows(python) == changed

    undone = ["import: as it was before", "tidy_up: deleted", "remind_baskets: as it was before"]
    assert migrator(python, "--undo") == (0, [*undone, "nothing is written yet: run it again with --write"])
    assert rows(python) == changed
    assert migrator(python, "--undo", "--write") == (0, undone)
    assert rows(python) == enabled

    do(python, 'PeriodicTask.objects.filter(name="count_stock").update(expire_seconds=5)')
    refused = python("-m", "migrator", "rows", "--undo", "--write")
    assert (refused.returncode, rows(python)) == (3, enabled)
    assert "the row remind_baskets has changed since migrator wrote it" in refused.stderr


@pytest.mark.parametrize("python", ["sqlite"], indirect=True)
def test_a_schedule_in_the_settings_has_no_rows(python: Run, tmp_path: Path) -> None:
    toml = tmp_path / "shop" / "migrator.toml"
    toml.write_text(toml.read_text().replace("[generate]\n", '[generate]\nscheduler = "file"\n'))
    done = python("-m", "migrator", "rows")
    assert (done.returncode, "scheduler = 'file' has no rows" in done.stderr) == (2, True)
    assert python("-m", "migrator", "rows", "--check", "--write").returncode == 2
