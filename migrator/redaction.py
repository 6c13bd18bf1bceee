"""Secrets, taken out of everything that we show or keep.

A bearer token in one crontab line was once found 24,827 times in a journal, because cron
logs each command. So every value that leaves the tool passes through here.
"""

from __future__ import annotations

import re

MASK = "***"

_NAME = r"[\w.-]*(?:secret|token|passw(?:or)?d|passwd|pwd|api[_-]?key|access[_-]?key|private[_-]?key|auth(?!or)|dsn|credential)[\w.-]*"
_VALUE = r"""(?:"[^"]*"|'[^']*'|[^\s"'&;|<>,)]+)"""

_RULES = (
    # scheme://user:password@host
    (re.compile(r"(?P<keep>\b[a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s/@]+(?=@)", re.IGNORECASE), r"\g<keep>" + MASK),
    # -H 'Authorization: Bearer abc', X-Api-Key: abc
    (
        re.compile(rf"(?P<keep>\b(?:authorization|cookie|{_NAME})\s*:\s*(?:bearer\s+|basic\s+|token\s+)?)[^\s\"']+", re.IGNORECASE),
        r"\g<keep>" + MASK,
    ),
    # NAME_TOKEN=abc, --password=abc, ?api_key=abc
    (re.compile(rf"(?P<keep>(?:--?)?\b{_NAME}\s*=\s*){_VALUE}", re.IGNORECASE), r"\g<keep>" + MASK),
    # --password abc
    (re.compile(rf"(?P<keep>--{_NAME}\s+)(?!-){_VALUE}", re.IGNORECASE), r"\g<keep>" + MASK),
    # curl -u user:password
    (re.compile(r"(?P<keep>\s(?:-u|--user)[\s=]*[^\s:]+:)\S+"), r"\g<keep>" + MASK),
)  # fmt: skip


def redact(text: str) -> str:
    """The text with its secrets masked; the names beside them stay."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def redact_setting(name: str, value: str) -> str:
    """The value of a setting, masked where its name says that it is a secret."""
    return MASK if value and re.fullmatch(_NAME, name, re.IGNORECASE) else redact(value)
