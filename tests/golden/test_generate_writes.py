"""`generate --write` writes all files or none, each under one name, whatever the disk and the links do."""

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from migrator.adapters.together import Replacement, write_together
from migrator.cli import run
from migrator.errors import Cannot
from tests.golden.test_projects import tree
from tests.parts.programs import unshared

PROJECTS = Path(__file__).with_name("projects")
ROOT = PROJECTS.parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = Path(shutil.copytree(PROJECTS / "startproject" / "before", tmp_path / "project"))
    monkeypatch.chdir(folder)
    assert run(["init"]) == 0
    return folder


def generate(project: Path, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """``generate --write`` in a mount namespace of its own, after what ``script`` does there."""
    words = unshared(
        "sh", "-ec", f'{script}; exec "$@"', "sh", sys.executable, "-m", "migrator", "generate", "--write"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(words, cwd=project, env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.part("namespaces")
def test_what_fails_half_way_leaves_the_project_as_it_was(project: Path) -> None:
    """A file that is mounted by itself, as Docker does, cannot be replaced; the others could."""
    before = tree(project)
    done = generate(project, "mount --bind shop/settings.py shop/settings.py")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        f"migrator: cannot write {project}/shop/settings.py: Device or resource busy\n"
        "hint: it is mounted by itself, as into a container: edit it where it comes from\n"
    )
    assert tree(project) == before
    assert run(["generate", "--write"]) == 0
    assert run(["generate", "--check"]) == 0


@pytest.mark.part("namespaces")
def test_a_folder_that_is_read_only_leaves_the_project_as_it_was(project: Path) -> None:
    before = tree(project)
    done = generate(project, "mount --bind shop shop; mount -o remount,bind,ro shop")
    assert (done.returncode, "Read-only file system" in done.stderr) == (3, True)
    assert tree(project) == before


def test_a_full_disk_leaves_the_project_as_it_was(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "new" / "second"
    first.write_bytes(b"before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(Cannot, match=r"cannot write .*second: File too large\nhint: make room"):
            write_together(
                [Replacement(first, b"before", b"after"), Replacement(second, None, b"x" * 10_000)]
            )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (first.read_bytes(), list(tmp_path.iterdir())) == (b"before", [first])


TAKE_AWAY = """
import sys
from pathlib import Path
from migrator.adapters.together import Replacement, write_together
from migrator.errors import Cannot
gone, stuck = map(Path, sys.argv[1:])
try:
    write_together([Replacement(gone, b"gone", None), Replacement(stuck, b"", b"new")])
except Cannot as error:
    print(error)
"""


@pytest.mark.part("namespaces")
def test_a_file_that_was_taken_away_comes_back(tmp_path: Path) -> None:
    gone, stuck = tmp_path / "gone", tmp_path / "stuck"
    gone.write_bytes(b"gone")
    gone.chmod(0o640)
    stuck.write_bytes(b"")
    mount = 'stuck=$1; shift; mount --bind "$stuck" "$stuck"; exec "$@"'
    words = unshared("sh", "-ec", mount, "sh", stuck, sys.executable, "-c", TAKE_AWAY, gone, stuck)
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert "Device or resource busy" in done.stdout, done.stderr
    assert (gone.read_bytes(), gone.stat().st_mode & 0o777) == (b"gone", 0o640)
    assert {path.name for path in tmp_path.iterdir()} == {"gone", "stuck"}


def edited(project: Path) -> list[str]:
    """The files in which the lock remembers lines of ours."""
    return sorted(json.loads((project / "migrator.lock").read_text())["project"])


LINKS = {
    "to a module beside it": ("shop/settings.py", "shop/settings_production.py"),
    "to another folder": ("shop/settings.py", "deploy/production.py"),
    "out of the project": ("shop/settings.py", "../production.py"),
}


@pytest.mark.parametrize(("link", "target"), LINKS.values(), ids=LINKS)
def test_settings_behind_a_link_are_edited_once(link: str, target: str, project: Path) -> None:
    place = project / target
    place.parent.mkdir(exist_ok=True)
    (project / link).rename(place)
    (project / link).symlink_to(os.path.relpath(place, (project / link).parent))
    assert run(["generate", "--write"]) == 0
    assert (project / link).is_symlink()
    assert place.read_text().count("CELERY_BROKER_URL =") == 1
    assert len({(project / path).resolve() for path in edited(project)}) == len(edited(project)) == 3
    after = tree(project)
    assert (run(["generate", "--check"]), run(["generate", "--write"]), tree(project)) == (0, 0, after)
    place.write_text(place.read_text().replace("cron's zone", "the zone"))
    assert (run(["generate", "--check"]), run(["generate", "--write"])) == (1, 3)


def test_a_link_between_settings_modules_makes_one_base(project: Path) -> None:
    (project / "shop/settings_active.py").symlink_to("settings.py")
    assert run(["generate", "--write"]) == 0
    assert (project / "shop/settings.py").read_text().count("CELERY_BROKER_URL =") == 1
    assert edited(project) == ["shop/__init__.py", "shop/celery.py", "shop/settings.py"]
    assert run(["generate", "--check"]) == 0
