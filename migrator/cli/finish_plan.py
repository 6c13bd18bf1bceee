"""What ``finish`` takes out: of the code, of the crontabs, of the database; and what hinders it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from migrator.adapters.journal import Journal
from migrator.adapters.project_files import OURS
from migrator.adapters.project_texts import ProjectTexts
from migrator.cli.cutover_status import status_of
from migrator.cli.drifting import present
from migrator.cli.finish_watch import Watching, watching
from migrator.cli.project import Home
from migrator.cli.runtime import Runtime
from migrator.cli.spools import whose
from migrator.cli.targets import named, target_at, user_target
from migrator.codegen.copying import closure
from migrator.codegen.finishing import RECORDED, Left, mentions, package_of, taken_out
from migrator.codegen.lock import LOCK_FILE, edited_files, generated_files
from migrator.codegen.plan import Change
from migrator.codegen.project.lines import plain
from migrator.crontab.wrapping import unwrap
from migrator.cutover.leaving import Standing, hindrances
from migrator.errors import Cannot
from migrator.i18n import _

PROSE = (".md", ".rst", ".jsonl")  # what is read and never run; the exported ledger


@dataclass(frozen=True, slots=True)
class CrontabEdit:
    """A crontab that `instrument` has edited; ``path`` None: this user's."""

    path: str | None
    change: Change


@dataclass(frozen=True, slots=True)
class Finish:
    """The whole plan; ``hindered``: why a job keeps the toolkit; ``left``: lines that nothing here edits."""

    code: tuple[Change, ...]
    crontabs: tuple[CrontabEdit, ...]
    tables: dict[str, int]
    hindered: tuple[str, ...]
    left: tuple[Left, ...]
    by_hand: tuple[str, ...] = ()
    copied: str | None = None  # the package that gets our schedules
    hosts: tuple[str, ...] = ()
    unwatched: str | None = None  # why nothing in the project watches the jobs from then on

    @property
    def changes(self) -> tuple[Change, ...]:
        return (*self.code, *(one.change for one in self.crontabs))


def plan_of(home: Home, found: Runtime) -> Finish:
    """The plan for the project as it is now; where all is done already, it is empty."""
    from migrator.contrib.django import leaving, models

    tables = leaving.tables()
    code, left, copied = code_edits(home)
    # once the code is plain, a command that somebody has deleted does not come back
    watched = watching(home, found.app) if code else Watching()
    code = (*watched.changes, *code)
    crontabs, by_hand = _crontabs(home)
    hosts = models.Host.objects.filter(left_at=None) if models.Host._meta.db_table in tables else ()
    return Finish(
        code,
        crontabs,
        tables,
        tuple(_hindered(home, found, code)),
        left,
        by_hand,
        copied,
        tuple(map(str, hosts)),
        watched.lacking,
    )


def _hindered(home: Home, found: Runtime, code: Sequence[Change]) -> Iterator[str]:
    if not found.jobs:  # the tasks are plain already, or the app does not load them
        recorded = [one.path for one in code if RECORDED in (one.before or "")]
        if recorded:
            yield _("the Celery app has none of the tasks in {paths}").format(paths=", ".join(recorded))
        return
    status = status_of(home, found, (), host=False)
    if status.half is not None:
        yield _("the cutover of {jobs} was interrupted").format(jobs=", ".join(status.half.jobs))
    yield from hindrances(Standing(one.job, one.heading, one.live) for one in status.jobs)
    known = {str(place) for one in status.jobs for place in one.live}
    yield from (one.message for one in status.findings if str(one.place) not in known)


def code_edits(home: Home) -> tuple[tuple[Change, ...], tuple[Left, ...], str | None]:
    """The modules without the toolkit, the copies that they need first, and what needs it still."""
    texts, package = ProjectTexts(home.root), package_of(home.configuration.generate.schedule)
    tests = home.configuration.generate.tests
    gone = tests if tests in _ours(home) else None
    changes, left, clocks = [], [], set()
    for path in _naming(home, texts):
        if not path.endswith(".py"):
            left += mentions(path, texts[path])
            continue
        if path == gone:
            changes.append(Change(path, texts[path], None, edited=False))
            continue
        rest, shape = plain(texts[path])
        found = taken_out(path, rest, package)
        left += found.left
        clocks |= found.clocks
        changes.append(Change(path, texts[path], shape.text_of(found.text), edited=False))
    copies = []
    for path, text in (closure(clocks, package) if clocks else {}).items():
        there = present(home, path)
        if there not in (None, text):
            raise Cannot(
                _("{path} was there before, and is yours").format(path=path),
                hint=_("move it: finish copies the schedules of the toolkit there"),
            )
        copies.append(Change(path, there, text, edited=False))
    changed = tuple(one for one in (*copies, *changes) if one.changes)
    return changed, tuple(left), package if clocks else None


def _naming(home: Home, texts: ProjectTexts) -> Iterator[str]:
    """The project's own files that name the toolkit."""
    for path in texts:
        ours = (home.root / path).resolve().is_relative_to(OURS)
        if not ours and not path.endswith(PROSE) and "migrator" in texts.get(path, ""):
            yield path


def _ours(home: Home) -> set[str]:
    """The generated files that nobody has edited."""
    lock = present(home, LOCK_FILE)
    files = {path: present(home, path) for path in generated_files(lock)}
    return set(files) - set(edited_files(lock, files))


def _crontabs(home: Home) -> tuple[tuple[CrontabEdit, ...], tuple[str, ...]]:
    """The recorder and the line that syncs, out of the crontabs that `instrument` has edited."""
    edits, by_hand = [], []
    entries = sorted(Journal(home.root).entries(), key=lambda entry: entry.unnamed)
    for path, entry in {entry.path: entry for entry in entries}.items():
        if path is not None and not Path(path).exists():
            continue
        target = user_target() if path is None else target_at(home, named(home, path))
        after = unwrap(target.text, whose(home, entry))
        if target.script and after != target.text:
            by_hand.append(
                _(
                    "{name} still writes the recorder or the line of migrator sync: take them out by hand"
                ).format(name=target.name)
            )
        elif after != target.text:
            edits.append(CrontabEdit(path, Change(target.name, target.text, after, edited=False)))
    return tuple(edits), tuple(by_hand)
