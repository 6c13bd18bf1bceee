"""``migrator instrument``: the recorder in front of cron lines, and away again."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

import migrator.cronwrap
from migrator.adapters import user_crontab
from migrator.adapters.files import read_bytes, write_atomically
from migrator.adapters.journal import Entry, Journal
from migrator.adapters.own_folder import FOLDER, make_own_folder
from migrator.cli.cutover_plan import diff_of
from migrator.cli.options import format_option, note, print_json, say, tell
from migrator.cli.project import Home, required_home
from migrator.cli.runtime import runtime, standings
from migrator.cli.scanning import whole_inventory
from migrator.cli.spools import refuse_spool_of_another, refuse_spool_that_was_moved, whose
from migrator.cli.targets import absolute, read, target_at, user_target, write
from migrator.comparison.ownership import Refused
from migrator.configuration import LEAVE
from migrator.crontab.syntax import decode, encode
from migrator.crontab.wrapping import Recorder, unwrap
from migrator.cutover.editing import Edited
from migrator.cutover.instrumentation import generators, instrument
from migrator.cutover.operation import sha256
from migrator.errors import Cannot, MigratorError, NoLedger
from migrator.i18n import _
from migrator.sources.crontab_script import is_shell_script
from migrator.sources.job import Inventory

if TYPE_CHECKING:
    from migrator.contrib.django.owners import Standing

SYSTEM_PYTHON = Path("/usr/bin/python3")  # outlives a virtual environment that is made anew


@click.group("instrument")
def command() -> None:
    """Put the recorder (cronwrap) in front of cron lines, reversibly.

    FILE is a crontab, or a script that installs one; without FILE, this user's crontab.
    A script that would re-install an edited crontab is edited with it.
    """


accept_option = click.option(
    "--accept", default="", help=_("edit the crontab although what writes it cannot be edited, and why")
)


@command.command("plan")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@accept_option
@format_option
def plan(files: tuple[str, ...], accept: str, output: str) -> int:
    """Show every edit; write nothing."""
    home = required_home()
    results = _plan(home, files, accept)
    if output == "json":
        print_json({"targets": [_document(result) for result in results]})
    else:
        _show(results)
    return 0


@command.command("apply")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@accept_option
@format_option
def apply(files: tuple[str, ...], accept: str, output: str) -> int:
    """Make the edits that plan shows, with a backup of each file."""
    home = required_home()
    results = _plan(home, files, accept)
    journal = Journal(home.root)
    _place_cronwrap(home)
    for result in results:
        if result.changes:
            before, after = encode(result.target.text), encode(result.after)
            path = None if result.target.name == user_crontab.name() else absolute(home, result.target.name)
            entry = journal.record(path, before, after, home.configuration.instrument.spool)
            try:
                write(path, after, expected=before)
            except MigratorError:
                journal.forget(entry)  # nothing was changed, so there is nothing to undo
                raise
    if output == "json":
        print_json({"targets": [_document(result) for result in results]})
    else:
        for result in results:
            jobs = ", ".join(result.jobs) or _("nothing to do")
            tell(_("{name}: {jobs}").format(name=result.target.name, jobs=jobs))
        _notes(results)
    return 0


@command.command("rollback", short_help="Take the recorder out again, of files nobody has edited since.")
@click.option("--accept", default="", help=_("go on although Celery may execute a job as well, and why"))
@format_option
def rollback(accept: str, output: str) -> int:
    """Take the recorder out again; files nobody has edited since come back byte for byte.

    Refused while Celery executes a job: without the recorder cron would execute it too.
    """
    home = required_home()
    journal = Journal(home.root)
    if journal.entries() and not accept:
        _refuse_while_celery_executes()
    restored = []
    for entry in reversed(journal.entries()):
        _undo(home, entry)
        journal.forget(entry)
        restored.append(entry.path or user_crontab.name())
    if output == "json":
        print_json({"restored": restored})
    else:
        for name in restored:
            tell(_("restored {name}").format(name=name))
        if not restored:
            tell(_("nothing is instrumented"))
    return 0


def _refuse_while_celery_executes() -> None:
    try:
        with runtime() as found:
            held = [one.job for one in standings(found) if _moves(one)]
    except NoLedger:
        return
    except MigratorError as problem:
        raise Cannot(
            _("who executes cannot be read: {fact}").format(fact=problem.fact),
            hint=_('mend that first, or take the risk of double runs: --accept "reason"'),
        ) from problem
    if held:
        raise Refused(
            _("Celery executes {jobs}, and cron would as well").format(jobs=", ".join(held)),
            hint=_("run `migrator abort` first, and wait until `migrator owner` says cron"),
        )


def _moves(standing: Standing) -> bool:
    """Whether Celery executes slots of the job now or has been asked to."""
    return any(owner.moves for owner in (standing.owner, standing.asked) if owner is not None)


def _undo(home: Home, entry: Entry) -> None:
    now = read(entry.path)
    if sha256(now) == entry.before:
        return
    if sha256(now) == entry.after:
        before = read_bytes(Path(entry.backup))
    elif entry.path is None or not is_shell_script(entry.path, decode(now)):
        # Somebody has edited other lines since, or recorded them for another project: only ours are undone.
        before = encode(unwrap(decode(now), whose(home, entry)))
    else:
        raise Cannot(
            _("{path} has been edited since it was instrumented").format(path=entry.path),
            hint=_("compare it with {backup} and take the recorder out by hand").format(backup=entry.backup),
        )
    write(entry.path, before, expected=now)


def _plan(home: Home, files: Sequence[str], accept: str) -> list[Edited]:
    """The edits of the crontabs and of the scripts that write them.

    What writes one and is no script would bring the old lines back. With ``accept``, somebody has seen to
    that, and the crontab is edited alone.
    """
    refuse_spool_that_was_moved(home)
    targets = [target_at(home, name) for name in files] or [user_target()]
    refuse_spool_of_another(home, targets)
    found = whole_inventory(home)
    recorder = _recorder(home)
    leave = home.configuration.instrument.stays == LEAVE
    results = [instrument(target, found, recorder, leave_what_stays=leave) for target in targets]
    if not files:
        results = [_with_directions(result, found, recorder) for result in results]
    named = {absolute(home, target.name) for target in targets}
    for result in list(results):
        for path in generators(result.jobs, found):
            if absolute(home, path) not in named:
                named.add(absolute(home, path))
                try:
                    target = target_at(home, path)
                    results.append(instrument(target, found, recorder, leave_what_stays=leave))
                except Cannot as problem:
                    results[0] = _alone(results[0], path, problem, accept)
    return results


def _with_directions(result: Edited, found: Inventory, recorder: Recorder) -> Edited:
    """The edit of this user's crontab; where it has none of the jobs, with the places that have them."""
    if result.changes or recorder.cronwrap in result.target.text:
        return result
    places = sorted({place.path for job in found.jobs for place in job.places if place.path})
    if not places:
        return result
    told = _("no job of the sources is in it; name the file that has them: {paths}").format(
        paths=", ".join(places)
    )
    return replace(result, notes=(*result.notes, told))


def _alone(result: Edited, path: str, problem: Cannot, accept: str) -> Edited:
    """The crontab, edited without what writes it, where somebody has seen to that."""
    if not accept:
        raise Cannot(
            problem.fact,
            hint=_(
                '{hint}; or see to it that nothing writes it again, and say how: --accept "reason"'
            ).format(hint=problem.hint),
        ) from problem
    told = _("{name} would bring the old lines back; accepted: {reason}").format(name=path, reason=accept)
    return replace(result, notes=(*result.notes, told))


def _recorder(home: Home) -> Recorder:
    chosen = home.configuration.instrument
    python = chosen.python or str(SYSTEM_PYTHON if SYSTEM_PYTHON.exists() else sys.executable)
    cronwrap = chosen.cronwrap or str(home.root / FOLDER / "cronwrap.py")
    return Recorder(python, cronwrap, _sync(home), chosen.spool, sync_is_given=chosen.sync is not None)


def _sync(home: Home) -> str:
    chosen = home.configuration.instrument
    spool = f" --spool {shlex.quote(chosen.spool)}" if chosen.spool else ""
    default = f"cd {shlex.quote(str(home.root))} && {shlex.quote(sys.executable)} -m migrator sync{spool}"
    return chosen.sync or default


def _place_cronwrap(home: Home) -> None:
    """A copy of its own, so that a rebuilt environment never breaks a cron line."""
    if home.configuration.instrument.cronwrap is None:
        path = home.root / FOLDER / "cronwrap.py"
        make_own_folder(path.parent, mode=0o755)
        write_atomically(path, Path(migrator.cronwrap.__file__).read_bytes())


def _show(results: list[Edited]) -> None:
    for result in results:
        name = result.target.name
        say(diff_of(name, result.target.text, result.after), newline=False)
        if not result.changes:
            tell(_("{name}: nothing to do").format(name=name))
    _notes(results)


def _notes(results: list[Edited]) -> None:
    for result in results:
        for reason in (*result.left, *result.notes):
            note(reason)


def _document(result: Edited) -> dict[str, object]:
    return {
        "name": result.target.name,
        "changes": result.changes,
        "jobs": list(result.jobs),
        "left": list(result.left),
        "notes": list(result.notes),
    }
