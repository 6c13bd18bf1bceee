"""Dialects: each daemon's rules as data, so that no code asks which daemon it is.

Authority: what the real programs were seen to do (tests/oracle), and their sources: Debian's
cron 3.0pl1-162, cronie 1.7.2, busybox 1.35 and supercronic's crontab and cronexpr packages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, Protocol

from migrator.schedule import policy as policies
from migrator.schedule.busybox import BusyboxField
from migrator.schedule.field import Field, FieldKind
from migrator.schedule.supercronic import SupercronicField
from migrator.schedule.vixie import VixieList

NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
REBOOT = "@reboot"

Loss = Literal["file", "line", "nothing"]


class FieldReader(Protocol):
    """A daemon's grammar of one field."""

    def read(self, kind: FieldKind, text: str) -> Field:
        """The field that ``text`` is; raises Refused."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """What one daemon makes of a crontab, wherever daemons differ."""

    name: str
    program: str  # as sentences call it
    # a schedule
    fields: FieldReader
    counts: tuple[int, ...] = (5,)  # numbers of fields, in the order in which they are tried
    nicknames: Mapping[str, str] = field(default_factory=lambda: MappingProxyType(NICKNAMES))
    reboot: bool = True
    policy: policies.Policy = policies.DEBIAN  # when the clock jumps
    # a line
    blanks: str = r"[ \t]+"  # what parts fields
    user_column: bool = True  # in system crontabs
    bad_line_loses: Loss = "line"
    open_end_loses: Loss = "line"  # a last line without its newline
    most_jobs: int | None = None  # a user's crontab of more is lost
    most_settings: int | None = None  # the same
    continues: bool = False  # a backslash at the end of a line continues it
    comments_anywhere: bool = False  # # begins a comment wherever it stands
    nul: Literal["ends the line", "cuts the line", "is text"] = "ends the line"
    carriage_return_kept: bool = True  # as a part of the command
    quiet_prefix: bool = False  # a leading - keeps the job out of the log
    options: bool = False  # -n before the command: mail only on failure
    # a command
    empty_command: bool = False
    byte_255_ends: bool = False  # a command that begins with it is the end of the file
    star_in_front: bool = False  # the command of a user's crontab may begin with one: no sixth field
    longest_command: int | None = None  # bytes
    lines_read: int | None = None  # a job or a setting below them, and the file is lost
    lines_installed: int | None = None  # by crontab(1)
    percent: bool = True  # the first bare % ends the command
    double_backslash: bool = False  # \\ in the command is one backslash
    # settings
    setting_syntax: Literal["quoted", "outer quotes", "first word"] = "quoted"
    quoted_verbatim: bool = False  # no blanks and no second pair of quotes are cut from a quoted value
    settings: frozenset[str] | None = None  # the only ones that mean something; None: all
    settings_hold: Literal["below", "file"] = "below"
    empty_setting: bool = True  # NAME= without a value
    zone_setting: str | None = None  # the setting that moves the clock of the jobs that it holds for
    unknown_zone: str | None = None  # the zone that an unknown one stands for; None: the file is lost
    delay_setting: str | None = None  # the setting that delays jobs by minutes that are drawn

    def __str__(self) -> str:
        return self.name


DEBIAN = Dialect(
    name="debian",
    program="Debian's cron",
    fields=VixieList(longest_word=98, skips_rest=True),  # MAX_TEMPSTR is 100
    bad_line_loses="file",
    open_end_loses="file",
    empty_command=True,
    byte_255_ends=True,
    longest_command=998,  # MAX_COMMAND is 1000 with its terminator
    double_backslash=True,
    lines_read=10_003,  # MAX_TAB_LINES is 10,000; the daemon gives up behind it, as observed
    lines_installed=10_000,
    empty_setting=False,  # taken by Debian 13
)
CRONIE = Dialect(
    name="cronie",
    program="cronie",
    fields=VixieList(longest_word=131_071, draws=True, checks_visited=True),
    most_jobs=10_000,  # MAX_USER_ENTRIES
    most_settings=1000,  # MAX_USER_ENVS
    quiet_prefix=True,
    options=True,
    longest_command=131_071,  # MAX_COMMAND is 131,072 with its terminator
    quoted_verbatim=True,
    zone_setting="CRON_TZ",
    unknown_zone="UTC",
    delay_setting="RANDOM_DELAY",
)
BUSYBOX = Dialect(
    name="busybox",
    program="busybox crond",
    fields=BusyboxField(),
    policy=policies.WALL_CLOCK,
    user_column=False,
    open_end_loses="nothing",
    continues=True,
    comments_anywhere=True,
    star_in_front=True,
    nul="cuts the line",
    percent=False,
    setting_syntax="first word",
    settings=frozenset({"MAILTO", "SHELL"}),
)
SUPERCRONIC = Dialect(
    name="supercronic",
    program="supercronic",
    fields=SupercronicField(),
    counts=(7, 6, 5),
    nicknames=MappingProxyType({name: five for name, five in NICKNAMES.items() if name != "@midnight"}),
    reboot=False,
    policy=policies.SUPERCRONIC,
    blanks=r"[ \t\r\f]+",
    user_column=False,
    bad_line_loses="file",
    open_end_loses="nothing",
    nul="is text",
    star_in_front=True,
    carriage_return_kept=False,
    percent=False,
    setting_syntax="outer quotes",
    settings_hold="file",
    empty_setting=False,
    zone_setting="CRON_TZ",
)
DIALECTS = {dialect.name: dialect for dialect in (DEBIAN, CRONIE, BUSYBOX, SUPERCRONIC)}
