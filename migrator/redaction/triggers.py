"""What a text must hold for any rule to find a secret in it: most texts hold none of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

from migrator.redaction.names import ENDINGS, SECRET_PARTS
from migrator.redaction.shapes import BY_PROGRAM
from migrator.redaction.typed import PROGRAMS


def may_hold_secret(text: str) -> bool:
    """Whether the rules have to look; False only where each of them leaves the text as it is."""
    if not text.isascii():
        return True  # re.IGNORECASE takes more for a letter than str.lower does: the long s, the Kelvin sign
    lowered = text.lower()
    if _TRIGGER.search(lowered) is not None:
        return True
    return ":" in lowered and any(map(lowered.__contains__, _USERS))


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """One pattern for all the words, by their first letters: few places of a text are looked at twice."""
    by_letter = groupby(sorted(words), key=lambda word: word[0])
    return re.compile(
        "|".join(
            f"{re.escape(letter)}(?:{'|'.join(re.escape(word[1:]) for word in same)})"
            for letter, same in by_letter
        )
    )


_SECRET_NAMES = (*ENDINGS, *SECRET_PARTS, "key")  # headers with secrets are called so, too
_QUERIES = ("sig=", "signature=", "code=", "hash=", "hmac=")
_ADDRESSES = """
    hooks.slack.com/ discord telegram webhook hooks.zapier.com/ /with/key/ hc-ping healthchecks
    /ping/ /cron/ tgram slack: pover: pbul: prowl: msteams: ifttt mailgun: sendgrid: cronitor nosnch
    heartbeat /api/push/ ohdear cronhub honeybadger statuscake pagerduty /hook
"""
_SHAPES = """
    eyj akia asia ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- npm_ pypi- xox _live_ _test_ aiza sg. basic
    bearer pass:
"""
_PLACED = """
    smbclient smbget rpcclient winexe isql rabbitmqctl pdftk ftp sqlplus sqlldr expdp impdp rman
    xfreerdp wlfreerdp rdesktop login dms net net.exe obscure auth notify-run mega-login mc mcli .php
"""
_PAIRS = ("-p ",)  # -u NAME -p PASSWORD
_PROGRAMS = (f"{program} " for program in (*BY_PROGRAM, *_PLACED.split()))
_USERS = ("-u", "curl", "proxy-user")
_TRIGGER = _any_of(
    [
        "@",
        "\t",
        *_SECRET_NAMES,
        *_QUERIES,
        *_ADDRESSES.split(),
        *_SHAPES.split(),
        *_PROGRAMS,
        *_PAIRS,
        *PROGRAMS,
    ]
)
