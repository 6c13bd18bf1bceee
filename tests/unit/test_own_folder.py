"""The toolkit's own folder: kept out of version control from the start, and left as it is afterwards."""

import subprocess
from pathlib import Path

from migrator.adapters.journal import Journal
from migrator.adapters.own_folder import make_own_folder
from migrator.adapters.rehearsals import keep_rehearsals


def status(folder: Path) -> str:
    git = ["git", "-C", str(folder)]
    subprocess.run([*git, "init", "-q"], check=True)
    return subprocess.run([*git, "status", "--porcelain"], check=True, capture_output=True, text=True).stdout


def test_git_sees_nothing_of_what_the_toolkit_keeps(tmp_path: Path) -> None:
    Journal(tmp_path).records.back_up(b"0 5 * * * x\n")
    keep_rehearsals(tmp_path, [])
    assert (tmp_path / ".migrator/rehearsal.json").exists()
    assert status(tmp_path) == ""


def test_a_folder_that_is_there_stays_as_the_team_has_it(tmp_path: Path) -> None:
    (tmp_path / ".migrator").mkdir()
    make_own_folder(tmp_path / ".migrator/backups")
    assert [path.name for path in (tmp_path / ".migrator").iterdir()] == ["backups"]
