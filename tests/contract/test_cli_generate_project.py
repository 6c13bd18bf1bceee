"""generate in a project that has no Celery, from the outside: shown, written, never over somebody's edit."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from migrator.cli import generate, run
from tests.contract.command_line import ROOT, CommandLine

SETTINGS = '''\
"""Settings."""

from pathlib import Path

BASE_DIR = Path(__file__).parent
SECRET_KEY = "secret-of-the-shop"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "orders",
]
TIME_ZONE = "Europe/Warsaw"
USE_TZ = True
'''
COMMAND = """\
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    def handle(self, *args, **options):
        pass
"""
FORMATTERS = {
    "ruff": ("ruff", "format", "--isolated", "--check"),
    "black": ("black", "--check", "--config", os.devnull),
}


@dataclass(frozen=True)
class Inside(CommandLine):
    """The same calls in this process, where the folder is the current one: a dozen starts are saved."""

    capture: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str, **how: Any) -> subprocess.CompletedProcess[str]:
        status = run(arguments)
        out, err = self.capture.readouterr()
        return subprocess.CompletedProcess(arguments, status, out, err)


@pytest.fixture
def migrator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    made = Inside(tmp_path, capsys)
    made.write("manage.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n")
    made.write("shop/__init__.py", "")
    made.write("shop/settings.py", SETTINGS)
    made.write("orders/management/commands/send.py", COMMAND)
    made.write("crontab", "0 5 * * * ./manage.py send\n")
    assert made("init").returncode == 0
    return made


def test_edits_are_shown_and_listed_before_they_are_made(migrator: CommandLine) -> None:
    files = {path: path.read_bytes() for path in migrator.folder.rglob("*") if path.is_file()}
    assert migrator("generate", "--check").returncode == 1
    assert '+    "migrator.contrib.django",' in migrator("generate", "--diff").stdout.splitlines()
    listed = {one["path"]: one for one in migrator.document("generate")["files"]}
    assert set(listed) >= {"shop/__init__.py", "shop/celery.py", "shop/settings.py"}
    assert "+app = Celery" in listed["shop/celery.py"]["diff"]
    assert {path: path.read_bytes() for path in migrator.folder.rglob("*") if path.is_file()} == files


def test_an_edit_inside_our_lines_is_shown_and_refused(migrator: CommandLine) -> None:
    migrator("generate", "--write")
    settings = migrator.folder / "shop" / "settings.py"
    text = settings.read_text().replace("localhost:5672", "broker:5672")
    settings.write_text(text)
    checked = migrator("generate", "--check")
    assert (
        checked.returncode,
        "edited by hand, the lines for settings: shop/settings.py" in checked.stdout,
    ) == (1, True)
    assert migrator.document("generate")["disputes"] == [{"path": "shop/settings.py", "part": "settings"}]
    refused = migrator("generate", "--write")
    assert (refused.returncode, refused.stdout, settings.read_text()) == (3, "", text)
    assert "shop/settings.py: the lines that generate put there have been edited" in refused.stderr
    assert 'list `project` in [generate] without "settings"' in refused.stderr

    toml = migrator.folder / "migrator.toml"
    toml.write_text(toml.read_text() + 'project = ["app", "requirements", "compose", "make"]\n')
    assert migrator("generate", "--write").stdout == "wrote migrator.lock\n"
    assert (migrator("generate", "--check").returncode, settings.read_text()) == (0, text)


def test_a_module_that_was_there_is_not_replaced_and_the_key_is_named(migrator: CommandLine) -> None:
    mine = "def run_command(name):\n    ...\n"  # another one than the tasks would call
    migrator.write("orders/tasks.py", mine)
    refused = migrator("generate", "--write")
    assert (refused.returncode, (migrator.folder / "orders/tasks.py").read_text()) == (3, mine)
    assert "orders/tasks.py was there before, and is yours" in refused.stderr
    assert 'in [generate] of migrator.toml: tasks = "orders/cron_tasks.py"' in refused.stderr
    migrator("init", "--force")
    assert migrator("generate", "--write").returncode == 0
    assert 'CELERY_IMPORTS = ["orders.cron_tasks"]' in (migrator.folder / "shop/settings.py").read_text()


def test_init_keeps_to_the_modules_that_are_generated_already(migrator: CommandLine) -> None:
    migrator("generate", "--write")
    before = (migrator.folder / "migrator.toml").read_text()
    migrator("init", "--force")
    assert (migrator.folder / "migrator.toml").read_text() == before


def test_who_gets_the_ledger_is_told_of_its_tables_and_of_the_dashboard(migrator: CommandLine) -> None:
    assert "dashboard" not in migrator("generate").stderr
    told = migrator("generate", "--write").stderr.splitlines()
    line = 'path("migrator/", include("migrator.contrib.django.urls"))'
    assert told == [
        "next: python manage.py migrate",
        f"the dashboard, if you want it, is a line of urlpatterns: {line}",
    ]
    assert migrator("generate", "--write").stderr == ""


@pytest.mark.parametrize("installed", [False, True])
def test_who_asks_for_results_is_told_of_their_package_and_of_their_tables(
    migrator: CommandLine, monkeypatch: pytest.MonkeyPatch, installed: bool
) -> None:
    migrator("generate", "--write")
    asked = 'project = ["app", "settings", "requirements", "compose", "make", "results"]\n'
    toml = migrator.folder / "migrator.toml"
    toml.write_text(toml.read_text() + asked)
    names = ["celery", "django-celery-beat", *["django-celery-results"] * installed]
    monkeypatch.setattr(generate, "_versions", lambda: dict.fromkeys(names, "3"))
    told = migrator("generate", "--write").stderr.splitlines()
    assert told == [
        *["next: pip install django-celery-results"] * (not installed),
        "next: python manage.py migrate",
    ]
    assert migrator("generate", "--write").stderr == ""


def test_what_is_left_to_the_user_is_printed_with_the_lines_to_paste(migrator: CommandLine) -> None:
    migrator.write("shop/settings.py", SETTINGS + 'CELERY_TIMEZONE = "UTC"\n')
    told = migrator("generate")
    assert told.stderr.splitlines() == [
        "shop/settings.py:14: CELERY_TIMEZONE is UTC, and cron's times are in Europe/Warsaw; yours to write:",
        '    CELERY_TIMEZONE = "Europe/Warsaw"',
    ]
    [one] = migrator.document("generate")["instructions"]
    assert (one["path"], one["text"]) == ("shop/settings.py:14", 'CELERY_TIMEZONE = "Europe/Warsaw"')
    assert migrator("generate", "--diff").stderr == told.stderr
    assert migrator("generate", "--write").returncode == 0
    checked = migrator("generate", "--check")  # all is written, and the jobs would run at another time
    assert (checked.returncode, checked.stdout, checked.stderr) == (1, "", told.stderr)
    settings = migrator.folder / "shop/settings.py"
    settings.write_text(settings.read_text().replace('= "UTC"', '= "Europe/Warsaw"'))
    assert migrator("generate", "--check").returncode == 0


def test_a_scheduler_that_refuses_the_entries_gives_way_to_ours(migrator: CommandLine) -> None:
    """Wherever django-celery-beat's own one is named: by us, or by the user, whose line stays."""
    migrator.write("crontab", "30 2 * * * ./manage.py send\n")
    ours = "migrator.contrib.celery.database_beat:DatabaseScheduler"
    refuses, line = "which django-celery-beat's scheduler refuses", f'CELERY_BEAT_SCHEDULER = "{ours}"'
    toml = (migrator.folder / "migrator.toml").read_text()
    assert refuses not in migrator("generate").stderr
    migrator.write("migrator.toml", toml.replace("[generate]", '[generate]\nclock_changes = "exact"'))
    settings = migrator.folder / "shop/settings.py"
    first = migrator("generate", "--write")
    assert (first.returncode, refuses in first.stderr) == (0, False)
    assert f"\n{line}\n" in settings.read_text()
    stock = 'CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"\n'
    migrator.write("shop/settings_production.py", f"from .settings import *\n{stock}")
    assert migrator("generate", "--write").returncode == 0
    production = migrator.folder / "shop/settings_production.py"
    added = "# in place of the one above, which refuses a CronSchedule\n"
    assert production.read_text() == f"from .settings import *\n{stock}{added}{line}\n"
    assert migrator("generate", "--check").returncode == 0
    migrator.write("crontab", "0 12 * * * ./manage.py send\n")  # no night touches it
    assert migrator("generate", "--write").returncode == 0
    assert production.read_text() == f"from .settings import *\n{stock}"
    assert stock in settings.read_text()
    migrator.write("crontab", "30 2 * * * ./manage.py send\n")
    migrator.write("migrator.toml", (migrator.folder / "migrator.toml").read_text() + "project = ['app']\n")
    left = migrator("generate", "--check")
    assert (left.returncode, f"\n    {line}\n" in left.stderr) == (1, True)


def test_a_part_that_is_none_is_named(migrator: CommandLine) -> None:
    toml = migrator.folder / "migrator.toml"
    toml.write_text(toml.read_text() + 'project = ["docker"]\n')
    refused = migrator("generate")
    assert (refused.returncode, "project names docker, which is no part" in refused.stderr) == (2, True)


def python(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *words], cwd=folder, capture_output=True, text=True)


def test_formatters_and_linters_find_nothing_to_do(migrator: CommandLine) -> None:
    migrator("generate", "--write")
    files = ("shop/celery.py", "shop/__init__.py", "shop/settings.py")
    for words in FORMATTERS.values():
        for width in ("79", "88", "120"):
            done = python(migrator.folder, *words, "--line-length", width, *files)
            assert done.returncode == 0, done.stdout + done.stderr
    done = python(migrator.folder, "ruff", "check", "--isolated", "--select", "E,F,I,W", *files)
    assert done.returncode == 0, done.stdout


def test_django_is_asked_whether_a_task_still_has_its_command(tmp_path: Path) -> None:
    shop = CommandLine(Path(shutil.copytree(ROOT / "tests/golden/shop/before", tmp_path / "shop")))
    shop.write("crontab", "0 5 * * * cd /srv/shop && ./manage.py count_stock\n0 6 * * * ./manage.py check\n")
    assert shop("generate", "--write").returncode == 0

    def check(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", "migrator", "generate", "--check", *arguments],
            cwd=shop.folder,
            env={"PYTHONPATH": str(ROOT), "PATH": os.defpath, "TZ": "Europe/Warsaw"},
            capture_output=True,
            text=True,
            timeout=60,
        )

    done = check()
    assert (done.returncode, done.stdout) == (0, "up to date\n"), done.stderr
    folder = shop.folder / "orders/management/commands"
    (folder / "count_stock.py").rename(folder / "count_all.py")
    done = check()
    assert done.returncode == 1, done.stderr
    assert "CM401 the project has no command count_stock" in done.stdout
    assert "up to date" not in done.stdout
    document = json.loads(check("--format", "json").stdout)
    assert (document["drift"], [one["code"] for one in document["drifted"]]) == (True, ["CM401"])
    alone = shop("generate", "--check")
    assert (alone.returncode, "CM438" in alone.stdout) == (1, True)
    (shop.folder / "migrator.toml").open("a").write('[jobs.count_stock]\naccept = ["CM402"]\n')
    assert shop("generate", "--check").returncode == 0
