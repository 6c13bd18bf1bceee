"""app.json: the cron tasks of dokku.

Authority: "Scheduled cron tasks" of dokku's documentation.
"""

from __future__ import annotations

import posixpath
import re

from migrator.crontab.reading import Container, Reading
from migrator.i18n import _
from migrator.schedule.kinds import Schedule
from migrator.schedule.robfig import read_robfig
from migrator.sources.deploy.manifest import Kind, Manifest, lock_on
from migrator.sources.deploy.yaml_text import Scalar, Table, truth

NAME = "app.json"


def read(manifest: Manifest) -> None:
    """``cron`` of the file; JSON is YAML."""
    for root in manifest.documents.tables():
        for item in root.listing("cron"):
            if isinstance(item, Table):
                _entry(manifest, item)


def _entry(manifest: Manifest, item: Table) -> None:
    schedule, command = item.get("schedule"), item.text("command")
    if not isinstance(schedule, Scalar) or command is None:
        return
    if truth(item.text("maintenance")):
        manifest.disabled(schedule.line, _("suspended"))
        return
    policy = item.text("concurrency_policy")

    def more(reading: Reading) -> None:
        reading.container = reading.container or Container("dokku", None)
        if policy == "forbid":
            lock_on(reading, command, blocking=False)

    replaces = _("concurrency_policy replace ends the run before when the next is due")
    remedy = _("give the task a time limit below its period")
    manifest.job(
        schedule.line,
        command,
        manifest.timing(schedule.text, _timed),
        more=more,
        findings=[("CM149", replaces, remedy)] if policy == "replace" else (),
    )


def _timed(text: str) -> tuple[Schedule, str | None]:
    read = read_robfig(text)
    return read.schedule, read.zone


def _may_be(path: str) -> bool:
    return re.fullmatch(r"app[\w.-]*\.json", posixpath.basename(path)) is not None


SOURCE = Kind(NAME, _may_be, re.compile(r"\"cron\""), read).source()
