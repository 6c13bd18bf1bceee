"""What one command has to do with cron: it installs or starts it, writes a crontab, asks its container."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from migrator.cutover.residue.commands import Command
from migrator.cutover.residue.names import DAEMONS, LOG, SERVICES, names_cron, package_of
from migrator.i18n import _, marked

_INSTALLERS = {
    **dict.fromkeys(
        ("apt-get", "apt", "aptitude", "yum", "dnf", "microdnf", "tdnf", "zypper", "brew"), ("install",)
    ),
    "apk": ("add",),
    "pacman": ("-S", "-Sy", "-Syu"),
    "emerge": (),
    "pip": ("install",),
    "pip3": ("install",),
}
_STARTING = ("start", "restart", "reload", "enable", "add")
_CONTAINERS = ("docker", "docker-compose", "podman", "podman-compose", "kubectl", "nerdctl")
# crontab(1): a file, standard input or the editor, neither -l nor -r; celery's crontab(...) is none of it
_INSTALLS = re.compile(r"(?:-u ?\S+ )?(?:-e|-|[^\s()-][^\s()]*)(?: -u ?\S+)?")
_SHOWS = ("-l", "-V")
_MANAGED = (("runcrons",), ("installtasks",))  # django-cron's clock, kronos' writer


@dataclass(frozen=True, slots=True)
class Verdict:
    """A command of cron's: the code of its finding, its line, and what it does."""

    code: str
    line: int
    fact: str
    hint: str


def judge(command: Command) -> Verdict | None:
    """The first thing that a command has to do with cron."""
    return next((found for one in _QUESTIONS if (found := one(command))), None)


def _installs(command: Command) -> Verdict | None:
    words = command.words
    wanted = _INSTALLERS.get(command.program)
    if wanted is None or (wanted and not set(wanted) & set(words)):
        return None
    for word in words[1:]:
        if name := package_of(word):
            return Verdict(
                "CM632",
                command.line_of(word),
                _("installs the package {name}").format(name=name),
                _(TAKE_PACKAGE),
            )
    return None


def _starts(command: Command) -> Verdict | None:
    program, words = command.program, command.words
    if re.search(r"/(?:init\.d|rc\.d)/(?:ana)?crond?$", words[0]) and set(words) & set(_STARTING):
        return _daemon(command, program)
    if program in DAEMONS and not any(
        word in ("-h", "--help", "-V", "--version", "-test") for word in words[1:]
    ):
        if all(word.startswith("-") or _is_value(program, word) for word in words[1:]):
            return _daemon(command, " ".join((program, *words[1:])))
        return None
    named = [word for word in words[1:] if word in SERVICES]
    if program in ("service", "rc-service", "systemctl", "rc-update", "update-rc.d", "invoke-rc.d") and named:
        return _daemon(command, named[0]) if set(words) & {*_STARTING, "defaults"} else None
    return None


def _is_value(program: str, word: str) -> bool:
    """supercronic takes a crontab; the others take levels, folders and users after their options."""
    return program in ("supercronic", "yacron") or re.fullmatch(r"\d+|[\w./-]*/[\w./-]*", word) is not None


def _daemon(command: Command, text: str) -> Verdict:
    return Verdict(
        "CM633",
        command.line,
        _("starts cron: {command}").format(command=text),
        _("take it out, or the container with it: with no job left, cron has nothing to do"),
    )


def _writes(command: Command) -> Verdict | None:
    words = command.words
    if command.program == "crontab":
        return _writing(command) if _INSTALLS.fullmatch(" ".join(words[1:])) else None
    manage = next((at for at, word in enumerate(words) if word.rpartition("/")[2] == "manage.py"), len(words))
    called = words[manage + 1 :]
    return _writing(command) if called[:2] == ("crontab", "add") or called[:1] in _MANAGED else None


def _writing(command: Command) -> Verdict:
    return Verdict(
        "CM634",
        command.line,
        _("writes or drives a crontab: {command}").format(command=" ".join(command.words)),
        _("take it out, or the next start brings cron's lines back"),
    )


def _asks_for_cron(command: Command) -> Verdict | None:
    words = command.words
    if command.program in _CONTAINERS or command.program == "make":
        names = [word for word in words[1:] if not re.search(r"^-|[/=]", word)]
        asked = any(names_cron(name) for name in names)
    elif command.program == "journalctl":
        asked = any(word.removeprefix("-u") in SERVICES for word in words[1:])
    else:
        asked = command.program == "crontab" and bool(set(words) & set(_SHOWS))
    if not asked:
        return None
    return Verdict(
        "CM638",
        command.line,
        _("asks for what is cron's: {command}").format(command=" ".join(words)),
        _("name what takes its place: the worker, beat, or the task"),
    )


def _reads_log(command: Command) -> Verdict | None:
    word = next((word for word in command.words[1:] if LOG.match(word)), None)
    if word is None:
        return None
    return Verdict(
        "CM642",
        command.line_of(word),
        _("{path} is cron's log").format(path=word),
        _(LOG_HINT),
    )


TAKE_PACKAGE = marked("take the package out: with no job left in cron, nothing needs it")
LOG_HINT = marked("take it out; what the tasks print is in the worker's log and in the results")
_QUESTIONS: tuple[Callable[[Command], Verdict | None], ...] = (
    _installs,
    _starts,
    _writes,
    _asks_for_cron,
    _reads_log,
)
