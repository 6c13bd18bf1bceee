"""Generate for 1,000 jobs in a project of 2,000 files, beside ruff that formats the same files."""

import itertools
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import django
import pytest

from migrator.cli import run

JOBS = 1_000
FILES = 2_000
LARGEST = 32_768  # bytes; a project's own files are seldom larger
COMMAND = """\
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--limit", type=int)

    def handle(self, *args, **options):
        self.stdout.write("done")
"""
TOML = """\
sources = ["crontab"]
[project]
timezone = "Europe/Warsaw"
[generate]
app_label = "shop"
tasks = "shop/tasks.py"
contract = "shop/cron_contract.py"
schedule = "shop/beat_schedule.py"
migration = "shop/migrations"
tests = "tests/test_cron_tasks.py"
"""

pytestmark = pytest.mark.benchmark(group="1,000 jobs in a project of 2,000 files")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Django's own modules, over and over, around an app with a command for each job."""
    package = Path(django.__file__).parent
    kept = [path for path in sorted(package.rglob("*.py")) if path.stat().st_size <= LARGEST]
    root = tmp_path_factory.mktemp("project")
    commands = root / "shop" / "management" / "commands"
    commands.mkdir(parents=True)
    for number in range(JOBS):
        (commands / f"job_{number}.py").write_text(COMMAND)
    for number, path in zip(range(FILES - JOBS), itertools.cycle(kept), strict=False):
        copy = root / f"copy{number // len(kept)}" / path.relative_to(package)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    lines = (
        f"{number % 60} {number % 24} * * {'*' if number % 3 else number % 7} cd /srv && "
        f"python manage.py job_{number} --limit {number}\n"
        for number in range(JOBS)
    )
    (root / "crontab").write_text("".join(lines))
    (root / "manage.py").write_text("# stands for the project's own\n")
    (root / "migrator.toml").write_text(TOML)
    return root


def _write(project: Path) -> None:
    """All of it from nothing, as the first `generate --write` does it."""
    here = Path.cwd()
    os.chdir(project)
    try:
        assert run(["generate", "--write"]) == 0
    finally:
        os.chdir(here)


def _clear(project: Path) -> None:
    for name in ("shop/tasks.py", "shop/cron_contract.py", "shop/beat_schedule.py", "migrator.lock"):
        (project / name).unlink(missing_ok=True)
    for name in ("shop/migrations", "tests"):
        shutil.rmtree(project / name, ignore_errors=True)


def test_our_generation(benchmark: Any, project: Path) -> None:
    benchmark.pedantic(_write, (project,), setup=lambda: _clear(project), rounds=3)
    assert (project / "shop/tasks.py").read_text().count("@shared_task(name=") == JOBS


def test_our_check_as_a_process(benchmark: Any, project: Path) -> None:
    _write(project)
    words = [sys.executable, "-m", "migrator", "generate", "--check"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = benchmark.pedantic(
        lambda: subprocess.run(words, cwd=project, env=environment, capture_output=True), rounds=3
    )
    assert done.returncode == 0, done.stderr


def test_ruff_format(benchmark: Any, project: Path) -> None:
    """Without its cache, as generate has none; nothing is written, so that each round does the same."""
    words = [sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache", "--check", "."]
    done = benchmark.pedantic(lambda: subprocess.run(words, cwd=project, capture_output=True), rounds=3)
    assert done.returncode in (0, 1), done.stderr
