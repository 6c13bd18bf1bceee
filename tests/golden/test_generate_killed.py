"""kill -9 at any step of `generate --write`: the next one leaves the project as one that nobody killed."""

import fcntl
import os
import shutil
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from migrator.adapters.interrupted import NAME, finish_interrupted
from migrator.adapters.together import write_changes
from migrator.cli import run
from migrator.cli.generate import plan_for
from migrator.cli.project import find_home
from migrator.cli.scanning import whole_inventory
from migrator.codegen.plan import Change
from tests.golden.test_projects import tree

SHOP = Path(__file__).with_name("projects") / "several_apps" / "before"
STEPS = ("replace", "unlink", "rmdir", "link", "fsync")  # what others see, and what is sure to be on the disk


def killed(number: int, changes: Sequence[Change]) -> bool:
    """Whether what `generate --write` does with the changes, in a child, died at its call of that number."""
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        count = 0

        def counted(function: Callable[..., Any]) -> Callable[..., Any]:
            def calling(*arguments: Any, **options: Any) -> Any:
                nonlocal count
                if count == number:
                    os.kill(os.getpid(), signal.SIGKILL)
                count += 1
                return function(*arguments, **options)

            return calling

        for name in STEPS:
            setattr(os, name, counted(getattr(os, name)))
        write_changes(Path.cwd(), changes)
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with its code as it was generated, and a crontab that has another job by now."""
    project = Path(shutil.copytree(SHOP, tmp_path / "shop"))
    monkeypatch.chdir(project)
    assert run(["init"]) == 0
    assert run(["generate", "--write"]) == 0
    crontab = project / "crontab"
    text = crontab.read_text().replace("manage.py rebuild", "manage.py count_stock")
    crontab.write_text(text)  # the module of an app goes, others change
    return project


def put_back(shop: Path, kept: Path) -> None:
    for path in shop.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(kept, shop, dirs_exist_ok=True)


def planned(shop: Path) -> Sequence[Change]:
    home = find_home(shop)
    return plan_for(home, whole_inventory(home)).changes


def test_whatever_is_left_the_next_write_finishes(shop: Path, tmp_path: Path) -> None:
    before, kept, changes = tree(shop), Path(shutil.copytree(shop, tmp_path / "kept")), planned(shop)
    assert run(["generate", "--write"]) == 0
    whole = tree(shop)
    assert "shop/apps/search/tasks.py" not in whole
    deaths = 0
    while True:
        put_back(shop, kept)
        if not killed(deaths, changes):
            break
        finish_interrupted(shop)
        after = tree(shop)
        assert after in (before, whole), deaths
        if after == before:
            assert not (shop / ".migrator/writing.json").exists()
            write_changes(shop, changes)
            assert tree(shop) == whole, deaths
        deaths += 1
    assert deaths > 20
    assert tree(shop) == whole


def half(shop: Path) -> str:
    """A write that is killed with one file replaced; another one, which was not."""
    before, changes = tree(shop), planned(shop)
    kept = Path(shutil.copytree(shop, shop.with_name("kept")))
    for number in range(60):
        assert killed(number, changes)
        after = tree(shop)
        if before["shop/beat_schedule.py"] != after["shop/beat_schedule.py"]:
            assert (NAME in after, before["migrator.lock"]) == (True, after["migrator.lock"])
            return "migrator.lock"
        put_back(shop, kept)
    raise AssertionError


def test_a_check_says_so_and_a_write_finishes(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    half(shop)
    assert run(["generate", "--check"]) == 1
    assert "a write was interrupted, and some files are new, others old" in capsys.readouterr().err
    assert run(["generate", "--write"]) == 0
    assert "a write that had been interrupted is finished" in capsys.readouterr().err
    assert run(["generate", "--check"]) == 0
    assert [path for path in tree(shop) if path.rpartition("/")[2].startswith(".")] == []


def test_an_edit_since_then_is_not_written_over(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = half(shop)
    (shop / path).write_text("edited since\n")
    now = tree(shop)
    assert run(["generate", "--write"]) == 3
    said = capsys.readouterr().err
    assert f"{path} has changed since a write of several files was interrupted" in said
    assert f"or delete {shop}/{NAME}" in said
    assert tree(shop) == now


def test_two_do_not_write_at_once(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    handle = os.open(shop, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    before = tree(shop)
    assert (run(["generate", "--write"]), tree(shop)) == (3, before)
    assert "another command is writing in" in capsys.readouterr().err
    os.close(handle)
    assert run(["generate", "--write"]) == 0


def test_a_damaged_journal_is_named(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / ".migrator").mkdir()
    (shop / NAME).write_text("[]")
    assert run(["generate", "--write"]) == 3
    assert f"{NAME} is damaged" in capsys.readouterr().err
