"""Services and packages that deployment files name: compose, Kubernetes, Ansible, Salt, cloud-init."""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrator.cutover.residue.judging import TAKE_PACKAGE
from migrator.cutover.residue.names import SERVICES, names_cron, package_of
from migrator.cutover.residue.texts import Kind, TextFile
from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.sources.deploy.manifest import masked
from migrator.sources.deploy.yaml_text import Listing, Node, Scalar, Table, documents

_PACKAGE_MODULES = re.compile(r"(?:^|\.)(?:apt|apt_get|yum|dnf|package|apk|zypper|pacman|homebrew)$")
_SERVICE_MODULES = re.compile(r"(?:^|\.)(?:service|systemd|systemd_service|sysvinit|openrc)$")
_STOPPED = ("stopped", "absent", "removed", "purged")
_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Pod", "ReplicaSet")
_STAGE = re.compile(r"(?i)^[ \t]*FROM[ \t]+\S.*[ \t]AS[ \t]+(?P<name>\S+)[ \t]*$")
_IMAGES = re.compile(r"(?:^|/)(?:ofelia|chadburn|swarm-cronjob|supercronic|yacron|cron)(?=$|[:@])")


def declared_services(file: TextFile) -> Iterator[Finding]:
    """What a deployment file says of cron beside its commands."""
    if file.kind is Kind.DOCKERFILE:
        for line, text in file.numbered():
            if (stage := _STAGE.match(text)) and names_cron(stage["name"]):
                yield _service(file, line, stage["name"])
    elif file.kind is Kind.YAML:
        read = documents(masked(file.text).text)
        for root in read.tables():
            yield from _compose(file, root)
            yield from _workload(file, root)
        for node in read.walk():
            if isinstance(node, Table):
                yield from _modules(file, node)


def _compose(file: TextFile, root: Table) -> Iterator[Finding]:
    services = root.table("services")
    for key, value in services.items() if services else ():
        image = value.text("image") if isinstance(value, Table) else None
        if names_cron(key.text) or (image and _IMAGES.search(image)):
            yield _service(file, key.line, key.text)


def _workload(file: TextFile, root: Table) -> Iterator[Finding]:
    metadata = root.table("metadata")
    name = metadata.text("name") if metadata and root.text("kind") in _WORKLOADS else None
    if metadata and name and names_cron(name):
        yield _service(file, metadata.line, name)


def _service(file: TextFile, line: int, name: str) -> Finding:
    return Finding(
        "CM637",
        Place(file.path, line),
        _("{name} is a service or an image for cron").format(name=name),
        _("take it out, with what depends on it and the volumes that only it has"),
    )


def _modules(file: TextFile, table: Table) -> Iterator[Finding]:
    """Modules of Ansible, states of Salt, and lists of packages."""
    for key, value in table.items():
        if _PACKAGE_MODULES.search(key.text) and not _gone(value):
            yield from _packages(file, _names(value))
        elif key.text in ("packages", "pkgs"):
            yield from _packages(file, [item for item in _items(value) if isinstance(item, Scalar)])
        elif _SERVICE_MODULES.search(key.text) and not _gone(value):
            yield from (_starts(file, one) for one in _names(value) if one.text in SERVICES)
        elif isinstance(value, Table | Listing) and (states := _states(value)):
            if package_of(key.text) and any(state.startswith("pkg.") for state in states):
                yield from _packages(file, [key])
            if key.text in SERVICES and any(state == "service.running" for state in states):
                yield _starts(file, key)


def _names(value: Node) -> list[Scalar]:
    """What a module is about: ``name: cron``, ``name: [cron, tzdata]``, ``name=cron state=present``."""
    if isinstance(value, Scalar):
        return [Scalar(value.line, word) for word in re.findall(r"(?:name|pkg)=([\w.,-]+)", value.text)]
    if not isinstance(value, Table):
        return []
    named = value.get("name") or value.get("pkg")
    return [named] if isinstance(named, Scalar) else [i for i in _items(named) if isinstance(i, Scalar)]


def _items(value: Node | None) -> list[Node]:
    return value.items if isinstance(value, Listing) else []


def _states(value: Node) -> list[str]:
    """The functions of a Salt state: keys with a dot in them."""
    tables = [value] if isinstance(value, Table) else _items(value)
    names = [key.text for one in tables if isinstance(one, Table) for key, _value in one.items()]
    names += [item.text for item in _items(value) if isinstance(item, Scalar)]
    return [name for name in names if name.startswith(("pkg.", "service."))]


def _gone(value: Node) -> bool:
    """Whether the module takes away what it names."""
    if isinstance(value, Scalar):
        return any(f"state={state}" in value.text for state in _STOPPED)
    return isinstance(value, Table) and value.text("state") in _STOPPED


def _packages(file: TextFile, names: list[Scalar]) -> Iterator[Finding]:
    for one in names:
        if name := package_of(one.text):
            fact = _("installs the package {name}").format(name=name)
            yield Finding("CM632", Place(file.path, one.line), fact, _(TAKE_PACKAGE))


def _starts(file: TextFile, one: Scalar) -> Finding:
    return Finding(
        "CM633",
        Place(file.path, one.line),
        _("starts cron: {command}").format(command=one.text),
        _("take it out, or the container with it: with no job left, cron has nothing to do"),
    )
