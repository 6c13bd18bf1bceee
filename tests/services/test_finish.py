"""After `finish`, projects of three kinds run on where the toolkit cannot be imported."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.cutover_project import CutoverProject, write_cutover_project
from tests.golden import with_commands
from tests.golden.test_generate import COMMANDS
from tests.services.runtime_project import Project, write_project

ROOT = Path(__file__).resolve().parents[2]
SHOP = ROOT / "tests/golden/shop/before"
GONE = "import sys; sys.modules['migrator'] = None\n"
MANAGE = f"{GONE}import runpy; sys.argv[0] = 'manage.py'; runpy.run_path('manage.py', run_name='__main__')"
# beat reads its schedule, every entry has its task, and one of them does its work
RUNS = (
    GONE
    + """
import importlib, django
django.setup()
from celery.beat import Scheduler
from celery.utils.imports import symbol_by_name
app = importlib.import_module(sys.argv[1] + ".celery").app
app.loader.import_default_modules()
kind = app.conf.beat_scheduler
beat = symbol_by_name(kind)(app=app) if "django" in kind else Scheduler(app=app)
entries = {entry.task for entry in beat.schedule.values() if not entry.task.startswith("celery.")}
assert entries and entries <= set(app.tasks), (entries, sorted(app.tasks))
for entry in beat.schedule.values():
    entry.is_due()
app.tasks[sys.argv[2]].apply(throw=True)
assert not any(name.startswith("migrator") and module for name, module in sys.modules.items())
print(*sorted(entries))
"""
)
RETIRED = """
for model in (models.Run, models.Handover, models.Host):
    model.objects.all().delete()
for job in JOBS:
    owned(job, "retired")
models.Run.objects.create(run="1", job="work", side="candidate", action="execute", kind="scheduled",
                          started=timezone.now(), output="zażółć")
"""
TABLES = "from django.db import connection; print(*connection.introspection.table_names())"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.part("postgresql"))])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    """A project that somebody wrote by hand, every job retired."""
    url = f"sqlite:///{tmp_path / 'db.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    (tmp_path / "migrator.toml").write_text(
        'sources = []\n[project]\nsettings = "office.settings"\ncelery = "office"\n'
    )
    project = write_project(tmp_path, broker="filesystem://", database=url)
    (tmp_path / "crontab").write_text("")
    toml = (tmp_path / "migrator.toml").read_text()
    (tmp_path / "migrator.toml").write_text(toml.replace("[]", '["crontab"]'))
    project.python(RETIRED)
    return project


def test_a_project_written_by_hand_runs_on(office: Project) -> None:
    plan = office.migrator("finish")
    assert plan.returncode == 0, plan.stderr
    assert "-from migrator.contrib.django.tasks import recorded" in plan.stdout
    assert "nothing is written yet" in plan.stdout
    early = office.migrator("finish", "--drop-tables", "--execute")
    assert (early.returncode, "the code still needs the tables" in early.stderr) == (1, True)

    done = office.migrator("finish", "--execute")
    assert done.returncode == 0, done.stderr
    [run] = map(json.loads, (office.folder / "migrator-ledger/run.jsonl").read_text().splitlines())
    assert (run["model"], run["fields"]["output"]) == ("migrator.run", "zażółć")
    settings = (office.folder / "office/settings.py").read_text()
    assert '"django_celery_beat", "office",' in settings
    assert "migrator_run" in office.manage("shell", "-v0", "-c", TABLES).stdout

    assert office.migrator("finish").stdout.startswith("migrator_")  # no edit is left

    for _ in range(2):  # again, as after an interruption
        dropped = office.migrator("finish", "--drop-tables", "--execute")
        assert dropped.returncode == 0, dropped.stderr
        assert "pip uninstall migrator" in dropped.stdout
    assert "migrator_" not in office.manage("shell", "-v0", "-c", TABLES).stdout
    assert len((office.folder / "migrator-ledger/run.jsonl").read_text().splitlines()) == 1

    for words in (("check",), ("migrate", "-v0"), ("makemigrations", "--check", "--dry-run")):
        manage = office.run(sys.executable, "-c", MANAGE, *words)
        assert manage.returncode == 0, manage.stderr
    runs = office.run(
        sys.executable, "-c", RUNS, "office", "office.work", DJANGO_SETTINGS_MODULE="office.settings"
    )
    assert (runs.returncode, office.effects()) == (0, ["work"]), runs.stderr


def test_what_cron_recorded_last_is_in_the_ledgers_files(office: Project) -> None:
    """The line that syncs has gone with the last job, and its last records are still in the spool."""
    assert office.migrator("sync").returncode == 0
    recorder = (sys.executable, "-I", "-S", str(ROOT / "migrator" / "cronwrap.py"))
    assert office.run(*recorder, "something_else", "--", "true").returncode == 0
    done = office.migrator("finish", "--execute")
    assert done.returncode == 0, done.stderr
    assert " of the spool came into the ledger" in done.stderr
    rows = [
        json.loads(line) for line in (office.folder / "migrator-ledger/run.jsonl").read_text().splitlines()
    ]
    assert [row["fields"]["job"] for row in rows] == ["work", "something_else"]


def test_a_job_that_has_not_left_cron_keeps_the_toolkit(office: Project) -> None:
    office.python("models.Handover.objects.filter(job='work').update(owner='shadow')")
    refused = office.migrator("finish", "--execute")
    assert (refused.returncode, "work is with shadow" in refused.stderr) == (1, True)
    assert not (office.folder / "migrator-ledger").exists()
    (office.folder / "office/ops.py").write_text("from migrator.cli import run\n")
    left = office.migrator("finish", "--execute", "--accept", "a test")
    assert (left.returncode, "office/ops.py:1: from migrator.cli import run" in left.stderr) == (1, True)
    assert "recorded" in (office.folder / "office/tasks.py").read_text()
    (office.folder / "office/ops.py").unlink()
    assert office.migrator("finish", "--execute", "--accept", "a test").returncode == 0
    risk = json.loads((office.folder / "migrator-ledger/accepted.json").read_text())
    assert risk["accepted"] == "a test"


@pytest.fixture
def reference(tmp_path: Path) -> CutoverProject:
    """The reference project, all its lines out of cron by a cutover."""
    project = write_cutover_project(tmp_path / "poradnia")
    project("cutover", "apply", "--all", "--accept", "a test", "--execute")
    return project


def test_the_reference_project_runs_on_after_its_cutover(reference: CutoverProject) -> None:
    for words, following in (
        (("--execute",), "migrator finish --drop-tables --execute"),
        (("--drop-tables", "--execute"), "pip uninstall migrator"),
    ):
        done = reference.python("-m", "migrator", "finish", *words)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"next: {following}" in reference.python("-m", "migrator").stdout
    left = reference.installed.read_text()
    assert [line for line in left.splitlines() if "* *" in line and not line.startswith("#")] == []
    assert "migrator sync" not in left
    assert not any((reference.folder / name).exists() for name in ("migrator.lock", ".migrator"))
    assert not (reference.folder / "tests/reference/test_cron_tasks.py").exists()
    assert (reference.folder / "migrator-ledger/handover.jsonl").exists()
    for words in (("check",), ("migrate", "-v0")):
        done = reference.python("-c", MANAGE, *words)
        assert done.returncode == 0, done.stderr
    runs = reference.python("-c", RUNS, "config", "tasks.clearsessions")
    assert runs.returncode == 0, runs.stderr
    assert len([task for task in runs.stdout.split() if task.startswith("tasks.")]) == 4


def test_a_schedule_that_keeps_crons_nights_goes_along(tmp_path: Path) -> None:
    shop = Path(shutil.copytree(SHOP, tmp_path / "shop"))
    with_commands(shop, *COMMANDS)
    toml = (shop / "migrator.toml").read_text()
    (shop / "migrator.toml").write_text(toml.replace("[generate]", '[generate]\nclock_changes = "exact"'))
    environment = {**os.environ, "PYTHONPATH": f"{shop}:{ROOT}", "DJANGO_SETTINGS_MODULE": "shop.settings"}

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words], cwd=shop, env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("-m", "migrator", "generate", "--write")
    assert "CronSchedule(" in (shop / "shop/beat_schedule.py").read_text()
    code = (
        "from migrator.adapters.together import write_changes\n"
        "from migrator.cli.finish_plan import code_edits\n"
        "from migrator.cli.project import required_home\n"
        "changes, left, copied = code_edits(home := required_home())\n"
        "assert not left and copied == 'shop.cron_clock'\n"
        "write_changes(home.root, changes)\n"
    )
    run("-c", code)
    said = run(
        "-c",
        GONE + "import datetime as dt\nfrom shop.beat_schedule import CELERY_BEAT_SCHEDULE as entries\n"
        "for entry in entries.values(): entry['schedule'].is_due(dt.datetime.now(dt.UTC))\n"
        "print(len(entries), len([n for n, m in sys.modules.items() if n.startswith('migrator') and m]))",
    )
    assert said.split()[1] == "0"


PROJECTS = ROOT / "tests/golden/projects"
LEFT_CRON = """
import datetime as dt
from django.utils import timezone
from migrator.contrib.celery.jobs import migrated_jobs
from migrator.contrib.django.models import Handover
from shop.celery import app

app.loader.import_default_modules()
at = timezone.now() - dt.timedelta(minutes=1)
for job in migrated_jobs(app):
    Handover.objects.create(job=job, owner="retired", previous="celery", from_slot="-", from_due=at, who="me")
"""
CHECKED = """
from celery import states
from django_celery_results.models import TaskResult
from importlib import import_module
JOBS = import_module("{app}.management.commands.check_cron_jobs").JOBS
for task, _longest in JOBS.values():
    TaskResult.objects.create(task_id=task, task_name=task, status=states.SUCCESS)
"""


def generated(name: str, folder: Path, *, tasks: str | None) -> CutoverProject:
    """A golden project, generated, with its results in the database, and its jobs out of cron.

    ``tasks``: the module for what belongs to no app, in place of the one that `init` names.
    """
    project = CutoverProject(Path(shutil.copytree(PROJECTS / name / "before", folder)))
    settings = folder / "shop/settings.py"
    text = settings.read_text().replace('    "orders",\n', '    "orders",\n    "django_celery_results",\n')
    results = 'CELERY_RESULT_BACKEND = "django-db"\nCELERY_RESULT_EXTENDED = True\n'
    settings.write_text(text + results)
    crontab = folder / "crontab"
    by_hand(project, "-m", "migrator", "init")
    if tasks is not None:
        toml = folder / "migrator.toml"
        toml.write_text(toml.read_text().replace('tasks = "orders/tasks.py"', f'tasks = "{tasks}"', 1))
        with toml.open("a") as file:
            file.write('apps.orders = "orders/tasks.py"\n')
    by_hand(project, "-m", "migrator", "generate", "--write")
    jobs = json.loads((folder / "migrator.lock").read_text())["jobs"]
    lines = [line for line in crontab.read_text().splitlines() if not line.startswith("#")]
    crontab.write_text(
        "".join(f"#migrator retired {job}: {line}\n" for job, line in zip(jobs, lines, strict=True))
    )
    by_hand(project, "manage.py", "migrate", "-v0")
    by_hand(project, "manage.py", "shell", "-v0", "-c", LEFT_CRON)
    return project


def by_hand(project: CutoverProject, *words: str) -> str:
    done = project.python(*words, DJANGO_SETTINGS_MODULE="shop.settings")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "tasks", "watched"),
    [
        ("existing_tasks", None, ["send_digest"]),
        ("several_apps", "shop/cron_tasks.py", ["send_digest", "rebuild", "send_invoices", "clearsessions"]),
    ],
    ids=["beside tasks of the user's", "a module for each app"],
)
def test_what_was_generated_runs_on_and_is_watched(
    name: str, tasks: str | None, watched: list[str], tmp_path: Path
) -> None:
    project = generated(name, tmp_path / "shop", tasks=tasks)
    done = by_hand(project, "-m", "migrator", "finish", "--execute")
    assert "`manage.py check_cron_jobs` says the same from Celery's results" in done
    by_hand(project, "-m", "migrator", "finish", "--drop-tables", "--execute")

    mine = PROJECTS / name / "before/orders/tasks.py"
    if mine.exists():
        assert mine.read_text().partition("\n\n\n")[2] in project.text("orders/tasks.py")
    for words in (("check",), ("makemigrations", "--check", "--dry-run")):
        by_hand(project, "-c", MANAGE, *words)
    entries = by_hand(project, "-c", RUNS, "shop", "orders.send_digest")
    assert "orders.send_digest" in entries
    unwell = project.python("-c", MANAGE, "check_cron_jobs", DJANGO_SETTINGS_MODULE="shop.settings")
    assert unwell.stdout.count("no success is recorded") == len(watched), unwell.stderr
    [command] = project.folder.rglob("check_cron_jobs.py")
    app = ".".join(command.relative_to(project.folder).parts[:-3])
    by_hand(project, "-c", MANAGE, "shell", "-v0", "-c", CHECKED.format(app=app))
    count = f"{len(watched)} job is" if len(watched) == 1 else f"{len(watched)} jobs are"
    assert f"OK {count} well" in by_hand(project, "-c", MANAGE, "check_cron_jobs")
