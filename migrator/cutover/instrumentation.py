"""Which crontabs get the recorder, line by line, and what each looks like afterwards.

A crontab that a script installs is edited in the script as well, because the script would
otherwise bring the old lines back. Every edit is checked: taken out again, it must give
the file back byte for byte, and an edited script must render to the edited crontab.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from migrator.crontab.syntax import LONGEST_COMMAND, Crontab, Format, JobLine, read_crontab
from migrator.crontab.wrapping import (
    SYNC_MARK,
    Edit,
    Recorder,
    apply_edits,
    sync_edit,
    unwrap,
    wrap,
    wrapped_job,
)
from migrator.errors import Cannot
from migrator.i18n import _
from migrator.sources.job import Inventory, Job
from migrator.sources.rendering import Rendering, edit_through, renderings


@dataclass(frozen=True, slots=True)
class Target:
    """A crontab, or a script that installs one (``script``), as it is now."""

    name: str
    text: str
    format: Format = "user"
    script: bool = False


@dataclass(frozen=True, slots=True)
class Instrumented:
    """A target afterwards; ``jobs`` are wrapped by it, ``left`` says why other lines are not."""

    target: Target
    after: str
    jobs: tuple[str, ...]
    left: tuple[str, ...]

    @property
    def changes(self) -> bool:
        return self.after != self.target.text


def instrument(target: Target, inventory: Inventory, recorder: Recorder) -> Instrumented:
    """The target with the recorder in front of each line whose job is known."""
    if not target.script and _writes_crontabs(target, inventory):
        raise Cannot(
            _("{name} writes this crontab, and is no script that can be edited").format(name=target.name),
            hint=_("put the recorder into it by hand, as `migrator instrument plan` shows for the crontab"),
        )
    if target.script:
        return _script(target, inventory, recorder)
    edits, jobs, left = _edits(target, target.text, inventory, recorder)
    after = apply_edits(target.text, edits)
    return _checked(Instrumented(target, after, jobs, left), target.text, after)


def _writes_crontabs(target: Target, inventory: Inventory) -> bool:
    """Whether it is a playbook, a Dockerfile or the like that would bring the old lines back."""
    made_by = (job.declared.generator for job in inventory.jobs)
    return any(one is not None and one.path == target.name for one in made_by)


def generators(jobs: tuple[str, ...], inventory: Inventory) -> list[str]:
    """The files that hold the text of these jobs and would re-install it."""
    found = [
        job.declared.generator.path for job in inventory.jobs if job.id in jobs and job.declared.generator
    ]
    return list(dict.fromkeys(found))


def _script(target: Target, inventory: Inventory, recorder: Recorder) -> Instrumented:
    """Each crontab that the script installs, edited in the script, and checked by rendering it again."""
    found = list(renderings(target.text, {}))
    known = [one for one in found if isinstance(one, Rendering) and not one.open]
    if not known:
        raise Cannot(
            _("{name} cannot be edited: what it installs depends on the run").format(name=target.name),
            hint=_("put the recorder into it by hand, as `migrator instrument plan` shows for the crontab"),
        )
    after = target.text
    jobs: list[str] = []
    left: list[str] = []
    for number in [index for index, one in enumerate(found) if one in known]:
        made = list(renderings(after, {}))[number]
        assert isinstance(made, Rendering)
        crontab = replace(target, format=made.crontab.format)
        edits, wrapped, passed = _edits(crontab, made.text, inventory, recorder)
        edited = apply_edits(made.text, edits)
        after = edit_through(after, made, edits)
        again = list(renderings(after, {}))
        one = again[number] if number < len(again) else None
        if not isinstance(one, Rendering) or one.text != edited:
            raise Cannot(
                _("{name} cannot be edited safely: it would not install what was meant").format(
                    name=target.name
                ),
                hint=_("put the recorder into it by hand"),
            )
        _checked(Instrumented(target, after, (), ()), made.text, edited)
        jobs += wrapped
        left += passed
    return Instrumented(target, after, tuple(jobs), tuple(left))


def _checked(result: Instrumented, before: str, after: str) -> Instrumented:
    if unwrap(after) != unwrap(before):
        raise Cannot(_("{name}: the edit cannot be undone exactly").format(name=result.target.name))
    return result


def _edits(
    target: Target, text: str, inventory: Inventory, recorder: Recorder
) -> tuple[list[Edit], tuple[str, ...], tuple[str, ...]]:
    """The edits of the crontab in a target, the jobs they wrap, and why other lines are left."""
    name, crontab = target.name, read_crontab(text, target.format)
    if crontab.lines and not crontab.final_newline:
        raise Cannot(
            _("{name}: the last line has no newline, so cron ignores the file").format(name=name),
            hint=_("end the line first"),
        )
    matched, left = _match(name, crontab, inventory)
    edits: list[Edit] = []
    jobs: list[str] = []
    for wrapped in wrap(crontab, matched, recorder):
        if wrapped.too_long:
            left.append(
                _("{name}:{line} would have {length} bytes, cron takes {limit}").format(
                    name=name, line=wrapped.line, length=wrapped.length, limit=LONGEST_COMMAND
                )
            )
        else:
            edits += wrapped.edits
            jobs.append(wrapped.job)
    for user in _syncing(crontab, {number for number, job in matched.items() if job in jobs}, recorder):
        edits += sync_edit(text, recorder.sync, user)
    return edits, tuple(jobs), tuple(left)


def _syncing(crontab: Crontab, wrapped: Collection[int], recorder: Recorder) -> dict[str | None, None]:
    """Who has to sync: each user with recorded lines, because each has a spool; root, where all share one."""
    users = [
        line.user
        for number, line in crontab.numbered()
        if isinstance(line, JobLine) and (number in wrapped or wrapped_job(line.raw))
    ]
    return dict.fromkeys("root" if user and recorder.spool else user for user in users)


def _match(name: str, crontab: Crontab, inventory: Inventory) -> tuple[dict[int, str], list[str]]:
    """Which line is which job: by command and schedule, else by the command alone."""
    matched: dict[int, str] = {}
    left: list[str] = []
    free = list(inventory.jobs)
    for number, line in crontab.numbered():
        if not isinstance(line, JobLine) or line.raw.rstrip().endswith(SYNC_MARK) or wrapped_job(line.raw):
            continue
        job = _job_of(line, free)
        if job is None:
            left.append(
                _("{name}:{line} is no job of the sources: left alone").format(name=name, line=number)
            )
            continue
        free.remove(job)
        matched[number] = job.id
    return matched, left


def _job_of(line: JobLine, jobs: list[Job]) -> Job | None:
    same = [job for job in jobs if job.declared.raw.split() == line.raw.split()]
    exact = [job for job in same if job.expression == line.expression]
    return next(iter(exact), same[0] if len(same) == 1 else None)
