"""When lines go out: the next moment away from every slot, or one that a person names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import click

from migrator.cli.project import Home
from migrator.cli.scanning import host_zone
from migrator.comparison.ownership import Refused
from migrator.errors import UsageProblem
from migrator.i18n import _
from migrator.schedule.instants import has_slots_around
from migrator.zones import zone_of

at_option: Callable[[Any], Any] = click.option(
    "--at",
    "wanted",
    metavar="TIME",
    help=_(
        "take the lines out then (22:30, or 2026-12-01T22:30, in cron's zone), "
        "instead of as soon as no slot is near"
    ),
)


def cron_zone(home: Home) -> dt.tzinfo:
    """The zone in which the project's cron runs, and people speak of its times."""
    return zone_of(home.configuration.project.timezone or host_zone())


def named_moment(text: str | None, now: dt.datetime, zone: dt.tzinfo) -> dt.datetime | None:
    """The instant that a person names, in cron's zone; a time of the day is the next one."""
    if text is None:
        return None
    try:
        at = (
            _next(dt.time.fromisoformat(text), now, zone)
            if len(text) <= len("22:30:00")
            else _instant(text, zone)
        )
    except ValueError:
        at = None
    if at is None or not has_slots_around(at):
        raise UsageProblem(
            _("{text} is no time").format(text=text), hint=_("write it as 22:30 or 2026-12-01T22:30")
        )
    if at.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != at.astimezone(zone).replace(
        tzinfo=None
    ):
        raise UsageProblem(
            _("{text} does not exist in {zone}: the clocks jump over it").format(text=text, zone=zone),
            hint=_("name another time"),
        )
    if at <= now:
        raise UsageProblem(
            _("{text} is over: it is {now}").format(text=text, now=clock(now, zone)),
            hint=_("name a time to come"),
        )
    return at.astimezone(dt.UTC)


def _next(time: dt.time, now: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    today = now.astimezone(zone).date()
    days = (today, today + dt.timedelta(days=1))
    at = [dt.datetime.combine(day, time, time.tzinfo or zone) for day in days]
    return next((one for one in at if one > now), at[-1])


def _instant(text: str, zone: dt.tzinfo) -> dt.datetime:
    at = dt.datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=zone)


def refuse_near_a_slot(wanted: dt.datetime | None, clear: dt.datetime, zone: dt.tzinfo) -> None:
    """Raise Refused where the named time is not away from every slot; ``clear``: the first one from it on."""
    if wanted is not None and clear > wanted:
        raise Refused(
            _("a slot is too near {moment}").format(moment=clock(wanted, zone)),
            hint=_("the next safe moment is {moment}: --at {iso}").format(
                moment=clock(clear, zone), iso=clear.astimezone(zone).isoformat(timespec="seconds")
            ),
        )


def clock(moment: dt.datetime, zone: dt.tzinfo) -> str:
    """``2026-12-01 22:30:00 CET (Europe/Warsaw)``: an instant as cron's clock shows it, and whose that is."""
    local = moment.astimezone(zone)
    text = f"{local:%Y-%m-%d %H:%M:%S %Z}"
    return text if local.tzname() == str(zone) else f"{text} ({zone})"  # UTC is no (UTC)
