"""What a project is called on pages and in reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.cli.project import find_home


@pytest.mark.parametrize(
    ("folder", "name"), [("shop", "shop"), ("shop/src", "shop"), ("shop/backend", "backend")]
)
def test_a_bare_src_is_no_name(tmp_path: Path, folder: str, name: str) -> None:
    root = tmp_path / folder
    root.mkdir(parents=True)
    (root / "migrator.toml").touch()
    assert find_home(root).name == name
