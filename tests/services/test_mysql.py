"""The ledger on MariaDB: what cron and Celery did reaches it, is compared, and can be pruned."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.services.runtime_project import ROOT, Project, parts, until, write_project

pytestmark = pytest.mark.part("mysql")
CRONWRAP = str(ROOT / "migrator" / "cronwrap.py")


@pytest.fixture(scope="module")
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("office")
    return write_project(folder, **parts(request, folder, "mysql"))


def cron(office: Project, job: str, *command: str) -> int:
    return office.run(sys.executable, "-I", "-S", CRONWRAP, job, "--", *command).returncode


def document(office: Project, *words: str) -> dict[str, object]:
    done = office.migrator(*words, "--format", "json")
    assert done.returncode in (0, 1), done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_cron_s_runs_are_shipped_once(office: Project) -> None:
    (office.folder / "said").write_text("zażółć \N{SNAKE}")
    assert cron(office, "work", "sh", "-c", f"cat {office.folder / 'said'}; exit 4") == 4
    for _ in range(2):
        done = office.migrator("sync")
        assert (done.returncode, done.stderr) == (0, "")
        Path(office.folder / "spool" / "shipped.json").unlink()
    [run] = office.runs("work")
    assert (run["kind"], run["exit"], run["output"]) == ("scheduled", 4, "zażółć \N{SNAKE}")
    assert office.migrator("sync").returncode == 0


def test_celery_claims_its_slots_and_the_two_are_compared(office: Project) -> None:
    office.python("models.Host.objects.all().delete(); owned('fail', 'celery')")
    with office.worker():
        office.python(
            "at = instants.now() - dt.timedelta(minutes=1)\n"
            "print(json.dumps([send('fail', at), send('fail', at)]))"
        )
        until(lambda: len(office.runs("fail")) == 2, "both messages")
    runs = office.runs("fail")
    assert sorted((run["action"], run["side"]) for run in runs) == [
        ("execute", "candidate"), ("yield", "candidate"),
    ]  # fmt: skip
    assert office.effects() == ["fail"]
    [job] = [one for one in document(office, "compare", "fail")["jobs"] if one["id"] == "fail"]  # type: ignore[attr-defined]
    assert job["expected"] >= 1
    why = office.migrator("why", "fail", next(run["slot"] for run in runs))
    assert (why.returncode, "exit 3" in why.stdout) == (0, True), why.stdout + why.stderr
    assert document(office, "check")["schema"] == 1


def test_beat_s_rows_are_locked_while_they_are_written(office: Project) -> None:
    """MariaDB has no FOR UPDATE OF, which PostgreSQL and MySQL need beside an outer join."""
    office.python(
        "from django.db import transaction\n"
        "from django_celery_beat.models import CrontabSchedule, PeriodicTask\n"
        "from migrator.contrib.django.own_rows import present_rows\n"
        "crontab = CrontabSchedule.objects.create(minute='5')\n"
        "PeriodicTask.objects.create(name='by hand', task='office.work', crontab=crontab)\n"
        "with transaction.atomic():\n"
        "    assert 'by hand' in present_rows(locked=True)\n"
    )


def test_what_is_old_is_pruned(office: Project) -> None:
    office.python(
        "for row in models.Run.objects.all():\n"
        "    row.started -= dt.timedelta(days=900)\n"
        "    row.due = row.due and row.due - dt.timedelta(days=900)\n"
        "    row.save()\n"
    )
    assert office.migrator("ledger", "prune", "--keep", "30", "--execute").returncode == 0
    assert office.runs("work") == office.runs("fail") == []
