"""Ships what cronwrap spooled into the ledger; shipping a line twice changes nothing."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from django.db import transaction

from migrator.adapters.spool import Spool
from migrator.comparison.effects import read_effects
from migrator.comparison.ownership import Side
from migrator.comparison.runs import Action, Kind, RunRecord
from migrator.contrib.django.ledger import row
from migrator.contrib.django.models import Run

KEPT = dt.timedelta(days=3)
BATCH = 1000
START = ["action", "kind", "slot", "due", "started", "reason", "host", "user", "pid", "demo"]
END = ["finished", "exit", "signal", "output"]


@dataclass(slots=True)
class Shipment:
    """What one sync shipped."""

    lines: int = 0
    bad: int = 0
    removed: list[str] = field(default_factory=list)


def ship(spool: Spool, now: dt.datetime) -> Shipment:
    """Bring every complete line into the ledger, and remove files that are old and shipped."""
    shipment = Shipment()
    offsets = spool.offsets()
    for path in spool.records():
        for lines, offset in spool.lines(path, offsets.get(path.name, 0)):
            events, bad = _read(lines)
            for start in range(0, len(events), BATCH):
                ingest(events[start : start + BATCH], now)
            if bad:
                spool.quarantine(path, bad)
            offsets[path.name] = offset
            spool.remember(offsets)
            shipment.lines += len(events)
            shipment.bad += len(bad)
    _clean(spool, offsets, shipment, now)
    return shipment


def _clean(spool: Spool, offsets: dict[str, int], shipment: Shipment, now: dt.datetime) -> None:
    for path in spool.records():
        status = path.lstat()
        if (
            now.timestamp() - status.st_mtime > KEPT.total_seconds()
            and offsets.get(path.name) == status.st_size
        ):
            path.unlink()
            shipment.removed.append(path.name)
    if shipment.removed:
        spool.remember({name: value for name, value in offsets.items() if name not in shipment.removed})


class Tells(Enum):
    """What a line of the spool tells of its run."""

    START = "start"
    END = "end"
    EFFECTS = "effects"


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the spool; ``part``: which process of the run counted ``effects``, None before its end."""

    tells: Tells
    record: RunRecord
    part: str = ""
    effects: dict[str, Any] | None = None


def _read(lines: Iterable[bytes]) -> tuple[list[Event], list[bytes]]:
    """The lines that can be read, and those that cannot."""
    events, bad = [], []
    for line in lines:
        if not line.strip():
            continue
        try:
            events.append(_event(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            bad.append(line)
    return events, bad


def _event(line: dict[str, Any]) -> Event:
    if line["v"] != 1:
        raise ValueError("a version that we do not know")
    known: dict[str, Any] = {"run": _word(line["run"], 64), "job": _word(line["job"], 200)}
    at = _instant(line["at"])
    match line["event"]:
        case "start":
            slot = None if line["slot"] is None else _word(line["slot"], 40)
            record = RunRecord(
                **known, side=Side.CONTROL, action=Action(line["action"]), started=at,
                kind=Kind.SCHEDULED if slot else Kind.EXTRA, slot=slot,
                due=None if line["due"] is None else _instant(line["due"]),
                reason=f"the owner is {_word(line['owner'], 32)}", host=_word(line["host"], 255, least=0),
                user=_word(line["user"], 255, least=0), pid=_number(line["pid"]), demo=bool(line["demo"]),
            )  # fmt: skip
            return Event(Tells.START, record)
        case "end":
            # Its start is on the way, or was lost; then this is all that is known.
            record = RunRecord(
                **known, side=Side.CONTROL, action=Action.EXECUTE, kind=Kind.EXTRA,
                started=at - dt.timedelta(seconds=float(line["duration"])), finished=at,
                exit=_number(line["exit"]),
                signal=None if line["signal"] is None else _number(line["signal"]),
                output=str(line["output"]),
            )  # fmt: skip
            return Event(Tells.END, record)
        case "effects":
            record = RunRecord(**known, side=Side.CONTROL, action=Action.EXECUTE, kind=Kind.EXTRA, started=at)
            counted = None if line["effects"] is None else read_effects(line["effects"]).document()
            return Event(Tells.EFFECTS, record, _word(line["part"], 32), counted)
        case _:
            raise ValueError("neither a start nor an end nor effects")


def _word(value: Any, length: int, least: int = 1) -> str:
    if not isinstance(value, str) or not least <= len(value) <= length or "\0" in value:
        raise ValueError("not a word")
    value.encode()  # half a character is a ValueError, too: no database takes it
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value < 1 << 31:
        raise ValueError("not a number that a column holds")
    return value


def _instant(value: Any) -> dt.datetime:
    return dt.datetime.fromtimestamp(float(value), dt.UTC)


def ingest(events: Iterable[Event], now: dt.datetime) -> None:
    """Write events: all lines of a run at once where they are there, whatever was shipped before."""
    starts: dict[str, RunRecord] = {}
    ends: dict[str, RunRecord] = {}
    parts: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        match event.tells:
            case Tells.START:
                starts[event.record.run] = event.record
            case Tells.END:
                ends[event.record.run] = event.record
            case Tells.EFFECTS:
                parts[event.record.run].append(event)
    with transaction.atomic():
        effects = _effects({*starts, *parts}, parts)
        _runs(starts, ends, effects, now)
        _later(effects, parts, now)


def _effects(runs: set[str], parts: Mapping[str, Sequence[Event]]) -> dict[str, dict[str, Any]]:
    """What the processes of each run counted, with what had been shipped before."""
    rows = Run.objects.filter(run__in=runs, effects__isnull=False)
    effects: dict[str, dict[str, Any]] = dict(rows.values_list("run", "effects"))
    for run, events in parts.items():
        told = effects.setdefault(run, {})
        for event in events:
            # That a process counts is said before what it counted, and never takes that back.
            told[event.part] = event.effects or told.get(event.part)
    return effects


def _runs(
    starts: dict[str, RunRecord],
    ends: dict[str, RunRecord],
    effects: dict[str, dict[str, Any]],
    now: dt.datetime,
) -> None:
    """Write starts and ends; ``effects``: those of the starts are written with them, and taken out."""
    whole = [_ended(start, ends.pop(run)) for run, start in starts.items() if run in ends]
    ended = {record.run for record in whole}
    running = [start for run, start in starts.items() if run not in ended]
    for records, fields in ((whole, [*START, *END]), (running, START)):
        rows = [row(record, now=now) for record in records]
        for one in rows:
            one.effects = effects.pop(one.run, None)
        Run.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["run"], update_fields=[*fields, "effects"]
        )
    known = list(Run.objects.filter(run__in=ends))
    for started in known:
        end = row(ends.pop(started.run), now=now)
        for name in END:
            setattr(started, name, getattr(end, name))
    Run.objects.bulk_update(known, END, batch_size=BATCH // 8)
    Run.objects.bulk_create([row(record, now=now) for record in ends.values()], ignore_conflicts=True)


def _later(
    effects: dict[str, dict[str, Any]], parts: Mapping[str, Sequence[Event]], now: dt.datetime
) -> None:
    """Effects whose start was shipped before, or is still on its way in another user's file."""
    known = {run.run: run for run in Run.objects.filter(run__in=effects).only("run", "effects")}
    unknown = {run: row(parts[run][0].record, now=now) for run in effects if run not in known}
    for name, run in (known | unknown).items():
        run.effects = effects[name]
    Run.objects.bulk_update(known.values(), ["effects"], batch_size=BATCH // 8)
    Run.objects.bulk_create(unknown.values(), ignore_conflicts=True)


def _ended(start: RunRecord, end: RunRecord) -> RunRecord:
    return replace(start, **{name: getattr(end, name) for name in END})
