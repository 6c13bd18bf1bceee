"""migrator residue from the outside: what it reads, what it says, how it ends, and the watch."""

import datetime as dt
import json
import os
from pathlib import Path

import pytest

from migrator.cutover.operation import Kind, Operation, document
from tests.contract.command_line import ROOT, CommandLine

LINE = "0 6 * * * cd /srv/shop && python manage.py send_invoices\n"
CONFIGURED = '[project]\ntimezone = "Europe/Warsaw"\n'
LOCK = json.dumps({"schema": 1, "files": {}, "jobs": {"send_invoices": "x"}, "schedules": {}})
REFERENCE = ("Dockerfile", "compose.yaml", "Makefile", "crontabs/poradnia", "config", "tasks", "make")


@pytest.fixture
def migrator(tmp_path: Path) -> CommandLine:
    line = CommandLine(tmp_path)
    line.write("migrator.toml", CONFIGURED)
    line.write("migrator.lock", LOCK)
    return line


def test_what_is_left_in_the_reference_project() -> None:
    found = CommandLine(ROOT).document("residue", *REFERENCE)
    told = [(f"{one['place']['path']}:{one['place']['line']}", one["code"]) for one in found["findings"]]
    crontab, install = "crontabs/poradnia/crontab", "crontabs/poradnia/install.sh"
    places = {code: sorted(place for place, one in told if one == code) for _place, code in told}
    assert places == {
        "CM630": sorted(
            [f"{crontab}:{line}" for line in (7, 10, 13, 16)]
            + [f"{install}:{line}" for line in (13, 18, 23, 28)]
        ),
        "CM632": ["Dockerfile:33"],
        "CM633": ["Dockerfile:36", "compose.yaml:115"],
        "CM634": [f"{install}:30", "make/cronie.sh:44"],
        "CM635": ["crontabs/poradnia/run_locked.sh:1"],
        "CM636": [f"compose.yaml:{line}" for line in (102, 103, 104, 105)],
        "CM637": ["Dockerfile:28", "compose.yaml:88"],
        "CM638": ["Makefile:34"],
        "CM642": ["compose.yaml:113", "compose.yaml:114"],
    }


def test_the_sources_beside_the_project_s_folder_are_looked_at_too(migrator: CommandLine) -> None:
    """A repository with its crontabs in one folder and the Django project in another."""
    migrator.write("etc/crontab", LINE)
    migrator.write("src/migrator.toml", f'sources = ["../etc", "../gone"]\n{CONFIGURED}')
    done = CommandLine(migrator.folder / "src")("residue")
    assert done.returncode == 1
    assert "etc/crontab:1: CM630 cron still runs send_invoices" in done.stdout


def test_a_tree_without_cron_ends_well_and_says_what_was_read(migrator: CommandLine) -> None:
    migrator.write("CHANGELOG.md", "We no longer run `cron -f`.\n")
    migrator.write("vendor/jobs/start.sh", "crond -f\n")
    migrator.write("logo.png", b"\x89PNG\r\n\x1a\n")
    migrator.write("poetry.lock", 'name = "django-cron"\n')
    migrator.write("README.md", "Cron has gone.\n")
    done = migrator("residue")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "nothing of cron is left here",
        (
            "2 files read; passed over: vendored code and caches (1), changelogs and licences (1), "
            "no text (1), written by tools (2)"
        ),
    ]
    found = migrator.document("residue")
    assert (found["schema"], found["files_read"], found["findings"]) == (1, 2, [])
    passed = {one["reason"]: one["paths"] for one in found["passed_over"]}
    assert passed["vendored code and caches"] == ["vendor"]
    assert passed["written by tools"] == ["migrator.lock", "poetry.lock"]


def test_hidden_folders_are_read_and_what_is_excluded_is_not(migrator: CommandLine) -> None:
    migrator.write(".docker/web/start.sh", "crond -f\n")
    migrator.write("old/crontab", LINE)
    done = migrator("residue")
    assert done.returncode == 1
    assert ".docker/web/start.sh:1: CM633 starts cron: crond -f" in done.stdout
    assert "old/crontab:1: CM630 cron still runs send_invoices" in done.stdout
    assert "2 findings: 2 block, 0 warn, 0 note" in done.stdout
    assert migrator("residue", "--exclude", "old", "--exclude", ".docker/*").returncode == 0


def test_only_what_blocks_gives_exit_1(migrator: CommandLine) -> None:
    migrator.write("Dockerfile", "FROM python\nRUN apt-get install -y cron\n")
    assert migrator("residue").returncode == 0
    assert migrator("residue", "nowhere").returncode == 3


def test_files_that_cannot_be_read_are_counted(migrator: CommandLine) -> None:
    os.mkfifo(migrator.folder / "pipe")
    assert "could not be read (1)" in migrator("residue").stdout


def test_the_watch_names_what_came_back_since_a_day(migrator: CommandLine) -> None:
    since = (dt.date.today() - dt.timedelta(days=3)).isoformat()
    migrator.write("Dockerfile", "FROM python\nCMD cron -f\n")
    watch = ("residue", "--watch", "--since", since)
    done = migrator(*watch)
    assert (done.returncode, done.stderr) == (0, "")
    until = dt.date.fromisoformat(since) + dt.timedelta(days=35)
    assert done.stdout.splitlines() == ["1 job has left cron, and is not back", f"watch until {until}"]
    migrator.write("crontab", LINE)
    done = migrator(*watch)
    assert done.returncode == 1
    assert "crontab:1: CM601 the line of send_invoices has left cron, and is back" in done.stdout
    found = migrator.document(*watch)
    assert [one["code"] for one in found["findings"]] == ["CM601"]
    assert (found["left"], found["until"], found["over"]) == (
        {"send_invoices": since},
        until.isoformat(),
        False,
    )
    assert "this check may go" in migrator(*watch, "--days", "2").stdout


def test_with_all_jobs_gone_any_new_line_is_told(migrator: CommandLine) -> None:
    migrator.write("crontab", LINE.replace("send_invoices", "count_stock"))
    done = migrator("residue", "--watch", "--since", "2026-03-01")
    assert (done.returncode, "CM630 cron still runs count_stock" in done.stdout) == (1, True)


def test_the_watch_takes_its_days_from_the_journal(migrator: CommandLine) -> None:
    ended = dt.datetime.now(dt.UTC).isoformat()
    whole = Operation(
        kind=Kind.APPLY, jobs=("send_invoices",), who="", reason="", accepted="", begun=ended, ended=ended
    )
    migrator.write(".migrator/cutover.json", json.dumps(document([whole])))
    done = migrator("residue", "--watch")
    assert done.returncode == 0
    assert "1 job has left cron" in done.stdout
    assert "the ledger was not asked: " in done.stderr
    assert ended[:10] in migrator.document("residue", "--watch")["left"].values()


def test_a_watch_over_nothing_says_what_to_name(migrator: CommandLine) -> None:
    done = migrator("residue", "--watch")
    assert done.returncode == 3
    assert "hint: name the day on which they did: migrator residue --watch --since DATE" in done.stderr
    assert migrator("residue", "--since", "2026-03-01").returncode == 2
    assert migrator("residue", "--watch", "--since", "March").returncode == 2
