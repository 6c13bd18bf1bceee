"""Characters that nobody sees: made visible, taken out, or escaped so that the value stays."""

import ast
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from migrator.codegen.python_text import comment, docstring, quoted
from migrator.unseen import escaped, seen, visible, without_unseen

ODD = "\x00\x08\x0b\x0c\r\x1b\x7f\x85\x9b\u061c\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069"
TEXTS = st.text(st.sampled_from([*ODD, *"aż'\"\\#\n\t{}%|`<"]), max_size=20)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "␛[2J"),
        ("a\x7fb", "a␡b"),
        ("\x9b31m", "\ufffd31m"),
        ("/bin/\u202egpj.exe", "/bin/\ufffdgpj.exe"),
        ("kropka\u2028import os", "kropka\ufffdimport os"),
        ("tab\tand line\n", "tab\tand line\n"),
        ("żółw 🐢", "żółw 🐢"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(TEXTS)
def test_nothing_unseen_is_left(text: str) -> None:
    for made in (visible(text), without_unseen(text), comment(text), docstring(text, [text]), quoted(text)):
        assert not set(made) & set(ODD)
    assert len(visible(text)) == len(text)


@given(TEXTS)
def test_an_escaped_literal_keeps_its_value(text: str) -> None:
    assert json.loads(escaped(json.dumps([text], ensure_ascii=False))) == [text]
    assert ast.literal_eval(quoted(text)) == text


def test_a_template_shows_text_made_visible_and_markup_stays_markup() -> None:
    assert seen("<b>\x1b") == "<b>␛"
    assert isinstance(seen(Markup("<b>\u202e</b>")), Markup)
    assert seen(5) == 5
