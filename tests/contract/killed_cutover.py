"""Plays a cutover in children of its own that are killed after the n-th system call that matters.

Called in a copy of the reference project, with a crontab program whose spool is ``installed``. Prints one
JSON list: what was there after the kill, and after the command that went on or took it back.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402

from migrator import cli  # noqa: E402
from migrator.adapters.journal import CutoverJournal  # noqa: E402
from migrator.cli import report_evidence  # noqa: E402
from migrator.contrib.django import handing, owners  # noqa: E402
from migrator.cutover.operation import unfinished  # noqa: E402
from tests.contract.cutover_project import load, save  # noqa: E402
from tests.contract.dying import command  # noqa: E402

JOBS = ("send_event_reminders", "clearsessions")
APPLY = ("cutover", "apply", *JOBS, "--accept", "a test", "--execute")
ROLLBACK = ("cutover", "rollback", *JOBS, "--execute")

handing.ready = lambda *_: None  # type: ignore[assignment]  # worker and beat are another test's
report_evidence._registered = lambda app: None  # type: ignore[assignment]


def seen() -> dict[str, Any]:
    """The files as text, and the owner that each job was given last."""
    chains = owners.chains(JOBS)
    found = {
        "files": {
            name: Path(name).read_text()
            for name in ("installed", "crontabs/poradnia/crontab", "crontabs/poradnia/install.sh")
        },
        "owners": sorted({str(owners.asked(chains[job])) for job in JOBS}),
        "half": unfinished(CutoverJournal(Path.cwd()).operations()) is not None,
    }
    connection.close()
    return found


def deaths(before: str, words: Sequence[str], after: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """Kill the command after each of its calls, and then go on in one of the ways, in turn."""
    found: list[dict[str, Any]] = []
    while True:
        load(Path.cwd(), before)
        status = command(words, dies_after=len(found))
        if not os.WIFSIGNALED(status):
            return found
        killed = seen()
        going_on = after[len(found) % len(after)]
        ended = os.waitstatus_to_exitcode(command(going_on))
        found.append({"killed": killed, "then": going_on[1], "exit": ended, "ended": seen()})


def main() -> None:
    with Path(os.devnull).open("w") as silence, contextlib.redirect_stdout(silence):
        cli.run(["cutover", "plan", *JOBS])  # loads and reads here what each child would by itself
    save(Path.cwd(), "before")
    before = seen()
    applying = deaths("before", APPLY, [APPLY, ROLLBACK])
    load(Path.cwd(), "before")
    assert command(APPLY) == 0
    applied = seen()
    save(Path.cwd(), "applied")
    returning = deaths("applied", ROLLBACK, [ROLLBACK])
    json.dump(
        {"before": before, "applied": applied, "applying": applying, "returning": returning}, sys.stdout
    )


main()
