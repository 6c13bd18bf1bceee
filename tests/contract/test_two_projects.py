"""Two projects of one user on one host: neither decides about the jobs of the other."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.contract.command_line import CommandLine
from tests.services.runtime_project import Project, write_project

LINES = (
    "0 5 * * * cd /srv/{name} && ./manage.py send\n0 0 * * * cd /srv/{name} && ./manage.py clearsessions\n"
)


@pytest.fixture
def shop_and_blog(tmp_path: Path) -> tuple[CommandLine, CommandLine]:
    """Two projects with jobs of the same ids, whose lines stand in one crontab."""
    made = []
    for name in ("shop", "blog"):
        (tmp_path / name).mkdir()
        one = CommandLine(tmp_path / name)
        one.write("migrator.toml", 'sources = ["crontab"]\n')
        one.write("crontab", LINES.format(name=name))
        made.append(one)
    (tmp_path / "installed").write_text(LINES.format(name="shop") + LINES.format(name="blog"))
    return made[0], made[1]


@pytest.mark.parametrize("shared", ["", '[instrument]\ncronwrap = "/opt/migrator/cronwrap.py"\n'])
def test_a_crontab_in_which_another_project_is_recorded_is_left_alone(
    shop_and_blog: tuple[CommandLine, CommandLine], shared: str
) -> None:
    shop, blog = shop_and_blog
    installed = shop.folder.parent / "installed"
    for one in (shop, blog):
        one.write("migrator.toml", f'sources = ["crontab"]\n{shared}')
    assert shop("instrument", "apply", "../installed").returncode == 0
    recorded = installed.read_text()
    refused = blog("instrument", "apply", "../installed")
    assert (refused.returncode, installed.read_text()) == (3, recorded)
    assert "installed:1 is recorded for another project" in refused.stderr
    assert "hint: give this project the crontab of another user" in refused.stderr
    assert shop("instrument", "plan", "../installed").returncode == 0


def test_a_line_of_ours_from_another_release_is_no_other_projects(
    shop_and_blog: tuple[CommandLine, CommandLine],
) -> None:
    shop, _blog = shop_and_blog
    assert shop("instrument", "apply", "../installed").returncode == 0
    release = shop.folder.parent / "release-2"
    shutil.copytree(shop.folder, release)
    planned = CommandLine(release)("instrument", "plan", "../installed")
    assert (planned.returncode, "nothing to do" in planned.stdout) == (0, True)


@pytest.fixture
def offices(tmp_path: Path) -> tuple[Project, Project]:
    """Two projects that run, each with its secret and its ledger."""
    made = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "migrator.toml").write_text('sources = []\n[project]\nsettings = "office.settings"\n')
        project = write_project(folder, broker="filesystem://", database=f"sqlite:///{folder / 'db.sqlite3'}")
        settings = folder / "office/settings.py"
        settings.write_text(settings.read_text().replace("for this test only", f"of project {name}"))
        made.append(project)
    return made[0], made[1]


def test_a_spool_serves_one_project(offices: tuple[Project, Project], tmp_path: Path) -> None:
    one, two = offices
    spool = tmp_path / "spool"
    assert one.migrator("sync", MIGRATOR_SPOOL=str(spool)).returncode == 0
    tables = {path.name: path.read_bytes() for path in (spool / "jobs").iterdir()}
    two.python("owned('work', 'celery')")
    refused = two.migrator("sync", MIGRATOR_SPOOL=str(spool))
    assert refused.returncode == 3
    assert f"the spool {spool} is that of the project in {one.folder}" in refused.stderr
    assert {path.name: path.read_bytes() for path in (spool / "jobs").iterdir()} == tables

    (two.folder / "crontab").write_text("0 5 * * * ./manage.py work\n")
    toml = two.folder / "migrator.toml"
    toml.write_text(toml.read_text().replace("[]", '["crontab"]'))
    planned = two.migrator("instrument", "plan", "crontab", MIGRATOR_SPOOL=str(spool))
    assert (planned.returncode, "name another folder as spool" in planned.stderr) == (3, True)

    toml.write_text(f'{toml.read_text()}[instrument]\nspool = "{tmp_path / "second"}"\n')
    for words in (("instrument", "plan", "crontab"), ("sync",)):  # sync finds it without --spool
        done = two.migrator(*words, MIGRATOR_SPOOL=str(spool))
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "second/jobs/work").exists()


def test_a_project_that_is_deployed_to_another_folder_keeps_its_spool(
    offices: tuple[Project, Project], tmp_path: Path
) -> None:
    one, _two = offices
    spool = str(tmp_path / "spool")
    assert one.migrator("sync", MIGRATOR_SPOOL=spool).returncode == 0
    moved = tmp_path / "release-2"
    shutil.copytree(one.folder, moved)
    path = one.environment["PYTHONPATH"].replace(str(one.folder), str(moved))
    words = ("env", "-C", str(moved), sys.executable, "-m", "migrator", "sync")
    again = one.run(*words, MIGRATOR_SPOOL=spool, PYTHONPATH=path)
    assert again.returncode == 0, again.stderr
