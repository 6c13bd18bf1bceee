"""``migrator generate``: Celery tasks and the beat schedule, shown first, written on demand."""

from __future__ import annotations

import textwrap
from contextlib import suppress
from dataclasses import asdict
from importlib import metadata

import click

from migrator.adapters.around import around, requirements_above
from migrator.adapters.formatter import formatting
from migrator.adapters.project_texts import ProjectTexts
from migrator.adapters.together import write_changes
from migrator.cli.drifting import drifted_tasks, half_written, present
from migrator.cli.limits import propose_limits
from migrator.cli.options import format_option, note, print_json, say, tell
from migrator.cli.project import Home, required_home
from migrator.cli.scan_table import print_findings
from migrator.cli.scanning import nothing_collected, whole_inventory
from migrator.cli.tables import console
from migrator.codegen.lock import LOCK_FILE, generated_files
from migrator.codegen.plan import Change, Plan, files_of, generate, moving, remembered_regions
from migrator.codegen.project.edits import TASKS
from migrator.codegen.project.plan import DISTRIBUTIONS, project_edits
from migrator.codegen.schedule import app_zone, has_cron_schedules
from migrator.configuration import FILE_NAME
from migrator.errors import Cannot, UsageProblem
from migrator.i18n import _, ngettext
from migrator.redaction import redact
from migrator.report.contract import contract_document
from migrator.report.scan import finding_document
from migrator.sources.job import Inventory

LEDGER_APP = "migrator.contrib.django"
CELERYS = ("django_celery_beat", "django_celery_results")
DASHBOARD = 'path("migrator/", include("migrator.contrib.django.urls"))'


@click.command("generate")
@click.option("--check", is_flag=True, help=_("write nothing; exit 1 if the files are not up to date"))
@click.option("--diff", is_flag=True, help=_("write nothing; show what would change"))
@click.option("--write", is_flag=True, help=_("write the files"))
@click.option(
    "--limits-from-ledger",
    "limits",
    is_flag=True,
    help=_("propose time limits in migrator.toml, from measured runs"),
)
@format_option
def command(check: bool, diff: bool, write: bool, limits: bool, output: str) -> int:
    """Write a Celery task for each job, and the CELERY_BEAT_SCHEDULE.

    Without an option, says what --write would do. Files that somebody has edited are
    never overwritten. A task whose command nobody has is said, and exits 1.
    """
    if write and (check or diff):
        raise UsageProblem(_("--write goes with neither --check nor --diff"))
    home = required_home()
    half = half_written(home, write=write)
    found = whole_inventory(home)
    if limits:
        if check:
            raise UsageProblem(_("--limits-from-ledger does not go with --check"))
        return propose_limits(home, found, write=write, output=output)
    with nothing_collected():
        plan = plan_for(home, found)
    if write:
        _write(home, plan)
    told = drifted_tasks(found, home, [one.job for one in plan.moved])
    broken = any(one.blocks for one in told)
    if output == "json":
        drift = {"drift": plan.drift or broken}
        print_json(_document(plan) | drift | {"drifted": [finding_document(one) for one in told]})
    elif diff:
        say(redact("".join(change.diff() for change in plan.changes if change.changes)), newline=False)
        _leave_to_the_user(plan)
    else:
        _say(plan, write=write, current=not (plan.drift or plan.lacks or broken or half))
    if output != "json":
        print_findings(console(stderr=diff), told)
    differs = check and (plan.drift or plan.lacks or half)
    return 1 if differs or ((check or write) and broken) else 0


def plan_for(home: Home, found: Inventory) -> Plan:
    """The plan for the project's own sources and files."""
    lock = present(home, LOCK_FILE)
    files = {path: present(home, path) for path in files_of(home.configuration, lock)}
    texts = ProjectTexts(home.root)
    leaving = moving(found, home.configuration)
    edits = project_edits(
        texts,
        home.configuration,
        zone=app_zone(leaving),
        versions=_versions(),
        remembered=remembered_regions(lock),
        real=texts.real,
        cron_schedules=has_cron_schedules(leaving, home.configuration.generate),
        above=requirements_above(home.root),
        jobs=leaving,
        owned=generated_files(lock),
    )
    formatter = home.configuration.generate.format
    return generate(
        found,
        home.configuration,
        files,
        around=around(home.root, home.configuration),
        edits=edits,
        formatted=formatting(formatter, home.root) if formatter else None,
    )


def _versions() -> dict[str, str]:
    """What is installed beside the tool, and what a project that pins versions is to pin."""
    found = {}
    for name in DISTRIBUTIONS:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def _write(home: Home, plan: Plan) -> None:
    for dispute in plan.disputes[:1]:
        if dispute.part.startswith(TASKS):
            raise Cannot(
                _("{path}: the lines that generate put there have been edited").format(path=dispute.path),
                hint=_("look at `migrator generate --diff`; move your edit elsewhere, or delete these lines"),
            )
        raise Cannot(
            _("{path}: the lines that generate put there have been edited").format(path=dispute.path),
            hint=_(
                'undo the edit, or list `project` in [generate] without "{part}": then these lines are yours'
            ).format(part=dispute.part),
        )
    for change in plan.conflicts[:1]:
        raise _conflict(home, change)
    write_changes(home.root, plan.changes)


def _conflict(home: Home, change: Change) -> Cannot:
    """Why a file is not written, and what to do about it."""
    if change.path in generated_files(present(home, LOCK_FILE)):
        return Cannot(
            _("{path} has been edited since it was generated").format(path=change.path),
            hint=_("look at `migrator generate --diff`; move your edit elsewhere, or delete the file"),
        )
    named = asdict(home.configuration.generate)
    key = next((key for key, value in named.items() if value == change.path), "tasks")
    folder = change.path.rpartition("/")[0]
    return Cannot(
        _("{path} was there before, and is yours").format(path=change.path),
        hint=_("name another module in [generate] of {file}: {key} = {path}").format(
            file=FILE_NAME, key=key, path=f'"{folder}/cron_{change.path.rpartition("/")[2]}"'
        ),
    )


def _say(plan: Plan, *, write: bool, current: bool) -> None:
    for change in plan.changes:
        if not change.changes:
            continue
        parts = f": {', '.join(change.parts)}" if change.parts and not write else ""
        tell(f"{_verb(change, write=write)} {change.path}{parts}")
    for dispute in plan.disputes:
        tell(_("edited by hand, the lines for {part}: {path}").format(part=dispute.part, path=dispute.path))
    if current:
        tell(_("up to date"))
    _leave_to_the_user(plan)
    if write:
        _say_what_comes_next(plan)
    for left in plan.left_out:
        note(_("no task for {id}: {reason}").format(id=left.job.id, reason=redact(left.reason)))
    edited = len(plan.conflicts)
    if edited:
        note(
            ngettext("{count} file was edited by hand", "{count} files were edited by hand", edited).format(
                count=edited
            )
        )


def _say_what_comes_next(plan: Plan) -> None:
    """What apps need that have just come into the settings: their packages, and their tables."""
    new = [app for app in (*CELERYS, LEDGER_APP) if _newly_installed(app, plan)]
    packages = [package for app in new if (package := app.replace("_", "-")) in DISTRIBUTIONS]
    if missing := [one for one in packages if one not in _versions()]:
        note(_("next: {command}").format(command=f"pip install {' '.join(missing)}"))
    if new:
        note(_("next: {command}").format(command="python manage.py migrate"))
    if LEDGER_APP in new:
        note(_("the dashboard, if you want it, is a line of urlpatterns: {line}").format(line=DASHBOARD))


def _newly_installed(app: str, plan: Plan) -> bool:
    return any(
        _names_the_app(app, change.after or "") and not _names_the_app(app, change.before)
        for change in plan.changes
        if change.before
    )


def _names_the_app(app: str, settings: str) -> bool:
    return f'"{app}"' in settings.replace("'", '"')


def _leave_to_the_user(plan: Plan) -> None:
    """What no edit was sure of, with the lines to paste."""
    for one in plan.instructions:
        note(_("{path}: {reason}; yours to write:").format(path=one.path, reason=one.reason))
        note(textwrap.indent(one.text, "    "))


def _verb(change: Change, *, write: bool) -> str:
    if change.edited:
        return _("edited by hand, differs:")
    if change.after is None:
        return _("removed") if write else _("would remove")
    if write:
        return _("wrote")
    return _("would create") if change.before is None else _("would change")


def _document(plan: Plan) -> dict[str, object]:
    return {
        "drift": plan.drift,
        "files": [
            {
                "path": change.path,
                "changes": change.changes,
                "edited": change.edited,
                "parts": list(change.parts),
                "diff": redact(change.diff()),
            }
            for change in plan.changes
        ],
        "disputes": [{"path": one.path, "part": one.part} for one in plan.disputes],
        "instructions": [
            {"path": one.path, "reason": one.reason, "text": one.text, "breaks": one.breaks}
            for one in plan.instructions
        ],
        "tasks": [
            {"job": moved.job.id, "task": moved.task, **contract_document(moved.job)} for moved in plan.moved
        ],
        "left_out": [{"job": left.job.id, "reason": redact(left.reason)} for left in plan.left_out],
    }
