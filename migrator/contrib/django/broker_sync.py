"""``migrator sync --broker``: a cron host that reaches only the broker sends its spool to a worker.

Such a host cannot read who executes: its tables say cron, which is what `cron` and `shadow` mean.
"""

from __future__ import annotations

import datetime as dt
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from kombu import Queue

from migrator.adapters.spool import Spool
from migrator.comparison.consignments import OVERDUE, Consignment, Consignments, read_consignments
from migrator.comparison.handshake import Plan
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.slot_table import gives_to_celery, table
from migrator.contrib.django.broker_messages import (
    PIECE,
    TASK,
    Delivery,
    Forged,
    Receipt,
    open_receipt,
    replies_of,
    seal,
)
from migrator.contrib.django.shipping import KEPT
from migrator.contrib.django.spool_lines import read_lines
from migrator.cronwrap import user_name
from migrator.errors import Cannot
from migrator.i18n import _
from migrator.redaction import first_line

PATIENCE = 5.0  # seconds for the broker to answer
GONE = 30 * 24 * 3600  # seconds after which the queue of a host that never comes again is removed


@dataclass(slots=True)
class BrokerSynced:
    """What a sync did: lines sent and confirmed, pieces lost and sent again, tables that stay as they are.

    ``waiting``: pieces that are on their way. ``refused``: jobs whose lines the database refuses.
    """

    sent: int = 0
    confirmed: int = 0
    lost: int = 0
    bad: int = 0
    waiting: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    unsigned: int = 0


def sync_over_broker(app: Any, spool: Spool, jobs: Iterable[JobDefinition], now: dt.datetime) -> BrokerSynced:
    """Read the answers, send what is new, and bring every job's table up to date."""
    done = BrokerSynced()
    identity = (socket.gethostname()[:128], user_name()[:64], str(spool.folder.resolve())[:255])
    consignments = read_consignments(spool.offsets(), spool.sent())
    try:
        with app.connection_for_write(connect_timeout=PATIENCE) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=PATIENCE)
            receipts = list(_receipts(connection, replies_of(*identity), done))
            done.confirmed = sum(not receipt.refused for receipt in receipts)
            for receipt in receipts:
                done.refused |= receipt.refused
            keys = {receipt.key for receipt in receipts if not receipt.refused}
            done.lost = consignments.settle(keys, now.timestamp())
            _keep(spool, consignments)
            for delivery in _deliveries(spool, consignments, identity, done):
                app.send_task(
                    TASK, kwargs=seal(delivery), connection=connection, serializer="json",
                    compression="zlib", expires=OVERDUE, ignore_result=True,
                )  # fmt: skip
                done.sent += len(delivery.lines)
    except (OSError, *_errors_of(app)) as error:
        raise Cannot(
            _("the broker does not answer: {error}").format(error=first_line(error)),
            hint=_("start it, or correct CELERY_BROKER_URL; until then everything waits in the spool"),
        ) from error
    _clean(spool, consignments, now)
    _keep(spool, consignments)
    done.waiting = sum(map(len, consignments.sent.values()))
    done.kept = _write_tables(spool, jobs, now)
    return done


def _errors_of(app: Any) -> tuple[type[Exception], ...]:
    """What the transport raises, and what kombu makes of it."""
    from kombu.exceptions import KombuError

    transport = app.connection_for_write().transport
    return (*transport.connection_errors, *transport.channel_errors, KombuError)


def _receipts(connection: Any, name: str, done: BrokerSynced) -> Iterator[Receipt]:
    """The answers that wait for this host; its queue is made where it is missing."""
    queue = Queue(name, durable=True, expires=GONE)(connection.default_channel)
    queue.declare()
    while (message := queue.get(no_ack=True, accept=["json"])) is not None:
        try:
            yield open_receipt(**message.payload)
        except (Forged, TypeError):
            done.unsigned += 1


def _deliveries(
    spool: Spool,
    consignments: Consignments,
    identity: tuple[str, str, str],
    done: BrokerSynced,
) -> Iterator[Delivery]:
    """What is new in the spool, in pieces; an empty one where nothing is, so that the host is heard."""
    told = False
    for path in spool.records():
        start = consignments.position(path.name)
        for lines, end in _pieces(spool, path, start):
            if not consignments.room:
                return
            good = _readable(spool, path, lines, done)
            key = uuid4().hex
            yield _delivery(key, identity, spool, good)
            consignments.add(path.name, Consignment(key, start, end, time.time()))
            start, told = end, True
    if not told:
        yield _delivery(uuid4().hex, identity, spool, [])


def _delivery(key: str, identity: tuple[str, str, str], spool: Spool, lines: Sequence[bytes]) -> Delivery:
    host, user, folder = identity
    texts = [line.decode() for line in lines]
    return Delivery(key, host, user, folder, replies_of(*identity), spool.quarantined(), texts)


def _pieces(spool: Spool, path: Path, start: int) -> Iterator[tuple[list[bytes], int]]:
    """Lines that fit into a message, each time with the offset after them."""
    for lines, end in spool.lines(path, start):
        position = end - sum(len(line) + 1 for line in lines)
        piece: list[bytes] = []
        size = 0
        for line in lines:
            if piece and size + len(line) > PIECE:
                yield piece, position
                piece, size = [], 0
            piece.append(line)
            size += len(line)
            position += len(line) + 1
        if piece:
            yield piece, end


def _readable(spool: Spool, path: Path, lines: Sequence[bytes], done: BrokerSynced) -> list[bytes]:
    """The lines that a worker will be able to read; the others are put aside here."""
    good, bad = [], []
    for line in lines:
        if line.strip():
            (bad if len(line) > PIECE or read_lines([line])[1] else good).append(line)
    if bad:
        spool.quarantine(path, bad)
        done.bad += len(bad)
    return good


def _clean(spool: Spool, consignments: Consignments, now: dt.datetime) -> None:
    """Remove files that are old and confirmed to their last byte."""
    for path in spool.records():
        status = path.lstat()
        old = now.timestamp() - status.st_mtime > KEPT.total_seconds()
        if old and consignments.shipped.get(path.name) == status.st_size:
            spool.remove(path)
            consignments.forget(path.name)


def _keep(spool: Spool, consignments: Consignments) -> None:
    spool.remember(consignments.shipped)
    spool.remember_sent(consignments.document())


def _write_tables(spool: Spool, jobs: Iterable[JobDefinition], now: dt.datetime) -> list[str]:
    """Slot tables that give everything to cron; the jobs that a table of before gives to Celery keep it.

    Such a job would run twice if this host took it back without Celery's knowing.
    """
    kept = []
    for job in jobs:
        if gives_to_celery(spool.read_table(job.id), now):
            kept.append(job.id)
        else:
            spool.write_table(job.id, table(job, Plan(()), now))
    return kept
