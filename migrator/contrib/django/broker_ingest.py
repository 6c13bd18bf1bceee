"""The task that writes what a host without a database has sent; in every worker of the project."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from celery import current_app, shared_task
from django.db import close_old_connections

from migrator.comparison.jobs import JobDefinition
from migrator.contrib.celery.jobs import migrated_jobs
from migrator.contrib.django import instants
from migrator.contrib.django.broker_messages import TASK, Delivery, Receipt, open_delivery, seal
from migrator.contrib.django.models import Host, Over
from migrator.contrib.django.shipping import ingest_what_goes
from migrator.contrib.django.slotless import give_slots
from migrator.contrib.django.spool_lines import read_lines

logger = logging.getLogger(__name__)
HELD = 7 * 24 * 3600  # seconds that an answer waits for its host


@shared_task(name=TASK, ignore_result=True)
def receive(text: str, signature: str) -> None:
    """Write a delivery into the ledger and confirm it; what fails on the way is sent again by its host."""
    delivery = open_delivery(text, signature)
    close_old_connections()
    app = current_app._get_current_object()
    receipt = take_in(delivery, [job.definition for job in migrated_jobs(app).values()])
    with app.producer_or_acquire() as producer:
        producer.publish(
            seal(receipt), exchange="", routing_key=delivery.replies, serializer="json", expiration=HELD
        )


def take_in(delivery: Delivery, jobs: Iterable[JobDefinition]) -> Receipt:
    """Write the lines, and note that the host has been heard."""
    lines, bad = read_lines(line.encode("utf-8", "surrogateescape") for line in delivery.lines)
    if bad:  # the host reads each line before it sends it, so this is another version's
        logger.error("%d lines from %s@%s cannot be read", len(bad), delivery.user, delivery.host)
    give_slots(lines, jobs)
    refused = ingest_what_goes(lines)
    now = instants.now()
    host, _created = Host.objects.get_or_create(
        name=delivery.host[:128], user=delivery.user[:64], spool=delivery.spool[:255]
    )
    Host.objects.filter(pk=host.pk).update(
        over=Over.BROKER, last_seen=now, left_at=None, quarantined=max(0, delivery.quarantined) + len(bad)
    )
    return Receipt(delivery.key, refused)
