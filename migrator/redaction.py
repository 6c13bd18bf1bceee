"""Secrets, taken out of everything that we show or keep.

A bearer token in one crontab line was once found 24,827 times in a journal, because cron
logs each command. So every value that leaves the tool passes through here.
"""

from __future__ import annotations

import re

MASK = "***"

_SECRET = r"secret|token|passw(?:or)?d|passwd|pwd|(?:api|access|private)[_-]?key|auth(?!or)|dsn|credential"
_NAME = rf"[\w.-]*(?:{_SECRET})[\w.-]*"
_VALUE = r"""(?:"[^"]*"|'[^']*'|[^\s"'&;|<>,)]+)"""

_HEADER = rf"\b(?:authorization|cookie|{_NAME})[ \t]*:[ \t]*(?:(?:bearer|basic|token)[ \t]+)?"

# What stands before a secret, and the secret.
_RULES = [
    (re.compile(f"({before}){secret}", re.IGNORECASE), r"\1" + MASK)
    for before, secret in (
        (r"\b[a-z][a-z0-9+.-]*://[^\s/:@]*:", r"[^\s/]+(?=@)"),  # scheme://user:password@host
        (r"\b[a-z][a-z0-9+.-]*://", r"[^\s/:@]{16,}(?=@)"),  # scheme://token@host
        (_HEADER, r"[^\s\"']+"),  # -H 'Authorization: Bearer abc'
        (rf"(?:--?)?\b{_NAME}[ \t]*=[ \t]*", _VALUE),  # NAME_TOKEN=abc, --password=abc, ?api_key=abc
        (rf"--{_NAME}[ \t]+(?!-)", _VALUE),  # --password abc
        (rf"\"--{_NAME}\",\s*\"", r"[^\"]+"),  # the same as two Python strings
        (r"(?<!\S)(?:-u|--user)[ \t=]*['\"]?[^\s:'\"]+:", r"[^\s'\"]+"),  # curl -u user:password
    )
]


def redact(text: str) -> str:
    """The text with its secrets masked; the names beside them stay."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def first_line(error: BaseException) -> str:
    """What somebody else's error says, in one line; its kind where that is no sentence."""
    text = redact(str(error).strip().split("\n", 1)[0])
    return text if " " in text else f"{type(error).__name__}: {text}".removesuffix(": ")


def redact_setting(name: str, value: str) -> str:
    """The value of a setting, masked where its name says that it is a secret."""
    return MASK if value and re.fullmatch(_NAME, name, re.IGNORECASE) else redact(value)
