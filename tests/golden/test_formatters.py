"""The project's own formatter has the last word on generated modules, and a second run changes nothing."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from migrator.cli import run
from tests.golden.test_projects import tree

BEFORE = Path(__file__).with_name("projects") / "startproject" / "before"
CRONTAB = """\
MAILTO="ops@shop.example"
30 6 * * 1-5 cd /srv/shop && flock -n /run/lock/digest.lock python manage.py send_digest
0 8 13 * 5 cd /srv/shop && LANG=pl_PL.UTF-8 python manage.py send_digest
"""
PROJECTS = {
    "black, narrow and with the quotes as they are": (
        "black",
        "pyproject.toml",
        "[tool.black]\nline-length = 60\nskip-string-normalization = true\n",
        ["black", "--check", "-q"],
    ),
    "ruff with single quotes and tabs": (
        "ruff",
        "ruff.toml",
        'line-length = 70\n[format]\nquote-style = "single"\nindent-style = "tab"\n',
        ["ruff", "format", "--check", "-q"],
    ),
    "ruff by pre-commit": (
        "ruff",
        ".pre-commit-config.yaml",
        "repos:\n  - repo: local\n    hooks:\n      - id: ruff-format\n",
        ["ruff", "format", "--check", "-q"],
    ),
}
MODULES = ["orders/tasks.py", "orders/cron_contract.py", "shop/beat_schedule.py", "orders/test_cron_tasks.py"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = Path(shutil.copytree(BEFORE, tmp_path / "project"))
    (folder / "crontab").write_text(CRONTAB)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(("name", "path", "text", "check"), PROJECTS.values(), ids=PROJECTS)
def test_what_is_generated_is_as_the_project_formats(
    name: str, path: str, text: str, check: list[str], project: Path
) -> None:
    (project / path).write_text(text)
    assert run(["init"]) == 0
    assert f'format = "{name}"\n' in (project / "migrator.toml").read_text()
    assert run(["generate", "--write"]) == 0
    done = subprocess.run(
        [sys.executable, "-m", *check, *MODULES], cwd=project, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    after = tree(project)
    assert (run(["generate", "--check"]), run(["generate", "--write"]), tree(project)) == (0, 0, after)
    for module in MODULES:
        compile((project / module).read_text(), module, "exec")


def test_without_a_formatter_none_is_named(project: Path) -> None:
    (project / "pyproject.toml").write_text(
        "[tool.ruff]\nline-length = 70\n"
    )  # a linter, as far as that says
    assert run(["init"]) == 0
    assert "format =" not in (project / "migrator.toml").read_text()


def test_a_formatter_that_is_not_there_writes_nothing(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["init"]) == 0
    toml = project / "migrator.toml"
    toml.write_text(toml.read_text() + 'format = "yapf"\n')
    before = tree(project)
    assert (run(["generate", "--write"]), tree(project)) == (3, before)
    assert "yapf is not installed here" in capsys.readouterr().err
    toml.write_text(toml.read_text().replace("yapf", "gofmt"))
    assert run(["generate", "--check"]) == 2


def test_a_module_that_the_formatter_refuses_is_named(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "pyproject.toml").write_text("[tool.black]\nline-length = 'wide'\n")
    assert run(["init"]) == 0
    assert run(["generate"]) == 3
    assert "migrator: black does not format orders/cron_contract.py: " in capsys.readouterr().err
