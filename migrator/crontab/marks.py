"""What the toolkit writes into crontabs, and whose it is: several projects may share one crontab.

A spool serves one project, so that what names a spool tells whose it is: a recorded line by its
``--spool``, the line that syncs and a line that has left cron by their marks. What names none is of
the project with the default one.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

from migrator.crontab.syntax import escaped

_WORD = r"""(?:'[^']*'|"[^"]*"|[^\s'"])+"""  # of those that shlex.join writes
_INTO = rf"(?: into (?P<spool>{_WORD}))?"
RECORDED = re.compile(
    rf"{_WORD} -I -S (?P<cronwrap>{_WORD})(?:(?<=cronwrap\.py)|(?<=cronwrap\.py'))"
    rf"(?: --spool (?P<spool>{_WORD}))? (?P<job>[\w.-]+) -- {_WORD} -c '"
)
_SYNC = "# migrator sync"
_SYNCING = re.compile(rf"{_SYNC}{_INTO}\s*\Z")
RETIRED = "#migrator retired "  # what a cutover puts before a line that has left cron
RETIRED_LINE = re.compile(
    rf"{RETIRED}(?P<job>[\w.-]+){_INTO}: ", re.ASCII
)  # in a script not at a line's start

Whose = Callable[[str], bool]  # whether a line is this project's, as far as anything tells


def sync_mark(spool: str | None) -> str:
    """What ends the line that syncs this spool; None: the default one."""
    return _SYNC + _into(spool)


def retired_mark(job: str, spool: str | None = None) -> str:
    """What stands before a line that has left cron; ``spool``: see :func:`sync_mark`."""
    return f"{RETIRED}{job}{_into(spool)}: "


def _into(spool: str | None) -> str:
    return f" into {escaped(shlex.quote(spool))}" if spool else ""


def syncs(line: str) -> bool:
    """Whether it is a line that ships records and fetches owners, in force or not."""
    return _SYNC in line and _SYNCING.search(line) is not None


def wrapped_job(raw: str) -> str | None:
    """The job id of a wrapped command as written in a crontab."""
    match = RECORDED.match(raw) if "cronwrap.py" in raw else None
    return match["job"] if match else None


def spool_of(line: str) -> str | None:
    """The spool that a line of ours names, wherever in it."""
    match = _marked(line)
    return _path(match["spool"]) if match else None


def recorder_of(line: str) -> str | None:
    """The cronwrap that a wrapped line calls."""
    match = RECORDED.search(line)
    return _path(match["cronwrap"]) if match else None


def of_anybody(line: str) -> bool:
    """Every line is taken for this project's."""
    return True


def of_spool(spool: str | None, *, unnamed: bool = False) -> Whose:
    """Tells the lines of other projects than the one with this spool; plain lines are anybody's.

    ``unnamed``: a mark without a spool is this project's, too: earlier versions wrote none into marks.
    """

    def is_ours(line: str) -> bool:
        match = _marked(line)
        if match is None or _path(match["spool"]) == spool:
            return True
        return unnamed and match.re is not RECORDED and not match["spool"]

    return is_ours


def recorded_into(text: str) -> str | None:
    """The spool that the first recorded line of a crontab names, in force or not."""
    match = RECORDED.search(text)
    return _path(match["spool"]) if match else None


def _marked(line: str) -> re.Match[str] | None:
    recorded = RECORDED.search(line) if "cronwrap.py" in line else None
    if recorded or "migrator" not in line:
        return recorded
    return _SYNCING.search(line) or RETIRED_LINE.search(line)


def _path(word: str | None) -> str | None:
    """What a word of the shell says; one that says nothing, which we wrote nowhere, as it stands."""
    try:
        return shlex.split(word)[0].replace(r"\%", "%") if word else None
    except ValueError:
        return word
