"""Ships what cronwrap spooled into the ledger; shipping a line twice changes nothing."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError

from migrator.adapters.spool import Spool
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Side
from migrator.comparison.runs import Action, Kind
from migrator.contrib.django import slot_log
from migrator.contrib.django.ledger import deciding, missing_tables
from migrator.contrib.django.models import Run
from migrator.contrib.django.run_rows import upsert
from migrator.contrib.django.settled import LATE, unsettle
from migrator.contrib.django.slotless import give_slots
from migrator.contrib.django.spool_lines import COLUMNS, Line, Tells, read_lines
from migrator.errors import Cannot
from migrator.redaction import first_line

KEPT = dt.timedelta(days=3)
ASKED = 500  # runs in one query: SQLite may be built to take no more than 999 values


@dataclass(slots=True)
class Shipment:
    """What one sync shipped.

    ``failed``: the jobs whose lines the database refuses, and its words; they come again with the next
    sync. ``problems``: what keeps the spool from being written; then everything comes again.
    """

    lines: int = 0
    bad: int = 0
    removed: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    problems: list[Cannot] = field(default_factory=list)


def ship(spool: Spool, now: dt.datetime, jobs: Collection[JobDefinition] = ()) -> Shipment:
    """Bring every complete line into the ledger, and remove files that are old and shipped.

    ``jobs``: whose starts get a slot where the recorder had no table to find it in.
    """
    shipment = Shipment()
    offsets = spool.offsets()
    for path in spool.records():
        again = False
        for pieces, offset in spool.lines(path, offsets.get(path.name, 0)):
            lines, bad = read_lines(pieces)
            give_slots(lines, jobs)
            failed = ingest_what_goes(lines, now)
            shipment.failed |= failed
            shipment.lines += sum(line.job not in failed for line in lines)
            # From the first line on that was refused the file is read again, which changes nothing.
            again = again or bool(failed)
            if not again:
                shipment.bad += len(bad)
                problems = _noted(spool, path, bad, {**offsets, path.name: offset})
                shipment.problems += problems
                again = bool(problems)
            if not again:
                offsets[path.name] = offset
    shipment.problems += _cleaned(spool, offsets, shipment, now)
    return shipment


def _noted(spool: Spool, path: Path, bad: list[bytes], offsets: dict[str, int]) -> list[Cannot]:
    """Write down what has been read; what keeps us from it, after which the next sync reads it again."""
    try:
        if bad:
            spool.quarantine(path, bad)
        spool.remember(offsets)
    except Cannot as problem:
        return [problem]
    return []


def _cleaned(spool: Spool, offsets: dict[str, int], shipment: Shipment, now: dt.datetime) -> list[Cannot]:
    """Remove files that are old and shipped, as far as we may: a spool may hold another user's.

    What keeps us from it, each reason once.
    """
    problems: dict[str, Cannot] = {}
    for path in spool.records():
        try:
            status = path.lstat()
            old = now.timestamp() - status.st_mtime > KEPT.total_seconds()
            if old and offsets.get(path.name) == status.st_size:
                spool.remove(path)
                shipment.removed.append(path.name)
        except FileNotFoundError:  # somebody else has removed it
            continue
        except Cannot as problem:
            problems.setdefault(str(problem), problem)
    if shipment.removed:
        left = {name: value for name, value in offsets.items() if name not in shipment.removed}
        for problem in _noted(spool, spool.folder, [], left):
            problems.setdefault(str(problem), problem)
    return list(problems.values())


def ingest_what_goes(lines: Sequence[Line], now: dt.datetime | None = None) -> dict[str, str]:
    """Write lines; what the database refuses of one job keeps no other's out: these jobs, and its words.

    A database that is away, full or locked refuses everything, and is an error.
    """
    try:
        ingest(lines, now)
    except (OperationalError, InterfaceError):
        raise
    except DatabaseError:
        if missing_tables() != []:
            raise
    else:
        return {}
    jobs: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        jobs[line.job].append(line)
    failed = {}
    for job, its in jobs.items():
        try:
            ingest(its, now)
        except (OperationalError, InterfaceError):
            raise
        except DatabaseError as error:
            failed[job] = first_line(error)
    return failed


def ingest(lines: Iterable[Line], now: dt.datetime | None = None) -> None:
    """Write lines: all of a run at once where they are there, whatever was shipped before.

    A row takes from a line what the line tells, and leaves the rest; so the order does not matter.
    """
    runs: dict[str, dict[Tells, Line]] = defaultdict(dict)
    parts: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        runs[line.run][line.tells] = line
        if line.tells is Tells.EFFECTS:
            parts[line.run].append(line)
    limit, late = (now or dt.datetime.now(dt.UTC)) - LATE, dict[str, dt.datetime]()
    with deciding():
        before = {run: (effects, started) for run, effects, started in _shipped(list(parts))}
        effects = _effects(parts, {run: told for run, (told, _started) in before.items()})
        groups: dict[frozenset[Tells], list[dict[str, Any]]] = defaultdict(list)
        ended: list[dict[str, Any]] = []
        for run, told in runs.items():
            row = _row(told, effects.get(run))
            groups[frozenset(told)].append(row)
            # Of effects alone nobody knows when their run began, unless it is there already.
            since = before[run][1] if run in before and len(told) == 1 else row["started"]
            if since < limit:
                late[row["job"]] = min(since, late.get(row["job"], since))
        for kinds, rows in groups.items():
            upsert(rows, [name for kind in kinds for name in COLUMNS[kind]])
            ended += [row for row in rows if Tells.END in kinds]
        unsettle(late)
    for row in ended:
        slot_log.tell(row)


UNTOLD = {
    **dict.fromkeys(("published", "received", "due", "finished", "exit", "signal", "pid", "effects")),
    **dict.fromkeys(("slot", "reason", "output", "host", "user", "worker", "task"), ""),
    "side": Side.CONTROL.value, "action": Action.EXECUTE.value, "kind": Kind.EXTRA.value, "demo": False,
}  # fmt: skip


def _row(told: Mapping[Tells, Line], effects: dict[str, Any] | None) -> dict[str, Any]:
    """What the lines of a run tell together; its start knows best when it began, then its end."""
    row = UNTOLD | {"effects": effects}
    for kind in (Tells.EFFECTS, Tells.END, Tells.START):
        if kind in told:
            line = told[kind]
            row.update(line.columns, run=line.run, job=line.job, started=line.started)
    return row


def _effects(
    parts: Mapping[str, Sequence[Line]], shipped: Mapping[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """What the processes of each run counted, with what had been shipped before."""
    effects = dict(shipped)
    for run, lines in parts.items():
        told = effects.setdefault(run, {})
        for line in lines:
            # That a process counts is said before what it counted, and never takes that back.
            told[line.part] = line.effects or told.get(line.part)
    return effects


def _shipped(runs: Sequence[str]) -> Iterator[tuple[str, dict[str, Any], dt.datetime]]:
    for start in range(0, len(runs), ASKED):
        rows = Run.objects.filter(run__in=runs[start : start + ASKED])
        for run, effects, started in rows.values_list("run", "effects", "started"):
            yield run, effects or {}, started
