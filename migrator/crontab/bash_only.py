"""Words of bash's under another shell.

Tried with dash 0.5.12, Debian's sh: it refuses ``[[``, ``source``, ``|&``, ``<<<``, ``pushd``
and ``${X:0:2}``, and passes ``{a,b}`` on as it is. ash takes the
first two, and where bash is called sh, it takes all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from migrator.crontab.braces import has_braces
from migrator.crontab.reading import Reading
from migrator.crontab.shell import Word
from migrator.i18n import _


def say_bash_only(fact: str, reading: Reading) -> None:
    """A fact about bash's own, told once."""
    if all(remark.message != fact for remark in reading.remarks):
        reading.remark("CM316", fact, _("set SHELL=/bin/bash above the line, or write it for sh"))


def bash_only(text: str, reading: Reading) -> None:
    """A word that Debian's sh does not know."""
    say_bash_only(_("{text} is bash's: sh of Debian fails there").format(text=text), reading)


def say_timed_assignment(words: Sequence[Word], reading: Reading) -> None:
    """``time A=b x``: time(1), unlike bash's own word, runs what stands behind its options, be it ``A=b``."""
    command = next((word.text for word in words[1:] if not word.text.startswith("-")), "")
    if re.match(r"[A-Za-z_]\w*=", command):
        fact = _("time(1) takes {text} for the program, and fails: only bash's own time knows assignments")
        say_bash_only(fact.format(text=command), reading)


def say_braces(words: Iterable[Word], reading: Reading) -> None:
    """``{a,b}`` that nobody expands: only bash's words have none left in them."""
    braces = [word.text for word in words if word.value is not None and has_braces(word)]
    if braces:
        fact = _("{text} is bash's: sh of Debian passes it on as it is")
        say_bash_only(fact.format(text=" ".join(braces)), reading)
