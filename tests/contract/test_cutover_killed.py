"""kill -9 between any two system calls that matter: the command goes on or takes it back, never half."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.contract.cutover_project import ROOT, write_cutover_project

PLAYED = ROOT / "tests" / "contract" / "killed_cutover.py"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict:  # type: ignore[type-arg]
    project = write_cutover_project(tmp_path_factory.mktemp("killed"))
    done = project.python(str(PLAYED))
    assert done.returncode == 0, done.stderr
    found: dict = json.loads(done.stdout)  # type: ignore[type-arg]
    return found


def test_it_was_killed_often_enough(played: dict) -> None:  # type: ignore[type-arg]
    assert len(played["applying"]) > 15
    assert len(played["returning"]) > 10
    assert played["before"]["owners"] == ["celery"]
    assert played["applied"]["owners"] == ["retired"]


def test_no_line_is_out_while_the_row_would_let_cron_have_the_job(played: dict) -> None:  # type: ignore[type-arg]
    for one in (*played["applying"], *played["returning"]):
        killed = one["killed"]
        out = any("#migrator retired" in text for text in killed["files"].values())
        assert not out or killed["owners"] == ["retired"]


def test_every_file_is_as_before_or_as_after(played: dict) -> None:  # type: ignore[type-arg]
    for one in (*played["applying"], *played["returning"]):
        for name, text in one["killed"]["files"].items():
            assert text in (played["before"]["files"][name], played["applied"]["files"][name])


def test_it_goes_on_or_is_taken_back_whole(played: dict) -> None:  # type: ignore[type-arg]
    whole = {"apply": played["applied"], "rollback": played["before"]}
    for one in (*played["applying"], *played["returning"]):
        if one["exit"] == 0:
            assert one["ended"] == whole[one["then"]]
        else:  # it died before its first step, so there is nothing to take back
            assert (one["exit"], one["killed"]["files"]) == (1, played["before"]["files"])


def test_the_journal_says_that_it_is_half_done(played: dict) -> None:  # type: ignore[type-arg]
    for one in played["applying"]:
        killed = one["killed"]
        changed = killed["owners"] == ["retired"] or killed["files"] != played["before"]["files"]
        assert killed["half"] or not changed or killed["files"] == played["applied"]["files"]
    assert not played["applied"]["half"]


def test_the_crontab_is_byte_for_byte_what_it_was(tmp_path: Path) -> None:
    project = write_cutover_project(tmp_path)
    before = project.installed.read_bytes()
    project("cutover", "apply", "--all", "--accept", "a test", "--execute")
    after = project.installed.read_bytes()
    assert b"\n#migrator retired .sync: * * * * * " in after
    assert "every job has left cron" in project("cutover", "apply", "--all", code=1).stderr
    project("cutover", "rollback", "--all", "--execute")
    assert project.installed.read_bytes() == before
    project("cutover", "apply", "--all", "--accept", "a test", "--execute")
    assert project.installed.read_bytes() == after
