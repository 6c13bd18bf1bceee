"""Words of bash's under another shell.

Tried with dash 0.5.12, Debian's sh: it refuses ``[[``, ``source``, ``|&``, ``<<<``, ``pushd``
and ``${X:0:2}``. ash takes the first two, and where bash is called sh, it takes all.
"""

from __future__ import annotations

from migrator.crontab.reading import Reading
from migrator.i18n import _


def say_bash_only(fact: str, reading: Reading) -> None:
    """A fact about bash's own, told once."""
    if all(remark.message != fact for remark in reading.remarks):
        reading.remark("CM316", fact, _("set SHELL=/bin/bash above the line, or write it for sh"))


def bash_only(text: str, reading: Reading) -> None:
    """A word that Debian's sh does not know."""
    say_bash_only(_("{text} is bash's: sh of Debian fails there").format(text=text), reading)
