"""The program of docs/reference/from-python.md: `make check` type-checks it strictly, a test runs it."""

# the page begins here
from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

from migrator.equivalence.lower import lower
from migrator.equivalence.prove import explain, prove
from migrator.errors import MigratorError
from migrator.schedule.occurrences import occurrences
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.source import SourceFile

ZONE = "Europe/Warsaw"


def told(path: Path, now: dt.datetime) -> list[str]:
    """What each job of a crontab becomes, and when it is due next."""
    found = take_inventory([SourceFile(str(path), path.read_text())], Context(ZONE, now.date()))
    lines: list[str] = []
    for job in found.jobs:
        if job.expression is None:  # such as @reboot
            continue
        entries = lower(job.expression)
        verdict = explain(prove(job.expression, entries, since=now.date()))
        zone = ZoneInfo(job.timezone)
        due = next(occurrences(job.expression, zone, now)).due.astimezone(zone)
        lines.append(f"{job.id}, next {due:%Y-%m-%d %H:%M}: {', '.join(map(str, entries))} {verdict}")
    return lines


if __name__ == "__main__":
    try:
        print("\n".join(told(Path("crontab"), dt.datetime.now(dt.UTC))))
    except MigratorError as problem:
        raise SystemExit(str(problem)) from None
