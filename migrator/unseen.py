"""Characters that nobody sees, and that change what is seen: what a terminal obeys, and the order of a line.

A crontab, the output of a job or the name of a host may hold them. In source code they are the
"Trojan Source" of CVE-2021-42574: what is reviewed is not what runs.
"""

from __future__ import annotations

import re

# C0 but tab and line feed, DEL and C1, which terminals obey; the marks, embeddings, overrides and isolates of
# writing from right to left; the line and paragraph separators, at which some programs end a line
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_PICTURES = {**{chr(code): chr(0x2400 + code) for code in range(0x20)}, "\x7f": "\u2421"}


def visible(text: str) -> str:
    """The text with such characters made visible, each as one: ESC as \u241b, the others as \ufffd."""
    return _UNSEEN.sub(lambda match: _PICTURES.get(match[0], "\ufffd"), text)


def seen(value: object) -> object:
    """What a template shows of a value, made visible: of a place, a job or a host what it is called."""
    text = value if isinstance(value, str) else str(value)
    if text.isprintable():
        return value
    return type(value)(visible(value)) if isinstance(value, str) else visible(text)


def without_unseen(text: str, instead: str = "") -> str:
    """The text without such characters."""
    return _UNSEEN.sub(instead, text)


def escaped(text: str) -> str:
    r"""Each of them as ``\u202e``, which JSON and Python read as the same string.

    The text is a literal of theirs, or a document of JSON: what ASCII has of them but DEL is escaped already.
    """
    if text.isascii() and "\x7f" not in text:
        return text
    return _UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
