"""Everything that reads the text of a schedule, by the name that generated code has for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from migrator.errors import BadExpression, UsageProblem
from migrator.i18n import _
from migrator.schedule.calendar import SYSTEMD
from migrator.schedule.dialect import CRONIE, DEBIAN, DIALECTS, Dialect
from migrator.schedule.expression import CronExpression, parse
from migrator.schedule.policy import WALL_CLOCK
from migrator.schedule.robfig import ROBFIG

# cronie below a CRON_TZ line, where it makes up for nothing when the clock jumps
CRONIE_ZONE = replace(CRONIE, name="cronie-zone", policy=WALL_CLOCK)
READERS: Mapping[str, Dialect] = MappingProxyType(
    {**DIALECTS, **{one.name: one for one in (ROBFIG, CRONIE_ZONE, SYSTEMD)}}
)


def reader_named(name: str) -> Dialect:
    """The reader of that name; people write it into the code of tasks as well."""
    if name not in READERS:
        raise UsageProblem(
            _("there is no dialect {name}").format(name=name),
            hint=_("known dialects: {names}").format(names=", ".join(READERS)),
        )
    return READERS[name]


def reader_of(expression: CronExpression) -> Dialect:
    """Debian's cron, to which most texts say the same as to their own daemon; else that one."""
    try:
        as_usual = parse(expression.text, DEBIAN) == expression
    except BadExpression:
        as_usual = False
    return DEBIAN if as_usual else READERS[expression.reader]
