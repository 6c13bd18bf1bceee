"""App Engine's cron.yaml: schedules in words, each of which fetches a path of the application.

Authority: "cron.yaml reference" of its documentation.
"""

from __future__ import annotations

import posixpath
import re

from migrator.crontab.reading import Reading, Step
from migrator.i18n import _
from migrator.schedule.expression import parse
from migrator.schedule.field import MONTHS, WEEKDAYS
from migrator.schedule.kinds import Interval, Schedule, Undecided
from migrator.sources.deploy.manifest import Kind, Manifest
from migrator.sources.deploy.yaml_text import Scalar, Table

NAME = "app engine cron.yaml"
CLOCK = "UTC"  # "The default time zone is UTC"
_SECONDS = {"minute": 60, "min": 60, "hour": 3600}
_INTERVAL = re.compile(r"every (\d{1,5}) (minute|min|hour)s?( synchronized)?")
_DAYS = re.compile(r"every ((?:[a-z]+)(?:,[a-z]+)*)(?: of ([a-z]+(?:,[a-z]+)*))? (\d\d?):(\d\d)")


def schedule_of(text: str) -> Schedule:
    """The schedule that the words are; those that no crontab can say stay words."""
    words = " ".join(text.lower().split())
    words = re.sub(r"\s*,\s*", ",", words)
    if match := _INTERVAL.fullmatch(words):
        seconds = int(match[1]) * _SECONDS[match[2]]
        if seconds and not match[3]:
            return Interval(text, seconds)
        if match[3] and seconds and 86400 % seconds == 0:
            return _synchronized(seconds)
    if match := _DAYS.fullmatch(words):
        days, months = (
            _numbers(match[1], WEEKDAYS, ("day",)),
            _numbers(match[2] or "month", MONTHS, ("month",)),
        )
        if days and months and int(match[3]) < 24 and int(match[4]) < 60:
            return parse(f"{int(match[4])} {int(match[3])} * {months} {days}")
    return Undecided(text, _("no crontab has such words"))


def _synchronized(seconds: int) -> Schedule:
    """Counted from midnight, so that the clock shows it."""
    if seconds >= 3600 and seconds % 3600 == 0:
        return parse(f"0 */{seconds // 3600} * * *" if seconds < 86400 else "0 0 * * *")
    if 3600 % seconds == 0:
        return parse(f"*/{seconds // 60} * * * *")
    return Interval(f"every {seconds // 60} minutes synchronized", seconds)


def _numbers(text: str, names: tuple[str, ...], every: tuple[str, ...]) -> str:
    """Names as a list of cron's; ``*`` for each of them; empty where one is unknown."""
    words = text.split(",")
    if tuple(words) == every:
        return "*"
    short = [word[:3] for word in words]
    return ",".join(short) if all(word in names for word in short) else ""


def read(manifest: Manifest) -> None:
    """``cron:`` of an application."""
    for root in manifest.documents.tables():
        for item in root.listing("cron"):
            schedule = item.get("schedule") if isinstance(item, Table) else None
            url = item.text("url") if isinstance(item, Table) else None
            if not isinstance(item, Table) or not isinstance(schedule, Scalar) or not url:
                continue
            manifest.job(
                schedule.line,
                f"GET {url}",
                manifest.timing(schedule.text, lambda text: (schedule_of(text), None)),
                reading=Reading([Step("http", url, (), text=f"GET {url}")]),
                zone=item.text("timezone") or CLOCK,
                label=item.text("description"),
            )


def _may_be(path: str) -> bool:
    return re.fullmatch(r"cron\.ya?ml", posixpath.basename(path)) is not None


SOURCE = Kind(NAME, _may_be, re.compile(r"(?m)^cron:"), read).source()
