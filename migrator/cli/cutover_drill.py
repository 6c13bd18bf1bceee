"""``migrator cutover drill``: a job fails on purpose on both sides, so that people see who is told."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from migrator import cronwrap
from migrator.adapters.spool import Spool, alone
from migrator.cli.options import (
    chosen_jobs,
    execute_option,
    format_option,
    jobs_argument,
    note,
    print_json,
    tell,
)
from migrator.cli.own_host import own_spool
from migrator.cli.project import Home, required_home
from migrator.cli.runtime import Runtime, runtime
from migrator.comparison.ownership import Side
from migrator.errors import Cannot
from migrator.i18n import _

if TYPE_CHECKING:
    from migrator.contrib.celery.jobs import MigratedJob
    from migrator.contrib.django.models import Run

# What the recorder executes in the place of the job; the job's own name is in the recorder's words.
WORDS = "migrator: a drill: it fails on purpose, and the job did not run"
FAILING = ("/bin/sh", "-c", f"echo '{WORDS}' >&2; exit 1")
PATIENCE = 30.0  # seconds for a worker to take the message
GLANCE = 0.2


@dataclass(frozen=True, slots=True)
class Drilled:
    """What came of one job; None: that side was not drilled from here."""

    job: str
    control: Run | None
    candidate: Run | None


@click.command("drill", short_help="Let a job fail on purpose on both sides, and see who is told.")
@jobs_argument
@execute_option
@format_option
def drill(jobs: tuple[str, ...], everyone: bool, execute: bool, output: str) -> int:
    """Let a job fail on purpose on both sides, and see who is told.

    The job itself does not run: the recorder starts a command that fails in its place, and the worker
    raises an error in its place. It is in no slot, and works whoever owns the job.
    """
    home = required_home()
    names = chosen_jobs(jobs, everyone)
    with runtime() as found:
        chosen = [found.chosen(name)[0] for name in names] or list(found.jobs.values())
        spool = own_spool(home)
        if not execute:
            return _shown(chosen, spool, output)
        if spool is None:
            _elsewhere(chosen)
        done = [_drilled(found, one, spool) for one in chosen]
    return _told(home, done, output)


def _shown(chosen: list[MigratedJob], spool: Spool | None, output: str) -> int:
    """What would be done."""
    names = [one.definition.id for one in chosen]
    if output == "json":
        print_json({"jobs": names, "control": spool is not None, "candidate": True, "executed": False})
        return 0
    for name in names:
        tell(_("{job}: the worker fails in its place, and so does the recorder").format(job=name))
    if spool is None:
        _elsewhere(chosen)
    return 0


def _elsewhere(chosen: list[MigratedJob]) -> None:
    """This machine has no recorder of this project: cron's side has to be drilled where it is."""
    note(
        _("migrator: cron's side is not here; on a cron host: {command}, then migrator sync").format(
            command=f"migrator exec --drill {chosen[0].definition.id} -- false"
        )
    )


def _drilled(found: Runtime, job: MigratedJob, spool: Spool | None) -> Drilled:
    begun = dt.datetime.now(dt.UTC)
    if spool is not None:
        _fail_under_cron(found, job.definition.id, spool)
    task = _fail_under_celery(found.app, job)
    candidate = _recorded(job.definition.id, Side.CANDIDATE, begun, PATIENCE, task)
    if candidate is None:
        raise Cannot(
            _("{job}: no worker has recorded the drill within {seconds} seconds").format(
                job=job.definition.id, seconds=round(PATIENCE)
            ),
            hint=_("see `migrator doctor`; a worker that runs older code has to be started anew"),
        )
    control = _recorded(job.definition.id, Side.CONTROL, begun, 0) if spool is not None else None
    return Drilled(job.definition.id, control, candidate)


def _fail_under_cron(found: Runtime, job: str, spool: Spool) -> None:
    """Through the recorder and the sync, as a failure of the line would go."""
    from migrator.contrib.django.sync import sync

    recorder = [sys.executable, "-I", "-S", cronwrap.__file__, "--spool", str(spool.folder), "--drill"]
    subprocess.run([*recorder, job, "--", *FAILING], stdin=subprocess.DEVNULL, check=False)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with alone(spool) as free:
            if free:  # else the sync of this minute is at it
                sync(spool, [one.definition for one in found.jobs.values()])
                return
        time.sleep(GLANCE)


def _fail_under_celery(app: Any, job: MigratedJob) -> str:
    """A message as beat would send it, but for the slot; the id of the task."""
    from migrator.contrib.celery.headers import DRILL

    headers = {DRILL: job.definition.id}
    task = app.tasks[job.task]
    if app.conf.task_always_eager:
        return str(task.apply(headers=headers, throw=False).id)
    # by its name: what the task takes as arguments is of no interest, since it does not run
    queue = {"queue": task.queue} if getattr(task, "queue", None) else {}
    return str(app.send_task(job.task, headers=headers, expires=PATIENCE, **queue).id)


def _recorded(job: str, side: Side, begun: dt.datetime, patience: float, task: str = "") -> Run | None:
    """The record of the drill, once it is whole."""
    from migrator.comparison.runs import Kind
    from migrator.contrib.django.models import Run

    runs = Run.objects.filter(job=job, side=side, kind=Kind.MANUAL, finished__isnull=False)
    runs = runs.filter(task=task) if task else runs.filter(started__gte=begun - dt.timedelta(seconds=1))
    deadline = time.monotonic() + patience
    while (run := runs.order_by("started").last()) is None and time.monotonic() < deadline:
        time.sleep(GLANCE)
    return run


def _told(home: Home, done: list[Drilled], output: str) -> int:
    if output == "json":
        print_json(
            {
                "executed": True,
                "jobs": [
                    {"id": one.job, "control": _document(one.control), "candidate": _document(one.candidate)}
                    for one in done
                ],
            }
        )
        return 0
    for one in done:
        for side, run in ((_("cron"), one.control), ("Celery", one.candidate)):
            if run is not None:
                tell(
                    _("{job}: {side} failed as it should, exit {code} ({where})").format(
                        job=one.job, side=side, code=run.exit, where=run.worker or f"{run.user}@{run.host}"
                    )
                )
        decision = home.configuration.jobs.get(one.job)
        if not (decision and decision.alert):
            tell(
                _("{job}: who was told? Write it down: {line}").format(
                    job=one.job, line=f'[jobs.{one.job}] alert = "..."'
                )
            )
    return 0


def _document(run: Run | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {"run": run.run, "exit": run.exit, "host": run.host, "worker": run.worker, "task": run.task}
