"""``migrator report`` from the outside: files, formats, exit codes, and a ledger that is away."""

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from migrator.cli import run
from migrator.cli.project import find_home
from migrator.cli.report import report_on
from migrator.comparison.verdicts import Verdict

ROOT = Path(__file__).parents[2]
LINES = "# Mails\n0 12 * * * python manage.py remind --token=t0psecret\n"


def report(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it as a process of its own, in a project that has no Django unless the environment names one."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PYTEST_"))
    }
    return subprocess.run(
        [sys.executable, "-m", "migrator", "report", *arguments],
        cwd=folder,
        env=inherited | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a crontab."""
    (tmp_path / "crontab").write_text(LINES)
    return tmp_path


def test_markdown_goes_to_standard_output_and_the_answer_is_no(folder: Path) -> None:
    done = report(folder, "crontab")
    assert done.returncode == 1
    assert done.stdout.startswith(f"# Cutover report: {folder.name}\n\n**0 of 1 job may be cut over now.**")
    assert done.stderr == "migrator: no evidence: no Django settings are named\n"


@pytest.mark.parametrize(
    ("name", "beginning"),
    [("r.html", "<!doctype html>"), ("r.htm", "<!doctype html>"), ("r.md", "# Cutover"), ("r.json", "{")],
)
def test_the_name_of_the_file_says_the_format_and_its_path_is_printed(
    folder: Path, name: str, beginning: str
) -> None:
    done = report(folder, "crontab", "-o", f"new/{name}")
    assert (done.returncode, done.stdout) == (1, f"new/{name}\n")
    written = (folder / "new" / name).read_text()
    assert written.startswith(beginning)
    assert "t0psecret" not in written


def test_json_is_one_document_with_its_schema(folder: Path) -> None:
    document = json.loads(report(folder, "crontab", "--format", "json").stdout)
    assert document["schema"] == 1
    assert document["answer"]["ready"] is False
    [job] = document["jobs"]
    assert (job["verdict"], job["reasons"][0]) == ("hold", "no run has been recorded yet")
    date = dt.date.fromisoformat(job["earliest_safe"])
    # seven noons from now on
    assert dt.timedelta(5) <= date - dt.date.today() <= dt.timedelta(8)


def test_a_format_wins_over_a_name(folder: Path) -> None:
    assert report(folder, "crontab", "-o", "report.txt", "--format", "json").returncode == 1
    assert json.loads((folder / "report.txt").read_text())["schema"] == 1


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        pytest.param(["crontab", "-o", "r.xls"], 2, "says no format", id="unknown format"),
        pytest.param(["crontab", "--since", "soon"], 2, "soon is no date", id="no date"),
        pytest.param(["crontab", "-o", ".", "--format", "json"], 3, ". is a folder", id="a folder"),
        pytest.param(["crontab", "-o", "crontab/r.md"], 3, "cannot write", id="a file as folder"),
        pytest.param(["nothing-here"], 3, "cannot read", id="no source"),
        pytest.param([], 3, "no sources are named", id="no sources"),
    ],
)
def test_what_cannot_be_is_one_line_with_a_remedy(
    folder: Path, arguments: list[str], code: int, message: str
) -> None:
    done = report(folder, *arguments)
    assert done.returncode == code
    assert message in done.stderr
    assert "hint: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_crontab_without_jobs_has_nothing_against_it(folder: Path) -> None:
    (folder / "crontab").write_text("# nothing\nMAILTO=a\n")
    done = report(folder, "crontab")
    assert done.returncode == 0
    assert "There is no job to cut over." in done.stdout


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        pytest.param(
            "sqlite:///{folder}/empty.sqlite3", "the ledger's tables are missing", id="never migrated"
        ),
        pytest.param("postgres://nobody@127.0.0.1:1/none", "the database is away", id="away"),
    ],
)
def test_without_a_ledger_the_report_still_comes(folder: Path, url: str, reason: str) -> None:
    settings = {"DJANGO_SETTINGS_MODULE": "config.settings.local", "DATABASE_URL": url.format(folder=folder)}
    done = report(ROOT, "--format", "json", "-o", str(folder / "r.json"), **settings)
    assert done.returncode == 1
    assert done.stderr.startswith(f"migrator: no evidence: {reason}")
    assert len(done.stderr.splitlines()) == 1
    document = json.loads((folder / "r.json").read_text())
    assert document["notices"][0].startswith(f"No evidence: {reason}")
    jobs = {job["id"]: job["verdict"] for job in document["jobs"]}
    assert jobs == dict.fromkeys(
        ("send_event_reminders", "send_old_cases_reminder", "run_court_session_parser", "clearsessions"),
        "hold",
    )
    # what the code says needs no database
    [task] = [item for item in document["jobs"][0]["checklist"] if item["key"] == "task"]
    assert task["state"] == "done"


@pytest.mark.django_db
def test_the_report_agrees_with_the_comparison(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from django_celery_beat.models import CrontabSchedule, PeriodicTask

    from migrator.comparison.jobs import JobDefinition
    from migrator.comparison.ownership import Owner
    from migrator.contrib.django.ledger import row
    from migrator.contrib.django.models import Handover, Run
    from tests.cutover_story import handed_over, shadowed

    now = dt.datetime.now(dt.UTC)
    job = JobDefinition("clearsessions", "@daily", "Europe/Warsaw")
    slots = job.between(now - dt.timedelta(days=10), now)
    Handover.objects.create(
        job=job.id,
        owner=Owner.SHADOW,
        previous=Owner.CRON,
        from_slot=slots[0].name,
        from_due=slots[0].due,
        at=now,
    )
    Handover.objects.create(
        job=job.id,
        owner=Owner.CELERY,
        previous=Owner.SHADOW,
        from_slot=slots[6].name,
        from_due=slots[6].due,
        at=now,
    )
    for number, slot in enumerate(slots):
        play = shadowed if number < 6 else handed_over
        Run.objects.bulk_create(row(record, now=now) for record in play(job, slot, number))
    midnight = CrontabSchedule.objects.create(minute="0", hour="0", timezone=job.timezone)
    PeriodicTask.objects.create(name="clearsessions", task="tasks.clearsessions", crontab=midnight)
    monkeypatch.chdir(ROOT)
    run(["compare", "--format", "json"])
    compared = {one["id"]: one for one in json.loads(capsys.readouterr().out)["jobs"]}
    assert run(["report", "--format", "json"]) == 1
    captured = capsys.readouterr()
    assert "no evidence" not in captured.err
    told = {one["id"]: one for one in json.loads(captured.out)["jobs"]}
    assert {name: one["verdict"] for name, one in told.items()} == {
        name: one["verdict"] for name, one in compared.items()
    }
    for name, one in compared.items():
        assert told[name]["earliest_safe"] == one["earliest_safe"]
        assert {key: one[key] for key in told[name]["counts"]} == told[name]["counts"]
    ours = told["clearsessions"]
    assert (ours["verdict"], ours["owner"]) == ("hold", "celery")
    assert ours["evidence"]["matched"] == len(slots)
    lines = [item["key"] for item in ours["checklist"] if item["holds"]]
    assert ours["reasons"] == [f"open on the checklist: {', '.join(lines)}"]
    # the workers are the report's to ask
    assert compared["clearsessions"]["reasons"] == [
        "open on the checklist: rehearsal, drill, freshness, output"
    ]
    accepted = report_on(find_home(), accepted=dict.fromkeys(lines, "seen in staging"))
    [clearsessions] = [one for one in accepted.jobs if one.id == "clearsessions"]
    assert clearsessions.verdict is Verdict.SAFE
    assert "drill was accepted: seen in staging" in clearsessions.reasons
