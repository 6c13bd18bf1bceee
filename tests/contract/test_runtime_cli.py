"""What the verbs of the runtime promise: exit codes, one-line errors with a remedy, JSON and nothing else."""

from __future__ import annotations

import fcntl
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from migrator.adapters.spool import LOCK
from tests.services.runtime_project import Project, write_project


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose worker and beat were never started."""
    folder = tmp_path_factory.mktemp("alone")
    return write_project(folder, broker="filesystem://", database=f"sqlite:///{folder / 'db.sqlite3'}")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project with a worker, with the entries that beat wrote, and one that has synced."""
    folder = tmp_path_factory.mktemp("office")
    project = write_project(folder, broker="filesystem://", database=f"sqlite:///{folder / 'db.sqlite3'}")
    with project.worker(), project.beat("beat", "django"):
        yield project


@pytest.fixture
def fresh(office: Project) -> Project:
    office.python(
        "for model in (models.Run, models.Slot, models.Acknowledgement, models.Handover, models.Host):\n"
        "    model.objects.all().delete()\n"
    )
    return office


def document(project: Project, *words: str, code: int = 0) -> dict[str, Any]:
    done = project.migrator(*words, "--format", "json")
    assert done.returncode == code, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["schema"] == 1
    return found


def refused(project: Project, *words: str, code: int, **environment: str) -> str:
    """A call that fails with its reason on stderr, a hint and no traceback."""
    done = project.migrator(*words, **environment)
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("migrator: ")
    assert "hint: " in done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_every_job_is_with_cron_until_somebody_says_otherwise(alone: Project) -> None:
    jobs = document(alone, "owner")["jobs"]
    assert {job["job"]: job["owner"] for job in jobs} == dict.fromkeys(
        ["again", "fail", "slow", "work"], "cron"
    )


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        pytest.param(("owner", "wrok"), 2, "do you mean work?", id="misspelt-job"),
        pytest.param(("owner", "work", "clery"), 2, "there is no owner clery", id="misspelt-owner"),
        pytest.param(("owner", "work", "celery"), 1, "has not been in shadow", id="celery-before-shadow"),
        pytest.param(("owner", "work", "alternate"), 1, "has not been in shadow", id="turns-before-shadow"),
        pytest.param(("sync", "--history", "/dev/null"), 3, "no sources are named", id="no-sources"),
        pytest.param(("owner", "work", "sandbox"), 1, "sandbox is not available yet", id="not-yet"),
        pytest.param(("owner", "work", "shadow"), 3, "no worker answers", id="no-worker"),
        pytest.param(
            ("owner", "--all", "shadow"),
            3,
            "no enabled entry for office.again, office.fail, office.slow, office.work",
            id="beat-never-ran",
        ),
        pytest.param(("owner", "--all", "shadow", "celery"), 2, "name a job, or --all", id="two-owners"),
        pytest.param(("owner", "", "shadow"), 2, "there is no job", id="a-variable-that-is-empty"),
        pytest.param(("owner", "--forget", "nobody"), 2, "no host nobody has synced", id="unknown-host"),
        pytest.param(
            ("owner", "work", "cron", "--forget", "x"), 2, "takes a host alone", id="forget-and-hand"
        ),
        pytest.param(("owner", "--all", "--forget", "x"), 2, "takes a host alone", id="forget-and-all"),
        pytest.param(("compare", "--since", "yesterday"), 2, "yesterday is no date", id="no-date"),
        pytest.param(("compare", "--since", "0001-01-01T00:00+02:00"), 2, "is no date", id="first-date"),
        pytest.param(("check", "--since", "9999-12-31T23:00-12:00"), 2, "is no date", id="last-date"),
        pytest.param(("why", "work", "yesterday"), 2, "yesterday is no slot", id="no-slot"),
        pytest.param(
            ("why", "work", "2026-03-01T12:00:30"), 2, "2026-03-01T12:00+01:00", id="between-two-slots"
        ),
    ],
)
def test_a_call_that_cannot_be_answered_says_why(
    alone: Project, words: tuple[str, ...], code: int, says: str
) -> None:
    assert says in refused(alone, *words, code=code)
    assert {job["owner"] for job in document(alone, "owner")["jobs"]} == {"cron"}


@pytest.mark.parametrize(
    "words", [("owner",), ("compare",), ("sync",), ("abort",), ("why", "work", "2026-03-01T12:00")]
)
def test_a_database_that_was_never_migrated_is_named(tmp_path: Path, words: tuple[str, ...]) -> None:
    project = write_project(
        tmp_path, broker="filesystem://", database=f"sqlite:///{tmp_path / 'db.sqlite3'}", migrate=False
    )
    message = refused(project, *words, code=3)
    assert message == ("migrator: the ledger's tables are missing\nhint: run python manage.py migrate\n")


@pytest.mark.parametrize(
    "words", [("owner",), ("compare",), ("sync",), ("abort",), ("why", "work", "2026-03-01T12:00")]
)
def test_a_database_that_is_away_is_named(alone: Project, words: tuple[str, ...]) -> None:
    message = refused(alone, *words, code=3, DATABASE_URL="postgres://office:hunter2@127.0.0.1:1/office")
    assert message.startswith("migrator: the database is away: ")
    assert "hunter2" not in message


def test_a_broker_that_is_away_is_named_within_seconds(alone: Project) -> None:
    message = refused(
        alone, "owner", "work", "shadow", code=3, CELERY_BROKER_URL="amqp://office:hunter2@127.0.0.1:1//"
    )
    assert message.startswith("migrator: the broker does not answer: ")
    assert "hunter2" not in message


def clocks(done: subprocess.CompletedProcess[str]) -> tuple[str, str]:
    """The state of the clocks, and what is said of this machine's."""
    [check] = [check for check in json.loads(done.stdout)["checks"] if check["name"] == "clocks"]
    return check["state"], ", ".join(re.findall(r"this machine: (\S+)", check["fact"]))


def test_doctor_looks_at_this_machines_clock_before_django_changes_it(alone: Project) -> None:
    words = ("doctor", "--format", "json")
    assert clocks(alone.migrator(*words, TZ="Asia/Tokyo")) == ("unknown", "Asia/Tokyo")
    assert clocks(alone.manage("migrator", *words, TZ="Asia/Tokyo")) == ("ok", "")


def test_doctor_names_what_is_missing_and_how_to_get_it(alone: Project) -> None:
    done = alone.migrator("doctor", "--format", "json", TZ="Europe/Warsaw")
    assert done.returncode == 1
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert {name: check["state"] for name, check in checks.items()} == {
        "jobs": "ok", "database": "ok", "migrated": "ok", "broker": "ok", "worker": "fail", "entries": "fail",
        "timezone": "ok", "clocks": "ok", "catch-up": "warn", "beat": "unknown",
        "settings": "ok", "versions": "ok", "repeated hour": "warn",
    }  # fmt: skip
    assert checks["worker"]["remedy"] == "start one: celery -A PROJECT worker"


def test_doctor_is_content_where_all_is_there(fresh: Project) -> None:
    checks = document(fresh, "doctor")["checks"]
    assert {check["state"] for check in checks} <= {"ok", "unknown", "warn"}


def test_doctor_sees_a_row_in_another_zone_than_crons(fresh: Project) -> None:
    set_zone = (
        "from django_celery_beat.models import CrontabSchedule as C, PeriodicTask as P\n"
        "row = P.objects.get(task='office.work')\n"
        "other, _ = C.objects.get_or_create(minute='*', hour='*', day_of_month='*', month_of_year='*',\n"
        "                                   day_of_week='*', timezone={zone!r})\n"
        "row.crontab = other; row.save()\n"
    )
    fresh.python(set_zone.format(zone="America/New_York"))
    try:
        checks = document(fresh, "doctor", code=1)["checks"]
    finally:
        fresh.python(set_zone.format(zone="Europe/Warsaw"))
    [wrong] = [check for check in checks if check["state"] == "fail"]
    assert wrong["fact"] == "work is in Europe/Warsaw under cron and in America/New_York under Celery"


def test_shadow_is_written_with_who_and_why(fresh: Project) -> None:
    [row] = document(fresh, "owner", "work", "shadow", "--reason", "ticket 1828")["handovers"]
    assert (row["previous"], row["owner"], row["reason"]) == ("cron", "shadow", "ticket 1828")
    assert row["who"]
    again = fresh.migrator("owner", "work", "shadow")
    assert (again.returncode, again.stdout) == (0, "work: shadow has been asked for already\n")
    shown = fresh.migrator("owner")
    assert "shadow" in shown.stdout


def test_celery_needs_a_cron_host_then_evidence_or_a_reason(fresh: Project) -> None:
    document(fresh, "owner", "work", "shadow")
    assert "no cron host has synced yet" in refused(fresh, "owner", "work", "celery", code=3)
    assert fresh.migrator("sync").returncode == 0
    assert "no slot has been compared in shadow yet" in refused(fresh, "owner", "work", "alternate", code=1)
    said = refused(fresh, "owner", "work", "celery", code=1)
    assert said.startswith("migrator: work: 100 matched slots of 100 are missing\n")
    assert "the evidence can be complete on 20" in said
    fresh.python("models.Host.objects.update(last_seen=timezone.now() - dt.timedelta(minutes=6))")
    assert "not heard for five minutes: " in refused(
        fresh, "owner", "work", "celery", "--accept", "x", code=3
    )
    assert fresh.migrator("sync").returncode == 0
    [row] = document(fresh, "owner", "work", "celery", "--accept", "a test")["handovers"]
    assert row["accepted"] == "a test"
    job = document(fresh, "owner", "work")["jobs"][0]
    assert (job["next"], len(job["silent"])) == ("celery", 1)
    assert fresh.migrator("sync").returncode == 0
    assert document(fresh, "owner", "work")["jobs"][0]["silent"] == []


def test_a_sync_beside_another_has_the_same_keys(fresh: Project) -> None:
    done = document(fresh, "sync")
    with (fresh.folder / "spool" / LOCK).open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        busy = document(fresh, "sync")
    assert (busy.keys(), busy["busy"], done["busy"]) == (done.keys(), True, False)


def test_abort_gives_everything_back(fresh: Project) -> None:
    document(fresh, "owner", "--all", "shadow")
    done = fresh.migrator("abort", "--reason", "enough")
    assert done.returncode == 0
    assert done.stdout.count("cron executes from ") == 4
    assert fresh.migrator("abort").stdout == "every job is with cron already\n"


SHADOWED = """
from migrator.comparison.ownership import Owner
definition = JOBS['work'].definition
now = timezone.now()
slots = definition.between(now - dt.timedelta(minutes=20), now - dt.timedelta(minutes=10))
models.Handover.objects.create(job='work', owner='shadow', previous='cron', from_slot=slots[0].name,
                               from_due=slots[0].due, who='test')
for slot in slots:
    for side, action in (('control', 'execute'), ('candidate', {action!r})):
        models.Run.objects.create(
            run=uuid.uuid4().hex, job='work', side=side, action=action, kind='scheduled',
            slot=slot.name, due=slot.due, started=slot.due, finished=slot.due, exit=0,
        )
"""


def test_compare_counts_the_matched_slots_and_holds(fresh: Project) -> None:
    fresh.python(SHADOWED.format(action="would"))
    found = document(fresh, "compare", "work", code=1)  # the ten minutes since have no run at all
    [job] = found["jobs"]
    assert job["matched"] == 10
    assert job["neither"] > 0
    assert job["verdict"] == "unsafe"
    matched = [slot for slot in found["slots"] if slot["outcome"] == "matched"]
    assert {slot["owner"] for slot in matched} == {"shadow"}
    assert {slot["candidate"]["action"] for slot in matched} == {"would"}
    text = fresh.migrator("compare", "work")
    assert text.returncode == 1
    assert "10 matched" in text.stdout
    assert "slots have no run on either side" in text.stdout


def test_compare_finds_a_double(fresh: Project) -> None:
    fresh.python(SHADOWED.format(action="execute"))
    [job] = document(fresh, "compare", "work", code=1)["jobs"]
    assert job["duplicate"] == 10
    assert "executed more than once" in job["reasons"][0]


def test_why_says_which_rule_decided(fresh: Project) -> None:
    fresh.python(SHADOWED.format(action="would"))
    slots = {slot["outcome"]: slot["slot"] for slot in document(fresh, "compare", "work", code=1)["slots"]}
    found = document(fresh, "why", "work", slots["matched"])
    assert (found["owner"], found["outcome"]) == ("shadow", "matched")
    assert [one["rule"] for one in found["because"]] == [
        "owner", "control_execute", "candidate_would", "outcome"
    ]  # fmt: skip
    assert {run["side"] for run in found["runs"]} == {"control", "candidate"}
    text = fresh.migrator("why", "work", slots["matched"].replace("T", " "))
    assert text.stdout.splitlines()[0] == f"work {slots['matched'].replace('T', ' ')}  matched"
    missed = document(fresh, "why", "work", slots["neither"], code=1)
    assert missed["because"][-1]["text"] == "nobody was there: the slot was missed"


def test_why_tells_of_a_start_past_the_recorder(fresh: Project) -> None:
    """The slot's records are in order, and cron ran the job beside them."""
    fresh.python(SHADOWED.format(action="would"))
    [*_before, latest] = [
        one for one in document(fresh, "compare", "work", code=1)["slots"] if one["control"]
    ]
    fresh.python(
        "models.UnrecordedStart.objects.create(host='web2', user='deploy', command='work', times=3,"
        " last_seen=timezone.now())"
    )
    settings, sources = fresh.folder / "migrator.toml", fresh.folder / "crontab"
    settings.write_text('sources = ["crontab"]\n')
    sources.write_text("* * * * * python manage.py work\n")
    try:
        [finding] = document(fresh, "why", "work", latest["slot"])["findings"]
        text = fresh.migrator("why", "work", latest["slot"])
    finally:
        settings.unlink()
        sources.unlink()
        fresh.python("models.UnrecordedStart.objects.all().delete()")
    assert (finding["code"], "as deploy on web2, 3 times" in finding["message"]) == ("CM501", True)
    assert "CM501 cron started work past the recorder" in text.stdout


@pytest.mark.parametrize(
    ("path", "says"),
    [("/dev/null", "/dev/null holds no start of cron's"), ("/no/log", "name the file that cron logs to")],
)
def test_a_log_that_is_none_is_told(fresh: Project, path: str, says: str) -> None:
    settings, sources = fresh.folder / "migrator.toml", fresh.folder / "crontab"
    settings.write_text('sources = ["crontab"]\n')
    sources.write_text("* * * * * python manage.py work\n")
    try:
        assert says in refused(fresh, "sync", "--history", path, code=3)
    finally:
        settings.unlink()
        sources.unlink()


def test_an_empty_ledger_is_held(fresh: Project) -> None:
    jobs = document(fresh, "compare")["jobs"]
    assert {job["verdict"] for job in jobs} == {"hold"}
    assert fresh.migrator("compare").returncode == 0


def test_manage_py_is_the_same_parser(alone: Project) -> None:
    done = alone.manage("migrator", "owner", "--format", "json")
    assert json.loads(done.stdout) == document(alone, "owner")
    assert alone.manage("migrator", "owner", "wrok").returncode == 2
    code = (
        "from django.core.management import call_command, CommandError\n"
        "try: call_command('migrator', 'owner', 'wrok')\n"
        "except CommandError as error: print(error.returncode)\n"
    )
    assert alone.python(code) == 2


def test_exec_runs_the_job_and_gives_its_status(alone: Project) -> None:
    done = alone.migrator("exec", "work", "--", "sh", "-c", "echo --help; exit 7")
    assert (done.returncode, done.stdout) == (7, "--help\n")
    [records] = (alone.folder / "spool").glob("*.jsonl")
    assert '"job":"work"' in records.read_text()
    other = alone.folder / "other"
    assert alone.migrator("exec", "--spool", str(other), "work", "--", "true").returncode == 0
    assert list(other.glob("*.jsonl"))


def test_a_project_without_jobs_is_told_how_to_get_some(tmp_path: Path) -> None:
    project = write_project(
        tmp_path, broker="filesystem://", database=f"sqlite:///{tmp_path / 'db.sqlite3'}", migrate=False
    )
    (tmp_path / "office" / "tasks.py").write_text("")
    assert project.manage("migrate", "-v0").returncode == 0
    assert "run `migrator generate --write`" in refused(project, "owner", "work", "shadow", code=2)
    assert project.run(sys.executable, "-m", "migrator", "doctor").returncode == 1


def test_a_job_whose_line_does_not_record_it_is_named_when_it_leaves_cron(fresh: Project) -> None:
    """Its slots would have Celery's side alone, and the comparison would say that cron was not there."""
    toml, crontab = fresh.folder / "migrator.toml", fresh.folder / "crontab"
    toml.write_text('sources = ["crontab"]\n')
    crontab.write_text("* * * * * cd /srv && ./manage.py work\n* * * * * cd /srv && ./manage.py slow\n")
    try:
        plain = fresh.migrator("owner", "work", "shadow")
        assert (
            "work: its line at crontab:1 does not record it: run `migrator instrument apply`" in plain.stderr
        )
        assert "fail: no cron host has recorded it" in fresh.migrator("owner", "fail", "shadow").stderr
        assert fresh.migrator("instrument", "apply", "crontab").returncode == 0
        recorded = fresh.migrator("owner", "slow", "shadow")
        assert (recorded.returncode, recorded.stderr) == (0, "")
        # the installed crontab is what counts, and not the copy in the repository
        (fresh.folder / "copy").write_text("* * * * * cd /srv && ./manage.py again\n")
        crontab.write_text(crontab.read_text() + "* * * * * cd /srv && ./manage.py again\n")
        toml.write_text('sources = ["copy"]\n')
        assert fresh.migrator("instrument", "apply", "crontab").returncode == 0
        copied = fresh.migrator("owner", "again", "shadow")
        assert (copied.returncode, copied.stderr) == (0, "")
    finally:
        toml.unlink()
