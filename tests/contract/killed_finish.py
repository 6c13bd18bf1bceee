"""Plays `migrator finish` in children that are killed after the n-th call, each followed by the same command.

Called in a copy of the reference project with the words behind ``finish``. Prints one JSON list: what was
there after each kill, and after the command that a person then runs; last of all, what it ends with.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.db import connection

from tests.contract.dying import command

HERE = Path.cwd()
KEPT = HERE.with_name("kept")
PASSING = {"__pycache__", "broker", "db.sqlite3-wal", "db.sqlite3-shm"}


def keep() -> None:
    shutil.rmtree(KEPT, ignore_errors=True)
    shutil.copytree(HERE, KEPT, symlinks=True)


def put_back() -> None:
    for path in HERE.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(KEPT, HERE, symlinks=True, dirs_exist_ok=True)


def seen() -> dict[str, Any]:
    """Every file that is anybody's, and the tables of ours that are left."""
    connection.close()
    names = sorted(name for name in connection.introspection.table_names() if name.startswith("migrator_"))
    connection.close()
    files = {
        str(path.relative_to(HERE)): path.read_bytes().decode("latin-1")
        for path in HERE.rglob("*")
        if path.is_file() and path.name != "db.sqlite3" and not PASSING & set(path.relative_to(HERE).parts)
    }
    return {"files": files, "tables": names}


def again(words: list[str]) -> tuple[int, str]:
    """The command in a process of its own, which reads the code as it is by now."""
    done = subprocess.run(
        [sys.executable, "-m", "migrator", *words], capture_output=True, text=True, check=False, cwd=HERE
    )
    return done.returncode, done.stderr


# Django is set up in the children alone: `finish` does it with an app more than the settings have by then
def main(words: list[str]) -> None:
    keep()
    deaths: list[dict[str, Any]] = []
    while True:
        put_back()
        if not os.WIFSIGNALED(command(words, dies_after=len(deaths))):
            break
        killed = seen()
        code, said = again(words)
        deaths.append({"killed": killed, "exit": code, "said": said, "ended": seen()})
    json.dump({"deaths": deaths, "whole": seen()}, sys.stdout)


main(["finish", *sys.argv[1:]])
