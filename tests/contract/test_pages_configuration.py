"""What the pages tell to write into migrator.toml is taken: whole tables, and keys named with their table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrator.configuration import read_configuration

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
TABLE = re.compile(r"^```toml\n(.*?)^```", re.DOTALL | re.MULTILINE)
# `clock_changes = "exact"` in `[generate]`, also below, under or with a link
NAMED = re.compile(r"`([a-z_]+ = [^`]+)`\s(?:in|under)\s\[?`(\[[a-z.]+\])`")


def told() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        text = page.read_text()
        name = page.relative_to(ROOT).as_posix()
        yield from ((name, found[1]) for found in TABLE.finditer(text))
        yield from ((name, f"{found[2]}\n{found[1]}\n") for found in NAMED.finditer(text))


@pytest.mark.parametrize(
    ("page", "text"), [pytest.param(*one, id=f"{one[0]}-{one[1][:30]!r}") for one in told()]
)
def test_the_configuration_of_a_page_is_taken(page: str, text: str) -> None:
    read_configuration(text, page)
