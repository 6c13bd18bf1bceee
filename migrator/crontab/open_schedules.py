"""Lines whose schedule somebody else fills in: ``{{ minute }} 5 * * * CMD``, ``$SCHEDULE CMD``."""

from __future__ import annotations

import re
from dataclasses import replace

from migrator.crontab.syntax import Format, JobLine, Unreadable, read_line
from migrator.crontab.templates import Template, named
from migrator.i18n import _
from migrator.schedule.dialect import DEBIAN, Dialect
from migrator.schedule.kinds import Undecided

_STAND_IN = "[\U000f0000-\U000ffffd]"
# In the schedule, where neither cron nor a shell expands anything, these are placeholders too.
_PLACEHOLDER = re.compile(rf"{_STAND_IN}|\$\{{[A-Za-z_][^}} \t]*\}}|\$[A-Za-z_]\w*|\{{[A-Za-z_]\w*\}}")
_NAME = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat)"
_FIELD = re.compile(rf"(?:[0-9*,/~-]|{_NAME})*", re.IGNORECASE)
_WHOLE = re.compile(r"sched|cron|when|time|spec|expr|freq|interval|period")
_SWITCH = re.compile(r"enable|disable|comment|active|switch|(?:^|_)(?:on|off|if|use)(?:_|$)")


def read_open_line(
    line: Unreadable, format: Format, template: Template | None, dialect: Dialect = DEBIAN
) -> JobLine | Unreadable:
    """The job of a line whose schedule has a placeholder; the line itself where it has none.

    A placeholder in front of a whole schedule may stand for ``#``: where its name says so, the
    schedule is the rest.
    """
    text = line.text
    words = list(re.finditer(r"[^ \t]+", text))
    switch = re.match(rf"[ \t]*({_STAND_IN})(?=[0-9*@])", text)
    if switch and template and _SWITCH.search(next(named([template.written(switch.group(1))]), "")):
        behind = read_line(text[: switch.start(1)] + text[switch.end(1) :], format, dialect)
        if isinstance(behind, JobLine):
            return replace(behind, text=text, offset=behind.offset + 1)
    count = _columns([word.group() for word in words], template)
    if not count or len(words) <= count:
        return line
    start = words[count].start()
    schedule = text[words[0].start() : words[count - 1].end()]
    read = read_line("* * * * * " + text[start:], format, dialect)
    if not isinstance(read, JobLine):
        return line
    shown = template.written(schedule) if template else schedule
    reason = _("something fills in {placeholders}").format(
        placeholders=", ".join(dict.fromkeys(_PLACEHOLDER.findall(schedule)))
    )
    offset = len(text) - len(read.raw)
    return replace(read, text=text, schedule=Undecided(shown, reason), offset=offset)


def _columns(words: list[str], template: Template | None) -> int:
    """How many words the schedule has; 0 where the line has none with a placeholder."""
    run = 0
    while run < min(5, len(words)) and _FIELD.fullmatch(_PLACEHOLDER.sub("", words[run])):
        run += 1
    if words and re.fullmatch(rf"@{_STAND_IN}", words[0]):
        return 1
    if not any(_PLACEHOLDER.search(word) for word in words[:run]):
        return 0
    alone = next((at for at, word in enumerate(words[:run]) if not _PLACEHOLDER.fullmatch(word)), run)
    whole = alone > 0 and _WHOLE.search(_name(words[0], template)) is not None
    if run == 5 and not (whole and alone == 5):
        return 5
    # `{{ time }} * * *` gives several fields at once; `{{ schedule }} {{ user }}` is one and a user.
    if alone < run:
        return run if template else 0
    return 1 if whole or template else 0


def _name(word: str, template: Template | None) -> str:
    return next(named([template.written(word) if template else word]), "")
