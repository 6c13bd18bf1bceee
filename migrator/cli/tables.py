"""Tables for eyes: as wide as the terminal, 100 columns where there is none."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from migrator.unseen import visible

WIDTH_WITHOUT_TERMINAL = 100


class Screen(Console):
    """A console that writes its own codes and nobody else's."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        for segment in super().render(_shown(renderable), options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)


class Rows(Table):
    """A table whose cells are measured as they are shown."""

    def add_row(self, *cells: RenderableType | None, **options: Any) -> None:
        super().add_row(*[cell if cell is None else _shown(cell) for cell in cells], **options)


def _shown(cell: RenderableType) -> RenderableType:
    """Text without control characters; anything else as it is."""
    if isinstance(cell, str):
        return visible(cell)
    if isinstance(cell, Text) and visible(cell.plain) != cell.plain:
        cell = cell.copy()
        cell.plain = visible(cell.plain)
    return cell


def console(*, stderr: bool = False) -> Console:
    """A console that shows text as it is, on stdout by itself: `[a]` and `:100:` are no markup."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else WIDTH_WITHOUT_TERMINAL
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")  # bytes of a crontab that are no UTF-8
    return Screen(highlight=False, markup=False, emoji=False, width=width, stderr=stderr)


def table(*headings: str, narrow: tuple[int, ...] = ()) -> Table:
    """A light table; the columns in ``narrow`` keep their words on one line."""
    made = Rows(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for index, heading in enumerate(headings):
        made.add_column(heading, overflow="fold", no_wrap=index in narrow)
    return made
