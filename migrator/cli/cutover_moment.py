"""When lines go out: the next moment away from every slot, or one that a person names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import click

from migrator.comparison.ownership import Refused
from migrator.errors import UsageProblem
from migrator.i18n import _

at_option: Callable[[Any], Any] = click.option(
    "--at",
    "wanted",
    metavar="TIME",
    help=_("take the lines out then (22:30, or 2026-12-01T22:30), instead of as soon as no slot is near"),
)


def named_moment(text: str | None, now: dt.datetime) -> dt.datetime | None:
    """The instant that a person names, by this machine's clock; a time of the day is the next one."""
    if text is None:
        return None
    here = now.astimezone()
    try:
        if len(text) <= len("22:30:00"):
            at = dt.datetime.combine(here.date(), dt.time.fromisoformat(text)).astimezone()
            if at <= now:
                tomorrow = here.date() + dt.timedelta(days=1)
                at = dt.datetime.combine(tomorrow, dt.time.fromisoformat(text)).astimezone()
        else:
            at = dt.datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise UsageProblem(
            _("{text} is no time").format(text=text), hint=_("write it as 22:30 or 2026-12-01T22:30")
        ) from None
    if at <= now:
        raise UsageProblem(_("{text} is over").format(text=text), hint=_("name a time to come"))
    return at


def refuse_near_a_slot(wanted: dt.datetime | None, clear: dt.datetime) -> None:
    """Raise Refused where the named time is not away from every slot; ``clear``: the first one from it on."""
    if wanted is not None and clear > wanted:
        raise Refused(
            _("a slot is too near {moment}").format(moment=clock(wanted)),
            hint=_("the next safe moment is {moment}: --at {iso}").format(
                moment=clock(clear), iso=clear.astimezone().isoformat(timespec="seconds")
            ),
        )


def clock(moment: dt.datetime) -> str:
    """An instant as this machine's clock shows it."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
