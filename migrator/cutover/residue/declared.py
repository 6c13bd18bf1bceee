"""What still declares jobs for cron: lines, manifests, playbooks, settings; and the line that syncs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from migrator.crontab.marks import RETIRED, RETIRED_LINE, Whose, of_anybody, syncs
from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.sources.identity import fingerprint
from migrator.sources.job import Inventory, Job
from migrator.sources.retired import came_back

# Schedulers inside a Python process, which start nothing by cron.
_OWN_CLOCKS = frozenset(
    ("APScheduler", "huey", "dramatiq", "rq-scheduler", "schedule", "django-q", "uwsgi", "beat schedule")
)
# Schedulers of a platform, which need no cron daemon of the project's.
_PLATFORMS = frozenset(
    (
        "kubernetes",
        "helm values",
        "github workflow",
        "app.json",
        "app engine cron.yaml",
        "ofelia",
        "systemd timer",
        "periodic task",
    )
)


def of_cron(inventory: Inventory) -> Iterator[Job]:
    """The jobs that something else than Celery, or a scheduler in Python, starts."""
    for job in inventory.jobs:
        if not (job.declared.in_celery or _OWN_CLOCKS & {place.source for place in job.places}):
            yield job


def needs_daemon(job: Job) -> bool:
    """Whether a cron daemon of the project's own runs it, and shall go on doing so."""
    return job.status == "stays" and any(place.source not in _PLATFORMS for place in job.live)


def declarations(
    inventory: Inventory,
    left: Collection[str],
    *,
    remembered: Mapping[str, str],
    recorded: bool,
    is_ours: Whose = of_anybody,
) -> Iterator[Finding]:
    """A finding for each place from which cron runs a job.

    ``left``: the jobs that have left cron; ``remembered``: ids in use, each with its fingerprint;
    ``recorded``: lines here have been instrumented, so that one without the recorder is new.
    """
    by_fingerprint = {one: name for name, one in remembered.items()}
    for job in of_cron(inventory):
        # the ids of a whole tree count its copies: one line in two files is one job to the project
        name = job.declared.recorded or by_fingerprint.get(fingerprint(job.declared), job.id)
        for place in job.live:
            if name in left and not job.declared.foreign:
                yield came_back(place, name)
            elif job.status != "stays":
                plain = job.declared.recorded is None and not job.declared.foreign
                bare = recorded and place.source == "crontab" and plain
                yield _live(name, place, bare=bare)
            elif needs_daemon(job):
                yield _stays(job, place)
    yield from _sync_lines(inventory, is_ours)
    yield from (one for one in inventory.findings if one.code == "CM148")


def retired_lines(path: str, text: str, is_ours: Whose = of_anybody) -> Iterator[Finding]:
    """The lines of a file that a cutover has put behind its marker."""
    for line, one in enumerate(text.split("\n") if RETIRED in text else (), 1):
        if (found := RETIRED_LINE.search(one)) and is_ours(one):
            fact = _("the line of {job} stands behind its marker").format(job=found["job"])
            hint = _("delete it once nobody will roll back: `migrator cutover rollback` needs it")
            yield Finding("CM645", Place(path, line), fact, hint)


def on_host(
    lines: Iterable[tuple[str, Place]], left: Collection[str], *, back_only: bool = False
) -> list[Finding]:
    """The same for lines of known jobs on a machine; ``back_only``: without those that have not left yet."""
    found = []
    for job, place in lines:
        if job in left:
            found.append(came_back(place, job))
        elif not back_only:
            found.append(_live(job, place))
    return found


def _live(name: str, place: Place, *, bare: bool = False) -> Finding:
    fact = _("cron still runs {job}, without the recorder") if bare else _("cron still runs {job}")
    return Finding("CM630", place, fact.format(job=name), _hint(place))


def _hint(place: Place) -> str:
    if place.source == "crontab":
        return _("`migrator cutover plan --all` shows how these lines go")
    return _("`migrator cutover plan --all` edits scripts, and says what to take out elsewhere")


def _stays(job: Job, place: Place) -> Finding:
    return Finding(
        "CM631",
        place,
        _("{command} stays in cron, which is therefore still needed").format(command=job.command or job.id),
        _("as long as it is there, cron's packages, daemons and monitors are no residue and are not listed"),
    )


def _sync_lines(inventory: Inventory, is_ours: Whose) -> Iterator[Finding]:
    """The line that syncs, once no live line has the recorder."""
    if any(job.live and job.declared.recorded for job in inventory.jobs):
        return
    for line in inventory.lines:
        if syncs(line.text) and not line.text.startswith("#") and is_ours(line.text):
            yield Finding(
                "CM644",
                Place(line.path, line.line),
                _("this line syncs with the recorder, and no line here is recorded any more"),
                _("run it once by hand, which ships what is left, then take it out"),
            )


def declaring(inventory: Inventory) -> frozenset[str]:
    """The files that declare jobs for cron, or install them."""
    return frozenset(path for path, _line in declaring_lines(inventory))


def declaring_lines(inventory: Inventory) -> frozenset[tuple[str, int]]:
    """The lines that do."""
    places = (place for job in of_cron(inventory) for place in (*job.places, job.generator) if place)
    return frozenset((place.path, place.line) for place in places)
