"""``NAME = value`` as each daemon reads it.

Authority: crontab(5) and load_env() of Debian's cron 3.0pl1 and of cronie 1.7.2, load_crontab()
of busybox 1.35, ParseCrontab() of supercronic.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from migrator.crontab.lines import Setting, Unreadable
from migrator.errors import MigratorError
from migrator.i18n import _
from migrator.schedule.dialect import Dialect


def read_setting(text: str, dialect: Dialect) -> Setting | Unreadable | None:
    """The setting that a line is, Unreadable where the daemon trips over it, None where it is none."""
    return _SYNTAXES[dialect.setting_syntax](text, dialect)


_BLANKS = " \t\r\v\f"  # isspace(); a newline ends the line
_QUOTED = re.compile(
    r"""[ \t]*(?: "(?P<double>[^"=]*)" | '(?P<single>[^'=]*)' | (?P<plain>[^\s=\#"'][^\s=]*)? )
        [ \t\r\v\f]*=[ \t\r\v\f]*(?P<value>.*)""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)


def _quoted(text: str, dialect: Dialect) -> Setting | Unreadable | None:
    """Name and value may stand in quotes, of which the value's must be its first and last characters."""
    match = _QUOTED.fullmatch(text)
    if match is None:
        return None
    name = match["double"] or match["single"] or match["plain"] or ""
    value = match["value"].rstrip(_BLANKS)
    if value[:1] in ("'", '"'):
        if len(value) < 2 or value.find(value[0], 1) != len(value) - 1:
            problem = MigratorError(
                _("the quote does not end with the value"),
                text=text,
                hint=_("close it at the end, or write the value without quotes"),
            )
            return Unreadable(text, problem)
        value = value[1:-1] if dialect.quoted_verbatim else _unquoted_again(value[1:-1])
    elif not value and not dialect.empty_setting:
        return Unreadable(text, _empty(text, name))
    return Setting(text, name, value)


def _unquoted_again(value: str) -> str:
    """Debian's daemon cuts the blanks at the end of a quoted value, and then a second pair of quotes."""
    value = value.rstrip(" \t")
    twice = len(value) > 1 and value[0] in "'\"" and value[0] == value[-1]
    return value[1:-1] if twice else value


class EmptySetting(MigratorError):
    """``MAILTO=``: what a daemon of some versions takes, and one of others refuses."""


def _empty(text: str, name: str) -> MigratorError:
    return EmptySetting(
        _("{name}= has no value, and Debian's cron before version 13 then ignores the file").format(
            name=name
        ),
        text=text,
        hint=_('write {name}=""').format(name=name),
    )


_OUTER = re.compile(r"[ \t]*(?P<name>[^\s=]+)[ \t\r\f]*=[ \t\r\f]*(?P<value>.*)", re.DOTALL)


def _outer_quotes(text: str, dialect: Dialect) -> Setting | Unreadable | None:
    """One pair of equal quotes around the whole value goes; a value that is empty stops supercronic."""
    match = _OUTER.fullmatch(text)
    if match is None:
        return None
    name, value = match["name"], match["value"]
    if not value:
        fact = _("{name}= has no value, which {program} does not survive").format(
            name=name, program=dialect.program
        )
        return Unreadable(text, MigratorError(fact, text=text, hint=_('write {name}=""').format(name=name)))
    if len(value) > 1 and value[0] in "'\"" and value[0] == value[-1]:
        value = value[1:-1]
    return Setting(text, name, value)


_FIRST_WORD = re.compile(
    r"[ \t]*(?P<name>[A-Za-z_][0-9A-Za-z_]*)(?P<gap>[ \t]*)=(?P<value>[^ \t]*).*", re.DOTALL
)


def _first_word(text: str, dialect: Dialect) -> Setting | Unreadable | None:
    """A few names, each in one word with its value; what else looks like a setting has no effect."""
    match = _FIRST_WORD.fullmatch(text)
    if match is None:
        return None
    known = dialect.settings is None or match["name"] in dialect.settings
    return Setting(text, match["name"], match["value"], effective=known and not match["gap"])


_SYNTAXES: dict[str, Callable[[str, Dialect], Setting | Unreadable | None]] = {
    "quoted": _quoted,
    "outer quotes": _outer_quotes,
    "first word": _first_word,
}
