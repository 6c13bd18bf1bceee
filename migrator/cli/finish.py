"""``migrator finish``: the toolkit goes, plain tasks and their schedule stay."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import click

from migrator.adapters.files import remove, write_atomically, writing
from migrator.adapters.journal import Journal
from migrator.adapters.own_folder import FOLDER
from migrator.adapters.spool import alone
from migrator.adapters.together import write_changes
from migrator.cli.drifting import half_written, present
from migrator.cli.finish_plan import Finish, plan_of
from migrator.cli.finish_watch import command_line
from migrator.cli.options import format_option, note, print_json, say, tell
from migrator.cli.own_host import own_spool
from migrator.cli.project import Home, required_home, start_django
from migrator.cli.runtime import Runtime, who
from migrator.cli.targets import read, write
from migrator.codegen.lock import LOCK_FILE
from migrator.comparison.ownership import Refused
from migrator.configuration import FILE_NAME
from migrator.crontab.syntax import decode, encode
from migrator.i18n import _, ngettext
from migrator.redaction import redact

APP = "migrator.contrib.django"
EXPORT = "migrator-ledger"


@click.command("finish", short_help="Take the toolkit out: plain tasks and their schedule stay.")
@click.option("--execute", is_flag=True, help=_("do it; without it, only show it"))
@click.option("--drop-tables", is_flag=True, help=_("the second half, once no process runs the old code"))
@click.option("--accept", default="", help=_("go on although a job has not left cron, and why"))
@click.option(
    "--export", "folder", default=EXPORT, metavar="DIR", help=_("where the ledger goes, below the project")
)
@format_option
def command(execute: bool, drop_tables: bool, accept: str, folder: str, output: str) -> int:
    """Take the toolkit out: plain tasks and their schedule stay.

    First the ledger is written into files, and decorator, app, recorder and sync go. Deploy
    that and restart workers and beat; then --drop-tables takes tables, lock file and
    .migrator. Exit 1 while a job has not left cron, or a line of yours needs the toolkit.
    """
    home = required_home()
    half_written(home, write=execute)
    start_django(home, also=APP)
    from migrator.contrib.celery.jobs import application, migrated_jobs
    from migrator.contrib.django.ledger import ledger_at_hand

    with ledger_at_hand():
        app = application(home.configuration.project.celery)
        plan = plan_of(home, Runtime(app, migrated_jobs(app), home.configuration))
        refusal = _refusal(plan, accept, drop_tables=drop_tables)
        if execute and refusal is not None:
            raise refusal
        if execute and plan.hindered:  # first, because an interrupted finish finds nothing to accept later
            _accepted(home.root / folder, plan, accept)
        written = _execute(home, plan, home.root / folder, drop_tables=drop_tables) if execute else {}
    if output == "json":
        print_json(_document(plan, written))
    else:
        _say(plan, written, folder, drop_tables=drop_tables, executed=execute)
        if refusal is not None:
            note(f"migrator: {refusal}")
    return 0 if refusal is None else refusal.exit_code


def _refusal(plan: Finish, accept: str, *, drop_tables: bool) -> Refused | None:
    """Why it is not done, if it is not."""
    if plan.hindered and not accept:
        return Refused(
            "; ".join(plan.hindered),
            hint=_('run `migrator cutover apply` for it first, or take that on you: --accept "reason"'),
        )
    if plan.left:
        return Refused(
            _("these lines need the toolkit: {lines}").format(lines="; ".join(map(str, plan.left))),
            hint=_("take them out by hand, and run the command again"),
        )
    if drop_tables and plan.code:
        return Refused(
            _("the code still needs the tables"),
            hint=_("run `migrator finish --execute`, deploy it, and restart workers and beat"),
        )
    return None


def _execute(home: Home, plan: Finish, folder: Path, *, drop_tables: bool) -> dict[str, int]:
    """Each step may be taken twice: an interrupted finish is run again."""
    from migrator.contrib.django import leaving

    _ship(home, plan)
    written = leaving.export(folder) if plan.tables else {}
    if drop_tables:
        leaving.drop()
        _put_away(home, folder)
        return written
    write_changes(home.root, plan.code)
    for one in plan.crontabs:
        write(one.path, encode(one.change.after or ""), expected=encode(one.change.before or ""))
    return written


def _ship(home: Home, plan: Finish) -> None:
    """The last records of this host's spool, which no sync will fetch any more."""
    from migrator.contrib.django import instants
    from migrator.contrib.django.leaving import complete
    from migrator.contrib.django.shipping import ship

    spool = own_spool(home) if complete(plan.tables) else None
    if spool is None:
        return
    with alone(spool) as free:
        lines = ship(spool, instants.now()).lines if free else 0
    if lines:
        text = ngettext(
            "migrator: {count} line of the spool came into the ledger",
            "migrator: {count} lines of the spool came into the ledger",
            lines,
        )
        note(text.format(count=lines))


def _accepted(folder: Path, plan: Finish, reason: str) -> None:
    """The risk that somebody took, beside the audit log that it belongs to."""
    at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    risk = {"at": at, "who": who(), "accepted": reason, "hindered": list(plan.hindered)}
    with writing(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # the ledger comes into it
    write_atomically(
        folder / "accepted.json", (json.dumps(risk, indent=2, ensure_ascii=False) + "\n").encode()
    )


def _put_away(home: Home, folder: Path) -> None:
    """Journals and backups go beside the ledger's files; the recorder stays where a line still calls it."""
    ours = home.root / FOLDER
    if ours.is_dir() and not _called(home, ours):
        with writing(folder):
            shutil.copytree(
                ours, folder / "project", dirs_exist_ok=True, ignore=shutil.ignore_patterns(".gitignore")
            )
            shutil.rmtree(ours)
    lock = present(home, LOCK_FILE)
    if lock is not None:
        remove(home.root / LOCK_FILE, expected=lock.encode())


def _called(home: Home, folder: Path) -> bool:
    """Whether a line of a crontab that `instrument` has edited calls the recorder in that folder."""
    paths = {entry.path for entry in Journal(home.root).entries()}
    lines = [
        line
        for path in paths
        if path is None or Path(path).exists()
        for line in decode(read(path)).splitlines()
    ]
    called = any(str(folder) in line and not line.lstrip().startswith("#") for line in lines)
    if called:
        note(_("migrator: {folder} stays: a crontab still calls the recorder in it").format(folder=folder))
    return called


def _say(plan: Finish, written: dict[str, int], folder: str, *, drop_tables: bool, executed: bool) -> None:
    if not executed:
        for change in () if drop_tables else plan.changes:
            say(redact(change.diff()), newline=False)
    for table, count in plan.tables.items():
        text = ngettext("{table}: {count} row", "{table}: {count} rows", count)
        tell(text.format(table=table, count=count))
    for name, count in written.items():
        text = ngettext("wrote {path}: {count} line", "wrote {path}: {count} lines", count)
        tell(text.format(path=f"{folder}/{name}", count=count))
    for text in plan.by_hand:
        note(text)
    for host in plan.hosts:
        note(_("{host} has synced: see that no crontab there calls migrator any more").format(host=host))
    if not drop_tables and plan.code:
        note(_watched(plan))
    if plan.copied:
        note(
            _(
                "{package} is a copy of the schedules that keep cron's nights: with Celery's own scheduler,"
                " delete beat's schedule file before it starts again"
            ).format(package=plan.copied)
        )
    tell(_next(plan, drop_tables=drop_tables, executed=executed))


def _watched(plan: Finish) -> str:
    """Who says from now on whether the jobs are well."""
    if plan.unwatched is None:
        return _(
            "migrator: `migrator check` ends with this; `{command}` says the same from Celery's results:"
            " let your monitor call it, also with --format prometheus"
        ).format(command=command_line())
    return _(
        "migrator: `migrator check` and its metrics end with this, and no command takes its place: {reason};"
        " let something else watch the jobs first"
    ).format(reason=plan.unwatched)


def _next(plan: Finish, *, drop_tables: bool, executed: bool) -> str:
    if not executed:
        if drop_tables or not plan.changes:
            return _("the tables go with `migrator finish --drop-tables --execute`")
        return _("nothing is written yet: run it again with --execute")
    if not drop_tables:
        return _(
            "deploy this and restart workers and beat; then run `migrator finish --drop-tables --execute`"
        )
    return _(
        "done: take migrator out of your requirements, delete {file}, and pip uninstall migrator"
    ).format(file=FILE_NAME)


def _document(plan: Finish, written: dict[str, int]) -> dict[str, Any]:
    return {
        "hindered": list(plan.hindered),
        "left": [{"path": one.path, "line": one.line, "text": redact(one.text)} for one in plan.left],
        "files": [{"path": one.path, "diff": redact(one.diff())} for one in plan.changes],
        "copied": plan.copied,
        "by_hand": list(plan.by_hand),
        "hosts": list(plan.hosts),
        "tables": plan.tables,
        "exported": written,
        "unwatched": plan.unwatched,
    }
