"""Lines of any file that ask for cron by its process, its unit, its folders or its log."""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrator.cutover.residue.judging import LOG_HINT, TAKE_PACKAGE
from migrator.cutover.residue.names import DJANGO_PACKAGES, LOG, PATH, package_of
from migrator.cutover.residue.texts import Kind, TextFile, is_listing
from migrator.findings import Finding, Place
from migrator.i18n import _

_HEALTH = re.compile(
    r"[\w./-]*\bcrond?\.pid\b|\b(?:pgrep|pidof|killall)\b[\"', ]+(?:-\w+[\"', ]+)*crond?\b"
    r"|\bps\b[^\n|]*\|\s*grep\b[^\n|]*\bcrond?\b"
)
_MONITORING = re.compile(
    r"\bproc\.num\[[^\]\n]*\bcrond?\b|\bcheck_procs\b[^\n]*\bcrond?\b|(?i:\bcheck process crond?\b)"
    r"|(?<![\w.-])crond?\.service\b"
    r"|\b(?:exe|pattern|process)\s*[=:]\s*[\"']?crond?[\"']?\s*$"
)
_REQUIREMENT = re.compile(
    rf"(?i)^[\s\"']*(?P<name>{'|'.join(one.replace('-', '[-_]') for one in DJANGO_PACKAGES)})(?![\w-])"
)
_PROJECT = re.compile(r"(?i)^(?:pyproject\.toml|setup\.(?:py|cfg)|pipfile)$")
_APT_LIST = re.compile(r"(?i)(?:^|/)(?:aptfile|apt[-_.]?(?:packages|requirements)|packages)$")


def traces(file: TextFile) -> Iterator[Finding]:
    """The findings on the lines of a file that is no page for people."""
    if file.kind is Kind.PAGE:
        return
    for line, text in file.numbered():
        if "cron" in text.lower():
            found = _of_line(file, text)
            if found is not None:
                code, fact, hint = found
                yield Finding(code, Place(file.path, line), fact, hint)


def _of_line(file: TextFile, text: str) -> tuple[str, str, str] | None:
    if _is_comment(file, text):
        return None
    if asked := _HEALTH.search(text):
        fact = _("asks for cron's process: {text}").format(text=asked[0].strip())
        return "CM641", fact, _("take it out before cron goes: it will say that something is broken")
    if watched := _MONITORING.search(text) or (
        _of_administration(file) and (LOG.search(text) or _MAY.search(text))
    ):
        fact = _("looks after cron: {text}").format(text=watched[0].strip())
        return (
            "CM640",
            fact,
            _("take it out, and watch the worker, beat and the age of each job's last success"),
        )
    return _of_packages(file, text) or _of_places(file, text)


_MAY = re.compile(r"(?:/usr/bin/|/etc/init\.d/|\bservice |\bsystemctl \w+ )cron(?:tab|d)?\b")


def _of_administration(file: TextFile) -> bool:
    return "logrotate" in file.path or "sudoers" in file.path


def _of_packages(file: TextFile, text: str) -> tuple[str, str, str] | None:
    if (is_listing(file.path) or _PROJECT.match(file.name)) and (required := _REQUIREMENT.match(text)):
        fact = _("requires {name}").format(name=required["name"])
        return "CM639", fact, _("take it out with its settings: nothing calls it once its jobs are Celery's")
    if (is_listing(file.path) or _APT_LIST.search(file.path)) and (name := package_of(text.strip())):
        return "CM632", _("installs the package {name}").format(name=name), _(TAKE_PACKAGE)
    if file.kind is Kind.DOCKERFILE and re.search(r"(?i)supercronic", text):
        return "CM632", _("installs the package {name}").format(name="supercronic"), _(TAKE_PACKAGE)
    return None


def _of_places(file: TextFile, text: str) -> tuple[str, str, str] | None:
    if file.kind is Kind.PYTHON:
        return None
    if place := PATH.search(text):
        fact = _("names {path}, which cron reads").format(path=place[0])
        return "CM634", fact, _("take it out: what is put there, the next start brings back")
    if log := LOG.search(text):
        return "CM642", _("{path} is cron's log").format(path=log[0]), _(LOG_HINT)
    return None


def _is_comment(file: TextFile, text: str) -> bool:
    return text.lstrip().startswith(("#", "//", ";", "--", "<!--")) and not text.startswith("#!")
