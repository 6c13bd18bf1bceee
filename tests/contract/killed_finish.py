"""Plays `migrator finish` in children that are killed after the n-th call, each followed by the same command.

Called in a copy of the reference project with a step, 1 for every call and 4 for each fourth, and the words
behind ``finish``. Prints one JSON document: what
was there after each kill and the command that a person then runs, and what an undisturbed one leaves.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

# Loaded here, so that no child has to; the project's own modules are each child's, as its files are by then.
import celery.app.base  # noqa: F401
import django.db.models  # noqa: F401
from django.db import connection

import migrator.cli.finish  # noqa: F401
from tests.contract.dying import command

HERE = Path.cwd()
KEPT = HERE.with_name("kept")
PASSING = {"__pycache__", "broker", "db.sqlite3", "db.sqlite3-wal", "db.sqlite3-shm"}
DRAFT = re.compile(r"\..+\.[a-z0-9_]{8}")  # what a killed write leaves beside its file


def keep() -> None:
    shutil.rmtree(KEPT, ignore_errors=True)
    shutil.copytree(HERE, KEPT, symlinks=True)


def put_back() -> None:
    for path in HERE.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(KEPT, HERE, symlinks=True, dirs_exist_ok=True)


def seen() -> dict[str, Any]:
    """Every file that is anybody's, and what the database has of ours."""
    connection.close()
    names = sorted(name for name in connection.introspection.table_names() if name.startswith("migrator_"))
    with connection.cursor() as cursor:
        for query in (
            "SELECT model FROM django_content_type WHERE app_label = 'migrator'",
            "SELECT name FROM django_migrations WHERE app = 'migrator'",
        ):
            names += sorted(name for (name,) in cursor.execute(query).fetchall())
    connection.close()
    files = {
        str(path.relative_to(HERE)): path.read_bytes().decode("latin-1")
        for path in HERE.rglob("*")
        if path.is_file() and not (DRAFT.fullmatch(path.name) or PASSING & {*path.relative_to(HERE).parts})
    }
    return {"files": files, "tables": names}


# Django is set up in the children alone: `finish` does it with an app more than the settings have by then
def main(step: int, words: list[str]) -> None:
    keep()
    deaths: list[dict[str, Any]] = []
    while True:
        put_back()
        if not os.WIFSIGNALED(command(words, dies_after=step * len(deaths))):
            break
        again = os.waitstatus_to_exitcode(command(words))
        deaths.append({"exit": again, "ended": seen()})
    json.dump({"deaths": deaths, "whole": seen()}, sys.stdout)


main(int(sys.argv[1]), ["finish", *sys.argv[2:]])
