"""A project that does not start is told in one line: exit 3, a remedy, no secret and no traceback."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.contract.command_line import ROOT, CommandLine
from tests.services.runtime_project import FILES, Project, write_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return write_project(tmp_path, broker="memory://", database="sqlite://:memory:", migrate=False)


def prepend(project: Project, path: str, text: str) -> None:
    (project.folder / path).write_text(text + FILES[path])


def test_outside_its_folder_the_project_is_not_looked_for(tmp_path: Path) -> None:
    """As from a crontab line that does not go there first."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "shop.settings"}
    for named in (environment, {**environment, "DJANGO_SETTINGS_MODULE": ""}):
        done = CommandLine(tmp_path)("sync", env=named)
        assert (done.returncode, done.stdout) == (3, "")
        assert done.stderr.splitlines()[1:] == [
            "hint: there is no migrator.toml here or above: call it in the project's folder"
        ]


@pytest.mark.parametrize("path", ["office/settings.py", "office/celery.py", "office/tasks.py"])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("import os; os.environ['NO_SUCH_NAME']\n", "KeyError: 'NO_SUCH_NAME'", id="variable"),
        pytest.param("def broken(:\n", "invalid syntax", id="syntax"),
        pytest.param("import no_such_module\n", "No module named 'no_such_module'", id="module"),
        pytest.param(
            "raise RuntimeError('cannot reach amqp://u:hunter2@mq\\nsecond line')\n",
            "cannot reach amqp://u:***@mq\nhint: ",
            id="secret",
        ),
    ],
)
def test_what_breaks_its_start_is_one_line_with_a_remedy(
    project: Project, path: str, text: str, said: str
) -> None:
    prepend(project, path, text)
    done = project.migrator("compare")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("migrator: the ")
    assert said in done.stderr
    assert "hint: run `" in done.stderr or "hint: set NO_SUCH_NAME, with the script that" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr
