"""The generated tests, in the style of the project's own: they pass, and fail when something drifts."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from migrator.cli import run

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).with_name("task_tests")
CRONTAB = """\
# Friday the 13th
0 8 13 * 5 cd /srv/shop && ./manage.py count_stock
*/20 * * * * ./manage.py check --tag models --fail-level ERROR
@daily ./manage.py createcachetable --database default --dry-run && ./manage.py count_stock
"""
APP = """
import os
from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
"""
STYLES = {
    "pytest": ("tests/test_cron_tasks.py", ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]),
    "unittest": ("orders/test_cron_tasks.py", ["manage.py", "test", "orders"]),
}
Python = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(params=STYLES)
def style(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def shop(tmp_path: Path, style: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The golden shop with a Celery app, and with jobs whose commands it has, as the folder we are in."""
    project = Path(shutil.copytree(ROOT / "tests/golden/shop/before", tmp_path / "shop"))
    monkeypatch.chdir(project)
    (project / "crontab").write_text(CRONTAB)
    (project / "shop/celery.py").write_text(APP)
    (project / "shop/__init__.py").write_text("from .celery import app as celery_app\n")
    with (project / "shop/settings.py").open("a") as file:
        file.write('CELERY_TIMEZONE = "Europe/Warsaw"\n')
    with (project / "migrator.toml").open("a") as file:
        file.write(f'tests = "{STYLES[style][0]}"\n')
    if style == "pytest":
        (project / "pytest.ini").write_text("[pytest]\nDJANGO_SETTINGS_MODULE = shop.settings\n")
    return project


@pytest.fixture
def python(shop: Path) -> Python:
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{shop}", "PYTHONDONTWRITEBYTECODE": "1"}
    environment["DJANGO_SETTINGS_MODULE"] = "shop.settings"

    def python(*words: str) -> subprocess.CompletedProcess[str]:
        words = (sys.executable, *words)
        return subprocess.run(words, cwd=shop, env=environment, capture_output=True, text=True, timeout=120)

    return python


def test_they_pass_until_something_drifts(shop: Path, python: Python, style: str) -> None:
    path, command = STYLES[style]
    assert run(["generate", "--write"]) == 0
    assert (shop / path).read_text() == (GOLDEN / f"{style}.py.golden").read_text()
    formatted = python("-m", "ruff", "format", "--isolated", "--check", path)
    assert formatted.returncode == 0, formatted.stdout
    assert run(["generate", "--check"]) == 0
    passed = python(*command)
    assert passed.returncode == 0, passed.stdout + passed.stderr

    schedule = shop / "shop/beat_schedule.py"
    schedule.write_text(schedule.read_text().replace('minute="*/20"', 'minute="*/30"'))
    (shop / "orders/management/commands/count_stock.py").unlink()
    tasks = shop / "orders/tasks.py"
    tasks.write_text(tasks.read_text().replace('"orders.createcachetable"', '"orders.create_cache_table"'))
    failed = python(*command)
    told = failed.stdout + failed.stderr
    assert failed.returncode != 0
    assert "Celery misses" in told
    assert "no installed app has the command count_stock" in told
    assert "'orders.createcachetable'" in told


def test_they_say_which_cron_reads_the_schedules(shop: Path, python: Python, style: str) -> None:
    path, command = STYLES[style]
    (shop / "crontab").write_text("0 5/15 * * * ./manage.py count_stock\n")
    configuration = shop / "migrator.toml"
    text = configuration.read_text()
    configuration.write_text(text.replace("[project]\n", '[project]\ndialect = "supercronic"\n', 1))
    assert run(["generate", "--write"]) == 0
    assert '("0 5/15 * * *", "Europe/Warsaw", "supercronic")' in (shop / path).read_text()
    formatted = python("-m", "ruff", "format", "--isolated", "--check", path)
    assert formatted.returncode == 0, formatted.stdout
    passed = python(*command)
    assert passed.returncode == 0, passed.stdout + passed.stderr
    written = (shop / path).read_text()
    (shop / path).write_text(written.replace('"supercronic")', '"busybox")'))
    assert python(*command).returncode == 1
