"""Tables for eyes: as wide as the terminal, 100 columns where there is none."""

from __future__ import annotations

import io
import sys

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

WIDTH_WITHOUT_TERMINAL = 100


def console() -> Console:
    """A console on stdout that shows text as it is: `[a]` and `:100:` are the user's, no markup."""
    width = None if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # bytes of a crontab that are no UTF-8
    return Console(highlight=False, markup=False, emoji=False, width=width)


def table(*headings: str, narrow: tuple[int, ...] = ()) -> Table:
    """A light table; the columns in ``narrow`` keep their words on one line."""
    made = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for index, heading in enumerate(headings):
        made.add_column(heading, overflow="fold", no_wrap=index in narrow)
    return made
