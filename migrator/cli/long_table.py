"""A table of many rows in the look of rich's, in a small part of its time.

rich measures, wraps and pads each cell as if it were a document. Most cells are short lines, which
need none of that; a line that is too long, or has odd characters, is still left to rich.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment, Segments
from rich.style import Style
from rich.table import Table
from rich.text import Text

from migrator.cli import tables

Line = tuple[str, str]  # text and style
Cell = list[Line]

_AT_ONCE = 200  # rows handed to the console together


@dataclass(frozen=True, slots=True)
class Column:
    """``widest``: in characters; None: as wide as it is, and never folded."""

    heading: str
    widest: int | None = None


def print_rows(screen: Console, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> None:
    """Print the rows below their headings; where they do not fit the screen, rich finds a way."""
    rows = [[_lines(cell) for cell in row] for row in rows]
    widths = [_width(column, [row[index] for row in rows]) for index, column in enumerate(columns)]
    if sum(widths) + 3 * (len(widths) - 1) > screen.width:
        screen.print(_by_rich(columns, rows))
        return
    bold = [[(column.heading, "bold")] for column in columns]
    screen.print(Segments(_segments(screen, bold, widths, gap="bold")), end="")
    screen.print("─" * (sum(widths) + 3 * (len(widths) - 1)), highlight=False)
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        screen.print(Segments([one for row in part for one in _segments(screen, row, widths)]), end="")


def _lines(cell: Cell) -> Cell:
    """The lines of a cell, each with its style."""
    return [(line, style) for text, style in cell for line in text.split("\n")]


def _width(column: Column, cells: Sequence[Cell]) -> int:
    longest = max((cell_len(text) for cell in cells for text, _style in cell), default=0)
    longest = max(longest, cell_len(column.heading))
    return longest if column.widest is None else min(longest, column.widest)


def _segments(
    screen: Console, row: Sequence[Cell], widths: Sequence[int], gap: str = ""
) -> Iterator[Segment]:
    folded = [
        [line for text, style in cell for line in _folded(screen, text, style, width)]
        for cell, width in zip(row, widths, strict=True)
    ]
    between = Segment("   ", _style(screen, gap))
    for number in range(max(map(len, folded))):
        for index, (cell, width) in enumerate(zip(folded, widths, strict=True)):
            if index:
                yield between
            text, style = cell[number] if number < len(cell) else ("", "")
            yield Segment(text, _style(screen, style))
            yield Segment(" " * (width - cell_len(text)), _style(screen, gap))
        yield Segment.line()


def _folded(screen: Console, text: str, style: str, width: int) -> list[Line]:
    """The line, or the several that it takes."""
    if len(text) <= width and text.isascii() and text.isprintable():
        return [(text, style)]
    return [(line.plain, style) for line in Text(text).wrap(screen, width, overflow="fold")]


def _style(screen: Console, name: str) -> Style | None:
    return screen.get_style(name) if name else None


def _by_rich(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> Table:
    made = tables.table()
    for column in columns:
        folds = column.widest is not None
        made.add_column(
            column.heading, overflow="fold" if folds else None, max_width=column.widest, no_wrap=not folds
        )
    for row in rows:
        made.add_row(*(Text("\n").join(Text(text, style) for text, style in cell) for cell in row))
    return made
