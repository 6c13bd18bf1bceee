"""docs/explanation/what-goes-wrong.md: each test that it names is there, and so is each finding."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from migrator.findings import CATALOGUE

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "explanation" / "what-goes-wrong.md").read_text()
ROWS = re.findall(r"^\| (.+?) \| .+ \| `(tests/\S+\.py)::(\w+)` \|$", PAGE, re.MULTILINE)


@cache
def functions_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text())
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


@pytest.mark.parametrize(("path", "name"), [row[1:] for row in ROWS], ids=[row[0][:60] for row in ROWS])
def test_what_catches_it_is_tested(path: str, name: str) -> None:
    assert name in functions_in(path)


def test_every_row_names_a_test_and_every_finding_is_one() -> None:
    lines = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| What ")]
    assert len(ROWS) == len(lines) >= 36
    assert set(re.findall(r"CM\d{3}", PAGE)) <= CATALOGUE.keys()
