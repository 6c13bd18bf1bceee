"""``.migrator/`` of a project: journals, backups and the recorder, which belong on the machine only."""

from __future__ import annotations

from pathlib import Path

from migrator.adapters.files import write_atomically, writing

FOLDER = ".migrator"
IGNORED = "# written by migrator: journals and backups of this machine, for no repository\n*\n"


def make_own_folder(path: Path, mode: int = 0o700) -> None:
    """Make a folder that is ``.migrator`` or lies in it; one that is new is kept out of version control."""
    own = next((one for one in (path, *path.parents) if one.name == FOLDER), None)
    new = own is not None and not own.exists()
    with writing(path):
        path.mkdir(mode=mode, parents=True, exist_ok=True)
    if own is not None and new:
        write_atomically(own / ".gitignore", IGNORED.encode())
