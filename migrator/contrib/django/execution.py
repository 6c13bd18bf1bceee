"""One message for a migrated job: execute, say what would have been done, or yield."""

from __future__ import annotations

import getpass
import logging
import os
import socket
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, NoReturn
from uuid import uuid4

from celery import current_task
from celery.exceptions import Retry
from django.db import close_old_connections

from migrator.comparison.effects import Effects
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.ownership import Owner, Side
from migrator.comparison.runs import DRILL, Action, Kind, RunRecord
from migrator.comparison.turns import turn
from migrator.contrib.celery.headers import Stamp, drilled, late_stamp, read_stamp
from migrator.contrib.celery.jobs import definition_of, in_effect
from migrator.contrib.django import claims, instants, ledger, owners, settled, slot_log
from migrator.contrib.django.children import Children, counted
from migrator.contrib.django.effects import recording
from migrator.contrib.django.exits import DrillFailed, JobFailed, exit_status, in_words
from migrator.contrib.django.output import tail_of_output

logger = logging.getLogger(__name__)


def run(job: JobDefinition, body: Callable[[], Any]) -> Any:
    """Do what the owner of the message's slot allows; the result is the job's own."""
    request = getattr(current_task, "request", None)
    if drilled(request, job.id):
        return _by_hand(replace(_record(job, request, None), reason=DRILL), _fails)
    stamp = read_stamp(request, job.id)
    if stamp is None and definition_of(current_task) == job:
        stamp = late_stamp(request, in_effect(job), instants.now())
    if stamp is None:
        return _by_hand(_record(job, request, None), body)
    return _scheduled(_record(job, request, stamp), stamp, body, attempt=request.retries or 0)


def _by_hand(record: RunRecord, body: Callable[[], Any]) -> Any:
    """A run that nobody scheduled takes no slot, and runs whether it can be recorded or not."""
    try:
        ledger.row(record, now=instants.now()).save(force_insert=True)
    except Exception:
        logger.exception("%s runs by hand, unrecorded", record.job)
    return _execute(record, None, body)


def _fails() -> NoReturn:
    raise DrillFailed


def _scheduled(record: RunRecord, stamp: Stamp, body: Callable[[], Any], *, attempt: int) -> Any:
    """Without the ledger nothing runs: an error here fails the task before the job has begun."""
    whose = turn(record.job, stamp.slot)
    owner = owners.owner_of(record.job, stamp.due, whose)
    if owner.executes(whose) is Side.CONTROL:
        its = ", and it is cron's turn" if owner is Owner.ALTERNATE else ""
        _note(record, Action.WOULD, f"the owner is {owner}{its}")
        return None
    now = instants.now()
    record = replace(record, started=now)
    held = claims.take(record.job, stamp, record, owner=owner, attempt=attempt, now=now)
    if held is None:
        _note(record, Action.YIELD, claims.holder(record.job, stamp.slot))
        return None
    return _execute(record, held, body)


def _note(record: RunRecord, action: Action, reason: str) -> None:
    """Record a start that executes nothing."""
    now = instants.now()
    noted = replace(record, action=action, reason=reason, started=now, finished=now, exit=0)
    settled.add(noted, now)
    _tell(noted)


def _execute(record: RunRecord, held: claims.Claim | None, body: Callable[[], Any]) -> Any:
    """Run the job; its result or its error stands, whatever becomes of the record of its end."""
    failure: BaseException | None = None
    with tail_of_output() as tail, recording() as recorder:
        children = Children()
        try:
            with counted(record.run, record.job, alone=recorder is not None) as children:
                return body()
        except SystemExit as error:
            # Let out, it would take the worker's process along.
            failure = error
            status = exit_status(error)
            if isinstance(error.code, str):
                tail.add(f"{error.code}\n")
            if status:
                raise JobFailed(status) from error
            return None
        except BaseException as error:
            failure = error
            raise
        finally:
            effects = children.added(recorder.effects) if recorder else None
            _end(record, held, failure, output=tail.text, effects=effects)


def _end(
    record: RunRecord,
    held: claims.Claim | None,
    failure: BaseException | None,
    *,
    output: str,
    effects: Effects | None,
) -> None:
    """Record the end; a connection that broke during the job gets a second chance."""
    if failure is not None and not isinstance(failure, SystemExit):
        output += f"{in_words(failure)}\n"
    for attempt in range(2):
        try:
            claims.finish(
                held, record.run, exit=exit_status(failure), output=output, effects=effects,
                reason=type(failure).__name__ if failure else "",
                retry=isinstance(failure, Retry), now=instants.now(),
            )  # fmt: skip
        except Exception:
            if attempt:
                logger.exception("the end of %s is not recorded", record.job)
            close_old_connections()
        else:
            ended = {"finished": instants.now(), "exit": exit_status(failure)}
            _tell(record, reason=type(failure).__name__ if failure else "", **ended)
            return


def _tell(record: RunRecord, **ended: Any) -> None:
    """One line for the log of slots."""
    slot_log.tell({one.name: getattr(record, one.name) for one in fields(record)} | ended)


def _record(job: JobDefinition, request: Any, stamp: Stamp | None) -> RunRecord:
    """What is known before anything is decided."""
    return RunRecord(
        run=uuid4().hex,
        job=job.id,
        side=Side.CANDIDATE,
        action=Action.EXECUTE,
        kind=stamp.kind if stamp else Kind.MANUAL,
        slot=stamp.slot if stamp else None,
        due=stamp.due if stamp else None,
        published=stamp.published if stamp else None,
        received=stamp.received if stamp else None,
        started=instants.now(),
        host=socket.gethostname(),
        user=_user(),
        worker=str(getattr(request, "hostname", None) or ""),
        pid=os.getpid(),
        task=str(getattr(request, "id", None) or ""),
        demo=stamp.demo if stamp else False,
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.geteuid())
