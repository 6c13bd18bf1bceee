"""Broker and workers, as they answer: which kind it is, who reads which queue, who has which task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from kombu.transport import filesystem

from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django.beat import BeatEntry
from migrator.contrib.django.checks import Check, State
from migrator.i18n import _
from migrator.redaction import first_line

PATIENCE = 3.0  # seconds for a broker to answer
ROLL_CALLS = (1.0, 5.0)  # seconds for workers to answer; a busy machine gets a second call


@dataclass(frozen=True, slots=True)
class RollCall:
    """What the workers answered, by their names; ``silence``: why nobody did.

    ``queues``: those that a worker reads; None: it did not say.
    """

    tasks: Mapping[str, frozenset[str]] = field(default_factory=dict)
    queues: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    silence: str = ""

    def readers(self, queue: str) -> list[str]:
        return sorted(name for name, queues in self.queues.items() if queues and queue in queues)


def broker(app: Any) -> Check:
    """Somebody answers at the broker's address, within seconds, and says what it is."""
    address = ""
    try:
        with app.connection_for_write(connect_timeout=PATIENCE) as link:
            address = _address(link)
            link.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=PATIENCE)
            kind, halves = _kind(link), _reads_halves(link)
    except Exception as error:  # each transport has errors of its own
        return Check(
            "broker",
            State.FAIL,
            _("the broker does not answer: {error}").format(error=f"{first_line(error)} ({address})"),
            _client_missing(app) or _("start it, or correct CELERY_BROKER_URL"),
            "CM465",
        )
    if halves:
        fact = _("kombu lets a worker read half a message of {address}: it is lost, and the worker stops")
        remedy = _("take a broker with a server, such as RabbitMQ")
        return Check("broker", State.WARN, fact.format(address=address), remedy, "CM470")
    return Check("broker", State.OK, _("{address} answers: {kind}").format(address=address, kind=kind))


def _client_missing(app: Any) -> str | None:
    """What to install where kombu's own error for a missing client is one of a class that it builds."""
    scheme = str(app.conf.broker_write_url or "").partition("://")[0]
    if scheme not in ("redis", "rediss", "sentinel") or find_spec("redis"):
        return None
    return _("its client is not installed: {command}").format(command='pip install "celery[redis]"')


def _reads_halves(link: Any) -> bool:
    """Its messages are files, and have their names before their content: kombu's own, as of 5.7.0."""
    if not isinstance(link.transport, filesystem.Transport):
        return False
    return bool(link.transport.Channel._put is filesystem.Channel._put)


def _address(link: Any) -> str:
    """Where the broker is, without its password; one that is no server has no host: kombu makes one up."""
    if not link.hostname:
        return f"{link.transport_cls}://"
    masked = str(link.as_uri())
    return masked if link.password else masked.replace("//:**@", "//", 1)  # kombu masks what is not there


def _kind(link: Any) -> str:
    """``RabbitMQ 3.12.1``, ``Redis 7.0``; else what kombu calls the transport."""
    if link.transport.driver_type == "amqp":
        told = {key: _plain(value) for key, value in (link.connection.server_properties or {}).items()}
        return " ".join(filter(None, (told.get("product", "AMQP"), told.get("version", ""))))
    if link.transport.driver_type == "redis":
        return f"Redis {link.default_channel.client.info('server').get('redis_version', '')}".strip()
    return str(link.transport.driver_name)


def _plain(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def roll_call(app: Any) -> RollCall:
    """Ask every worker for its tasks; those that answered, for their queues and settings as well."""
    reason = _("nobody answered in {seconds} s").format(seconds=sum(ROLL_CALLS))
    tasks: dict[str, Any] = {}
    more: dict[str, dict[str, Any]] = {}
    try:
        for seconds in ROLL_CALLS:
            tasks = tasks or app.control.inspect(timeout=seconds).registered() or {}
        if tasks:  # those that are known are waited for no longer than it takes them
            asked = app.control.inspect(destination=list(tasks), timeout=ROLL_CALLS[-1], limit=len(tasks))
            more = {"queues": asked.active_queues() or {}, "settings": asked.conf() or {}}
    except Exception as error:  # each transport has errors of its own
        if not tasks:
            return RollCall(silence=first_line(error))
    if not tasks:
        return RollCall(silence=reason)
    queues = more.get("queues", {})
    return RollCall(
        # "tasks.name [rate_limit=..]": what follows the name is of no interest
        {
            name: frozenset(str(task).split(" ", 1)[0] for task in found or ())
            for name, found in tasks.items()
        },
        {name: frozenset(one["name"] for one in queues[name]) if name in queues else None for name in tasks},
        more.get("settings", {}),
    )


def workers(found: RollCall, jobs: Sequence[MigratedJob]) -> list[Check]:
    """A worker answers, and each task is registered with one."""
    if not found.tasks:
        fact = _("no worker answers: {reason}").format(reason=found.silence)
        return [Check("worker", State.FAIL, fact, _("start one: celery -A PROJECT worker"), "CM466")]
    checks = [Check("worker", State.OK, _("{names} answers").format(names=", ".join(sorted(found.tasks))))]
    registered = frozenset().union(*found.tasks.values())
    lacking = [job.task for job in jobs if job.task not in registered]
    if lacking:
        checks.append(
            Check(
                "registered",
                State.FAIL,
                _("no worker has the task {task}").format(task=", ".join(lacking)),
                _("deploy the generated tasks and restart the workers"),
                "CM455",
            )
        )
    elif jobs:
        checks.append(Check("registered", State.OK, _("every task is registered")))
    return checks


def queues(
    app: Any, found: RollCall, jobs: Iterable[MigratedJob], entries: Iterable[BeatEntry]
) -> list[Check]:
    """Each queue that a message goes to is read by a worker, and by none that lacks its task."""
    if None in found.queues.values() or not found.tasks:
        return []
    tasks = {job.task for job in jobs}
    sent = {(entry.task, queue_of(app, entry)) for entry in entries if entry.task in tasks}
    unread: dict[str, list[str]] = {}
    for task, queue in sorted(sent):
        if not found.readers(queue):
            unread.setdefault(queue, []).append(task)
    checks = [
        Check(
            "queues",
            State.FAIL,
            _("no worker reads the queue {queue}, to which beat sends {tasks}").format(
                queue=queue, tasks=", ".join(names)
            ),
            _("start a worker with -Q {queue}, or correct the route of the tasks").format(queue=queue),
            "CM454",
        )
        for queue, names in unread.items()
    ]
    registered = frozenset().union(*found.tasks.values())
    for task, queue in sorted(sent):
        without = [name for name in found.readers(queue) if task not in found.tasks[name]]
        if without and task in registered:
            checks.append(_lacks(task, queue, without))
    if not checks and sent:
        names = ", ".join(sorted({queue for _task, queue in sent}))
        return [Check("queues", State.OK, _("read by a worker: {queues}").format(queues=names))]
    return checks


def _lacks(task: str, queue: str, without: Sequence[str]) -> Check:
    fact = _("{workers} reads the queue {queue} and has no task {task}: it drops the message")
    return Check(
        "registered",
        State.FAIL,
        fact.format(workers=", ".join(without), queue=queue, task=task),
        _("deploy the generated tasks and restart the workers"),
        "CM455",
        task,
    )


def queue_of(app: Any, entry: BeatEntry) -> str:
    """The queue that the message of an entry goes to."""
    task = app.tasks.get(entry.task)
    options = {**(task._get_exec_options() if task is not None else {}), **entry.options}
    routed = app.amqp.router.route(options, entry.task)
    queue = routed.get("queue") or app.conf.task_default_queue
    return str(getattr(queue, "name", queue))
