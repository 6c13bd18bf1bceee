"""Kubernetes: CronJob objects, and charts' values that describe them.

Authority: the API reference of batch/v1 CronJob, and robfig/cron, which the controller uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrator.crontab.reading import Container, Reading
from migrator.crontab.templates import has_placeholder
from migrator.i18n import _
from migrator.schedule.kinds import Schedule
from migrator.schedule.robfig import read_robfig
from migrator.sources.deploy.helm import looked_up
from migrator.sources.deploy.manifest import Kind, Manifest, limited, lock_on, yaml_named
from migrator.sources.deploy.yaml_text import Listing, Node, Scalar, Table, texts, truth

NAME = "kubernetes"
# "if no time zone is specified, the kube-controller-manager interprets schedules relative to its local
# time zone", and the images of the controller are in UTC.
CLOCK = "UTC"
_VARIABLE = re.compile(r"\$\$\(|\$\(([A-Za-z_][\w.-]*)\)")


def timed(text: str) -> tuple[Schedule, str | None]:
    """A schedule as the controller reads it."""
    read = read_robfig(text)
    return read.schedule, read.zone


def read(manifest: Manifest) -> None:
    """Every CronJob of the file, those in lists too."""
    for root in manifest.documents.tables():
        for one in _objects(root):
            if one.text("kind") == "CronJob":
                _cron_job(manifest, one)


def _objects(root: Table) -> Iterator[Table]:
    """An object, or those that a List holds."""
    yield root
    yield from (item for item in root.listing("items") if isinstance(item, Table))


def _cron_job(manifest: Manifest, one: Table) -> None:
    spec, metadata = one.table("spec"), one.table("metadata")
    job = spec.table("jobTemplate", "spec") if spec else None
    pod = job.table("template", "spec") if job else None
    schedule = spec.get("schedule") if spec else None
    if manifest.documents.broken and not isinstance(schedule, Scalar):
        return  # what is missing may stand below the break
    if spec is None or not isinstance(schedule, Scalar):
        key = one.key("kind")
        manifest.say(
            "CM133",
            key.line if key else one.line,
            _("a CronJob without a schedule in this file"),
            _("render the chart, and scan what comes out: helm template . | migrator scan -"),
        )
        manifest.kinds[key.line if key else one.line] = "other"
        return
    name = (metadata.text("name") if metadata else None) or "cronjob"
    scheduled(manifest, spec, schedule, Pod(name, job, pod))


class Pod:
    """What a CronJob runs: the first container of its pod, and the rules around it."""

    def __init__(self, name: str, job: Table | None, pod: Table | None) -> None:
        self.name = name
        self.job = job
        self.pod = pod
        containers = pod.listing("containers") if pod else []
        self.container = next((item for item in containers if isinstance(item, Table)), None)

    @property
    def words(self) -> list[str] | None:
        """The command with its arguments, its variables filled in; None: it is not in the file."""
        if self.container is None:
            return None
        command, arguments = texts(self.container.get("command")), texts(self.container.get("args"))
        # Without `command` the image's entrypoint gets the arguments, and only the image knows it.
        words = [*(command or []), *(arguments or [])]
        known = {name: value for name, value in self.environment.items() if not value.startswith("from ")}
        return [
            _VARIABLE.sub(lambda m: known.get(m[1], m[0]) if m[1] else "$(", word) for word in words
        ] or None

    @property
    def environment(self) -> dict[str, str]:
        """Its variables; of a secret only where it is."""
        found: dict[str, str] = {}
        for item in self.container.listing("env") if self.container else []:
            if not isinstance(item, Table) or not (name := item.text("name")):
                continue
            value, source = item.text("value"), item.table("valueFrom")
            key = next((key for key, _value in source.items()), None) if source else None
            found[name] = value or (f"from {key.text}" if key else "")
        return found

    def into(self, reading: Reading) -> None:
        """What the file says around the command."""
        container = self.container
        reading.environment = {**self.environment, **reading.environment}
        if container is not None:
            reading.cwd = reading.cwd or container.text("workingDir")
            reading.container = reading.container or Container(NAME, container.text("image"))
        for table in (self.job, self.pod):
            limited(reading, table.text("activeDeadlineSeconds") if table else None)

    def repeats(self) -> bool:
        """Whether a failed run is started again, which is so unless the file says otherwise."""
        never = self.pod is not None and self.pod.text("restartPolicy") == "Never"
        return not (never and self.job is not None and self.job.text("backoffLimit") == "0")


def scheduled(manifest: Manifest, spec: Table, schedule: Scalar, pod: Pod) -> None:
    """A job under the rules of a CronJob's spec."""
    if truth(spec.text("suspend")):
        return manifest.disabled(schedule.line, _("suspended"))
    text = schedule.text
    notes: list[tuple[str, str, str | None]] = []
    default = looked_up(manifest, text)
    if default is not None:
        text = default.text
        notes.append(default.note)
    timing = manifest.timing(text, timed)
    zone = spec.text("timeZone")
    words = pod.words
    if zone is None and timing.zone is None:
        notes.append(
            (
                "CM134",
                _("no time zone is named: the controller's own clock counts, taken for {zone}").format(
                    zone=CLOCK
                ),
                _("set spec.timeZone"),
            )
        )
    if words is None:
        notes.append(_command_elsewhere(pod))
    policy = spec.text("concurrencyPolicy") or "Allow"

    def more(reading: Reading) -> None:
        pod.into(reading)
        if policy == "Forbid":
            lock_on(reading, pod.name, blocking=False)

    if pod.repeats():
        notes.append(
            (
                "CM149",
                _("Kubernetes starts a failed run again; cron never does, and a task only if told to"),
                _("give the task retries if a second start does no harm, else set backoffLimit: 0"),
            )
        )
    if policy == "Replace":
        notes.append(
            (
                "CM149",
                _("concurrencyPolicy Replace ends the run before when the next is due"),
                _("give the task a time limit below its period"),
            )
        )
    if deadline := spec.text("startingDeadlineSeconds"):
        notes.append(
            (
                "CM149",
                _("a start may be up to {seconds} seconds late, and is dropped after that").format(
                    seconds=deadline
                ),
                _("expire_seconds of the beat row says the same"),
            )
        )
    manifest.job(
        schedule.line,
        words or [pod.name],
        timing,
        more=more,
        findings=notes,
        zone=CLOCK if zone is None or has_placeholder(zone) else zone,
        label=pod.name,
    )
    return None


def _command_elsewhere(pod: Pod) -> tuple[str, str, str | None]:
    image = pod.container.text("image") if pod.container else None
    return (
        "CM133",
        _("the command is not in this file: the image {image} has its own").format(image=image or "?"),
        _("look at the CMD of the image, or render the chart: helm template . | migrator scan -"),
    )


def values(manifest: Manifest) -> None:
    """``cronjobs:`` in the values of a chart: entries with a schedule and a command, as lists or by name."""
    for root in manifest.documents.tables():
        for key, node in root.items():
            if re.fullmatch(r"(?i)cron[-_]?(?:jobs?|s|tab|tasks?)?|scheduled[-_]?(?:jobs|tasks)", key.text):
                _entries(manifest, node)


def _entries(manifest: Manifest, node: Node) -> None:
    named: list[tuple[str | None, Node]] = []
    if isinstance(node, Listing):
        named = [(None, item) for item in node.items]
    elif isinstance(node, Table):
        named = [(key.text, value) for key, value in node.items()]
    for name, entry in named:
        if not isinstance(entry, Table):
            continue
        schedule = entry.get("schedule")
        command = texts(entry.get("command")) or texts(entry.get("args"))
        if not isinstance(schedule, Scalar) or not command:
            continue
        off = entry.text("enabled")
        if truth(entry.text("suspend")) or (off is not None and not truth(off)):
            manifest.disabled(schedule.line, _("suspended"))
            continue
        words = [*(texts(entry.get("command")) or []), *(texts(entry.get("args")) or [])]
        policy, label = entry.text("concurrencyPolicy"), entry.text("name") or name

        def more(reading: Reading, policy: str | None = policy, label: str | None = label) -> None:
            if policy == "Forbid":
                lock_on(reading, label or NAME, blocking=False)

        manifest.job(
            schedule.line,
            words[0] if len(words) == 1 else words,
            manifest.timing(schedule.text, timed),
            more=more,
            zone=entry.text("timeZone") or CLOCK,
            label=label,
        )


def _values_named(path: str) -> bool:
    return re.search(r"(?:^|/)[\w.-]*values[\w.-]*\.ya?ml$", path) is not None


CRON_JOBS = Kind(
    NAME, yaml_named, re.compile(r"\bCronJob\b"), read, re.compile(r"(?m)^[ \t-]*kind:[ \t]*[\"']?CronJob\b")
).source()
VALUES = Kind("helm values", _values_named, re.compile(r"(?mi)^(?:cron|scheduled)"), values).source()
