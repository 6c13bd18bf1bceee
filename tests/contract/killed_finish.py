"""Plays `migrator finish` in children that are killed after the n-th call, each followed by the same command.

Called in a copy of the reference project with the words behind ``finish``. A process that dies after a call
leaves what was there at that moment, and nothing else: so one undisturbed run is watched, what was there
after each of its calls is kept where it differs from what was there before, and from each of these states
the same command is run to its end. Every few calls the child is killed in truth, so that the two are seen
to be the same. Prints one JSON document: those ends, the kills, and what an undisturbed command leaves.
"""

from __future__ import annotations

import hashlib
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
KILLED = 4  # kills in truth, about
PASSING = {"__pycache__", "broker", "db.sqlite3", "db.sqlite3-wal", "db.sqlite3-shm"}
DRAFT = re.compile(r"\..+\.[a-z0-9_]{8}")  # what a killed write leaves beside its file
NAMED = re.compile(r"(/\.[\w.]+)\.[a-z0-9_]{8}\b")  # and how the journal of the write names it


def keep() -> None:
    shutil.rmtree(KEPT, ignore_errors=True)
    shutil.copytree(HERE, KEPT, symlinks=True)


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
        str(path.relative_to(HERE)): NAMED.sub(r"\1", path.read_bytes().decode("latin-1"))
        for path in HERE.rglob("*")
        if path.is_file() and not (DRAFT.fullmatch(path.name) or PASSING & {*path.relative_to(HERE).parts})
    }
    return {"files": files, "tables": names}


def keep_state(folder: Path, digests: list[str]) -> None:
    """What is there now, under the number of the state; its digest decides whether it is a new one."""
    digest = state()
    if digest not in digests:
        shutil.copytree(HERE, folder / str(len(set(digests))), symlinks=True)
    digests.append(digest)


def state() -> str:
    """All that outlives a process: every byte of every file but what Python compiles."""
    found = hashlib.sha256()
    for path in sorted(HERE.rglob("*")):
        if path.is_file() and not {"__pycache__", "broker"} & {*path.relative_to(HERE).parts}:
            found.update(f"{path.relative_to(HERE)}\0".encode() + path.read_bytes())
    return found.hexdigest()


def watched(words: list[str], states: Path) -> list[int]:
    """The state after each call of an undisturbed command, as the number under which it is kept."""
    shutil.rmtree(states, ignore_errors=True)
    put_back()
    order = HERE.with_name("order.json")
    digests: list[str] = []

    def told(_number: int) -> None:
        keep_state(states, digests)
        numbers = {digest: number for number, digest in enumerate(dict.fromkeys(digests))}
        order.write_text(json.dumps([numbers[digest] for digest in digests]))

    assert command(words, watching=told) == 0
    found: list[int] = json.loads(order.read_text())
    return found


def load(folder: Path) -> None:
    for path in HERE.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(folder, HERE, symlinks=True, dirs_exist_ok=True)


def put_back() -> None:
    load(KEPT)


# Django is set up in the children alone: `finish` does it with an app more than the settings have by then
def main(words: list[str]) -> None:
    keep()
    states = HERE.with_name("states")
    calls = watched(words, states)
    whole = seen()
    ends = []
    for number in range(max(calls) + 1):
        load(states / str(number))
        again = os.waitstatus_to_exitcode(command(words))
        ends.append({"exit": again, "ended": seen()})
    kills = []
    for after in range(0, len(calls), max(1, len(calls) // KILLED)):
        put_back()
        assert os.WIFSIGNALED(command(words, dies_after=after))
        killed = seen()
        load(states / str(calls[after]))
        kills.append({"killed": killed, "watched": seen()})
    json.dump({"calls": len(calls), "ends": ends, "kills": kills, "whole": whole}, sys.stdout)


if __name__ == "__main__":
    main(["finish", *sys.argv[1:]])
