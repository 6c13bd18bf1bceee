"""What a monitor gets: one line, an exit status, and definitions that say what the crontab said."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contract.command_line import CommandLine
from tests.services.runtime_project import Project, write_project

TOML = """
[project]
settings = "office.settings"
celery = "office"
[jobs.work]
freshness = "1h"
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("check")
    (folder / "migrator.toml").write_text(TOML)
    return write_project(folder, broker="filesystem://", database=f"sqlite:///{folder / 'db.sqlite3'}")


@pytest.fixture
def fresh(office: Project) -> Project:
    office.python(
        "for model in (models.Run, models.Slot, models.Acknowledgement, models.Handover, models.Host):\n"
        "    model.objects.all().delete()\n"
    )
    return office


RAN = """
now = timezone.now()
definition = JOBS['work'].definition
owned('work', {owner!r}, ago=dt.timedelta(days=2))
models.Host.objects.update({host})
for slot in definition.between(now - dt.timedelta(minutes={first}), now - dt.timedelta(minutes={last})):
    models.Run.objects.create(
        run=uuid.uuid4().hex, job='work', side='candidate', action='execute', kind='scheduled',
        slot=slot.name, due=slot.due, started=slot.due, finished=slot.due, exit=0,
    )
"""


def ran(project: Project, *, first: int, last: int, host: str = "", owner: str = "retired") -> None:
    project.python(RAN.format(owner=owner, first=first, last=last, host=host or "left_at=now"))


def line(project: Project, *words: str, code: int, **environment: str) -> str:
    done = project.migrator("check", *words, **environment)
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stdout.count("\n") == 1
    return done.stdout


def test_a_retired_job_that_runs_is_well(fresh: Project) -> None:
    ran(fresh, first=70, last=0)
    said = line(fresh, "work", code=0)
    assert re.fullmatch(
        r"OK 1 job is well, [56]\d slots looked at\n", said
    )  # those of its hour, as it begins
    assert "3 jobs have no record yet" in line(fresh, code=0)


def test_a_run_missed_after_the_cutover_is_seen_without_cron_and_without_a_worker(fresh: Project) -> None:
    ran(fresh, first=70, last=20)
    found = json.loads(fresh.migrator("check", "work", "--format", "json").stdout)
    assert found["status"] == "critical"
    [job] = found["jobs"]
    [problem] = job["problems"]
    assert (job["owner"], job["freshness"], problem["kind"]) == ("retired", 3600, "missed")
    assert found["line"] == f"CRITICAL work: {problem['text']}"
    # a minute later there is a slot more
    said = re.compile(r"CRITICAL work: \d+ slots were missed, the latest \S+\n")
    assert said.fullmatch(found["line"] + "\n")
    assert said.fullmatch(line(fresh, code=1))


def test_the_limit_of_the_line_outlives_the_line(fresh: Project) -> None:
    ran(fresh, first=200, last=150)
    assert "work: the last success is older than 1 h: 2" in line(fresh, "work", code=1)


def test_a_host_that_stopped_syncing_and_lines_that_nobody_could_read_are_told(fresh: Project) -> None:
    host = "last_seen=now - dt.timedelta(minutes=6), quarantined=2"
    ran(fresh, first=70, last=0, host=host, owner="celery")
    said = line(fresh, "work", code=1)
    assert "root@cron:/spool has stopped syncing; 2 lines of the spool could not be read on root@" in said


def test_what_cannot_be_told_is_unknown(fresh: Project) -> None:
    assert line(fresh, code=3) == "UNKNOWN nothing has been recorded yet\n"
    away = "postgres://office:hunter2@127.0.0.1:1/office"
    said = line(fresh, code=3, DATABASE_URL=away)
    assert said.startswith("UNKNOWN the database is away: ")
    assert "hunter2" not in said


def test_metrics_for_a_textfile_collector(fresh: Project) -> None:
    ran(fresh, first=70, last=20)
    done = fresh.migrator("check", "--format", "prometheus")
    assert done.returncode == 1
    assert 'migrator_job_well{job_id="work"} 0\n' in done.stdout
    assert re.search(r'^migrator_job_last_success_timestamp_seconds\{job_id="work"\} \d+$', done.stdout, re.M)
    assert re.search(r"^migrator_check_timestamp_seconds \d+$", done.stdout, re.M)


CRONTAB = """\
CRON_TZ=Europe/Warsaw
0 12 * * * python manage.py daily
*/5 8-18 * * 1-5 python manage.py busy
@monthly python manage.py monthly
"""


@pytest.fixture
def definitions(tmp_path: Path) -> Any:
    (tmp_path / "crontab").write_text(CRONTAB)
    toml = 'sources = ["crontab"]\n[project]\ntimezone = "Europe/Warsaw"\n[jobs.daily]\nfreshness = "26h"\n'
    (tmp_path / "migrator.toml").write_text(toml)

    def printed(kind: str, *jobs: str) -> str:
        done = CommandLine(tmp_path)("check", *jobs, "--definitions", kind)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return printed


def test_healthchecks_gets_schedule_zone_and_grace(definitions: Any) -> None:
    checks = {one["slug"]: one for one in json.loads(definitions("healthchecks"))}
    assert {name: (one["schedule"], one["tz"], one["grace"]) for name, one in checks.items()} == {
        "daily": ("0 12 * * *", "Europe/Warsaw", 3600),  # the longest gap has 25 hours, in October
        "busy": ("*/5 8-18 * * 1-5", "Europe/Warsaw", 150),
        "monthly": ("0 0 1 * *", "Europe/Warsaw", 3600),
    }


def test_sentry_gets_a_monitor_for_each_job(definitions: Any) -> None:
    [(slug, config)] = json.loads(definitions("sentry", "busy")).items()
    assert (slug, config["schedule"]["value"], config["checkin_margin"]) == ("busy", "*/5 8-18 * * 1-5", 3)


def test_prometheus_gets_rules_that_know_weekends(definitions: Any) -> None:
    [group] = yaml.safe_load(definitions("prometheus"))["groups"]
    ages = {
        one["labels"]["job_id"]: int(one["expr"].rpartition(" ")[2])
        for one in group["rules"]
        if one["alert"] == "JobStale"
    }
    weekend = 61 * 3600 + 300 + 3600  # Friday 18:55 to Monday 8:00, and the hour of October
    assert ages == {"daily": 26 * 3600, "busy": weekend + 150, "monthly": 31 * 86400 + 2 * 3600}
