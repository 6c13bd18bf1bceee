"""Twice the text, twice the work: what Python does for a long line is counted, not timed.

The counter sees every instruction of our code. What C does in one of them (copying a list) it does not see;
``tests/benchmarks/test_growth.py`` has the clock for that.
"""

import datetime as dt
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from migrator.crontab.command import read_command
from migrator.report.scan import scan_document
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.source import SourceFile
from tests.growing import LINES, SHAPES, crontab, text_of

TIMES = 32  # how often a piece is repeated at first


def work(function: Callable[[], object]) -> int:
    """The instructions that a call takes, in the interpreter's own count."""
    count = 0

    def local(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "opcode"
        return local

    def every(frame: FrameType, event: str, argument: Any) -> Any:
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        return local

    before = sys.gettrace()
    sys.settrace(every)
    try:
        function()
    finally:
        sys.settrace(before)
    return count


def in_proportion(call: Callable[[int], object]) -> bool:
    """Whether a repetition costs as much among many as among few, give or take a twentieth."""
    call(TIMES)  # what is remembered is remembered now
    few, more, many = (work(lambda n=n: call(n)) for n in (TIMES, 2 * TIMES, 4 * TIMES))  # type: ignore[misc]
    return many - more <= 1.05 * 2 * (more - few)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_command_takes_work_in_proportion_to_its_length(shape: str) -> None:
    assert in_proportion(lambda n: read_command(text_of(shape, n), settings={"K": "b"}))


@pytest.mark.parametrize("shape", LINES)
def test_a_crontab_takes_work_in_proportion_to_its_lines(shape: str) -> None:
    def scan(lines: int) -> None:
        files = [SourceFile("crontab", crontab(shape, lines))]
        scan_document(take_inventory(files, Context("UTC", dt.date(2026, 1, 1))))

    assert in_proportion(scan)
