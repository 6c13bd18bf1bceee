"""Elastic Beanstalk: .ebextensions that write crontabs, and the cron.yaml of workers.

Authority: "Customizing software on Linux servers" and "Periodic tasks" of its developer guide.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace

from migrator.crontab.reading import Reading, Step
from migrator.crontab.scripts import Scripts
from migrator.i18n import _
from migrator.schedule.kinds import Schedule
from migrator.schedule.read import read_schedule
from migrator.sources.deploy.manifest import Kind, Manifest
from migrator.sources.deploy.yaml_text import Scalar, Table, truth
from migrator.sources.shell.installation import crontab_at

NAME = "ebextensions"
PERIODIC = "beanstalk cron.yaml"
CLOCK = "UTC"  # "The periodic tasks are in UTC"


def read(manifest: Manifest) -> None:
    """The files that an extension writes, and the commands that it runs."""
    roots = list(manifest.documents.tables())
    written = {key.text: value for root in roots for key, value in _section(root, "files")}
    scripts = {path: value.text("content") or "" for path, value in written.items()}
    manifest.around = replace(manifest.around, scripts=Scripts.beside(manifest.around.scripts, scripts))
    for path, value in written.items():
        crontab, content = crontab_at(path), value.get("content")
        if crontab is not None and isinstance(content, Scalar):
            manifest.crontab(content.text, content.line_of, crontab=crontab, line=content.line)
        elif crontab is not None and (source := value.text("source")):
            manifest.installs(source, value.line, crontab)
    for root in roots:
        for name in ("commands", "container_commands"):
            for _key, value in _section(root, name):
                _command(manifest, value)


def _section(root: Table, name: str) -> list[tuple[Scalar, Table]]:
    table = root.table(name)
    return [(key, value) for key, value in table.items() if isinstance(value, Table)] if table else []


def _command(manifest: Manifest, value: Table) -> None:
    command = value.get("command")
    if not isinstance(command, Scalar) or "cron" not in command.text:
        return
    before = len(manifest.others)
    manifest.shell(command.text, command.line_of, command.line)
    if len(manifest.others) > before and truth(value.text("leader_only")):
        manifest.say(
            "CM149",
            command.line,
            _("leader_only: one host of the environment has these jobs, whichever leads at a deployment"),
            _("beat is one already; let one host alone have the crontab while both run"),
        )


def periodic(manifest: Manifest) -> None:
    """``cron:`` of a worker environment: each entry posts to a path of the application."""
    for root in manifest.documents.tables():
        # App Engine has a file of that name as well; this one begins with its version.
        for item in root.listing("cron") if root.text("version") else []:
            schedule = item.get("schedule") if isinstance(item, Table) else None
            if not isinstance(item, Table) or not isinstance(schedule, Scalar) or not item.text("url"):
                continue
            url = item.text("url") or ""
            step = Step("http", url, (), text=f"POST {url}")
            manifest.job(
                schedule.line,
                f"POST {url}",
                manifest.timing(schedule.text, _timed),
                reading=Reading([step]),
                zone=CLOCK,
                label=item.text("name"),
            )


def _timed(text: str) -> tuple[Schedule, str | None]:
    return read_schedule(text), None


def _extension(path: str) -> bool:
    """Also a copy that somebody keeps: ``.ebextensions/cron.config.bak``."""
    return "ebextensions" in path and re.search(r"\.(?:config|ya?ml|json)\b", path) is not None


def _periodic_named(path: str) -> bool:
    return re.fullmatch(r"cron\.ya?ml", posixpath.basename(path)) is not None


EXTENSIONS = Kind(NAME, _extension, re.compile("cron"), read, re.compile("cron")).source()
PERIODIC_TASKS = Kind(PERIODIC, _periodic_named, re.compile(r"(?m)^cron:"), periodic).source()
