"""migrator scan in a Django project, from the outside: read as text, and asked when that is wanted."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.contract.command_line import ROOT, CommandLine

SHOP = ROOT / "tests" / "golden" / "shop" / "before"
RUNS = "0 5 * * * cd /srv/shop && ./manage.py {}\n"


@pytest.fixture
def shop(tmp_path: Path) -> CommandLine:
    """The golden shop with one job, which counts its stock."""
    folder = Path(shutil.copytree(SHOP, tmp_path / "shop"))
    (folder / "crontab").write_text(RUNS.format("count_stock"))
    return CommandLine(folder)


def asked(shop: CommandLine, *arguments: str, by: str = "manage.py") -> subprocess.CompletedProcess[str]:
    """``manage.py migrator scan``, or ``migrator scan --project``, with no settings but the shop's own."""
    call = ["manage.py", "migrator", "scan"] if by == "manage.py" else ["-m", "migrator", "scan", "--project"]
    return subprocess.run(
        [sys.executable, *call, *arguments],
        cwd=shop.folder,
        env={"PYTHONPATH": str(ROOT), "PATH": os.defpath},
        capture_output=True,
        text=True,
        timeout=60,
    )


def names(document: Any) -> dict[str, list[str]]:
    return {one["name"]: one["scheduled"] for one in document["commands"]}


def test_the_commands_of_the_tree_are_listed_and_nothing_is_imported(shop: CommandLine) -> None:
    shop.write("orders/management/commands/trap.py", "raise SystemExit('imported')\n")
    shop.write("shop/settings.py", "raise SystemExit('imported')\n")
    found = shop.document("scan")
    assert names(found) == {"count_stock": ["count_stock"], "trap": []}
    assert found["jobs"][0]["steps"][0]["call"] == {"args": [], "kwargs": {}, "launcher": {}}
    assert "1 command is scheduled by nothing: trap" in shop("scan").stdout


def test_commands_lie_in_any_folder_but_those_of_other_projects(shop: CommandLine) -> None:
    command = (SHOP / "orders/management/commands/count_stock.py").read_bytes()
    for path in ("src/a/management/commands/one.py", "apps/b/management/commands/two.py"):
        shop.write(path, command)
    for path in (".venv/x/management/commands/no1.py", "env/x/management/commands/no2.py"):
        shop.write(path, command)
    shop.write("env/pyvenv.cfg", "")
    shop.write("example/manage.py", "")
    shop.write("example/x/management/commands/no3.py", command)
    assert set(names(shop.document("scan"))) == {"count_stock", "one", "two"}


@pytest.mark.parametrize("by", ["--project", "manage.py"])
def test_django_knows_what_the_tree_does_not(shop: CommandLine, by: str) -> None:
    shop.write(
        "crontab", RUNS.format("migrate --noinput") + RUNS.format("count_stok") + RUNS.format("check --x")
    )
    done = asked(shop, "--format", "json", by=by)
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert [job["findings"] for job in found["jobs"]] == [[], ["CM401"], ["CM403"]]
    assert found["jobs"][0]["steps"][0]["call"] == {
        "args": [],
        "kwargs": {"interactive": False},
        "launcher": {},
    }
    assert {"migrate", "check"} <= set(names(found))


def test_the_tree_alone_is_not_sure(shop: CommandLine) -> None:
    shop.write("crontab", RUNS.format("count_stok"))
    done = shop("scan")
    assert (done.returncode, "CM402" in done.stdout, "there is count_stock" in done.stdout) == (0, True, True)


@pytest.mark.parametrize(
    "settings", ["raise RuntimeError('broken settings')", "import absent_module", "1/0", "exit(3)"]
)
def test_broken_settings_are_said_and_no_core_commands_pass_for_the_project(
    shop: CommandLine, settings: str
) -> None:
    shop.write("shop/settings.py", settings + "\n")
    done = asked(shop, by="--project")
    assert (done.returncode, done.stdout) == (3, "")
    assert "the Django project does not start" in done.stderr
    assert "Traceback" not in done.stderr
    assert shop("scan").returncode == 0


def test_a_command_that_cannot_be_imported_blocks(shop: CommandLine) -> None:
    shop.write("orders/management/commands/count_stock.py", "import absent_module\n")
    done = asked(shop, by="--project")
    assert (done.returncode, "CM415" in done.stdout, "absent_module" in done.stdout) == (1, True, True)


def test_without_a_project_nothing_is_said_of_commands(tmp_path: Path) -> None:
    alone = CommandLine(tmp_path)
    alone.write("crontab", RUNS.format("count_stok"))
    found = alone.document("scan", "crontab")
    assert (found["commands"], found["findings"]) == ([], [])


def test_a_crontab_of_another_place_is_not_held_against_this_project(
    shop: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "crontab").write_text(RUNS.format("count_stok"))
    assert shop.document("scan", "../crontab")["findings"] == []


def test_odd_modules_do_not_stop_a_scan(shop: CommandLine) -> None:
    folder = "orders/management/commands"
    shop.write(f"{folder}/bytes.py", b"\xff\xfe\x00\x01")
    shop.write(f"{folder}/latin.py", "# -*- coding: latin-1 -*-\nx = 'ą'\n".encode("iso-8859-2"))
    shop.write(f"{folder}/large.py", b"#" * 2_000_000)
    (shop.folder / folder / "folder.py").mkdir()
    (shop.folder / folder / "gone.py").symlink_to("nowhere")
    done = shop("scan")
    assert (done.returncode, done.stderr) == (0, "")
