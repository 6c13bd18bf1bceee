"""The command that watches the jobs once the toolkit is gone: a module of the project's own."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import PurePosixPath

NAME = "check_cron_jobs"
_TABLE = "JOBS: dict[str, tuple[str, int]] = {}\n"


@dataclass(frozen=True, slots=True)
class Watched:
    """One job: its task, and after how many seconds without a success a slot of it was missed."""

    job: str
    task: str
    longest: int


def check_command(app: str, watched: Iterable[Watched]) -> dict[str, str]:
    """The files of the command, by their paths; ``app``: the folder of the app that gets it."""
    rows = [f"    {json.dumps(one.job)}: ({json.dumps(one.task)}, {one.longest}),\n" for one in watched]
    text = files("migrator").joinpath("codegen", "templates", f"{NAME}.py").read_text("utf-8")
    assert _TABLE in text
    table = _TABLE.removesuffix("}\n") + "\n" + "".join(rows) + "}\n"
    commands = PurePosixPath(app) / "management" / "commands"
    return {
        str(commands.parent / "__init__.py"): "",
        str(commands / "__init__.py"): "",
        str(commands / f"{NAME}.py"): text.replace(_TABLE, table),
    }
