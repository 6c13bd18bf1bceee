"""A line that cron runs: its schedule, the user column, the command.

Authority: crontab(5) and load_entry() of Debian's cron 3.0pl1 and of cronie 1.7.2, load_crontab()
of busybox 1.35, parseJobLine() of supercronic.
"""

from __future__ import annotations

import re
from functools import lru_cache

from migrator.crontab.lines import Format, JobLine, encode
from migrator.errors import BadExpression, MigratorError, Span
from migrator.i18n import _
from migrator.schedule.dialect import DEBIAN, Dialect
from migrator.schedule.kinds import Schedule
from migrator.schedule.read import read_schedule
from migrator.values import value

_BYTE_255 = "\udcff"  # EOF to load_entry(), which looks at the first character of the command
_QUIET = "-"


@value
class _Spot:
    """Where a line is read on: after its schedule, and later after its user and its options."""

    text: str
    position: int
    dialect: Dialect

    @property
    def rest(self) -> str:
        return self.text[self.position :]

    def moved(self, position: int) -> _Spot:
        return _Spot(self.text, position, self.dialect)


def read_job(text: str, format: Format, dialect: Dialect = DEBIAN) -> JobLine:
    """The job of a line; raises MigratorError where the daemon refuses it."""
    schedule, spot = _scheduled(text, dialect)
    user = None
    if format == "system":
        user, spot = _user(spot)
    elif not dialect.star_in_front and spot.rest.startswith("*"):
        raise MigratorError(
            _("a sixth field: cron has no seconds and no years"),
            text=text,
            span=Span(spot.position, spot.position + 1),
            hint=_("remove one field"),
        )
    if dialect.options:
        spot = _after_options(spot)
    raw = _command(spot)
    command, stdin = split_command(raw, dialect)
    return JobLine(text, schedule, user, raw, spot.position, command, stdin)


def _scheduled(text: str, dialect: Dialect) -> tuple[Schedule, _Spot]:
    """The schedule in as many fields as the daemon finds one in, and what follows it."""
    start = len(text) - len(text.lstrip(" \t"))
    if dialect.quiet_prefix and text.startswith(_QUIET, start):
        start += 1
    nickname = text.startswith("@", start)
    problem: MigratorError | None = None
    for count in (1,) if nickname else dialect.counts:
        end = _after_fields(text, start, count, dialect.blanks)
        if end == len(text) and count > 5:
            continue
        written = text[start:end].rstrip(" \t")
        try:
            return _read(written, text, start, dialect), _Spot(text, end, dialect)
        except MigratorError as refused:
            problem = refused
    assert problem is not None
    raise problem


@lru_cache(maxsize=64)
def _fields_pattern(count: int, blanks: str) -> re.Pattern[str]:
    word = blanks.replace("[", "[^", 1).replace("+", "*")
    return re.compile(rf"(?:{word}(?:{blanks}|\Z)){{{count}}}")


def _after_fields(text: str, start: int, count: int, blanks: str) -> int:
    match = _fields_pattern(count, blanks).match(text, start)
    return match.end() if match else len(text)


def _read(written: str, text: str, start: int, dialect: Dialect) -> Schedule:
    try:
        return read_schedule(written, dialect)
    except BadExpression as bad:
        if bad.text != written or bad.span is None:
            raise
        span = Span(start + bad.span.start, start + bad.span.end)
        raise BadExpression(bad.fact, text=text, span=span, hint=bad.hint) from None


def _user(spot: _Spot) -> tuple[str, _Spot]:
    word = re.compile(r"[^ \t]+").match(spot.text, spot.position)
    if word is None:
        fact = _("the user column is missing")
    elif (gap := re.compile(r"[ \t]+").match(spot.text, word.end())) is None:
        fact = _("the command after the user column is missing")
    else:
        return word.group(), spot.moved(gap.end())
    raise MigratorError(
        fact, text=spot.text, hint=_("a line of a system crontab names a user before the command")
    )


_OPTION = re.compile(r"-n[ \t]+")


def _after_options(spot: _Spot) -> _Spot:
    """cronie takes ``-n`` once, and every other word with a dash for an option that it does not know."""
    match = _OPTION.match(spot.text, spot.position)
    after = spot.moved(match.end()) if match else spot
    if after.rest.startswith("-"):
        raise MigratorError(
            _("{program} takes {word} for an option of its own, and knows only -n").format(
                program=spot.dialect.program, word=after.rest.split()[0]
            ),
            text=spot.text,
            span=Span(after.position, after.position + 1),
            hint=_("begin the command with its program"),
        )
    return after


def _command(spot: _Spot) -> str:
    raw, dialect = until_nul(spot.text, spot.dialect, spot.position), spot.dialect
    if not raw and not dialect.empty_command:
        raise MigratorError(
            _("the command is missing"), text=spot.text, hint=_("write a command after the schedule")
        )
    if dialect.longest_command is not None and len(encode(raw)) > dialect.longest_command:
        raise MigratorError(
            _("the command has {count} bytes, cron takes {limit}").format(
                count=len(encode(raw)), limit=dialect.longest_command
            ),
            text=spot.text[:72] + "...",
            hint=_("move it into a script"),
        )
    if dialect.byte_255_ends and raw.startswith(_BYTE_255):
        raise MigratorError(
            _("the command starts with byte 255, which cron takes for the end of the file"),
            text=spot.text,
            hint=_("remove that byte"),
        )
    return raw


def until_nul(text: str, dialect: Dialect, start: int = 0) -> str:
    """The text from ``start`` on, to its NUL: there get_string() ends a line, and another begins."""
    before, nul, after = text[start:].partition("\0")
    if not nul or dialect.nul == "is text":
        return text[start:]
    if dialect.nul == "ends the line" and after.strip(" \t")[:1] not in ("", "#"):
        place = start + len(before)
        raise MigratorError(
            _("a NUL byte ends the line, and cron reads what follows as another one"),
            text=text,
            span=Span(place, place + 1),
            hint=_("remove that byte"),
        )
    return before


def split_command(raw: str, dialect: Dialect = DEBIAN) -> tuple[str, str | None]:
    r"""What the shell gets, and its standard input.

    crontab(5): "Percent-signs (%) in the command, unless escaped with backslash (\), will
    be changed into newline characters, and all data after the first % will be sent to the
    command as standard input", with a newline at its end if it has none. Debian's daemon also
    turns ``\\`` into ``\`` before that ``%``.
    """
    if not dialect.percent or not ("%" in raw or "\\" in raw):
        return raw, None
    end = bare_percent(raw)
    command = re.sub(r"\\([%\\])" if dialect.double_backslash else r"\\(%)", r"\1", raw[:end])
    if end == len(raw):
        return command, None
    lines = re.sub(r"\\(%)|%", lambda match: match.group(1) or "\n", raw[end + 1 :])
    return command, lines if lines[-1:] in ("", "\n") else lines + "\n"


def bare_percent(raw: str) -> int:
    """Where the first ``%`` without a backslash stands; the length of ``raw`` if there is none."""
    match = re.match(r"(?:\\.|[^%])*", raw, re.DOTALL)
    return match.end() if match else 0


def escaped(text: str) -> str:
    """Text that cron hands to the shell as it is: a bare % would end the command."""
    return text.replace("%", r"\%")
