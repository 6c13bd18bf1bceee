"""The lines that cronwrap and its jobs spool: what each tells of its run, in columns of the ledger."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, cast

from migrator.comparison.effects import read_effects
from migrator.comparison.runs import DRILL, Action, Kind
from migrator.contrib.django.ledger import TAIL, storable
from migrator.schedule.instants import has_slots_around

ACTIONS = {action.value for action in Action}
SCHEDULED, EXTRA, MANUAL = Kind.SCHEDULED.value, Kind.EXTRA.value, Kind.MANUAL.value
_decoder = json.JSONDecoder()  # json.loads would guess the encoding of each line


class Tells(StrEnum):
    """What a line of the spool tells of its run."""

    START = "start"
    END = "end"
    EFFECTS = "effects"


COLUMNS = {
    Tells.START: ("action", "kind", "slot", "due", "started", "reason", "host", "user", "pid", "demo"),
    Tells.END: ("finished", "exit", "signal", "output"),
    Tells.EFFECTS: ("effects",),
}


@dataclass(slots=True)
class Line:
    """One line; ``started``: when its run began, as far as the line knows.

    ``part``: which process of the run counted ``effects``, None before its end.
    """

    tells: Tells
    run: str
    job: str
    started: dt.datetime
    columns: dict[str, Any] = field(default_factory=dict)
    part: str = ""
    effects: dict[str, Any] | None = None


def read_lines(lines: Iterable[bytes]) -> tuple[list[Line], list[bytes]]:
    """The lines that can be read, and those that cannot."""
    good, bad = [], []
    for line in lines:
        if not line.strip():
            continue
        try:
            good.append(_line(_decode(line.decode())))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            bad.append(line)
    return good, bad


def _decode(text: str) -> dict[str, Any]:
    if text[:1] == "{" and text[-1:] == "}":  # as cronwrap writes it: no blanks to be looked for
        found, end = _decoder.raw_decode(text)
        if end == len(text):
            return cast("dict[str, Any]", found)
    return cast("dict[str, Any]", _decoder.decode(text))


def _line(line: dict[str, Any]) -> Line:
    if line["v"] != 1:
        raise ValueError("a version that we do not know")
    run, job, at = _word(line["run"], 64), _repeated(line["job"], 200), _instant(line["at"])
    match line["event"]:
        case "start":
            return Line(Tells.START, run, job, at, _start(line, at))
        case "end":
            # Its start is on the way, or was lost; then this is all that is known.
            started = at - dt.timedelta(seconds=float(line["duration"]))
            return Line(Tells.END, run, job, started, _end(line, at))
        case "effects":
            counted = None if line["effects"] is None else read_effects(line["effects"]).document()
            return Line(Tells.EFFECTS, run, job, at, part=_word(line["part"], 32), effects=counted)
        case _:
            raise ValueError("neither a start nor an end nor effects")


def _start(line: dict[str, Any], at: dt.datetime) -> dict[str, Any]:
    slot, due, action, drill = line["slot"], line["due"], line["action"], line.get("drill") is True
    if action not in ACTIONS:
        raise ValueError("not an action")
    return {
        "action": action,
        "kind": MANUAL if drill else EXTRA if slot is None else SCHEDULED,
        "slot": "" if slot is None else _word(slot, 40),
        "due": None if due is None else _instant(due),
        "started": at,
        "reason": DRILL if drill else f"the owner is {_repeated(line['owner'], 32)}",
        "host": _repeated(line["host"], 255, 0)[:128],
        "user": _repeated(line["user"], 255, 0)[:64],
        "pid": _number(line["pid"]),
        "demo": bool(line["demo"]),
    }


def _end(line: dict[str, Any], at: dt.datetime) -> dict[str, Any]:
    signal, output = line["signal"], line["output"]
    return {
        "finished": at,
        "exit": _number(line["exit"]),
        "signal": None if signal is None else _number(signal),
        "output": storable(str(output))[-TAIL:] if output else "",
    }


def _word(value: Any, length: int, least: int = 1) -> str:
    if not isinstance(value, str) or not least <= len(value) <= length or "\0" in value:
        raise ValueError("not a word")
    if not value.isascii():
        value.encode()  # half a character is a ValueError, too: no database takes it
    return value


_repeated = lru_cache(maxsize=4096)(_word)  # jobs, hosts and users come again in every line


def _number(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value < 1 << 31:
        raise ValueError("not a number that a column holds")
    return value


def _instant(value: Any) -> dt.datetime:
    instant = dt.datetime.fromtimestamp(float(value), dt.UTC)
    if not has_slots_around(instant):
        raise ValueError("a clock that is beyond all calendars")
    return instant
