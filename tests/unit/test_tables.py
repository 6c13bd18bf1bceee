"""What a table shows is what it was given."""

import pytest

from migrator.cli import run
from migrator.cli.tables import console, table

TEXT = "tests/test_a.py:100: [red]grep [abc] x[/red] :smile:"


def test_text_is_never_taken_for_markup(capsys: pytest.CaptureFixture[str]) -> None:
    rows = table("command")
    rows.add_row(TEXT)
    console().print(rows)
    console().print(TEXT)
    assert capsys.readouterr().out.count(TEXT) == 2


def test_codes_for_the_terminal_are_shown_and_not_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    rows = table("command", "next")
    rows.add_row("\x1b]0;title \x1b[2J \x9b31m gone\x7f", "one")
    console().print(rows)
    printed = capsys.readouterr().out
    assert "\u241b]0;title \u241b[2J \ufffd31m gone\u2421" in printed
    assert [one for one in printed if not one.isprintable() and one != "\n"] == []


def test_an_error_shows_the_codes_in_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["scan", "/no/\x1b[31mfile"]) == 3
    assert "/no/\u241b[31mfile" in capsys.readouterr().err
