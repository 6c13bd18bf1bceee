"""Brace expansion: the words that we read against those that bash passes on."""

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.crontab.braces import expanded
from migrator.crontab.shell import Word
from tests.oracle.effort import EXAMPLES

PIECES = ["{", "}", ",", "..", "a", "f", "1", "3", "10", "03", "-2", "+1", "{a,b}", "{1..4}", "{}", "{A..C}"]
words = st.lists(st.sampled_from(PIECES), min_size=1, max_size=9).map("".join)


def by_bash(texts: list[str]) -> list[list[str]]:
    """The arguments that each word becomes."""
    script = "".join(f"printf '%s\\n' {text}; echo =\n" for text in texts)
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=20, check=True)
    return [block.splitlines() for block in done.stdout.split("=\n")[:-1]]


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not here")
@given(texts=st.lists(words, min_size=50, max_size=50))
@settings(max_examples=10 * EXAMPLES, deadline=None)
def test_the_same_words(texts: list[str]) -> None:
    for text, words_of_bash in zip(texts, by_bash([f"./{text}" for text in texts]), strict=True):
        ours = [word.value for word in expanded([Word(f"./{text}", f"./{text}")])]
        assert ours in ([None], words_of_bash), text
