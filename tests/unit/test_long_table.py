"""Long tables: what rich would print, to the last blank and colour."""

import io
from importlib.metadata import version

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.console import Console

from migrator.cli.long_table import Cell, Column, _by_rich, _lines, print_rows

COLUMNS = [Column("job, command", 12), Column("next", 6), Column("status")]
LINES = st.tuples(
    st.text("ab -/[漢é\U0001f600", max_size=20).filter(lambda text: text == text.strip()),
    st.sampled_from(["", "dim", "green"]),
)
RICH = tuple(map(int, version("rich").split(".")[:2]))
ROWS = st.lists(st.tuples(*[st.lists(LINES, min_size=1, max_size=3)] * 3).map(list), min_size=1, max_size=4)


def screen(width: int) -> Console:
    return Console(
        file=io.StringIO(),
        width=width,
        height=25,
        force_terminal=True,
        color_system="standard",
        highlight=False,
    )


def printed(console: Console) -> list[str]:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def plain(lines: list[str]) -> list[str]:
    return [line.replace("\x1b[1m", "").replace("\x1b[0m", "") for line in lines]


@pytest.mark.xfail(RICH < (14, 3), reason="rich counted the padding that pad_edge=False leaves out as width")
@given(rows=ROWS)
@example(
    rows=[[[("send_reminders_to_all", "")], [("0 5 * * *", "dim")], [("exact", "green"), ("retired", "dim")]]]
)
def test_a_table_looks_as_rich_prints_it(rows: list[list[Cell]]) -> None:
    ours, theirs = screen(100), screen(100)
    print_rows(ours, COLUMNS, rows)
    theirs.print(_by_rich(COLUMNS, [[_lines(cell) for cell in row] for row in rows]))
    assert plain(printed(ours)) == plain(printed(theirs))


def test_a_narrow_screen_folds_every_column() -> None:
    console = screen(16)
    print_rows(console, COLUMNS, [[[("a long command", "")], [("monday", "")], [("exact", "")]]])
    assert max(len(line) for line in plain(printed(console))) <= 16
    assert len(printed(console)) > 3
