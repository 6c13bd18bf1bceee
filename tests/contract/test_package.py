"""What a wheel holds and asks for, told from pyproject.toml and the files themselves."""

import datetime as dt
import importlib
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.contract.public_program import told

ROOT = Path(__file__).parents[2]
# sources of what is in the wheel: translators and linters need them, users do not
LEFT_OUT = {".po", ".pyc"}
LINTERS = {"migrator/codegen/templates/ruff.toml"}


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_every_file_of_the_package_is_in_the_wheel(project: dict[str, Any]) -> None:
    patterns = project["tool"]["setuptools"]["package-data"]["migrator"]
    package = ROOT / "migrator"
    packed = {path for pattern in patterns for path in package.glob(pattern)}
    there = {path for path in package.rglob("*.*") if path.is_file() and path.suffix != ".py"}
    there = {path for path in there if "_cache" not in path.as_posix()}
    missing = {path.relative_to(ROOT).as_posix() for path in there - packed if path.suffix not in LEFT_OUT}
    assert missing == LINTERS
    assert package / "py.typed" in packed


def test_every_folder_with_code_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "migrator").rglob("*.py")}
    data = {ROOT / "migrator/codegen/templates"}  # modules that are written, not imported
    assert {folder for folder in folders if not (folder / "__init__.py").exists()} == data


def test_the_readme_names_the_versions_that_pip_asks_for(project: dict[str, Any]) -> None:
    text = (ROOT / "README.md").read_text()
    needed = dict(
        found.groups()
        for line in project["project"]["dependencies"]
        if (found := re.match(r"([\w-]+)(.*)", line))
    )
    assert needed["celery"] == ">=5.5.2,<5.8"
    assert "| Celery | 5.5 (from 5.5.2) to 5.7, with django-celery-beat 2.9 or newer" in text
    assert needed["django-celery-beat"] == ">=2.9"
    assert needed["django"] == ">=4.2,<6"
    assert "| Django | 4.2 or 5.2, with `USE_TZ` on or off |" in text
    assert project["project"]["requires-python"] == ">=3.11"
    assert "| Python | 3.11 to 3.13;" in text


def test_the_program_of_the_page_on_python_runs(tmp_path: Path) -> None:
    """`make check` has type-checked it."""
    program = (Path(__file__).parent / "public_program.py").read_text().split("# the page begins here\n")[1]
    assert f"```python\n{program}```" in (ROOT / "docs" / "reference" / "from-python.md").read_text()
    (tmp_path / "crontab").write_text("0 6 13 * 5 python manage.py remind\n@reboot python manage.py wake\n")
    [line] = told(tmp_path / "crontab", dt.datetime(2026, 3, 1, tzinfo=dt.UTC))
    assert line == (
        'remind, next 2026-03-06 06:00: crontab(minute="0", hour="6", day_of_month="13"), '
        'crontab(minute="0", hour="6", day_of_month="1-12,14-31", day_of_week="5") '
        "fires at exactly the same minutes, for all time"
    )


def test_what_the_page_on_python_names_is_there() -> None:
    page = (ROOT / "docs" / "reference" / "from-python.md").read_text()
    named = re.findall(r"`(migrator(?:\.\w+)+)\.(\w+)`", page)
    assert len(named) >= 9
    for module, name in named:
        assert callable(getattr(importlib.import_module(module), name)), (module, name)
