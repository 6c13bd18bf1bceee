"""``migrator cutover drill``: a job fails on purpose on both sides, does no work, and takes no slot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from migrator.cli import run
from migrator.comparison.runs import DRILL, Kind
from migrator.contrib.django.models import Run

ROOT = Path(__file__).resolve().parents[2]
JOB = "clearsessions"


@pytest.fixture
def cron_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """This machine has synced, so that its spool is known."""
    monkeypatch.chdir(ROOT)
    spool = tmp_path / "spool"
    spool.mkdir(mode=0o700)
    monkeypatch.setenv("MIGRATOR_SPOOL", str(spool))
    assert run(["sync"]) == 0
    capsys.readouterr()
    return spool


def lines(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """The state of each line of the job's checklist."""
    run(["cutover", "checklist", JOB, "--format", "json"])
    [job] = json.loads(capsys.readouterr().out)["jobs"]
    return {item["key"]: item["state"] for item in job["checklist"]}


@pytest.mark.django_db
def test_both_sides_fail_on_purpose(cron_host: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys)["drill"] == "open"
    assert run(["cutover", "drill", JOB]) == 0
    assert "the worker fails in its place, and so does the recorder" in capsys.readouterr().out
    assert not Run.objects.exists()

    assert run(["cutover", "drill", JOB, "--execute"]) == 0
    said = capsys.readouterr().out
    assert f"{JOB}: cron failed as it should, exit 1" in said
    assert f"{JOB}: Celery failed as it should, exit 1" in said
    assert f'who was told? Write it down: [jobs.{JOB}] alert = "..."' in said
    runs = {one.side: one for one in Run.objects.all()}
    assert set(runs) == {"control", "candidate"}
    for one in runs.values():
        assert (one.kind, one.slot, one.exit) == (Kind.MANUAL, "", 1)
    assert runs["control"].reason == DRILL
    assert "it fails on purpose, and the job did not run" in runs["control"].output
    assert "it fails on purpose, and the job did not run" in runs["candidate"].output

    assert lines(capsys)["drill"] == "done"
    run(["compare", JOB, "--format", "json"])
    [compared] = json.loads(capsys.readouterr().out)["jobs"]
    assert (compared["extra"], compared["expected"]) == (0, 0)
    assert run(["check"]) == 0
    assert "0 slots looked at" in capsys.readouterr().out  # a drill is no run of a slot


@pytest.mark.django_db
def test_without_cron_here_it_says_how_to_drill_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert run(["cutover", "drill", JOB, "--execute", "--format", "json"]) == 0
    said = capsys.readouterr()
    assert f"migrator exec --drill {JOB} -- false" in said.err
    [job] = json.loads(said.out)["jobs"]
    assert (job["control"], job["candidate"]["exit"]) == (None, 1)
