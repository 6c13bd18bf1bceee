"""What a table shows is what it was given."""

import pytest

from migrator.cli.tables import console, table

TEXT = "tests/test_a.py:100: [red]grep [abc] x[/red] :smile:"


def test_text_is_never_taken_for_markup(capsys: pytest.CaptureFixture[str]) -> None:
    rows = table("command")
    rows.add_row(TEXT)
    console().print(rows)
    console().print(TEXT)
    assert capsys.readouterr().out.count(TEXT) == 2
