"""kill -9 between any two calls of `finish` that change anything: the same command brings it to its end."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract.cutover_project import ROOT, CutoverProject, write_cutover_project

PLAYED = ROOT / "tests" / "contract" / "killed_finish.py"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> CutoverProject:
    """The reference project, all its lines out of cron."""
    folder = tmp_path_factory.mktemp("finish") / "poradnia"
    project = write_cutover_project(folder)
    project("cutover", "apply", "--all", "--accept", "a test", "--execute")
    return project


def play(project: CutoverProject, *words: str) -> dict[str, Any]:
    done = project.python(str(PLAYED), *words, timeout=900)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_finish_and_the_tables_afterwards(project: CutoverProject) -> None:
    code = play(project, "--execute")
    assert (code["calls"] > 20, len(code["ends"]) > 10) == (True, True)
    check(code)
    tables = play(project, "--drop-tables", "--execute")
    assert len(tables["ends"]) > 5
    check(tables)
    assert tables["whole"]["tables"] == []


def check(played: dict[str, Any]) -> None:
    """From the state after each call the same command comes to the end that an undisturbed one has."""
    whole = {"exit": 0, "ended": played["whole"]}
    assert [number for number, one in enumerate(played["ends"]) if one != whole] == []
    assert len(played["kills"]) >= 4
    for one in played["kills"]:
        assert one["killed"] == one["watched"]
