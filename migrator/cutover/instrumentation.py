"""Which crontabs get the recorder, line by line, and what each looks like afterwards.

A crontab that a script installs is edited in the script as well, because the script would
otherwise bring the old lines back. Every edit is checked: taken out again, it must give
the file back byte for byte, and an edited script must render to the edited crontab.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migrator.crontab.marks import Whose, of_anybody, recorder_of, spool_of, syncs, wrapped_job
from migrator.crontab.syntax import LONGEST_COMMAND, Crontab, JobLine, read_crontab
from migrator.crontab.wrapping import Edit, Recorder, other_syncs, sync_edits, unwrap, wrap
from migrator.cutover.editing import Change, Edited, Target, edited
from migrator.errors import Cannot
from migrator.i18n import _
from migrator.sources.job import Inventory, Job


def instrument(
    target: Target, inventory: Inventory, recorder: Recorder, *, leave_what_stays: bool = False
) -> Edited:
    """The target with the recorder in front of each line whose job is known.

    ``leave_what_stays``: not in front of those that are not for Celery.
    """
    by_hand = _("put the recorder into it by hand, as `migrator instrument plan` shows for the crontab")
    if not target.script and _writes_crontabs(target, inventory):
        raise Cannot(
            _("{name} writes this crontab, and is no script that can be edited").format(name=target.name),
            hint=by_hand,
        )

    def wrapping(crontab: Target, text: str) -> Change:
        return _wrapped(crontab, text, inventory, recorder, leave=leave_what_stays)

    def undone(text: str) -> str:
        return unwrap(text, recorder.is_ours)

    return edited(target, wrapping, undone=undone, by_hand=by_hand)


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


def _wrapped(target: Target, text: str, inventory: Inventory, recorder: Recorder, *, leave: bool) -> Change:
    """The edits that wrap the lines of a crontab and see to the one that syncs."""
    name, crontab = target.name, read_crontab(text, target.format)
    if crontab.lines and not crontab.final_newline:
        raise Cannot(
            _("{name}: the last line has no newline, so cron ignores the file").format(name=name),
            hint=_("end the line first"),
        )
    elsewhere = not recorder.sync_is_given and bool(other_syncs(text, recorder))
    if stranger := _line_of_another(crontab, inventory, recorder, None if elsewhere else recorder.cronwrap):
        raise Cannot(
            _(
                "{name}:{line} is recorded for another project, into the spool that this one would take"
            ).format(name=name, line=stranger),
            hint=_(
                "name a folder of its own for this project: spool = {example} under [instrument]; "
                "a line of its own that its sources lack is to be named there"
            ).format(example='"/..."'),
        )
    matched, left = matched_lines(name, crontab, inventory)
    notes = _staying(name, matched, left, inventory, leave=leave)
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
    recorded = [
        line
        for number, line in job_lines(crontab, recorder.is_ours)
        if matched.get(number) in jobs or wrapped_job(line.raw)
    ]
    sync = list(sync_edits(text, recorder, syncing(recorded, shared=bool(recorder.spool))))
    edits += sync
    notes += _about_syncs(name, text, recorder, gone=any(not edit.new.strip() for edit in sync))
    notes += _of_others(name, crontab, recorder)
    return Change(edits, tuple(jobs), tuple(left), tuple(notes))


def _about_syncs(name: str, text: str, recorder: Recorder, *, gone: bool) -> Iterator[str]:
    if gone:
        yield _(
            "{name}: no recorded line needs that sync any more; where the host has none left: {do}"
        ).format(name=name, do="`migrator owner --forget HOST`")
    for number in () if recorder.sync_is_given else other_syncs(text, recorder):
        yield _("{name}:{line} syncs by a command of its own; name it as `sync` under [instrument]").format(
            name=name, line=number
        )


def _of_others(name: str, crontab: Crontab, recorder: Recorder) -> Iterator[str]:
    """A sentence for each other project whose lines are recorded here."""
    lines = [line.raw for _number, line in job_lines(crontab) if not recorder.is_ours(line.raw)]
    for spool in dict.fromkeys(map(spool_of, lines)):
        yield _("{name}: lines that are recorded into {spool} are another project's, and left alone").format(
            name=name, spool=spool or _("the default spool")
        )


def _line_of_another(
    crontab: Crontab, inventory: Inventory, recorder: Recorder, cronwrap: str | None
) -> int | None:
    """The first line recorded into our spool that is no job here and does not call ``cronwrap``, if known."""
    ours = {" ".join(job.declared.raw.split()) for job in inventory.jobs}
    for number, line in job_lines(crontab, recorder.is_ours):
        strange = wrapped_job(line.raw) and recorder_of(line.raw) != cronwrap
        if strange and " ".join(unwrap(line.raw).split()) not in ours:
            return number
    return None


def _staying(
    name: str, matched: dict[int, str], left: list[str], inventory: Inventory, *, leave: bool
) -> list[str]:
    """What there is to know of lines that are not for Celery; those to be left alone are taken out."""
    stays = {job.id for job in inventory.jobs if job.status == "stays"}
    notes = []
    for number, job in sorted(matched.items()):
        if job not in stays:
            continue
        where = {"name": name, "line": number, "job": job}
        if leave:
            del matched[number]
            left.append(_("{name}:{line} {job} stays in cron: left alone").format(**where))
        else:
            text = _(
                "{name}:{line} {job} stays in cron, and is recorded: its runs are kept, and compared "
                'with nothing; to leave it alone, write stays = "leave" under [instrument]'
            )
            notes.append(text.format(**where))
    return notes


def syncing(recorded: Iterable[JobLine], *, shared: bool) -> dict[str | None, None]:
    """Who has to sync: each user with recorded lines, because each has a spool; root, where all share one."""
    return dict.fromkeys("root" if line.user and shared else line.user for line in recorded)


def job_lines(crontab: Crontab, is_ours: Whose = of_anybody) -> list[tuple[int, JobLine]]:
    """The lines that cron runs, without those that sync; ``is_ours``: and without those of other projects."""
    return [
        (number, line)
        for number, line in crontab.numbered()
        if isinstance(line, JobLine) and not syncs(line.raw) and is_ours(line.raw)
    ]


def matched_lines(name: str, crontab: Crontab, inventory: Inventory) -> tuple[dict[int, str], list[str]]:
    """Which line is which job: by command and schedule, else by the command alone."""
    matched: dict[int, str] = {}
    left: list[str] = []
    free = list(inventory.jobs)
    for number, line in job_lines(crontab):
        if wrapped_job(line.raw):
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
