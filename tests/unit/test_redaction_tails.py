"""What is kept of a long output shows no part of a secret that the cut took the beginning of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.redaction import redact
from migrator.redaction.tails import CUT, KEPT, is_cut, without_rest

SECRET = "q7Zk" * 10
TELLING = [
    "postgres://app:{}@db/x",
    "curl -H 'Authorization: Bearer {}' u",
    "DB_PASSWORD={} ./manage.py x",
    'call_command("x", "--token", "{}")',
]
KEY = "-----BEGIN {0}PRIVATE KEY-----\n" + "q7ZkAAAAAAAAAAAA\n" * 20 + "-----END {0}PRIVATE KEY-----"
LINE = "an ordinary line\n"


@pytest.mark.parametrize("telling", TELLING)
@given(lost=st.integers(0, 100), lines=st.booleans())
def test_a_secret_that_was_cut_in_two_is_not_shown(telling: str, lost: int, *, lines: bool) -> None:
    after = LINE * 300 if lines else " ordinary words" * 400
    kept = (telling.format(SECRET) + after)[lost:]
    shown = redact(without_rest(kept))
    assert "q7Zk" not in shown
    assert shown.endswith(after[-KEPT // 2 :])


def test_what_is_whole_stays() -> None:
    text = "first line\n" + LINE * 20
    assert (without_rest(text), is_cut(text)) == (text, False)


def test_a_cut_is_told_once() -> None:
    once = without_rest("st line\n" + LINE * 300)
    assert once == CUT + "\n" + LINE * 300
    assert (without_rest(once), is_cut(once), is_cut(CUT + "\nshort")) == (once, True, True)


def test_a_long_text_without_a_blank_may_be_all_secret() -> None:
    assert without_rest("q" * KEPT) == CUT


@pytest.mark.parametrize("kind", ["", "RSA ", "OPENSSH ", "ENCRYPTED "])
def test_a_private_key_is_masked(kind: str) -> None:
    shown = redact(f"before\n{KEY.format(kind)}\nafter")
    assert shown == f"before\n-----BEGIN {kind}PRIVATE KEY-----***-----END {kind}PRIVATE KEY-----\nafter"
    assert redact(KEY.format(kind)[:90]) == f"-----BEGIN {kind}PRIVATE KEY-----***"


@given(lost=st.integers(0, 400))
def test_a_private_key_that_was_cut_in_two_is_not_shown(lost: int) -> None:
    key = KEY.format("")
    assert "q7Zk" not in redact(without_rest(key[lost:] + "\n" + LINE * 300 + key + LINE))
