"""``migrator sync --history``: what cron's log says of the past, or of a crontab that nobody touches."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from migrator.cli.options import print_json, tell
from migrator.cli.project import find_home
from migrator.cli.runtime import Runtime
from migrator.cli.scanning import whole_inventory
from migrator.comparison.observed import Line, Seen, seen
from migrator.crontab.cron_log import read_starts
from migrator.errors import Cannot
from migrator.i18n import _, ngettext
from migrator.zones import zone_of


def import_history(found: Runtime, path: str, output: str) -> int:
    """Read a log, ``-`` from standard input, and say what became of each start in it."""
    from migrator.contrib.django.history import keep

    now = dt.datetime.now(dt.UTC)
    zone = zone_of(found.configuration.project.timezone or "UTC")
    told = seen(read_starts(_lines(path), zone, now), _commands(found))
    if not (told.runs or told.recorded or told.unknown or told.elsewhere):
        raise Cannot(
            _("{path} holds no start of cron's, such as CRON[123]: (user) CMD (command)").format(path=path),
            hint=_("try: journalctl -o short-iso -t CRON | migrator sync --history -"),
        )
    new = keep(told.runs, now)
    if output == "json":
        print_json({"history": _document(told, new)})
    else:
        _say(told, new)
    return 0


def _lines(path: str) -> Iterator[str]:
    """The lines of a log, which is in no encoding to speak of."""
    if path == "-":
        for line in sys.stdin.buffer:
            yield line.decode("utf-8", "replace")
        return
    try:
        with Path(path).open(encoding="utf-8", errors="replace") as file:
            yield from file
    except OSError as error:
        raise Cannot(
            _("{path} cannot be read: {error}").format(path=path, error=error.strerror),
            hint=_("let root read it: sudo cat {path} | migrator sync --history -").format(path=path)
            if isinstance(error, PermissionError)
            else _("name the file that cron logs to, or - for `journalctl -o short-iso -t CRON`"),
        ) from error


def _commands(found: Runtime) -> list[Line]:
    """The commands of the migrated jobs, as their sources write them, and without our recorder."""
    return [
        Line(found.jobs[job.id].real, text, job.declared.user)
        for job in whole_inventory(find_home()).jobs
        if job.id in found.jobs
        for text in {job.declared.raw, job.declared.text}
        if text is not None
    ]


def _document(told: Seen, new: int) -> dict[str, Any]:
    return {
        "jobs": dict(sorted(told.jobs.items())),
        "starts": len(told.runs),
        "new": new,
        "recorded": told.recorded,
        "elsewhere": told.elsewhere,
        "unknown": told.unknown,
    }


def _say(told: Seen, new: int) -> None:
    for job, count in sorted(told.jobs.items()):
        text = ngettext("{job}: {count} start", "{job}: {count} starts", count)
        tell(text.format(job=job, count=count))
    for count, text in (
        (new, _("new to the ledger: {count}")),
        (told.recorded, _("of lines that the recorder is in front of, which it has recorded: {count}")),
        (told.elsewhere, _("of these jobs, at no slot's time: {count}")),
        (told.unknown, _("of other commands: {count}")),
    ):
        tell(text.format(count=count))
