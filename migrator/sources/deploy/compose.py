"""Compose files: services that run cron, their labels for ofelia and swarm-cronjob.

What a service mounts and runs is read as the script that it is in other words: a volume copies a
file, ``command`` starts a program. Authority: the Compose specification.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from migrator.crontab.reading import Container, Reading
from migrator.i18n import _
from migrator.sources.deploy import ofelia
from migrator.sources.deploy.interpolation import OPEN, Note, filled
from migrator.sources.deploy.manifest import Kind, Manifest, lock_on, yaml_named
from migrator.sources.deploy.yaml_text import Listing, Node, Scalar, Table, texts, truth
from migrator.zones import known_zone

NAME = "compose"
_SWARM = "swarm.cronjob."


@dataclass(frozen=True, slots=True)
class Service:
    """A service with its name."""

    name: str
    table: Table
    notes: dict[int, tuple[Note, ...]] = field(default_factory=dict)  # defaults in its labels, by their lines

    def labels(self, environment: Mapping[str, str]) -> dict[str, Scalar]:
        """Its labels, those for swarm too, in either spelling."""
        deploy = self.table.table("deploy")
        found = dict(_pairs(self.table.get("labels")))
        found |= dict(_pairs(deploy.get("labels") if deploy else None))
        return {name: self._filled(value, environment) for name, value in found.items()}

    def _filled(self, value: Scalar, environment: Mapping[str, str]) -> Scalar:
        made = filled(value.text, environment)
        self.notes[value.line] = (*self.notes.get(value.line, ()), *made.notes)
        return Scalar(value.line, made.text.replace("$$", "$"))

    def zone(self) -> str | None:
        """The zone that its environment names."""
        value = dict(_pairs(self.table.get("environment"))).get("TZ")
        return known_zone(value.text) if value else None

    def image(self) -> str:
        return self.table.text("image") or ""


def read(manifest: Manifest) -> None:
    """Every service of the file."""
    services = [one for root in manifest.documents.tables() for one in _services(root)]
    clock = next((one.zone() for one in services if "ofelia" in one.image()), None)
    for service in services:
        labels = service.labels(manifest.around.environment)
        for entry in ofelia.entries(labels, service.name):
            ofelia.declare(manifest, entry, clock, service.notes)
        _swarm(manifest, service, labels)
        _cron(manifest, service)


def _services(root: Table) -> Iterator[Service]:
    services = root.table("services")
    for key, value in services.items() if services else ():
        if isinstance(value, Table):
            yield Service(key.text, value)


def _pairs(node: Node | None) -> Iterator[tuple[str, Scalar]]:
    """``NAME: value``, or ``- NAME=value``."""
    if isinstance(node, Table):
        yield from (
            (key.text, Scalar(key.line, one.text)) for key, one in node.items() if isinstance(one, Scalar)
        )
    for item in node.items if isinstance(node, Listing) else []:
        if isinstance(item, Scalar) and "=" in item.text:
            name, _equals, value = item.text.partition("=")
            yield name.strip(), Scalar(item.line, value.strip())


def _swarm(manifest: Manifest, service: Service, labels: dict[str, Scalar]) -> None:
    """Labels of crazymax/swarm-cronjob: the service itself is what runs."""
    schedule = labels.get(_SWARM + "schedule")
    if schedule is None:
        return
    enabled = labels.get(_SWARM + "enable")
    if enabled is not None and not truth(enabled.text):
        manifest.disabled(schedule.line, _("suspended"))
        return
    skips = labels.get(_SWARM + "skip-running")

    def more(reading: Reading) -> None:
        reading.container = reading.container or Container("swarm", service.image())
        if skips is not None and truth(skips.text):
            lock_on(reading, service.name, blocking=False)

    words = _words(service.table.get("command"))
    missing = _("the command is not in this file: the image {image} has its own").format(
        image=service.image()
    )
    manifest.job(
        schedule.line,
        words or service.name,
        manifest.timing(schedule.text, ofelia.timed),
        more=more,
        findings=[
            *service.notes.get(schedule.line, ()),
            *([] if words else [("CM133", missing, _("look at the CMD of the image"))]),
        ],
        zone=ofelia.CLOCK,
        label=service.name,
    )


def _cron(manifest: Manifest, service: Service) -> None:
    """What a service puts into cron's place, by its volumes, entrypoint and command."""
    table = service.table
    script: list[str] = []
    lines: list[int] = []

    def add(text: str, line: int) -> None:
        script.extend(text.split("\n"))
        lines.extend([line] * (text.count("\n") + 1))

    for item in table.listing("volumes"):
        source, target = _mount(item)
        if target and source.startswith((".", "/", "~")):
            add(f"COPY {_quoted(source)} {_quoted(target)}", item.line)
    if folder := table.text("working_dir"):
        add(f"WORKDIR {shlex.quote(folder)}", table.line)
    for name, value in _pairs(table.get("environment")):
        if re.fullmatch(r"[A-Za-z_]\w*", name):
            add(f"{name}={_quoted(value.text)}", value.line)
    entrypoint, command = _words(table.get("entrypoint")), _words(table.get("command"))
    if entrypoint or command:
        key = table.key("command", "entrypoint")
        add(" ".join(filter(None, (entrypoint, command))), key.line if key else table.line)
    if any("cron" in text for text in script):
        manifest.zone = service.zone()
        manifest.shell("\n".join(script) + "\n", lambda n: lines[min(n, len(lines)) - 1], table.line)
        manifest.zone = None


def _mount(item: Node) -> tuple[str, str]:
    if isinstance(item, Scalar):
        parts = re.split(r":(?![^{}]*\})", item.text)
        return (parts[0], parts[1]) if len(parts) > 1 else ("", "")
    if isinstance(item, Table):
        return item.text("source") or "", item.text("target") or ""
    return "", ""


def _quoted(text: str) -> str:
    """A word of a shell, in which ``${NAME:-default}`` is filled in; ``$$`` is a dollar to compose."""
    if not OPEN.search(text):
        return shlex.quote(text.replace("$$", "$"))
    escaped = re.sub(r'[\\"`]', r"\\\g<0>", text)
    return '"' + escaped.replace("$$", "\\$") + '"'


def _words(node: Node | None) -> str:
    """A command as shell text: a list of words quoted; ``$$`` is a dollar to compose."""
    words = texts(node) or []
    text = words[0] if isinstance(node, Scalar) and words else shlex.join(words)
    return text.replace("$$", "$")


def _may_be(path: str) -> bool:
    return yaml_named(path)


SOURCE = Kind(NAME, _may_be, re.compile(r"(?m)^services:(?s:.*)(?:cron|ofelia|chadburn)"), read).source()
