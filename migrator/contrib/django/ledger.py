"""Rows of the ledger as values and back, and its troubles as plain errors."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from sys import intern
from typing import Any

from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    InterfaceError,
    connection,
    connections,
    router,
    transaction,
)
from django.db.models import QuerySet

from migrator.comparison.effects import Effects, of_processes, read_effects
from migrator.comparison.ownership import Side
from migrator.comparison.runs import Action, Kind, RunRecord
from migrator.contrib.django.instants import zone_in
from migrator.contrib.django.models import Run
from migrator.errors import Cannot, NoLedger
from migrator.i18n import _
from migrator.redaction import first_line, redact
from migrator.redaction.tails import without_rest

TAIL = 4096
PATIENCE = 60  # seconds that a change of owners waits for another
MIGRATE = "python manage.py migrate"
TASK = "task"  # the only process of a run on Celery's side


@contextmanager
def ledger_at_hand() -> Iterator[None]:
    """Turn a database that is away, or a ledger that was never made, into one line with a remedy."""
    for _code, fact, hint in unfit():
        raise Cannot(fact, hint=hint)
    try:
        yield
    except (DatabaseError, InterfaceError) as error:
        raise trouble(error) from error


@contextmanager
def deciding() -> Iterator[None]:
    """A transaction that reads, and then writes what follows from it.

    Of two that read first, SQLite refuses one the moment it writes, however long it would wait: so this
    one asks to write before it reads anything.
    """
    with transaction.atomic():
        if connection.vendor == "sqlite":
            Run.objects.filter(pk=0).update(pid=None)  # changes nothing, and waits for whoever writes
        yield


@contextmanager
def deciding_alone() -> Iterator[None]:
    """`deciding` that all others wait for: who asks for an owner second sees the row of who was first.

    SQLite has one writer as it is; the others would read side by side what each then goes by.
    """
    with _alone_on_mysql(), deciding():
        if connection.vendor == "postgresql":  # let go with the end of the transaction
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext('migrator owners'))")
        yield


@contextmanager
def _alone_on_mysql() -> Iterator[None]:
    """A lock by name, held until after the commit; it is the server's, so it names the database too."""
    if connection.vendor != "mysql":
        yield
        return
    name = "SHA1(CONCAT('migrator owners ', DATABASE()))"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT GET_LOCK({name}, {PATIENCE})")
        if cursor.fetchone() != (1,):
            raise Cannot(
                _("somebody else has been changing owners for {seconds} seconds").format(seconds=PATIENCE),
                hint=_("see who holds the lock: SHOW PROCESSLIST"),
            )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT RELEASE_LOCK({name})")


def routed() -> str | None:
    """The database, another than the default one, to which a router sends the ledger's reads or writes.

    A claim is committed with the start of its run, and owners are read as they are now: in a transaction of
    the wrong database, or from a copy that comes later, neither holds.
    """
    places = (router.db_for_write(Run), router.db_for_read(Run))
    return next((place for place in places if place != DEFAULT_DB_ALIAS), None)


def unfit() -> Iterator[tuple[str, str, str]]:
    """What in these settings the ledger cannot work with: the check's code, the fact, and what to do."""
    if (place := routed()) is not None:
        fact = _(
            'DATABASE_ROUTERS send the ledger to the database "{place}", and it works in "default" alone'
        )
        hint = _('let the routers say "default" where model._meta.app_label is "migrator"')
        yield "migrator.E001", fact.format(place=place), hint


def trouble(error: Exception) -> Cannot:
    """What a database error means for the person at the terminal."""
    missing = missing_tables()
    if missing is None:
        return Cannot(
            _("the database is away: {error}").format(error=first_line(error)),
            hint=_("check that it runs and that DATABASES in the settings names it"),
        )
    if missing:
        return NoLedger(_("the ledger's tables are missing"), hint=_("run {command}").format(command=MIGRATE))
    return Cannot(
        _("the ledger cannot be used: {error}").format(error=first_line(error)),
        hint=_("run {command}, and try again").format(command=MIGRATE),
    )


def missing_tables() -> list[str] | None:
    """The ledger's tables that the database lacks; None where there is no database to ask."""
    from django.apps import apps

    try:
        present = set(connection.introspection.table_names())
    except (DatabaseError, InterfaceError):
        return None
    wanted = [model._meta.db_table for model in apps.get_app_config("migrator").get_models()]
    return [name for name in wanted if name not in present]


def storable(text: str) -> str:
    """Output that every database takes and that tells no secret: no NUL, no half characters or lines."""
    clean = text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
    return redact(without_rest(clean))


def row(record: RunRecord, *, now: dt.datetime) -> Run:
    """The unsaved row of a record."""
    return Run(
        run=record.run,
        job=record.job,
        side=record.side,
        action=record.action,
        kind=record.kind,
        slot=record.slot or "",
        due=record.due,
        published=record.published,
        received=record.received,
        started=record.started or now,
        finished=record.finished,
        exit=record.exit,
        signal=record.signal,
        reason=record.reason[:255],
        output=storable(record.output)[-TAIL:],
        host=record.host[:128],
        user=record.user[:64],
        worker=record.worker[:255],
        pid=record.pid,
        task=record.task[:255],
        demo=record.demo,
    )


COLUMNS = tuple(one.name for one in fields(RunRecord))  # a run's columns have the names of the record's
SIDES = {side.value: side for side in Side}
ACTIONS = {action.value: action for action in Action}
KINDS = {kind.value: kind for kind in Kind}
MOMENTS = ("due", "published", "received", "started", "finished")
AT_ONCE = 500  # rows, while others may be asked for
ALIKE = ("job", "slot", "reason", "host", "user", "worker")  # of one text in many rows one copy is kept


def record(run: Run) -> RunRecord:
    """The record of a row."""
    return _record({name: getattr(run, name) for name in COLUMNS})


def records(rows: QuerySet[Run], *, without: Collection[str] = ()) -> Iterator[RunRecord]:
    """The records of many rows, with no model instance for each: a quarter has a hundred thousand.

    ``without``: columns that nobody looks at, such as the output.
    """
    columns = tuple(name for name in COLUMNS if name not in without)
    values = rows.values_list(*columns)
    quickly = connections[rows.db].vendor == "sqlite"  # where a router keeps the ledger, if one does
    for row in _raw(values, columns) if quickly else values.iterator():
        yield _record(dict(zip(columns, row, strict=True)))


def _raw(rows: QuerySet[Run, Any], columns: Sequence[str]) -> Iterator[list[Any]]:
    """What SQLite has of rows: Django takes longer to give their instants a zone than SQLite to find them."""
    link = connections[rows.db]
    zone = zone_in(link)
    moments = [index for index, name in enumerate(columns) if name in MOMENTS]
    counted = [index for index, name in enumerate(columns) if name == "effects"]
    sql, parameters = rows.query.sql_with_params()
    with link.cursor() as cursor:
        cursor.execute(sql, parameters)
        while found := cursor.fetchmany(AT_ONCE):
            for row in map(list, found):
                for index in moments:
                    if row[index] is not None:
                        row[index] = row[index].replace(tzinfo=zone)
                for index in counted:
                    if row[index] is not None:
                        row[index] = json.loads(row[index])
                yield row


def _record(row: dict[str, Any]) -> RunRecord:
    for name in ALIKE:
        if name in row:
            row[name] = intern(row[name])
    row["side"], row["action"], row["kind"] = SIDES[row["side"]], ACTIONS[row["action"]], KINDS[row["kind"]]
    row["slot"] = row["slot"] or None
    row["effects"] = effects_of(row.get("effects"))
    return RunRecord(**row)


def stored_effects(effects: Effects | None) -> dict[str, Any] | None:
    """The column of what a task did."""
    return {TASK: effects.document()} if effects else None


def effects_of(processes: Mapping[str, Any] | None) -> Effects | None:
    """What the processes of a run did together; None where one of them did not say."""
    try:
        return of_processes(one and read_effects(one) for one in (processes or {}).values())
    except (ValueError, KeyError, TypeError, AttributeError):  # of a later version
        return None
