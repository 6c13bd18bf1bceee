"""The lines about what cron saw to, and who does from now on: lock, freshness, mail and log, results."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

from migrator.codegen.body import addresses, in_its_text, lock_name, mail_on
from migrator.crontab.durations import duration_text
from migrator.crontab.reading import Lock
from migrator.cutover.checklist.items import Item, State, Subject
from migrator.cutover.removal import shown
from migrator.i18n import _
from migrator.sources.job import Job


def lock(job: Job) -> Item:
    text = _("the lock around it is kept")
    lock = job.reading.lock
    if lock is None:
        return Item("lock", text, State.DONE, _("the line has none"))
    if lock.blocking is None:
        evidence = _("{key} could not be read").format(key=shown(lock.key))
        return Item("lock", text, State.BLOCKED, evidence)
    manner = _("waits while it is held") if lock.blocking else _("does not start while it is held")
    if in_its_text(job, Lock) or lock_name(job).startswith("/"):
        where = _("{key}: the task {manner}, by cron's run on its host, too; on each host by itself")
    else:
        where = _("{key}: the task {manner}, on each worker host by itself")
    evidence = where.format(key=shown(lock.key), manner=manner)
    return Item("lock", text, State.DONE, evidence)


def freshness(job: Job, alert: str | None) -> Item:
    text = _("somebody else watches its freshness")
    limit = job.reading.freshness
    if limit is None:
        return Item("freshness", text, State.DONE, _("the line sets no limit"))
    if alert:
        watched = _("{alert}, after {limit}").format(alert=shown(alert), limit=duration_text(limit))
        return Item("freshness", text, State.DONE, watched)
    evidence = _("cron's line complained after {limit} without a success: name the monitor that does so now")
    return Item("freshness", text, State.OPEN, evidence.format(limit=duration_text(limit)))


def output(job: Job, alert: str | None) -> Item:
    text = _("its mail and its log go to somebody")
    mail, reading = job.declared.mail, job.reading
    log = reading.log or reading.error_log
    kept = {reading.output, reading.errors} <= {"logged", "dropped"}  # the line's redirects left cron nothing
    if (mail == "" or kept) and not log:
        return Item("output", text, State.DONE, _("cron sent none"))
    if alert:
        return Item("output", text, State.DONE, shown(alert))
    mailed = mail_on(job)
    if mailed and not log:
        to = shown(", ".join(addresses(job)))
        return Item("output", text, State.DONE, _("the task mails it to {to}").format(to=to))
    lost = [
        *(
            [_("mail to {mail}").format(mail=mail or job.declared.user or _("the crontab's user"))]
            if mail != "" and not mailed and not kept
            else []
        ),
        *([_("the log {log}").format(log=shown(log))] if log else []),
    ]
    evidence = _("cron gave {targets}: a failed task is seen in Celery's results and log, name who looks")
    return Item("output", text, State.OPEN, evidence.format(targets=_(" and ").join(lost)))


def generator(job: Job) -> Item:
    text = _("nothing brings the line back")
    if job.generator is None or job.generator.path in {place.path for place in job.retired}:
        return Item("generator", text, State.DONE, _("no generator of it is among the sources"))
    evidence = _("{place} writes it again: edit it too").format(place=job.generator)
    return Item("generator", text, State.OPEN, evidence)


def results(subject: Subject) -> Item:
    """A result that is gone before the next slot is one that nobody can look up."""
    text = _("Celery's result is kept until the next slot")
    kept = subject.celery.results
    gap = max((after.due - before.due for before, after in pairwise(subject.coming)), default=None)
    if kept is None or gap is None:
        return Item("results", text, State.OPEN, _("not looked at"))
    if not kept:
        evidence = _("none is kept: a failure is seen in the worker's log alone")
        return Item("results", text, State.OPEN, evidence)
    words = (
        _("kept for ever") if kept == dt.timedelta.max else _("kept for {time}").format(time=_rounded(kept))
    )
    if kept < gap:
        words = _("{kept}, and its slots are {gap} apart: raise result_expires").format(
            kept=words, gap=_rounded(gap)
        )
    return Item("results", text, State.OPEN if kept < gap else State.DONE, words)


def _rounded(time: dt.timedelta) -> str:
    return duration_text(round(time.total_seconds()))
