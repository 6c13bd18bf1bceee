"""The tail of a longer text: what stands first in it may be the rest of a secret, whose name is gone."""

from __future__ import annotations

import re

KEPT = 4000  # bytes; what is nearly as long as a tail may be has lost its beginning
CUT = "\N{HORIZONTAL ELLIPSIS}"  # in place of the line that was cut in two
NAMED_WITHIN = 200  # characters; no name of a secret stands further in front of it

_LINE_END = re.compile(r"[\r\n]")
_BLANK = re.compile(r"\s")
_END_OF_KEY = re.compile(r"-----END [A-Z ]{0,30}PRIVATE KEY-----|-----BEGIN ")


def is_cut(text: str) -> bool:
    """Whether the first line of a kept text is not one that was printed."""
    return text.startswith(CUT) or len(text.encode()) >= KEPT


def without_rest(text: str) -> str:
    """A text without the line that was cut in two; of a very long line the end stays.

    A private key that has lost its first line goes down to its last one.
    """
    if text.startswith(CUT) or not is_cut(text):
        return text
    start = _place(_LINE_END, text, 0)
    if start > 2 * NAMED_WITHIN:
        start = min(start, _place(_BLANK, text, NAMED_WITHIN))
    key = _END_OF_KEY.search(text, start)
    if key and key[0].startswith("-----END"):
        start = key.end()
    return CUT + text[start:]


def _place(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.search(text, position)
    return found.start() if found else len(text)
