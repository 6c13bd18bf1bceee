"""docs/reference/cron-and-celery.md: each fact names a test, and the tests that it names are there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "cron-and-celery.md"
ROW = re.compile(r"^\| (?P<fact>.+) \| (?P<answer>.+) \| (?P<tests>`.+`) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


@cache
def names_in(path: str) -> frozenset[str]:
    """The names of a file's test functions."""
    tree = ast.parse((ROOT / path).read_text())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def rows() -> list[re.Match[str]]:
    return list(ROW.finditer(PAGE.read_text()))


def test_every_row_of_every_table_is_a_fact_with_a_test() -> None:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    heads = [line for line in lines if line == "| What happens | What the tool does | Test |"]
    assert len(rows()) == len(lines) - len(heads)
    assert len(rows()) > 50


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["fact"][:60])
def test_its_tests_are_there(row: re.Match[str]) -> None:
    named = TEST.findall(row["tests"])
    assert named
    assert ", ".join(f"`{path}::{name}`" for path, name in named) == row["tests"]
    assert [f"{path}::{name}" for path, name in named if name not in names_in(path)] == []
