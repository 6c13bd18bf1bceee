"""ofelia: jobs in the labels of containers, and in its INI file.

Authority: docs/jobs.md of github.com/mcuadros/ofelia; its schedules are robfig/cron's, seconds first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from migrator.crontab.reading import Container, Reading
from migrator.i18n import _
from migrator.schedule.kinds import Schedule
from migrator.schedule.robfig import read_robfig
from migrator.sources.deploy.manifest import Manifest, lock_on, masked
from migrator.sources.deploy.yaml_text import Documents, Scalar, truth
from migrator.sources.job import Found
from migrator.sources.source import Source, SourceFile, Surroundings

NAME = "ofelia"
CLOCK = "UTC"  # of the image, unless it is given a TZ
LABEL = re.compile(r"(?:ofelia|chadburn)\.(?P<kind>job-[a-z-]+)\.(?P<job>[^.]+)\.(?P<key>[\w-]+)")
_SECTION = re.compile(r"[ \t]*\[(?P<kind>job-[a-z-]+)[ \t]+\"(?P<job>[^\"]*)\"\][ \t]*")
_OPTION = re.compile(r"[ \t]*(?P<key>[\w-]+)[ \t]*[=:][ \t]*(?P<value>.*?)[ \t\r]*")


@dataclass(slots=True)
class Entry:
    """One job with its options, each with its line; ``container``: where it is declared."""

    kind: str
    name: str
    container: str | None = None
    options: dict[str, Scalar] = field(default_factory=dict)

    def text(self, key: str) -> str | None:
        value = self.options.get(key)
        return value.text if value else None


def timed(text: str) -> tuple[Schedule, str | None]:
    """A schedule as ofelia reads it."""
    read = read_robfig(text, seconds=True)
    return read.schedule, read.zone


def declare(
    manifest: Manifest,
    entry: Entry,
    zone: str | None,
    notes: Mapping[int, Sequence[tuple[str, str, str | None]]] | None = None,
) -> None:
    """The job of an entry; one without schedule or command is none.

    ``notes``: what there is to say of its options, by their lines.
    """
    schedule, command = entry.options.get("schedule"), entry.text("command")
    if schedule is None:
        return
    container = entry.text("container") or entry.text("service") or entry.container

    def more(reading: Reading) -> None:
        reading.cwd = reading.cwd or entry.text("dir") or entry.text("working-dir")
        if truth(entry.text("no-overlap")):
            lock_on(reading, entry.name, blocking=False)
        if entry.kind != "job-local" and reading.container is None:
            reading.container = Container("docker", container or entry.text("image"))

    lines = dict.fromkeys(option.line for option in entry.options.values())
    findings = [note for line in lines for note in (notes or {}).get(line, ())]
    if command is None:
        findings.append(
            (
                "CM133",
                _("the command is not in this file: the image {image} has its own").format(
                    image=entry.text("image") or "?"
                ),
                _("look at the CMD of the image"),
            )
        )
    if zone is None:
        findings.append(
            (
                "CM134",
                _("no time zone is named: ofelia's own clock counts, taken for {zone}").format(zone=CLOCK),
                _("set TZ in the container that runs ofelia"),
            )
        )
    manifest.job(
        schedule.line,
        command or [entry.name],
        manifest.timing(schedule.text, timed),
        more=more,
        findings=findings,
        zone=zone or CLOCK,
        user=entry.text("user"),
        label=entry.name,
    )


def entries(labels: Mapping[str, Scalar], container: str | None) -> list[Entry]:
    """The jobs that some labels declare."""
    found: dict[tuple[str, str], Entry] = {}
    for name, value in labels.items():
        if match := LABEL.fullmatch(name):
            key = (match["kind"], match["job"])
            entry = found.setdefault(key, Entry(*key, container))
            entry.options[match["key"]] = value
    return list(found.values())


def _read_ini(file: SourceFile, around: Surroundings) -> Found:
    """The sections of an INI file."""
    manifest = Manifest(file, around, NAME, masked(file.text), Documents(()))
    entry: Entry | None = None
    found: list[Entry] = []
    for number, line in enumerate(manifest.template.text.split("\n"), 1):
        if section := _SECTION.fullmatch(line):
            entry = Entry(section["kind"], section["job"])
            found.append(entry)
        elif line.lstrip().startswith("["):
            entry = None
        elif entry and not line.lstrip().startswith(("#", ";")) and (option := _OPTION.fullmatch(line)):
            entry.options[option["key"]] = Scalar(number, option["value"])
            manifest.kinds[number] = "setting"
    for one in found:
        declare(manifest, one, None)
    return manifest.found()


def _may_be(path: str) -> bool:
    return path.endswith((".ini", ".conf", ".cfg"))


def _recognises(file: SourceFile) -> bool:
    return _may_be(file.path) and re.search(r"(?m)^[ \t]*\[job-[a-z-]+[ \t]+\"", file.text) is not None


INI = Source(NAME, _recognises, _read_ini, _may_be)
