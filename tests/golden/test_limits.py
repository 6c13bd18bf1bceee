"""`generate --limits-from-ledger`: time limits that the team asks for, from what was measured."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from migrator.cli import run
from migrator.codegen.limits import Measured, Proposal, with_limits
from migrator.errors import Cannot

ROOT = Path(__file__).parents[2]
SHOP = Path(__file__).with_name("projects") / "several_apps" / "before"
MEASURED = """
import datetime as dt
from django.core.management import call_command
from django.utils import timezone
from migrator.contrib.django.models import Run

call_command("migrate", verbosity=0)
now = timezone.now()
RUNS = {"send_digest": [10] * 9 + [700.5], "rebuild": [5] * 4, "send_invoices": [2] * 6}
for job, all_of_them in RUNS.items():
    for number, seconds in enumerate(all_of_them):
        Run.objects.create(
            run=f"{job}-{number}", job=job, side="control", kind="scheduled", action="execute", exit=0,
            started=now, finished=now + dt.timedelta(seconds=seconds),
        )
"""


def proposal(job: str, longest: float = 61) -> Proposal:
    return Proposal(job, Measured(9, longest))


@pytest.mark.parametrize(("seconds", "minutes"), [(0.2, 5), (100, 5), (100.1, 6), (3600, 180)])
def test_three_times_the_longest_run_in_whole_minutes(seconds: float, minutes: int) -> None:
    assert proposal("a", seconds).minutes == minutes


TABLE = """\
# ours
sources = ["crontab"]

[jobs.a]  # why
accept = ["CM203"]

[jobs."b.c"]
ignore = "x"
"""


def test_the_lines_go_into_the_tables_and_nothing_else_changes() -> None:
    after = with_limits(TABLE, [proposal("a"), proposal("b.c"), proposal("d")])
    line = 'timeout = "5m"  # the longest of 9 runs took 61 s\n'
    assert after == TABLE.replace("# why\n", f"# why\n{line}").replace('"b.c"]\n', f'"b.c"]\n{line}') + (
        f"\n[jobs.d]\n{line}"
    )


def test_a_table_of_another_shape_is_the_users_to_edit() -> None:
    with pytest.raises(Cannot, match=r'write it yourself: \[jobs\.a\] timeout = "5m"'):
        with_limits('[jobs]\na = { accept = ["CM203"] }\n', [proposal("a")])


def test_what_was_measured_often_enough_gets_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Path(shutil.copytree(SHOP, tmp_path / "shop"))
    monkeypatch.chdir(project)
    assert run(["init"]) == 0
    assert run(["generate", "--write"]) == 0
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(project), str(ROOT)])}

    def python(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    environment["DJANGO_SETTINGS_MODULE"] = "shop.settings"
    python("-c", "import django; django.setup()" + MEASURED)
    before = (project / "migrator.toml").read_text()
    shown = python("-m", "migrator", "generate", "--limits-from-ledger")
    assert '+timeout = "36m"  # the longest of 10 runs took 700.5 s' in shown
    assert "measured less than 5 times: rebuild, clearsessions" in shown
    assert (project / "migrator.toml").read_text() == before
    assert "wrote migrator.toml" in python("-m", "migrator", "generate", "--limits-from-ledger", "--write")
    assert run(["generate", "--write"]) == 0
    tasks = (project / "orders/tasks.py").read_text()
    assert '@shared_task(name="orders.send_digest", time_limit=2190)' in tasks
    assert "    Added by migrator.toml: time limit of 2160 s.\n" in tasks
    assert "with timeout(300):" in (project / "billing/tasks.py").read_text()
    assert "no limit to propose" in python("-m", "migrator", "generate", "--limits-from-ledger")
