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


def test_a_manage_py_knows_the_folder_of_its_packages(tmp_path: Path) -> None:
    """Called from where manage.py lies, which has put src/ on Python's path."""
    (tmp_path / "manage.py").write_text('os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n')
    for folder in ("docs", "src/shop"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "settings.py").touch()
    (tmp_path / "src/migrator.toml").touch()
    assert find_home(tmp_path).root == tmp_path / "src"
    assert find_home(tmp_path / "docs").root == tmp_path / "src"
    (tmp_path / "migrator.toml").touch()
    assert find_home(tmp_path / "docs").root == tmp_path
