"""Pages of facts: each row names a test, and the tests that it names are there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = {
    "docs/reference/cron-and-celery.md": "| What happens | What the tool does | Test |",
    "docs/reference/phase-1.md": "| Phase 1 says | Today | Test |",
}
ROW = re.compile(r"^\| (?P<fact>.+) \| (?P<answer>.+) \| (?P<tests>`tests/.+`) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


@cache
def names_in(path: str) -> frozenset[str]:
    """The names of a file's test functions."""
    tree = ast.parse((ROOT / path).read_text())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def tables(page: str, head: str) -> list[str]:
    """The lines of the tables with that head, without it."""
    parts = (ROOT / page).read_text().split(f"{head}\n|---|---|---|\n")[1:]
    return [line for part in parts for line in part.partition("\n\n")[0].splitlines()]


def rows() -> list[re.Match[str]]:
    return [row for page in PAGES for row in ROW.finditer((ROOT / page).read_text())]


@pytest.mark.parametrize("page", PAGES)
def test_every_row_of_every_table_is_a_fact_with_a_test(page: str) -> None:
    lines = tables(page, PAGES[page])
    assert [line for line in lines if not ROW.fullmatch(line)] == []
    assert len(lines) > 50


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["fact"][:60])
def test_its_tests_are_there(row: re.Match[str]) -> None:
    named = TEST.findall(row["tests"])
    assert named
    assert ", ".join(f"`{path}::{name}`" for path, name in named) == row["tests"]
    assert [f"{path}::{name}" for path, name in named if name not in names_in(path)] == []
