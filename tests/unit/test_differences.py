"""A difference for eyes is one for patch(1), too."""

import subprocess
from pathlib import Path

import pytest

from migrator.differences import unified


@pytest.mark.part("patch")
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nb", "a\nx\nb"),
        ("a\nb", "a\nc"),
        ("a\nb", "a\nb\n"),
        ("a\fb\n", "a\fb\nc\n"),
        ("a\x85b\u2028c\n", "x\n"),
        ("", "a\n"),
    ],
)
@pytest.mark.parametrize("context", [0, 3])
def test_patch_applies_it(before: str, after: str, context: int, tmp_path: Path) -> None:
    """``splitlines`` ends a line at a form feed, and glued the lines of a file without a last line end."""
    file = tmp_path / "crontab"
    file.write_text(before)
    subprocess.run(
        ["patch", "-s", file], input=unified("crontab", "crontab", before, after, context=context), text=True,
        check=True,
    )  # fmt: skip
    assert file.read_text() == after
