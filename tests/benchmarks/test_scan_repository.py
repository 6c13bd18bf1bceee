"""Find the sources among a repository's 20,000 files: ours beside a walk that reads them all, and grep."""

import itertools
import os
import subprocess
from pathlib import Path
from typing import Any

import django
import pytest

from migrator.adapters.collect import collect

FILES = 20_000
LARGEST = 16_384  # bytes; larger ones are rare, and fill the disk

pytestmark = pytest.mark.benchmark(group="20,000 files of a repository")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Django's own files, over and over, with one crontab among them."""
    package = Path(django.__file__).parent
    kept = [
        path
        for path in sorted(package.rglob("*"))
        if path.is_file() and path.stat().st_size <= LARGEST and path.suffix != ".pyc"
    ]
    root = tmp_path_factory.mktemp("repository")
    for number, path in zip(range(FILES - 1), itertools.cycle(kept), strict=False):
        copy = root / f"copy{number // len(kept)}" / path.relative_to(package)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    (root / "deploy").mkdir()
    (root / "deploy" / "crontab").write_text("0 5 * * * python manage.py clearsessions\n")
    return root


def test_our_search(benchmark: Any, repository: Path) -> None:
    found = benchmark.pedantic(collect, (["."], repository), rounds=3)
    assert ([file.path for file in found.files], found.problems) == (["deploy/crontab"], ())


def test_walk_and_read(benchmark: Any, repository: Path) -> None:
    def read() -> int:
        paths = (os.path.join(here, name) for here, _folders, names in os.walk(repository) for name in names)  # noqa: PTH118
        return sum(1 for path in paths if Path(path).read_bytes() is not None)

    assert benchmark.pedantic(read, rounds=3) == FILES


def test_grep(benchmark: Any, repository: Path) -> None:
    words = ["grep", "-rlE", r"crontab|manage\.py", "."]
    found = benchmark.pedantic(lambda: subprocess.run(words, cwd=repository, capture_output=True), rounds=3)
    assert b"deploy/crontab" in found.stdout
