"""The command that `finish` leaves behind: what it says, and that the old alert rules read its metrics."""

from __future__ import annotations

import datetime as dt
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from django.core.management import call_command
from django.utils import timezone
from django_celery_results.models import TaskResult

from migrator.codegen.check_command import Watched, check_command
from migrator.report.monitors import CHECKED, SUCCESS, WELL

pytestmark = pytest.mark.django_db
PATH = "office/management/commands/check_cron_jobs.py"
JOBS = [Watched("digest", "office.digest", 90000), Watched("sweep", "office.sweep", 3900)]


@pytest.fixture
def command(tmp_path: Path) -> Iterator[ModuleType]:
    """The module as it lies in the project."""
    files = check_command("office", JOBS)
    assert list(files) == ["office/management/__init__.py", "office/management/commands/__init__.py", PATH]
    assert not re.search(r"^\s*(import|from) migrator", files[PATH], re.MULTILINE)
    module = ModuleType("check_cron_jobs")
    sys.modules[module.__name__] = module
    exec(compile(files[PATH], str(tmp_path / "check_cron_jobs.py"), "exec"), module.__dict__)
    yield module
    del sys.modules[module.__name__]


def result(task: str, status: str, hours: float) -> None:
    one = TaskResult.objects.create(task_id=f"{task}{status}{hours}", task_name=task, status=status)
    at = timezone.now() - dt.timedelta(hours=hours)
    TaskResult.objects.filter(pk=one.pk).update(date_done=at)


def said(command: ModuleType, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str, int]:
    status = 0
    try:
        call_command(command.Command(), *words)
    except SystemExit as left:
        status = int(str(left.code))
    return capsys.readouterr().out.strip(), status


def test_it_says_who_is_not_well(command: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    line, status = said(command, capsys)
    assert (line, status) == (
        "CRITICAL digest: no success is recorded; sweep: no success is recorded",
        1,
    )
    result("office.digest", "SUCCESS", 24)
    result("office.sweep", "SUCCESS", 0.5)
    assert said(command, capsys) == ("OK 2 jobs are well", 0)
    result("office.sweep", "FAILURE", 0.2)
    result("office.digest", "SUCCESS", 24.5)
    line, status = said(command, capsys)
    assert (status, re.sub(r"\d", "0", line)) == (
        1,
        "CRITICAL sweep: the last run failed, 0000-00-00T00:00+0000",
    )
    TaskResult.objects.filter(task_name="office.digest").update(
        date_done=timezone.now() - dt.timedelta(days=2)
    )
    assert "digest: the last success is too old" in said(command, capsys)[0]


def test_its_metrics_are_those_of_the_rules(command: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    result("office.digest", "SUCCESS", 24)
    text, status = said(command, capsys, "--format", "prometheus")
    assert status == 0
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert values[f'{WELL}{{job_id="digest"}}'] == "1"
    assert values[f'{WELL}{{job_id="sweep"}}'] == "0"
    now = timezone.now().timestamp()
    assert now - 86500 < float(values[f'{SUCCESS}{{job_id="digest"}}']) < now - 86300
    assert f'{SUCCESS}{{job_id="sweep"}}' not in values
    assert abs(float(values[CHECKED]) - now) < 60
