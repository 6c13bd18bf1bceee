"""Services that raise an alarm when a job is late or fails, and how a line reports to them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from migrator.crontab.reading import Reading
from migrator.i18n import _

# Addresses that a job calls when it has gone well; self-hosted healthchecks have /ping/UUID.
_ADDRESSES = {
    "healthchecks.io": r"hc-ping\.com/|healthchecks\.io/|/ping/[0-9a-f]{8}-",
    "Cronitor": r"cronitor\.(?:link|io)/",
    "Dead Man's Snitch": r"nosnch\.in/",
    "Better Stack": r"(?:betterstack|betteruptime)\.com/",
    "Uptime Robot": r"heartbeat\.uptimerobot\.com/",
    "Uptime Kuma": r"/api/push/",
    "Honeybadger": r"honeybadger\.io/v1/check_in/",
    "Sentry": r"/api/\d{1,10}/cron/",
    "StatusCake": r"push\.statuscake\.com/",
    "Oh Dear": r"ping\.ohdear\.app/",
    "Cronhub": r"cronhub\.io/(?:ping|start|finish)/",
    "Opsgenie": r"opsgenie\.com/v2/heartbeats/",
}


def say_monitor(service: str, reading: Reading) -> None:
    """The alarm hangs on the line: it has to move with the job."""
    reading.remark(
        "CM324",
        _("{service} watches this job").format(service=service),
        _("let the task report to it as well before the line goes, or the alarm goes off"),
    )


def monitor_of(arguments: Iterable[str]) -> str | None:
    """The service that an HTTP call reports to."""
    text = " ".join(arguments)
    return next((service for service, address in _ADDRESSES.items() if re.search(address, text)), None)
