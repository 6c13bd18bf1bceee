"""Compose services for broker, worker and beat, made like the service that runs the project."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from migrator.codegen.project.edits import Edit, Instruction
from migrator.codegen.project.lines import Insertion, inserted
from migrator.i18n import _

PART = "compose"
_FILES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
_BROKER = re.compile(r"(^|/)rabbitmq\b")
_VARIABLE = "CELERY_BROKER_URL"
_NAME = "rabbitmq"
_VERBS = {"celery-worker": "worker", "celery-beat": "beat"}
# https://docs.docker.com/reference/compose-file/services/: what names, shows or watches the web server alone;
# a stop_signal too, for what is a graceful stop to uWSGI (SIGQUIT) is a cold one to a worker
_OF_WEB = (
    "command",
    "ports",
    "expose",
    "healthcheck",
    "labels",
    "label_file",
    "annotations",
    "container_name",
    "hostname",
    "domainname",
    "mac_address",
    "scale",
    "stop_signal",
)
# What a worker may or may not need: only who wrote it knows
_UNSURE = {"<<", "extends", "entrypoint", "network_mode", "provider", "pre_start", "post_start", "pre_stop"}
_MERGED = ("environment", "depends_on")  # written with the broker in them
# Of what a cluster is told, what is not about the number of containers: there is one beat
_OF_DEPLOY = ("resources", "placement", "restart_policy")
_RABBITMQ = """\
rabbitmq:
  image: rabbitmq:4-management-alpine
  # the node's data lies under its host name
  hostname: rabbitmq
  healthcheck:
    test: ["CMD", "rabbitmq-diagnostics", "-q", "check_port_connectivity"]
    interval: 10s
    timeout: 10s
    retries: 12
"""


@dataclass(frozen=True, slots=True)
class _Service:
    """A service with its keys, each with the lines it is written on."""

    name: str
    value: Mapping[str, Any]
    keys: Mapping[str, Sequence[str]]  # with the indentation of the services taken off
    ends: Mapping[str, int]  # the line behind each key


@dataclass(frozen=True, slots=True)
class Services:
    """The names of the services that run Django, a worker and beat."""

    web: str
    worker: str
    beat: str


@dataclass(frozen=True, slots=True)
class _Compose:
    services: Mapping[str, _Service]
    indent: str  # of the names of services
    end: int  # the line behind the last service
    text: str


def compose_edits(texts: Mapping[str, str], app: str) -> Iterator[Edit | Instruction]:
    """The services that are missing, behind the last one."""
    path = next((path for path in _FILES if path in texts), None)
    if path is None:
        return
    text = texts[path]
    found = _read(text)
    if found is None:
        yield _instruction(path, app)
        return
    wanted = list(_missing(found, app))
    python = _python_service(found)
    if wanted and python is None:
        yield _instruction(path, app)
    elif wanted and python:
        broker = None if _VARIABLE in text else _broker(found) or _NAME
        insertions = [Insertion(found.end, tuple(_written(found, python, wanted, broker)))]
        if broker:  # first, because both may belong in front of one line
            insertions.insert(0, _for_web(found, python, broker))
        environment = {python.name: _environment(python, broker)} if broker else {}
        if _is_plain(python) and _holds(text, insertions, wanted, environment):
            yield from (Edit(path, PART, insertion) for insertion in insertions)
        else:
            yield _instruction(path, app)


def celery_services(texts: Mapping[str, str]) -> Services | None:
    """The services by their names, as they are once the edits are made; None: which they are is not known."""
    path = next((path for path in _FILES if path in texts), None)
    found = None if path is None else _read(texts[path])
    python = found and _python_service(found)
    if not (found and python):
        return None
    worker, beat = (_running(found, verb) or name for name, verb in _VERBS.items())
    return Services(python.name, worker, beat)


def _read(text: str) -> _Compose | None:
    """The services of the file; None where it is not written as compose files are."""
    try:
        root, values = yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):  # ValueError: the 45th day of a month
        return None
    if not isinstance(root, yaml.MappingNode) or not isinstance(values, dict):
        return None
    node = next((value for key, value in root.value if key.value == "services"), None)
    if not isinstance(node, yaml.MappingNode) or node.flow_style or not node.value:
        return None
    lines = text.split("\n")
    column = node.value[0][0].start_mark.column
    services = {}
    for key, value in node.value:
        own = values["services"].get(key.value)  # nothing under `<<` and under a number
        if not isinstance(value, yaml.MappingNode) or value.flow_style or own is None:
            return None
        services[key.value] = _Service(
            key.value,
            own,
            dict(_keys(lines, value, column)),
            {str(one.value): _behind(lines, one, of_it) for one, of_it in value.value},
        )
    end = _end(lines, node.value[-1][1])
    return _Compose(services, " " * column, end, text)


def _keys(
    lines: Sequence[str], service: yaml.MappingNode, column: int
) -> Iterator[tuple[str, Sequence[str]]]:
    for key, value in service.value:
        texts = [line[column:] for line in lines[key.start_mark.line : _behind(lines, key, value)]]
        if key.value == "deploy" and isinstance(value, yaml.MappingNode) and not value.flow_style:
            kept = [one for name, some in _keys(lines, value, column) if name in _OF_DEPLOY for one in some]
            if not kept:
                continue
            texts = [texts[0], *kept]
        yield str(key.value), texts


def _behind(lines: Sequence[str], key: yaml.Node, value: yaml.Node) -> int:
    return max(_end(lines, value), int(key.start_mark.line) + 1)


def _end(lines: Sequence[str], node: yaml.Node) -> int:
    """The line behind a node, blank lines and comments below it left out."""
    if isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        return _end(lines, last[1] if isinstance(node, yaml.MappingNode) else last)
    # a text of several lines (|) ends where the next line begins
    block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
    end = int(node.end_mark.line) + (0 if block else 1)
    while end > node.start_mark.line + 1 and not lines[end - 1].strip():
        end -= 1
    return end


def _is_plain(service: _Service) -> bool:
    """Whether its keys can be written once more: an anchor cannot, and what is merged is not seen here."""
    networks = service.value.get("networks")
    addressed = isinstance(networks, dict) and any(networks.values())  # an alias or an address of its own
    clustered = service.keys.get("deploy", ())
    return (
        not (addressed or _UNSURE & {*service.keys, *service.value})
        and not re.search(r"^\s*deploy:\s*[^\s#]", "".join(clustered[:1]))
        and not any(re.search(r":\s*[&*]", line) for key in service.keys.values() for line in key)
    )


def _missing(found: _Compose, app: str) -> Iterator[tuple[str, str | None]]:
    """Each service that is missing with its command; the broker has none."""
    if _VARIABLE not in found.text and _broker(found) is None:
        yield _NAME, None
    for name, verb in _VERBS.items():
        if _running(found, verb) is None:
            # the file system of a container is new at each start: a pid file would only be in the way
            yield name, f"celery -A {app} {verb} --loglevel info" + (" --pidfile=" if verb == "beat" else "")


def _running(found: _Compose, verb: str) -> str | None:
    """The name of the service that runs Celery's worker, or beat."""
    commands = {one.name: _words(one.value.get("command")) for one in found.services.values()}
    return next(
        (name for name, words in commands.items() if "celery" in words and re.search(rf"\b{verb}\b", words)),
        None,
    )


def _broker(found: _Compose) -> str | None:
    """The name of the service that is RabbitMQ."""
    return next(
        (one.name for one in found.services.values() if _BROKER.search(str(one.value.get("image", "")))), None
    )


def _words(command: object) -> str:
    return " ".join(map(str, command)) if isinstance(command, list) else str(command or "")


def _python_service(found: _Compose) -> _Service | None:
    """The service that runs Django: by its command, else the one that is built here."""
    services = list(found.services.values())
    running = [
        one
        for one in services
        if re.search(r"manage\.py|gunicorn|uvicorn|uwsgi|daphne", _words(one.value.get("command")))
    ]
    built = [one for one in services if "build" in one.value]
    return next(iter(running or built), None)


def _written(
    found: _Compose, python: _Service, wanted: Sequence[tuple[str, str | None]], broker: str | None
) -> Iterator[str]:
    for name, command in wanted:
        body = _rabbitmq(python) if command is None else _worker(name, command, python, broker)
        yield ""
        yield from (found.indent + line if line else line for line in body)


def _for_web(found: _Compose, python: _Service, broker: str) -> Insertion:
    """The broker in the environment of the service that runs Django: what it delays has to get there."""
    step, key = " " * _step(python), "environment"
    lines = list(_with(python, key, step, {_VARIABLE: _url(broker)}))[len(python.keys.get(key, ())) :]
    at = python.ends.get(key, max(python.ends.values()))
    return Insertion(at, tuple(found.indent + line for line in lines))


def _rabbitmq(python: _Service) -> Sequence[str]:
    """The broker, where the service that runs Django can reach it."""
    return [*_RABBITMQ.splitlines(), *_indented(python.keys.get("networks", ()), 2)]


def _indented(lines: Sequence[str], step: int) -> Iterator[str]:
    """The lines of a key with another indentation."""
    for line in lines:
        yield " " * step + line[len(lines[0]) - len(lines[0].lstrip()) :]


def _worker(name: str, command: str, python: _Service, broker: str | None) -> Iterator[str]:
    """A service like the project's own with another command."""
    step = " " * _step(python)
    yield f"{name}:"
    for key, lines in python.keys.items():
        if key not in _OF_WEB and key not in _MERGED:
            yield from lines
    yield from _with(python, "environment", step, {_VARIABLE: _url(broker)} if broker else {})
    yield from _with(python, "depends_on", step, {broker: None} if broker else {})
    yield f"{step}command: {command}"


def _url(broker: str) -> str:
    return f"amqp://guest:guest@{broker}:5672//"


def _step(python: _Service) -> int:
    line = next(iter(python.keys.values()))[0]
    return len(line) - len(line.lstrip())


def _with(python: _Service, key: str, step: str, more: Mapping[str, str | None]) -> Iterator[str]:
    """A key of the service with entries more, as a list or a mapping as it is there."""
    value, lines = python.value.get(key), list(python.keys.get(key, ()))
    if not more:
        yield from lines
        return
    inner = step * 2
    if len(lines) > 1:
        inner = lines[1][: len(lines[1]) - len(lines[1].lstrip())]
    yield from lines or [f"{step}{key}:"]
    for name, text in more.items():
        if isinstance(value, list) or (text is None and value is None):
            yield f"{inner}- {name}" + ("" if text is None else f"={text}")
        elif text is None:
            yield from (f"{inner}{name}:", f"{inner}{step}condition: service_healthy")
        else:
            yield f"{inner}{name}: {text}"


def _holds(
    text: str,
    insertions: Sequence[Insertion],
    wanted: Sequence[tuple[str, str | None]],
    environment: Mapping[str, object],
) -> bool:
    """Whether the file with the insertions says what it said before, and the new services.

    ``environment``: the one that a service shall have now, by the service's name.
    """
    try:
        before, after = yaml.safe_load(text), yaml.safe_load(inserted(text, insertions))
        new = {name: after["services"].pop(name) for name, _command in wanted}
    except (yaml.YAMLError, KeyError):
        return False
    for name, variables in environment.items():
        before["services"][name]["environment"] = variables
    return bool(after == before) and all(
        isinstance(service, dict) and ("image" in service or "build" in service) for service in new.values()
    )


def _environment(python: _Service, broker: str) -> object:
    there = python.value.get("environment") or {}
    if isinstance(there, list):
        return [*there, f"{_VARIABLE}={_url(broker)}"]
    return {**there, _VARIABLE: _url(broker)}


def _instruction(path: str, app: str) -> Instruction:
    text = (
        f"{_RABBITMQ}celery-worker:\n  command: celery -A {app} worker --loglevel info\n"
        f"celery-beat:\n  command: celery -A {app} beat --loglevel info --pidfile=\n"
    )
    reason = _(
        "add services like the one that runs the project, with {name} in their environment and its own"
    )
    return Instruction(
        path, reason.format(name=f"{_VARIABLE}={_url(_NAME)}"), text.removesuffix("\n"), breaks=False
    )
