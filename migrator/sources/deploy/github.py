"""GitHub Actions: workflows that run on a schedule, which stay there.

Authority: "Events that trigger workflows" of its documentation.
"""

from __future__ import annotations

import posixpath
import re

from migrator.crontab.reading import Reading, Step
from migrator.schedule.kinds import Schedule
from migrator.schedule.read import read_schedule
from migrator.sources.deploy.manifest import Kind, Manifest, yaml_named
from migrator.sources.deploy.yaml_text import Scalar, Table

NAME = "github workflow"
CLOCK = "UTC"  # "Scheduled workflows run on UTC"


def read(manifest: Manifest) -> None:
    """``on.schedule`` of a workflow."""
    for root in manifest.documents.tables():
        on = root.table("on")
        for item in on.listing("schedule") if on else []:
            cron = item.get("cron") if isinstance(item, Table) else None
            if isinstance(cron, Scalar):
                name = root.text("name") or posixpath.basename(manifest.file.path)
                text = f"workflow {name}"
                manifest.job(
                    cron.line,
                    text,
                    manifest.timing(cron.text, _timed),
                    reading=Reading([Step("shell", "workflow", (name,), text=text)]),
                    zone=CLOCK,
                    label=name,
                )


def _timed(text: str) -> tuple[Schedule, str | None]:
    return read_schedule(text), None


def _may_be(path: str) -> bool:
    return re.search(r"\.(?:github|gitea|forgejo)/workflows/", path) is not None and yaml_named(path)


SOURCE = Kind(NAME, _may_be, re.compile(r"\bcron:"), read).source()
