"""The two shapes of court pages."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tasks.parsers import PARSERS, Hearing, PageError

HEAD = "<tr><th>Sygnatura</th><th>Data</th><th>Godzina</th><th>Sala</th><th>Sędzia</th></tr>"


def test_a_table_has_a_session_per_row(root: Path) -> None:
    page = (root / "tasks/court_pages/okregowy.html").read_text(encoding="utf-8")
    assert PARSERS["table"](page) == [
        Hearing("I C 120/26", datetime(2026, 1, 12, 9, 0), "101", "SSO Anna Przykładowa"),
        Hearing("I C 121/26", datetime(2026, 1, 12, 10, 30), "101", "SSO Anna Przykładowa"),
        Hearing("II K 7/26", datetime(2026, 1, 13, 12, 15), "B 12", "SSO Jan Wzorcowy"),
    ]


def test_cards_have_a_session_per_article(root: Path) -> None:
    page = (root / "tasks/court_pages/rejonowy.html").read_text(encoding="utf-8")
    assert PARSERS["cards"](page) == [
        Hearing("III Nsm 44/26", datetime(2026, 2, 3, 8, 45), "7", "SSR Maria Modelowa"),
        Hearing("III Nsm 51/26", datetime(2026, 2, 3, 11, 0), "7", "SSR Maria Modelowa"),
    ]


@pytest.mark.parametrize(
    ("parser", "page"),
    [
        pytest.param("table", f"<table>{HEAD}</table>", id="table"),
        pytest.param("cards", '<main class="court-list"></main>', id="cards"),
    ],
)
def test_a_day_without_sessions_is_no_error(parser: str, page: str) -> None:
    assert PARSERS[parser](page) == []


@pytest.mark.parametrize(
    ("parser", "page", "message"),
    [
        pytest.param("table", "<p>Przerwa techniczna</p>", "no table with the columns", id="no table"),
        pytest.param("table", f"<table>{HEAD}<tr><td>I C 1/26</td></tr></table>", "1 cells", id="short row"),
        pytest.param(
            "table",
            f"<table>{HEAD}<tr><td>I C 1/26</td><td>2026-01-12</td><td>9:00</td><td/><td/></tr></table>",
            "is not a date and time like 31.01.2026 09:30",
            id="date in another form",
        ),
        pytest.param("cards", "<table></table>", "court-list", id="no list"),
        pytest.param(
            "cards",
            '<main class="court-list"><article><p class="number">1</p></article></main>',
            "has no time",
            id="card without a time",
        ),
    ],
)
def test_a_page_in_another_shape_is_refused(parser: str, page: str, message: str) -> None:
    with pytest.raises(PageError, match=message):
        PARSERS[parser](page)
