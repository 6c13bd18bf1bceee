"""Something changes after the code was generated: `scan` and `generate --check` say exactly what."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from migrator.cli import run
from tests.golden import with_commands

SHOP = Path(__file__).with_name("shop") / "before"
CRONTAB = """\
*/15 8-18 * * 1-5 cd /srv/shop && ./manage.py remind_baskets --limit 50
0 8 13 * 5 cd /srv/shop && ./manage.py count_stock
0 1 * * * timeout 2h ./manage.py thumbnails
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """The shop with its code as it was generated."""
    project = Path(shutil.copytree(SHOP, tmp_path / "shop"))
    (project / "crontab").write_text(CRONTAB)
    with_commands(project, "remind_baskets", "thumbnails", "make_thumbnails", "tidy_up")
    monkeypatch.chdir(project)
    assert run(["generate", "--write"]) == 0
    assert run(["generate", "--check"]) == 0
    capsys.readouterr()
    return project


def crontab(old: str, new: str) -> Callable[[Path], None]:
    def edit(project: Path) -> None:
        path = project / "crontab"
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    return edit


def tasks(project: Path) -> None:
    path = project / "orders/tasks.py"
    path.write_text(path.read_text().replace("time_limit=7230", "time_limit=9999"))


def mistyped(project: Path) -> None:
    """A new line with a name that nothing has, whose task is written as the others are."""
    crontab("thumbnails\n", "thumbnails\n0 2 * * * ./manage.py tidyup\n")(project)
    assert run(["generate", "--write"]) == 1


def gone(project: Path) -> None:
    (project / "orders/cron_contract.py").unlink()


def renamed(project: Path) -> None:
    folder = project / "orders/management/commands"
    (folder / "count_stock.py").rename(folder / "count_stocks.py")


CONTRACT = "would change orders/cron_contract.py: "  # it holds what the tasks use
CODE = "would change orders/tasks.py: "
BEAT = "would change shop/beat_schedule.py: "
LOCK = "would change migrator.lock"
MUTATIONS: dict[str, tuple[Callable[[Path], None], list[str], list[str]]] = {
    "another schedule": (
        crontab("0 8 13 * 5", "30 8 13 * 5"),
        [CODE + "count_stock", BEAT + "count_stock, count_stock-2", LOCK],
        ["CM434 count_stock is due at 30 8 13 * 5 Europe/Warsaw, and its task at 0 8 13 * 5 Europe/Warsaw"],
    ),
    "a start at boot": (
        crontab("0 8 13 * 5", "@reboot"),
        [CODE + "count_stock", BEAT + "count_stock, count_stock-2", LOCK],
        ["CM434 count_stock is due at @reboot, and its task at 0 8 13 * 5 Europe/Warsaw"],
    ),
    "other arguments": (
        crontab("--limit 50", "--limit 60"),
        [CODE + "remind_baskets", BEAT.rstrip(": "), LOCK],  # there, a comment has the command
        ["CM434 remind_baskets runs another command than its task was written for"],
    ),
    "a job is removed": (
        crontab("0 1 * * *", "#0 1 * * *"),
        [
            CONTRACT + "PATIENCE, timeout, TimeIsUp, _alarm, _time_is_up",
            CODE + "thumbnails",
            BEAT + "thumbnails",
            LOCK,
        ],
        ["CM421 thumbnails has a task, and no source declares it any more"],
    ),
    "a job is added": (
        crontab("thumbnails\n", "thumbnails\n0 2 * * * ./manage.py tidy_up\n"),
        [CODE + "tidy_up", BEAT + "tidy_up", LOCK],
        ["CM422 tidy_up is new: it has no task yet"],
    ),
    "a command is renamed in the crontab": (
        crontab("manage.py thumbnails", "manage.py make_thumbnails"),
        [CODE + "make_thumbnails, thumbnails", BEAT + "make_thumbnails, thumbnails", LOCK],
        [
            "CM421 thumbnails has a task, and no source declares it any more",
            "hint: it may be make_thumbnails now: write its command in [jobs.thumbnails]",
            "CM422 make_thumbnails is new: it has no task yet",
        ],
    ),
    "a command is renamed in the project": (
        renamed,
        [],
        [
            "CM438 the task of count_stock calls count_stock, which was in",
            "orders/management/commands/count_stock.py and is gone",
        ],
    ),
    "a command was never there": (
        mistyped,
        [],
        ["CM440 neither the tree nor any package installed here has the command tidyup; there is tidy_up"],
    ),
    "a generated task is edited": (
        tasks,
        ["edited by hand, differs: orders/tasks.py: thumbnails"],
        ["CM435 the file is not as `migrator generate` wrote it"],
    ),
    "a generated file is deleted": (
        gone,
        ["would create orders/cron_contract.py"],
        ["CM435 the file is not as `migrator generate` wrote it"],
    ),
}


@pytest.mark.parametrize(("mutate", "changes", "said"), MUTATIONS.values(), ids=MUTATIONS)
def test_what_drifted_is_said(
    mutate: Callable[[Path], None],
    changes: list[str],
    said: list[str],
    shop: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    mutate(shop)
    capsys.readouterr()
    run(["scan"])
    scanned = capsys.readouterr().out
    beside = [one for one in said if one.startswith("CM440")]  # `scan` looks at the tree alone
    assert [one for one in said if one not in scanned] == beside
    status = run(["generate", "--check"])
    checked = capsys.readouterr().out
    assert [line for line in checked.splitlines() if line.startswith(("would", "edited"))] == changes
    assert status == 1
    of_tasks = [one for one in said if one.startswith(("CM438", "CM440", "CM421", "CM422", "CM434"))]
    assert [one for one in of_tasks if one not in checked] == []


def test_a_name_that_is_bound_keeps_its_task(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    crontab("manage.py thumbnails", "manage.py make_thumbnails")(shop)
    with (shop / "migrator.toml").open("a") as file:
        file.write('[jobs.thumbnails]\ncommand = "manage.py make_thumbnails"\n')
    run(["generate", "--check"])
    assert CODE + "thumbnails\n" in capsys.readouterr().out


@pytest.mark.parametrize(("option", "status"), [("--check", 1), ("--write", 1), ("--diff", 0), (None, 0)])
def test_a_mistyped_command_is_said_with_place_and_remedy(
    option: str | None, status: int, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mistyped(shop)
    capsys.readouterr()
    assert run(["generate", *filter(None, [option])]) == status
    told = capsys.readouterr()
    said = told.err if option == "--diff" else told.out
    assert "crontab:4: CM440 neither the tree nor any package" in said
    assert "\n    hint: mend the name; if an app has it all the same, ask Django" in said
    assert "up to date" not in told.out


def test_what_an_installed_package_has_is_no_drift(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mistyped(shop)
    package = shop.parent / "site-packages/tidying/management/commands"
    package.mkdir(parents=True)
    (package / "tidyup.py").touch()
    monkeypatch.syspath_prepend(shop.parent / "site-packages")
    capsys.readouterr()
    assert run(["generate", "--check"]) == 0
    assert "CM402 no module in the tree is the command tidyup" in capsys.readouterr().out


def test_a_crontab_apart_from_its_project_tells_of_no_command(shop: Path) -> None:
    """Only the crontab and what is generated are here: which commands the project has is not known."""
    mistyped(shop)
    (shop / "manage.py").unlink()
    assert run(["generate", "--check"]) == 0
