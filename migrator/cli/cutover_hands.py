"""The hands of a cutover: journal, files, owner rows, and the patience in between."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.adapters.journal import CutoverJournal
from migrator.adapters.spool import alone
from migrator.cli.cutover_moment import clock, cron_zone
from migrator.cli.options import note
from migrator.cli.own_host import own_spool
from migrator.cli.project import Home
from migrator.cli.runtime import Runtime
from migrator.cli.targets import write
from migrator.cutover.moment import moment
from migrator.cutover.operation import Kind, Operation
from migrator.cutover.switching import Replacement
from migrator.errors import Cannot
from migrator.i18n import _

if TYPE_CHECKING:
    from migrator.contrib.celery.jobs import MigratedJob
    from migrator.contrib.django.retiring import BeatRows

PATIENCE = 300.0  # seconds: a host syncs every minute, and is silent after five
GLANCE = 2.0  # seconds between two looks at the ledger


@dataclass(frozen=True, slots=True)
class RealHands:
    """Of this machine and of the project's ledger; ``rows``: beat's, as they were planned with.

    ``wanted``: when the lines are to go out, if anybody has said so.
    """

    home: Home
    found: Runtime
    journal: CutoverJournal
    rows: BeatRows = field(default_factory=dict)
    wanted: dt.datetime | None = None

    def note(self, operation: Operation) -> None:
        self.journal.note(operation)

    def withdraw(self, operation: Operation) -> None:
        self.journal.withdraw(operation)

    def keep(self, data: bytes) -> str:
        return self.journal.records.back_up(data)

    def kept(self, name: str) -> bytes:
        return self.journal.kept(name)

    def write(self, change: Replacement) -> None:
        write(change.path, change.after, expected=change.before)

    def now(self) -> str:
        return dt.datetime.now(dt.UTC).isoformat()

    def retire(self, operation: Operation) -> None:
        from migrator.contrib.django.retiring import retire

        retire(
            self.found.app, self._jobs(operation), who=operation.who, reason=operation.reason,
            accepted=operation.accepted, planned=self.rows, now=dt.datetime.now(dt.UTC),
        )  # fmt: skip

    def release(self, operation: Operation) -> None:
        from migrator.contrib.django.owners import give_up, orphans
        from migrator.contrib.django.retiring import release

        release(
            self._jobs(operation), who=operation.who, reason=operation.reason, accepted=operation.accepted
        )
        for job in orphans(self.found.jobs):
            if job in operation.jobs:
                give_up(job, who=operation.who, reason=operation.reason)

    def wait(self, operation: Operation) -> None:
        effective: dict[str, dt.datetime] = {}
        if operation.kind is Kind.APPLY:
            effective = self._acknowledged(operation)
        else:
            self._tables(operation)
        now = dt.datetime.now(dt.UTC)
        jobs = [job.definition for job in self._jobs(operation)]
        at = moment(jobs, effective, max(now, self.wanted or now))
        if at > now:
            note(
                _("migrator: waits until {moment}, away from every slot").format(
                    moment=clock(at, cron_zone(self.home))
                )
            )
        while (left := (at - dt.datetime.now(dt.UTC)).total_seconds()) > 0:
            time.sleep(min(left, 1))

    def _acknowledged(self, operation: Operation) -> dict[str, dt.datetime]:
        """From when on each job is retired, once every cron host has said so: their syncs may go then."""
        from migrator.contrib.django.retiring import settled

        deadline, told = time.monotonic() + PATIENCE, False
        while True:
            now = dt.datetime.now(dt.UTC)
            states = settled(operation.jobs, now)
            silent = sorted({host for one in states.values() for host in one.silent})
            if not silent:
                return {job: one.start for job, one in states.items() if one.start}
            if time.monotonic() > deadline:
                raise Cannot(
                    _("the owner is retired and no line is out yet: not acknowledged by {hosts}").format(
                        hosts=", ".join(silent)
                    ),
                    hint=_("see why `migrator sync` does not run there; then run the command again"),
                )
            if not told:
                told = True
                note(_("migrator: waits for the sync of {hosts}").format(hosts=", ".join(silent)))
            time.sleep(GLANCE)

    def _tables(self, operation: Operation) -> None:
        """Write this host's slot tables before its lines are back: without one, the recorder executes.

        Its sync may have been out as long as the lines. A host that has never synced has no tables. What
        has no task any more is cron's to execute: its table goes.
        """
        from migrator.contrib.django.sync import sync

        spool = own_spool(self.home)
        if spool is not None:
            with alone(spool) as free:
                if free:
                    sync(spool, [job.definition for job in self.found.jobs.values()])
            for job in self._without_task(operation):
                spool.remove_table(job)

    def _jobs(self, operation: Operation) -> list[MigratedJob]:
        return [self.found.jobs[job] for job in operation.jobs if job in self.found.jobs]

    def _without_task(self, operation: Operation) -> list[str]:
        """Jobs that the code has no more: Celery cannot execute them, and only cron can have them back."""
        return [job for job in operation.jobs if job not in self.found.jobs]
