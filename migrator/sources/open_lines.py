"""Crontab lines with names that are known only where a script runs: what can be read of them is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from migrator.crontab.syntax import Crontab, JobLine, Line, Unreadable, split_command
from migrator.i18n import _
from migrator.schedule.kinds import Undecided

_STAND_IN = re.compile("[\U000f0000-\U000ffffd]")
_FIELD = re.compile(r"(?:[\d*/,?~-]|[A-Za-z]{3}(?![A-Za-z])|[\U000f0000-\U000ffffd])+")


def opened(crontab: Crontab, names: Mapping[int, Sequence[str]]) -> Crontab:
    """The crontab with a job for each line whose schedule is open; ``names``: by line, from 1."""
    lines = list(crontab.lines)
    for number, own in names.items():
        if number <= len(lines) and isinstance(lines[number - 1], Unreadable):
            lines[number - 1] = _job(lines[number - 1], own, crontab)
    return replace(crontab, lines=tuple(lines))


def _job(line: Line, names: Sequence[str], crontab: Crontab) -> Line:
    masked, shown = line.text, {}
    # the longest first: $M is the beginning of $MINUTE
    for index, name in enumerate(sorted(dict.fromkeys(names), key=len, reverse=True)):
        stand_in = chr(0xF0000 + index)
        shown[stand_in] = name
        masked = masked.replace(name, stand_in)

    def written(text: str) -> str:
        return _STAND_IN.sub(lambda match: shown.get(match.group(), match.group()), text)

    words = list(re.finditer(r"[^ \t]+", masked))
    count = _schedule_words([word.group() for word in words])
    column = 1 if crontab.format == "system" else 0
    if not count or len(words) <= count + column:
        return line
    schedule = written(masked[words[0].start() : words[count - 1].end()])
    user = written(words[count].group()) if column else None
    position = words[count + column].start()
    raw = written(masked[position:])
    command, stdin = split_command(raw, crontab.dialect)
    reason = _("{names} is set where the script runs").format(names=", ".join(dict.fromkeys(names)))
    return JobLine(
        line.text, Undecided(schedule, reason), user, raw, len(written(masked[:position])), command, stdin
    )


def _schedule_words(words: Sequence[str]) -> int:
    """How many words the schedule takes: five that look like fields, or one name for all; 0: no schedule."""
    if len(words) >= 5 and all(_FIELD.fullmatch(word) for word in words[:5]):
        return 5
    return 1 if words and _STAND_IN.fullmatch(words[0]) else 0
