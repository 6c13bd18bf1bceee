"""The pages of docs/findings: one per code, each with an example that gives the finding."""

import datetime as dt
import re
from pathlib import Path

import pytest

from migrator.configuration import read_configuration
from migrator.findings import CATALOGUE, Finding
from migrator.sources.inventory import Context, SourceFile, take_inventory

FOLDER = Path(__file__).parents[2] / "docs" / "findings"
PATHS = {"crontab": "crontab", "sh": "install.sh"}
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DATE = re.compile(r"\d{4}-\d\d-\d\d")


def page(code: str) -> str:
    return (FOLDER / f"{code}.md").read_text()


def findings(text: str, *, kind: str = "crontab", decisions: str = "") -> tuple[Finding, ...]:
    """What a scan of the example says, where cron runs in Warsaw."""
    context = Context("Europe/Warsaw", dt.date(2026, 9, 1), decisions=read_configuration(decisions).jobs)
    return take_inventory([SourceFile(PATHS[kind], text)], context).findings


def fences(code: str) -> list[tuple[str, str]]:
    return FENCE.findall(page(code))


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} - {"index"} == set(CATALOGUE)


def test_the_index_lists_every_code_with_its_severity_and_title() -> None:
    rows = re.findall(r"^\| \[(CM\d+)\]\(CM\d+\.md\) \| (.*) \|$", (FOLDER / "index.md").read_text(), re.M)
    titles = {code: page(code).splitlines()[0].removeprefix(f"# {code}: ") for code in CATALOGUE}
    assert dict(rows) == {code: f"{severity} | {titles[code]}" for code, severity in CATALOGUE.items()}


@pytest.mark.parametrize("code", CATALOGUE)
class TestPage:
    def test_says_the_severity(self, code: str) -> None:
        assert page(code).splitlines()[2].startswith(f"**{CATALOGUE[code]}** · ")

    def test_says_why_and_what_to_do(self, code: str) -> None:
        assert re.findall(r"^## (.*)$", page(code), re.MULTILINE) == ["Why it matters", "What to do"]

    def test_shows_the_finding_as_the_tool_says_it(self, code: str) -> None:
        (kind, example), (shown_as, shown) = fences(code)[:2]
        said = [str(one) for one in findings(example, kind=kind) if one.code == code]
        assert shown_as == "text"
        assert DATE.sub("DATE", shown.rstrip("\n")) in [DATE.sub("DATE", one) for one in said]

    def test_the_mended_example_is_without_it(self, code: str) -> None:
        for kind, mended in fences(code)[2:]:
            if kind == "crontab":
                assert code not in [one.code for one in findings(mended)]

    def test_the_decision_that_it_advises_is_one(self, code: str) -> None:
        example = fences(code)[0][1]
        for kind, decisions in fences(code)[2:]:
            if kind == "toml" and "accept" in decisions:
                assert code not in [one.code for one in findings(example, decisions=decisions)]
            elif kind == "toml":
                assert read_configuration(decisions).jobs
