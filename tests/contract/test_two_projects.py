"""Two projects of one user on one host, and in one crontab: neither decides about the jobs of the other."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.contract.command_line import CommandLine
from tests.contract.cutover_project import CutoverProject, write_cutover_project
from tests.services.runtime_project import Project, write_project

LINES = (
    "0 5 * * * cd /srv/{name} && ./manage.py send\n0 0 * * * cd /srv/{name} && ./manage.py clearsessions\n"
)
SPOOL = 'spool = "/srv/blog/spool"\n'
FIRST_NAMES = ("path", "backup", "before", "after", "at")  # of an entry of the journal
WORDS = "--spool /srv/blog/spool "


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
def test_a_crontab_in_which_another_project_is_recorded_into_the_same_spool_is_left_alone(
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
    assert "hint: name a folder of its own for this project" in refused.stderr
    assert shop("instrument", "plan", "../installed").returncode == 0
    blog.write("migrator.toml", f'sources = ["crontab"]\n{shared or "[instrument]"}\n{SPOOL}')
    assert blog("instrument", "apply", "../installed").returncode == 0


@pytest.fixture
def sharing(shop_and_blog: tuple[CommandLine, CommandLine]) -> tuple[CommandLine, CommandLine]:
    """The two, the second with a spool of its own."""
    shop_and_blog[1].write("migrator.toml", f'sources = ["crontab"]\n[instrument]\n{SPOOL}')
    return shop_and_blog


def instrument(project: CommandLine, verb: str) -> str:
    """What the crontab holds after the verb."""
    files = [] if verb == "rollback" else ["../installed"]
    done = project("instrument", verb, *files)
    assert done.returncode == 0, done.stderr
    return (project.folder.parent / "installed").read_text()


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("back", [0, 1])
def test_each_is_recorded_and_taken_back_beside_the_other(
    sharing: tuple[CommandLine, CommandLine], first: int, back: int
) -> None:
    """Also where the backup, which is the whole crontab, is from before the other was recorded."""
    plain = (sharing[0].folder.parent / "installed").read_text()
    only = []
    for one in sharing:
        only.append(instrument(one, "apply"))
        assert instrument(one, "rollback") == plain
    for one in (sharing[first], sharing[1 - first]):
        both = instrument(one, "apply")
    assert [both.count(f"cronwrap.py {spool}clearsessions -- ") for spool in ("", WORDS)] == [1, 1]
    assert (both.count("# migrator sync\n"), both.count("# migrator sync into /srv/blog/spool\n")) == (1, 1)
    for one in sharing:
        planned = one("instrument", "plan", "../installed")
        assert (planned.returncode, "nothing to do" in planned.stdout) == (0, True)
        assert "are another project's, and left alone" in planned.stderr
    assert instrument(sharing[back], "rollback") == only[1 - back]
    assert instrument(sharing[1 - back], "rollback") == plain


def test_a_rollback_keeps_what_the_other_has_edited_since(
    sharing: tuple[CommandLine, CommandLine],
) -> None:
    """An edit of the other's line between our plan and our apply, and between that and our rollback."""
    shop, blog = sharing
    installed = shop.folder.parent / "installed"
    instrument(blog, "apply")
    assert instrument(shop, "plan") == installed.read_text()
    installed.write_text(installed.read_text().replace("0 5 * * * /", "30 5 * * * /"))
    recorded = instrument(shop, "apply")
    edited = recorded.replace("30 5 * * * /", "45 5 * * * /")
    installed.write_text(edited)
    assert edited.count("45 5 * * * /") == 1
    after = instrument(shop, "rollback")
    assert [line for line in edited.splitlines() if "/srv/shop" not in line and "shop &&" not in line] == [
        line for line in after.splitlines() if "/srv/shop" not in line
    ]
    assert LINES.format(name="shop") in after


def test_the_spool_that_tells_the_projects_apart_is_not_changed_under_recorded_lines(
    sharing: tuple[CommandLine, CommandLine],
) -> None:
    shop, blog = sharing
    instrument(shop, "apply")
    both = instrument(blog, "apply")
    blog.write("migrator.toml", 'sources = ["crontab"]\n[instrument]\nspool = "/srv/elsewhere"\n')
    refused = blog("instrument", "apply", "../installed")
    assert (refused.returncode, (blog.folder.parent / "installed").read_text()) == (3, both)
    assert "has recorded into /srv/blog/spool, and migrator.toml names /srv/elsewhere" in refused.stderr
    assert "cronwrap.py --spool" not in instrument(blog, "rollback")  # by what it had named


def test_what_a_version_that_named_no_spool_in_its_marks_has_recorded_is_taken_back(
    sharing: tuple[CommandLine, CommandLine],
) -> None:
    """Its journal says nothing of a spool, either: nobody has moved it, and no other project's is meant."""
    shop, blog = sharing
    installed, journal = shop.folder.parent / "installed", blog.folder / ".migrator/instrument.json"
    plain = installed.read_text()
    installed.write_text(instrument(blog, "apply").replace(" into /srv/blog/spool", "") + "# an edit\n")
    written = json.loads(journal.read_text())
    written["entries"] = [{name: one[name] for name in FIRST_NAMES} for one in written["entries"]]
    journal.write_text(json.dumps(written))
    assert blog("instrument", "plan", "../installed").returncode == 0
    assert instrument(blog, "rollback") == plain + "# an edit\n"


def test_one_folder_by_two_names_is_one_spool(
    shop_and_blog: tuple[CommandLine, CommandLine], tmp_path: Path
) -> None:
    shop, blog = shop_and_blog
    (tmp_path / "alias").symlink_to(tmp_path)
    for one, name in ((shop, tmp_path / "spool"), (blog, tmp_path / "alias/spool")):
        one.write("migrator.toml", f'sources = ["crontab"]\n[instrument]\nspool = "{name}"\n')
    recorded = instrument(shop, "apply")
    refused = blog("instrument", "apply", "../installed")
    assert (refused.returncode, (tmp_path / "installed").read_text()) == (3, recorded)
    assert f"names the spool {tmp_path / 'spool'}, which is this project's by another name" in refused.stderr


@pytest.mark.parametrize("name", ["a\0b", "circle/a"])
def test_what_another_s_line_names_may_be_no_folder(
    sharing: tuple[CommandLine, CommandLine], name: str, tmp_path: Path
) -> None:
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    installed = tmp_path / "installed"
    strange = instrument(sharing[1], "apply").replace("/srv/blog/spool", f"{tmp_path}/{name}")
    installed.write_text(strange)
    planned = sharing[0]("instrument", "plan", "../installed")
    assert (planned.returncode, planned.stderr.count("Traceback")) == (0, 0), planned.stderr


def test_a_job_leaves_cron_and_comes_back_beside_one_of_the_same_id(tmp_path: Path) -> None:
    """Celery has it in the one project and cron in the other; then the one project leaves the toolkit."""
    shop = write_cutover_project(tmp_path / "shop")
    (tmp_path / "blog").mkdir()
    blog = CommandLine(tmp_path / "blog")
    blog.write("crontab", LINES.format(name="blog"))
    blog.write("migrator.toml", f'sources = ["crontab"]\n[instrument]\n{SPOOL}')
    with shop.installed.open("a") as file:
        file.write(LINES.format(name="blog"))
    shop("cutover", "apply", "clearsessions", "--accept", "the office knows", "--execute")
    assert blog("instrument", "apply", "../shop/installed").returncode == 0
    theirs = of_blog(shop)
    assert [line.startswith("0 ") for line in theirs] == [True, True, False]  # their jobs, their sync

    status = shop.document("cutover", "status")
    assert status["findings"] == []
    shop("cutover", "rollback", "clearsessions", "--execute")  # what the other did is no conflict
    assert (of_blog(shop), "#migrator retired" in shop.text("installed")) == (theirs, False)
    shop("cutover", "apply", "--all", "--accept", "the office knows", "--execute")
    assert of_blog(shop) == theirs
    assert all(line.startswith("#") for line in shop.text("installed").splitlines() if "/shop/" in line)

    shop("finish", "--execute", "--accept", "the office knows")
    assert of_blog(shop) == theirs
    assert ("shop/.migrator" in shop.text("installed"), "# migrator sync\n" in shop.text("installed")) == (
        False,
        False,
    )
    assert blog("instrument", "rollback").returncode == 0
    assert shop.text("installed").endswith(LINES.format(name="blog"))


def of_blog(shop: CutoverProject) -> list[str]:
    return [line for line in shop.text("installed").splitlines() if "blog" in line]


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


@pytest.mark.parametrize("differs", ["its routes", "its database"])
def test_a_copied_secret_makes_no_project_another(
    offices: tuple[Project, Project], tmp_path: Path, differs: str
) -> None:
    one, two = offices
    spool = str(tmp_path / "spool")
    settings = (one.folder / "office/settings.py").read_text()
    (two.folder / "office/routes.py").write_text("urlpatterns = []\n")
    more = 'ROOT_URLCONF = "office.routes"\n' if differs == "its routes" else ""
    (two.folder / "office/settings.py").write_text(settings + more)
    if differs == "its database":
        (two.folder / "db.sqlite3").rename(two.folder / "two.sqlite3")
        two.environment["DATABASE_URL"] = f"sqlite:///{two.folder / 'two.sqlite3'}"
    assert one.migrator("sync", MIGRATOR_SPOOL=spool).returncode == 0
    refused = two.migrator("sync", MIGRATOR_SPOOL=spool)
    assert (refused.returncode, f"is that of the project in {one.folder}" in refused.stderr) == (3, True)


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
