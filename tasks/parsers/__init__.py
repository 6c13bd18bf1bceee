"""One parser per shape of page, by the key that a court names."""

from __future__ import annotations

from collections.abc import Callable

from tasks.parsers.cards import parse_cards
from tasks.parsers.hearing import Hearing, PageError
from tasks.parsers.table import parse_table

PARSERS: dict[str, Callable[[str], list[Hearing]]] = {
    "cards": parse_cards,
    "table": parse_table,
}

__all__ = ["PARSERS", "Hearing", "PageError"]
