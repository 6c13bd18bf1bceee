"""The clocks of database, workers and cron hosts against this machine's, in seconds."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import connection

from migrator.contrib.django import instants
from migrator.contrib.django.checks import Check, State
from migrator.contrib.django.models import Host
from migrator.contrib.django.services import RollCall
from migrator.i18n import _

APART = 5.0  # seconds at which clocks are said to disagree
TOO_FAR = 30.0  # at which a start is taken for another slot's, and a message for an expired one
LISTENING = 5.0  # seconds for the workers' heartbeats


def time_apart(app: Any, found: RollCall) -> list[Check]:
    """How far each clock is ahead of this machine's; nothing where nobody else has one."""
    ahead = {**_database(), **(_workers(app, len(found.tasks)) if found.tasks else {}), **_hosts()}
    if not ahead:
        return []
    fact = "; ".join(f"{name} {seconds:+.1f} s" for name, seconds in ahead.items())
    worst = max(map(abs, ahead.values()))
    if worst < APART:
        return [Check("time", State.OK, _("against this machine: {clocks}").format(clocks=fact))]
    return [
        Check(
            "time",
            State.FAIL if worst >= TOO_FAR else State.WARN,
            _("clocks disagree, against this machine: {clocks}").format(clocks=fact),
            _("let every host follow one time server: timedatectl set-ntp true"),
            "CM457",
        )
    ]


def database_ahead() -> float | None:
    """Seconds by which the database server's clock is ahead of ours; None where it has none of its own."""
    if connection.vendor not in ("postgresql", "mysql"):
        return None
    utc = "clock_timestamp() AT TIME ZONE 'UTC'" if connection.vendor == "postgresql" else "UTC_TIMESTAMP(6)"
    before = instants.now()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {utc}")
        told = cursor.fetchone()[0].replace(tzinfo=dt.UTC)
    ahead: dt.timedelta = told - before - (instants.now() - before) / 2
    return ahead.total_seconds()


def _database() -> dict[str, float]:
    ahead = database_ahead()
    return {} if ahead is None else {_("database"): ahead}


def _hosts() -> dict[str, float]:
    """What each cron host measured at its last sync, against the same database."""
    ours = database_ahead() or 0.0
    return {
        _("cron on {host}").format(host=host.name): ours + host.ahead
        for host in Host.objects.filter(left_at=None, ahead__isnull=False).order_by("name", "id")
    }


def _workers(app: Any, count: int) -> dict[str, float]:
    """By the heartbeats that the workers send when they are asked."""
    ahead: dict[str, float] = {}

    def heard(event: Mapping[str, Any]) -> None:
        ahead.setdefault(str(event["hostname"]), float(event["timestamp"]) - time.time())
        if len(ahead) >= count:
            receiver.should_stop = True

    try:
        with app.connection_for_read() as link:
            if link.transport.driver_type == "filesystem":
                return ahead  # one machine, and an ended listener's files would stay
            receiver = app.events.Receiver(link, handlers={"worker-heartbeat": heard})
            # the sender's own time, not moved by the difference of our zones
            receiver.event_from_message = partial(receiver.event_from_message, localize=False)
            receiver.capture(limit=None, timeout=LISTENING, wakeup=True)
    except Exception:  # each transport has errors of its own, and some have no events
        return ahead
    return ahead
