"""Pages with one table: a row per session, a heading per column."""

from __future__ import annotations

from html.parser import HTMLParser

from tasks.parsers.hearing import Hearing, PageError, moment

COLUMNS = ["Sygnatura", "Data", "Godzina", "Sala", "Sędzia"]


def parse_table(html: str) -> list[Hearing]:
    """The sessions in the page's table."""
    rows = _Rows()
    rows.feed(html)
    rows.close()
    if COLUMNS not in rows.found:
        raise PageError(f"the page has no table with the columns {', '.join(COLUMNS)}")
    return [_hearing(row) for row in rows.found[rows.found.index(COLUMNS) + 1 :]]


def _hearing(row: list[str]) -> Hearing:
    if len(row) != len(COLUMNS):
        raise PageError(f"a row has {len(row)} cells instead of {len(COLUMNS)}: {' | '.join(row)}")
    number, day, time, room, judge = row
    return Hearing(number, moment(f"{day} {time}", "%d.%m.%Y %H:%M"), room, judge)


class _Rows(HTMLParser):
    """Collects the text of every cell, row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[list[str]] = []
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.found.append([])
        elif tag in {"td", "th"} and self.found:
            self._in_cell = True
            self.found[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"}:
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.found[-1][-1] = " ".join(f"{self.found[-1][-1]} {data}".split())
