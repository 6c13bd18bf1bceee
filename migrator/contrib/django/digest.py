"""Sends the digest of a period once, whichever hosts ask for it."""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.core.mail import EmailMessage, get_connection
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from migrator.comparison.runs import Action
from migrator.contrib.celery.jobs import MigratedJob
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
    since = max(min(period.since, last or period.since), period.until - LONGEST)
    claim = _claim(period, since, now)
    if claim is None:
        return None
    try:
        watched = watch(jobs, limits, now=period.until, since=since)
        failures = {one.job: _failures(one.job, since, period.until) for one in watched if one.problems}
        found = mails(watched, failures, recipients, since=since, until=period.until)
        _send(found)
    except BaseException:
        claim.delete()
        raise
    claim.sent_at = timezone.now()
    claim.recipients = ", ".join(sorted({address for mail in found for address in mail.to}))
    claim.save()
    return found


def _claim(period: Period, since: dt.datetime, now: dt.datetime) -> Digest | None:
    """The right to send; a sender that died meanwhile holds it for a quarter of an hour."""
    values = {"since": since, "until": period.until, "host": socket.gethostname()[:128]}
    dead = Digest.objects.filter(period=period.name, sent_at__isnull=True, begun_at__lt=now - ABANDONED)
    dead.delete()
    try:
        with transaction.atomic():
            return Digest.objects.create(period=period.name, **values)
    except IntegrityError:
        return None


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


def _send(found: Sequence[Mail]) -> None:
    if not found:
        return
    try:
        with get_connection() as link:
            for mail in found:
                EmailMessage(mail.subject, mail.body, to=list(mail.to), connection=link).send()
    except OSError as error:  # SMTPException is one
        raise Cannot(
            _("the mail cannot be sent: {error}").format(error=first_line(error)),
            hint=_("see EMAIL_HOST and the like in Django's settings; the next call tries again"),
        ) from error
