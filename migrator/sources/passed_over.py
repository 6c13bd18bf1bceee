"""Files that cron and run-parts pass over in silence, so that their jobs have never run.

Authority: valid_name() and process_crontab() of Debian's cron 3.0pl1, run-parts(8).
"""

from __future__ import annotations

import re
from dataclasses import replace

from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.sources.job import Found
from migrator.sources.source import SourceFile

# run-parts(8): "the names must consist entirely of ASCII upper- and lower-case letters, ASCII digits,
# ASCII underscores, and ASCII minus-hyphens"; cron's /etc/cron.d has the same rule.
PLAIN = re.compile(r"[A-Za-z0-9_-]+")
# cronie's not_a_crontab() and Fedora's run-parts leave out what editors and packages leave behind.
LEFT = re.compile(r"^[.#]|[~,]$|\.(?:rpm(?:save|orig|new)|cfsaved|swp)$|,v$")
INSTALLED = re.compile(r"(?:^|/)etc/(?:cron\.(?P<folder>d|\w+ly)|periodic/\w+)/(?P<name>[^/]+)$")
# What a repository calls the file before it is put in place under another name.
TEMPLATES = re.compile(r"\.(?:j2|jinja2?|erb|epp|tmpl|tpl|in|mako|template)$")
REFUSALS = ("CM101", "CM102")  # of a file that nothing reads, its lines' faults are no matter


def in_cron_d(path: str) -> bool:
    """Whether this is a crontab by its place, whatever its name."""
    place = INSTALLED.search(path)
    return place is not None and place["folder"] == "d"


def reason_by_name(path: str, *, cronie: bool = False) -> str | None:
    """Why nothing runs a file of this name in that folder; ``cronie``: on Fedora, SUSE, Arch and the like."""
    place = INSTALLED.search(path)
    if place is None:
        return None
    if cronie:
        left = LEFT.search(place["name"])
        return _("cron passes over left copies such as x~ and x.rpmsave") if left else None
    if PLAIN.fullmatch(TEMPLATES.sub("", place["name"])):
        return None
    program = "cron" if place["folder"] == "d" else "run-parts"
    return _("{program} passes over names with more than letters, digits, _ and -").format(program=program)


def marked(found: Found, file: SourceFile) -> Found:
    """What a file gave; where nothing runs the file, each of its jobs says so."""
    reason = reason_by_name(file.path) if file.skipped is None else file.skipped
    if not reason:
        return found
    findings = tuple(one for one in found.findings if one.code not in REFUSALS)
    if not found.jobs and not file.text.startswith("#!"):
        return replace(found, findings=findings)
    finding = Finding(
        "CM120",
        found.jobs[0].place if found.jobs else Place(file.path, 1),
        _("nothing runs this file: {reason}").format(reason=reason),
        _("its jobs have never run from here: mend it only if they are wanted, else delete it"),
    )
    jobs = tuple(
        replace(job, findings=(*(one for one in job.findings if one.code not in REFUSALS), finding))
        for job in found.jobs
    )
    return replace(found, jobs=jobs, findings=(*findings, finding), facts=())
