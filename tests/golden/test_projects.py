"""Django projects of many shapes, before and after `init` and `generate --write`; each of them then runs."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from migrator.cli import generate, run
from migrator.cli.project import find_home
from migrator.codegen.project.plan import DISTRIBUTIONS
from migrator.codegen.project.python_file import module_of

FOLDER = Path(__file__).with_name("projects")
ROOT = FOLDER.parents[2]
LOCKED = {
    name.replace("_", "-"): version
    for name, version in re.findall(r"^(\S+)==(\S+)$", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
}
NAMES = sorted(folder.name for folder in FOLDER.iterdir())

# The project starts, its app has the task, beat gets the schedule with the task's name, generated tests pass.
STARTS = """
import celery, django, importlib, sys, unittest
from django.core.management import call_command
django.setup()
call_command("check")
app = importlib.import_module(sys.argv[1] + ".celery").app
app.loader.import_default_modules()
entries = {name: entry["task"] for name, entry in app.conf.beat_schedule.items()}
assert set(entries.values()) <= set(app.tasks), (entries, sorted(app.tasks))
assert celery.current_app.main == sys.argv[1]  # what shared_task sends through
tests = unittest.defaultTestLoader.loadTestsFromName(sys.argv[2])
assert unittest.TextTestRunner(stream=sys.stderr).run(tests).wasSuccessful() and tests.countTestCases() == 4
print(app.conf.timezone, app.conf.beat_cron_starting_deadline, *sorted(entries))
"""
ENTRIES = {
    "existing_schedule": "ping send_digest",
    "nested": "rebuild",
    "several_apps": "clearsessions rebuild send_digest send_invoices",
}


@pytest.fixture
def project(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = Path(shutil.copytree(FOLDER / request.param / "before", tmp_path / "project"))
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TZ", "Europe/Warsaw")
    # what a project is to pin is what is installed: here what is locked, whatever else the tests run on
    monkeypatch.setattr(generate, "_versions", lambda: {name: LOCKED[name] for name in DISTRIBUTIONS})
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def generated(folder: Path) -> set[str]:
    """What is generated anew and has a golden tree elsewhere: the modules, and their hashes."""
    where = find_home(folder).configuration.generate
    return {where.tasks, where.contract, where.schedule, str(where.tests), "migrator.lock"}


def elsewhere(folder: Path, golden: dict[str, bytes]) -> set[str]:
    return generated(folder) - golden.keys()


@pytest.mark.parametrize(
    ("project", "name"), [(name, name) for name in NAMES], indirect=["project"], ids=NAMES
)
def test_a_project_gets_what_it_lacks_and_runs(project: Path, name: str) -> None:
    golden = {path.removesuffix(".golden"): data for path, data in tree(FOLDER / name / "after").items()}
    golden = tree(project) | golden
    assert run(["init"]) == 0
    written = project / "migrator.toml"
    assert written.read_bytes() == golden["migrator.toml"]
    if find_home(project).configuration.generate.tests is None:
        golden["migrator.toml"] += b'tests = "test_cron.py"\n'
        written.write_bytes(golden["migrator.toml"])
    assert run(["generate", "--write"]) == 0
    after = tree(project)
    assert {path: data for path, data in after.items() if path not in elsewhere(project, golden)} == golden

    assert (run(["generate", "--check"]), run(["generate", "--write"]), tree(project)) == (0, 0, after)

    configured = find_home(project).configuration
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(project), str(ROOT)]),
        "DJANGO_SETTINGS_MODULE": str(configured.project.settings),
    }
    environment.pop("CELERY_BROKER_URL", None)
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            STARTS,
            str(configured.project.celery),
            module_of(str(configured.generate.tests)),
        ],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    entries = ENTRIES.get(name, "send_digest")
    zone = configured.project.timezone
    assert (done.returncode, done.stdout.splitlines()[1:]) == (0, [f"{zone} 60 {entries}"]), done.stderr
