"""A management command that cron starts without the recorder says so, and nothing else is changed by that."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.runtime_project import ROOT, Project, write_project

CRONWRAP = str(ROOT / "migrator" / "cronwrap.py")
COMMAND = """
import sys
from django.core.management.base import BaseCommand

class Command(BaseCommand):
    def handle(self, **options):
        self.stdout.write("counted")
        sys.exit(5)
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Project]:
    project = write_project(tmp_path, broker="filesystem://", database=f"sqlite:///{tmp_path / 'db.sqlite3'}")
    folder = project.folder / "office" / "management" / "commands"
    folder.mkdir(parents=True)
    (folder / "work.py").write_text(COMMAND)
    cron = project.folder / "cron"  # Linux names a process by its file, and so finds cron above the command
    cron.write_text('#!/bin/sh\n"$@"\nexit $?\n')
    cron.chmod(0o755)
    (project.folder / "crontab").write_text(f"* * * * * cd {project.folder} && python manage.py work\n")
    (project.folder / "migrator.toml").write_text('sources = ["crontab"]\n')
    yield project
    project.manage("flush", "--noinput")


WORK = (sys.executable, "manage.py", "work")


def starts(office: Project) -> list[list[object]]:
    code = "print(json.dumps([[row.command, row.times] for row in models.UnrecordedStart.objects.all()]))"
    found: list[list[object]] = office.python(code)
    return found


def test_one_row_counts_them_and_compare_and_check_tell_it(office: Project) -> None:
    assert office.migrator("sync").returncode == 0
    office.run(sys.executable, "-I", "-S", CRONWRAP, "work", "--", "true")  # the job is recorded from now on
    assert office.migrator("sync").returncode == 0
    for _ in range(2):
        done = office.run("./cron", *WORK)
        assert (done.returncode, done.stdout, done.stderr) == (5, "counted\n", "")
    assert starts(office) == [["work", 2]]
    compared = office.migrator("compare", "work", "--format", "json")
    assert compared.returncode == 1
    [finding] = json.loads(compared.stdout)["findings"]
    assert finding["code"] == "CM501"
    assert finding["message"].startswith("cron started work past the recorder, as ")
    checked = office.migrator("check", "work", "--format", "json")
    assert checked.returncode == 1
    kinds = [one["kind"] for one in json.loads(checked.stdout)["jobs"][0]["problems"]]
    assert "unrecorded" in kinds


def test_no_other_start_is_noted(office: Project) -> None:
    office.run(*WORK)
    office.run("./cron", sys.executable, "-I", "-S", CRONWRAP, "work", "--", *WORK)
    office.run("./cron", sys.executable, "manage.py", "migrator", "owner")
    assert starts(office) == []


def test_a_ledger_that_is_away_is_nothing_to_the_job(office: Project) -> None:
    done = office.run("./cron", *WORK, DATABASE_URL="postgres://nobody@127.0.0.1:1/nothing")
    assert (done.returncode, done.stdout, done.stderr) == (5, "counted\n", "")
