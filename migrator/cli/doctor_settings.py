"""``doctor --settings``: what each settings module makes of Celery, and where they differ."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Collection, Sequence
from importlib import metadata

from rich.text import Text

from migrator.adapters.settings_files import beside, naming_texts, requirements
from migrator.adapters.settings_process import load_all
from migrator.cli.drifting import present
from migrator.cli.options import note, print_json
from migrator.cli.project import Home, find_home
from migrator.cli.scan_table import print_findings
from migrator.cli.scanning import whole_inventory
from migrator.cli.tables import console, table
from migrator.codegen.lock import LOCK_FILE, remembered_jobs
from migrator.codegen.naming import task_name
from migrator.codegen.plan import moving
from migrator.codegen.rows import beat_rows
from migrator.configuration import FILE_NAME
from migrator.errors import Cannot, UsageProblem
from migrator.findings import OF_DOCTOR, Finding
from migrator.i18n import _
from migrator.redaction import redact
from migrator.report.settings import differing, entries_by_name, settings_document
from migrator.settings.acceptance import Accepted, parted, unused
from migrator.settings.audit import Expected, audit, in_days, serving
from migrator.settings.effective import Effective, read_effective
from migrator.settings.modules import SettingsModule, bases, named_in, places, settings_modules
from migrator.settings.requirements import unknown_extras
from migrator.sources.job import Job


def doctor_settings(names: Sequence[str], output: str) -> int:
    """Load the settings modules, of those names or all, and show them; the exit status."""
    home = find_home()
    named = _named(home)
    texts = beside(home.root, [*named, *names])
    known = settings_modules(texts, [*named, *names])
    if not known:
        raise Cannot(
            _("no settings module is found"),
            hint=_('name one in migrator.toml: settings = "config.settings" in [project]'),
        )
    chosen = _chosen(known, names)
    documents = load_all([one.name for one in chosen], home.configuration.project.celery, home.root)
    modules = [
        read_effective(one.name, one.path, document) for one, document in zip(chosen, documents, strict=True)
    ]
    taken, where = bases(chosen), places(chosen, texts)
    jobs = _moving(home)
    findings = audit(
        modules,
        [_expected(job, home) for job in jobs],
        bases=taken,
        where=where,
        since=dt.date.today(),
        rows=_rows_by_migration(jobs, home),
    )
    findings, accepted = _accepted([*findings, *_extras(home)], home, whole=not names)
    serve = [one.module for one in serving(modules, taken)]
    if output == "json":
        print_json(settings_document(modules, serve, findings, accepted))
    else:
        _show(modules, serve, findings)
        for one in accepted:
            place = f"{one.finding.place}: " if one.finding.place else ""
            text = _("accepted: {finding} ({reason})")
            note(text.format(finding=f"{place}{one.finding.code}", reason=redact(one.reason)))
    return 1 if any(one.blocks for one in findings) else 0


def _accepted(
    findings: Sequence[Finding], home: Home, *, whole: bool
) -> tuple[list[Finding], list[Accepted]]:
    """What counts, and what the team has accepted; ``whole``: all that there is has been looked at."""
    decisions = home.configuration.accept
    kept, accepted = parted(findings, decisions)
    if whole and decisions:
        # drift is what `scan` says, and what runs what `doctor` says: neither is looked for here
        elsewhere = (*OF_DOCTOR, "CM434", "CM435")
        here = {key: reason for key, reason in decisions.items() if not key.startswith(elsewhere)}
        kept += unused(findings, here, present(home, FILE_NAME) or "")
    return kept, accepted


def _named(home: Home) -> list[str]:
    """The modules that somebody starts the project with, as far as files and environment tell."""
    given = (home.configuration.project.settings, os.environ.get("DJANGO_SETTINGS_MODULE"))
    return list(dict.fromkeys([*filter(None, given), *named_in(naming_texts(home.root))]))


def _chosen(known: Sequence[SettingsModule], names: Sequence[str]) -> list[SettingsModule]:
    """The modules of those names with what they take in, which says what they hide; or all."""
    by_name = {one.name: one for one in known}
    for name in names:
        if name not in by_name:
            raise UsageProblem(
                _("{name} is no settings module of this project").format(name=name),
                hint=_("there are {names}").format(names=", ".join(by_name)),
            )
    wanted = {path for name in names for path in (by_name[name].path, *by_name[name].takes)}
    return [one for one in known if not names or one.path in wanted]


def _moving(home: Home) -> list[Job]:
    """The jobs that have a task; none where nothing says which crontab is theirs."""
    return moving(whole_inventory(home), home.configuration) if home.configuration.sources else []


def _expected(job: Job, home: Home) -> Expected:
    schedule = job.interval or job.expression
    assert schedule is not None
    task = task_name(job, home.configuration.generate)
    written = home.configuration.generate.schedule
    known = job.id in remembered_jobs(present(home, LOCK_FILE)) and (home.root / written).exists()
    return Expected(job.id, task, schedule, job.timezone, job.reading.timeout, written if known else "")


def _rows_by_migration(jobs: Sequence[Job], home: Home) -> Collection[str]:
    """The names of the rows that a generated migration writes."""
    generate = home.configuration.generate
    return beat_rows(jobs, generate) if generate.migration else ()


def _extras(home: Home) -> list[Finding]:
    known = metadata.metadata("celery").get_all("Provides-Extra") or []
    return [
        one for path, text in requirements(home.root).items() for one in unknown_extras(path, text, known)
    ]


def _show(modules: Sequence[Effective], serve: Sequence[str], findings: Sequence[Finding]) -> None:
    rows = table(
        _("settings"), _("entries"), _("zone"), _("beat goes by"), _("limit"), _("results"), narrow=(0, 1)
    )
    for module in modules:
        if module.error:
            rows.add_row(module.module, "-", Text(_("does not load here"), "yellow"))
            continue
        rows.add_row(
            Text(module.module, "bold" if module.module in serve else ""),
            str(len(module.entries)),
            module.timezone,
            _beat(module),
            f"{limit:g} s" if (limit := module.soft_time_limit or module.time_limit) else _("none"),
            _results(module),
        )
    console().print(rows)
    loaded = [module for module in modules if not module.error]
    if differing(loaded):
        console().print(Text("\n" + _("Entries that are not the same everywhere")))
        _differences(loaded)
    print_findings(console(), findings)


def _beat(module: Effective) -> str:
    if module.eager:
        return _("eager tasks")
    return _("rows") if module.in_rows else _("the settings")


def _results(module: Effective) -> str:
    if module.result_backend in ("", "disabled"):
        return _("none")
    if not module.result_expires:
        return _("kept")
    return in_days(dt.timedelta(seconds=module.result_expires))


def _differences(modules: Sequence[Effective]) -> None:
    rows = table(_("entry"), *(module.module.rpartition(".")[2] for module in modules))
    odd = differing(modules)
    for name, found in entries_by_name(modules).items():
        if name in odd:
            rows.add_row(name, *(entry.schedule if entry else Text("-", "dim") for entry in found))
    console().print(rows)
