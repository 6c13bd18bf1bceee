"""Regular expressions that mean the same to every Python that we run on."""

import re
from pathlib import Path

import pytest

import migrator

PACKAGE = Path(migrator.__file__).parent
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
HELD_GROUP = re.compile(r"[)}](?:[*+?]|\{\d*,?\d*\})\+")


@pytest.mark.parametrize(
    "module", sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
)
def test_no_group_is_repeated_possessively(module: str) -> None:
    """Before 3.11.5 Python keeps a character too many of one (gh-106052), and bookworm has 3.11.2.

    ``(?>(?:...)*)`` is right in all of them; so is a class of characters, ``[^x]*+``.
    """
    lines = (PACKAGE / module).read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if HELD_GROUP.search(line)] == []
