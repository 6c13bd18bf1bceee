"""Python source text: literals that are what they say, comments nothing breaks out of."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.codegen.python_text import WIDTH, call, comment, docstring, quoted
from migrator.codegen.tasks import function_name

texts = st.text(st.characters(exclude_categories=()))


@given(texts)
def test_a_literal_is_its_text_and_can_be_written(text: str) -> None:
    literal = quoted(text)
    assert ast.literal_eval(literal.encode().decode()) == text


@given(texts)
def test_nothing_breaks_out_of_a_comment(text: str) -> None:
    line = comment(text)
    assert ast.parse(line + "\n").body == []


@given(texts, st.lists(texts, max_size=3))
def test_nothing_breaks_out_of_a_docstring(title: str, paragraphs: list[str]) -> None:
    source = "def f():\n" + docstring(f"T{title}", paragraphs) + "\n"
    (function,) = ast.parse(source.encode().decode()).body
    assert isinstance(function, ast.FunctionDef)
    assert len(function.body) == 1


@pytest.mark.parametrize(("length", "lines"), [(WIDTH - 4 - len("f()"), 1), (WIDTH - 3 - len("f()"), 3)])
def test_a_call_is_folded_where_it_does_not_fit(length: int, lines: int) -> None:
    assert len(call("f", ["a" * length], 4).splitlines()) == lines


@pytest.mark.parametrize(
    ("identity", "name"),
    [("send", "send"), ("import", "import_job"), ("lock", "lock_job"), ("class", "class_job")],
)
def test_a_function_never_takes_a_name_that_is_taken(identity: str, name: str) -> None:
    assert function_name(identity) == name
