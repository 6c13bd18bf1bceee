"""The annotated crontabs: each line gets exactly the findings that stand above it."""

import datetime as dt
import re
from pathlib import Path

import pytest

from migrator.crontab.recipes.calls import TASK_FILES
from migrator.crontab.syntax import decode
from migrator.findings import CATALOGUE
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.source import SourceFile

FOLDER = Path(__file__).parents[2] / "crontabs" / "samples"
SAMPLES = sorted(path for path in FOLDER.rglob("*") if path.is_file() and path.name not in TASK_FILES)
CONTEXT = Context("Europe/Warsaw", dt.date(2026, 1, 1))


def expected(text: str) -> dict[int, set[str]]:
    """Line number to codes; an annotation speaks of the line below it."""
    lines = enumerate(text.splitlines(), 1)
    return {number + 1: set(line[9:].split()) for number, line in lines if line.startswith("# expect:")}


def sample(path: Path) -> list[SourceFile]:
    """A sample, and the files of task runners that its lines call."""
    files = [path, *(one for one in sorted(path.parent.iterdir()) if one.name in TASK_FILES)]
    return [
        SourceFile(one.relative_to(FOLDER).as_posix(), decode(one.read_bytes()), named=one == path)
        for one in files
    ]


def found(path: Path) -> dict[int, set[str]]:
    """Line number to the codes at that line; a job in a file that cron drops counts as told of it."""
    inventory = take_inventory(sample(path), CONTEXT)
    codes: dict[int, set[str]] = {}
    for finding in inventory.findings:
        if finding.place and finding.code != "CM102":
            codes.setdefault(finding.place.line, set()).add(finding.code)
    for job in inventory.jobs:
        if any(finding.code == "CM102" for finding in job.findings):
            codes.setdefault(job.places[0].line, set()).add("CM102")
    return codes


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_each_line_gets_the_findings_above_it(path: Path) -> None:
    wanted = expected(path.read_text())
    assert wanted
    assert found(path) == {line: codes for line, codes in wanted.items() if codes}


def test_the_samples_show_every_code_of_the_scan() -> None:
    shown = {code for path in SAMPLES for codes in expected(path.read_text()).values() for code in codes}
    about_decisions = {"CM118", "CM119", "CM207"}
    of_prove, of_length = {"CM213", "CM214"}, {"CM115"}  # ten thousand lines
    elsewhere = about_decisions | of_prove | of_length
    assert shown == {code for code in CATALOGUE if re.match("CM[123]", code)} - elsewhere


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_every_job_is_annotated(path: Path) -> None:
    inventory = take_inventory(sample(path), CONTEXT)
    assert {job.places[0].line for job in inventory.jobs} <= expected(path.read_text()).keys()
