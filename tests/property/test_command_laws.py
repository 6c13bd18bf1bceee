"""Laws of reading a command: any text, any quoting, any depth."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.crontab.command import read_command
from migrator.crontab.reading import Reading

PIECES = [
    "./manage.py x", "cd /srv", "&&", "||", ";", "&", "|", "|&", "(", ")", "{", "}", "'", '"', "`", "$(",
    "$((", "))", "${", "$X", "$1", "[", "]", "[[", "]]", "if", "then", "else", "fi", "for a in b", "do",
    "done", "while", "case", "esac", "<<EOF", "<<<", "<", ">", ">>", "2>&1", "&>", ">&", "2&1", "\\", "\n",
    "#", "!", "exit", "set -e", "sh -c", "eval", "flock -n l", "exec", "f()", "sleep 5", "echo",
    "export A=b", ". f", "*", "~", "\x00", "\udcff", "é",
]  # fmt: skip
WORDS = st.text(st.characters(exclude_characters="\x00\n", exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join) | st.text(max_size=60))
def test_any_text_has_a_reading(text: str) -> None:
    reading = read_command(text, scripts={"f": text})
    assert isinstance(reading, Reading)
    assert not reading.steps or reading.steps[0].after == "always"


@given(st.lists(WORDS, max_size=5))
def test_quoted_arguments_come_back(arguments: list[str]) -> None:
    [step] = read_command(shlex.join(["python", "manage.py", "x", *arguments])).steps
    assert (step.name, step.argv) == ("x", tuple(arguments))


@pytest.mark.parametrize("shell", ["sh -c", "bash -lc", "flock l -c", "sh -c 'sh -c \"$1\"' _"])
@given(st.lists(WORDS.filter(bool), max_size=3), st.sampled_from(["", "cd /srv && ", "umask 077; "]))
def test_a_text_for_a_shell_means_what_the_text_means(shell: str, arguments: list[str], before: str) -> None:
    text = before + shlex.join(["./manage.py", "x", *arguments])
    inner, outer = read_command(text), read_command(f"{shell} {shlex.quote(text)}")
    assert [(s.name, s.argv, s.cwd) for s in inner.steps] == [(s.name, s.argv, s.cwd) for s in outer.steps]
    assert inner.umask == outer.umask
