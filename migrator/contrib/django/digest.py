"""Sends the digest of a period once, whichever hosts ask for it."""

from __future__ import annotations

import datetime as dt
import re
import socket
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from migrator.comparison.runs import Action
from migrator.contrib.celery.jobs import MigratedJob
from migrator.contrib.django import instants
from migrator.contrib.django.models import Digest, Run
from migrator.contrib.django.watching import watch
from migrator.errors import Cannot
from migrator.i18n import _
from migrator.redaction import first_line
from migrator.report.digest import Failure, Mail, mails

LONGEST = dt.timedelta(days=31)  # how far back a digest reaches where some were not sent
ABANDONED = dt.timedelta(minutes=15)  # after which a sender that has said nothing is taken for dead


@dataclass(frozen=True, slots=True)
class Period:
    """The latest whole hour, day or week on the project's clock."""

    name: str
    since: dt.datetime
    until: dt.datetime


def period_before(now: dt.datetime, kind: str) -> Period:
    local = timezone.localtime(now)
    if kind == "hour":
        until = local.replace(minute=0, second=0, microsecond=0)
        since = timezone.localtime(until.astimezone(dt.UTC) - dt.timedelta(hours=1))
        return Period(f"hour {until.isoformat(timespec='minutes')}", since, until)
    day = local.date() - dt.timedelta(days=local.weekday() if kind == "week" else 0)
    length = dt.timedelta(days=7 if kind == "week" else 1)

    def midnight(date: dt.date) -> dt.datetime:
        return dt.datetime.combine(date, dt.time(), local.tzinfo)

    return Period(f"{kind} {day.isoformat()}", midnight(day - length), midnight(day))


def send_digest(
    jobs: Iterable[MigratedJob],
    limits: Mapping[str, dt.timedelta],
    recipients: Mapping[str, tuple[str, ...]],
    *,
    kind: str,
    now: dt.datetime,
) -> list[Mail] | None:
    """Send what went wrong since the last digest; the mails, or None where the period has been seen to.

    What is not sent, because the mail server refuses it, is tried again by the next call.
    """
    period = period_before(now, kind)
    before = Digest.objects.filter(sent_at__isnull=False, period__startswith=f"{kind} ").order_by("-until")
    last = before.values_list("until", flat=True).first()
    # In UTC: by one zone's clock the two hours of autumn begin at the same time.
    since = max(min(period.since, last or period.since), period.until - LONGEST).astimezone(dt.UTC)
    claim = _claim(period, since, now)
    if claim is None:
        return None
    told = _told(kind, since)
    by_begin: dict[dt.datetime, list[MigratedJob]] = defaultdict(list)
    for job in jobs:
        by_begin[told.get(_circle(recipients.get(job.definition.id, ())), since)].append(job)
    found: list[Mail] = []
    try:
        for begin, its in by_begin.items():
            if begin < period.until:
                watched = watch(its, limits, now=period.until, since=begin)
                failures = {
                    one.job: _failures(one.job, begin, period.until) for one in watched if one.problems
                }
                found += mails(
                    watched, failures, recipients, since=timezone.localtime(begin), until=period.until
                )
        _send(found, claim)
    except BaseException:
        _release(claim)
        raise
    claim.sent_at = instants.now()
    claim.recipients = ", ".join(sorted(set(re.split(r", |\n", claim.recipients)) - {""}))
    claim.save()
    return found


def _claim(period: Period, since: dt.datetime, now: dt.datetime) -> Digest | None:
    """The right to send; a sender that died meanwhile holds it for a quarter of an hour."""
    values = {"since": since, "until": period.until, "begun_at": now, "host": socket.gethostname()[:128]}
    try:
        with transaction.atomic():
            return Digest.objects.create(period=period.name, **values)
    except IntegrityError:
        pass
    dead = Digest.objects.filter(period=period.name, sent_at__isnull=True, begun_at__lt=now - ABANDONED)
    return Digest.objects.get(period=period.name) if dead.update(**values) else None


def _release(claim: Digest) -> None:
    """Let the next call send what is left; who has got theirs is kept."""
    if claim.recipients:
        claim.begun_at = claim.since  # longer ago than any sender takes
        claim.save()
    else:
        claim.delete()


def _told(kind: str, since: dt.datetime) -> dict[str, dt.datetime]:
    """Until when each circle has been told by digests of which others did not get theirs."""
    begun = Digest.objects.filter(sent_at__isnull=True, until__gt=since, period__startswith=f"{kind} ")
    rows = begun.order_by("until").values_list("recipients", "until")
    return {circle: until for recipients, until in rows for circle in recipients.split("\n") if circle}


def _circle(addresses: Sequence[str]) -> str:
    """The recipients of one mail, as a digest that is not whole keeps them, one circle a line."""
    return ", ".join(addresses)


def _failures(job: str, since: dt.datetime, until: dt.datetime) -> list[Failure]:
    """The runs that failed, oldest first; what they printed was redacted when it was recorded."""
    bad = Q(exit__isnull=False) & ~Q(exit=0) | Q(signal__isnull=False)
    runs = Run.objects.filter(
        bad, job=job, action=Action.EXECUTE, demo=False, started__gte=since, started__lt=until
    )
    return [
        Failure(
            timezone.localtime(run.started),
            run.host,
            _("signal {signal}").format(signal=run.signal)
            if run.signal is not None
            else _("exit {status}").format(status=run.exit),
            run.output,
        )
        for run in runs.order_by("started")
    ]


def _send(found: Sequence[Mail], claim: Digest) -> None:
    """Send each mail and write down at once to whom; one that is refused keeps no other back.

    Each holds the claim for another quarter of an hour: a server that is away lets us wait, mail by mail.
    """
    refused: list[str] = []
    for mail in found:
        try:
            EmailMessage(mail.subject, mail.body, to=list(mail.to)).send()
        except Exception as error:  # each backend has errors of its own, and a bad address is a ValueError
            refused.append(f"{_circle(mail.to)}: {first_line(error)}")
        else:
            claim.recipients += f"{_circle(mail.to)}\n"
        claim.begun_at = instants.now()
        claim.save()
    if refused:
        raise Cannot(
            _("the mail cannot be sent to {refused}").format(refused="; ".join(refused)),
            hint=_("see EMAIL_HOST and the like in Django's settings; the next call tries again"),
        )
