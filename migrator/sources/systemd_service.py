"""The ``.service`` of a timer: its commands in order, and what surrounds them.

Authority: systemd.service(5), systemd.exec(5).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from migrator.crontab.command import read_command
from migrator.crontab.reading import Reading
from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.schedule.calendar import seconds_of
from migrator.sources.units import SPECIFIERS, Assignment, Unit, shell_text, words

COMMANDS = ("ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost")
# What a unit says that no key of a job holds, and a task would lose in silence.
LEFT_OUT = {
    "Timer": ("WakeSystem",),
    "Unit": ("OnFailure", "OnSuccess", "Conflicts"),
    "Service": (
        "EnvironmentFile",
        "ExecStopPost",
        "LoadCredential",
        "PassEnvironment",
        "Restart",
        "RootDirectory",
    ),
}
HARMLESS = {"Restart": "no", "WakeSystem": "false"}
CONDITION = re.compile(r"(?:Condition|Assert)\w+")
PREFIXES = re.compile(r"[-@:+!|]*")


@dataclass(frozen=True, slots=True)
class Service:
    """What a service runs, as one command line, and what was read from it."""

    unit: Unit
    raw: str
    reading: Reading
    commands: tuple[Assignment, ...]
    user: str | None

    def findings(self, timer: Unit, place: Place) -> Iterator[Finding]:
        """What the two units say, and what is not carried over."""
        if not self.commands:
            yield Finding(
                "CM307",
                place,
                _("the service that this timer starts was not read: {name}").format(name=self.unit.name),
                _("scan the folder that holds it as well, or the machine: migrator scan --host"),
            )
        for section, keys in LEFT_OUT.items():
            for one in (*timer.all(section, *keys), *self.unit.all(section, *keys)):
                if HARMLESS.get(one.key) != one.value:
                    yield Finding(
                        "CM125",
                        place,
                        _("{key}={value} is not carried over").format(key=one.key, value=one.value),
                        _("see what the job needs of it, and give that to the worker or to the task"),
                    )


def read_service(unit: Unit, scripts: Mapping[str, str]) -> Service:
    """The commands of a service as one line, read, with the settings around them."""
    environment = dict(_environment(unit))
    commands = unit.all("Service", *COMMANDS)
    commands.sort(key=lambda one: COMMANDS.index(one.key))
    main = " && ".join(_texts([one for one in commands if one.key == "ExecStart"], unit, environment))
    text = _chain(commands, unit, environment) or f"systemctl start {shlex.quote(unit.name)}"
    reading = read_command(text, settings=environment, scripts=scripts)
    reading.environment = {**environment, **reading.environment}
    _surround(reading, unit)
    _guard(reading, unit)
    if any(_ignored(one) for one in commands[-1:]):
        reading.exit_masked = True
        reading.remark(
            "CM306",
            _("the exit status is lost: the - before the command makes systemd ignore it"),
            _("Celery sees failures that systemd never saw"),
        )
    if unknown := sorted({found[0] for found in SPECIFIERS.finditer(text)}):
        reading.remark(
            "CM125",
            _("{specifiers} stand for what systemd knows when it starts the job").format(
                specifiers=" ".join(unknown)
            ),
            _("write the values out"),
        )
    return Service(unit, main or text, reading, tuple(commands), unit.last("Service", "User"))


def _chain(commands: list[Assignment], unit: Unit, environment: Mapping[str, str]) -> str:
    """systemd stops at the first command that fails, unless a ``-`` stands before it."""
    chain = ""
    for one in commands:
        for text in _texts([one], unit, environment):
            chain += text + (" ; " if _ignored(one) else " && ")
    return re.sub(r" (;|&&) $", "", chain)


def _texts(commands: list[Assignment], unit: Unit, environment: Mapping[str, str]) -> Iterator[str]:
    for one in commands:
        for command in _commands(words(unit.filled(one.value))):
            prefix = PREFIXES.match(command[0])
            signs = prefix[0] if prefix else ""
            program = command[0][len(signs) :]
            rest = command[2:] if "@" in signs else command[1:]  # after @ comes the name that it is given
            if program:
                yield shell_text((program, *rest), {} if ":" in signs else environment)


def _commands(line: list[str]) -> Iterator[list[str]]:
    """systemd.service(5): a semicolon as a word of its own parts commands."""
    command: list[str] = []
    for word in [*line, ";"]:
        if word != ";":
            command.append(word)
        elif command:
            yield command
            command = []


def _ignored(command: Assignment) -> bool:
    signs = PREFIXES.match(command.value)
    return signs is not None and "-" in signs[0]


def _environment(unit: Unit) -> Iterator[tuple[str, str]]:
    for one in unit.all("Service", "Environment"):
        for word in words(unit.filled(one.value)):
            name, equals, value = word.partition("=")
            if equals:
                yield name, value


def _surround(reading: Reading, unit: Unit) -> None:
    """Folder, mask, limits and log, where the command itself says nothing else."""
    folder = unit.last("Service", "WorkingDirectory")
    if reading.cwd is None and folder:
        reading.cwd = unit.filled(folder.removeprefix("-"))
    reading.umask = reading.umask or unit.last("Service", "UMask")
    limits = ("RuntimeMaxSec", "TimeoutStartSec", "TimeoutSec")
    once = (unit.last("Service", "Type") or "simple") == "oneshot"
    for key in limits if once else limits[:1]:
        seconds = seconds_of(unit.last("Service", key) or "")
        if reading.timeout is None and seconds:
            reading.timeout = max(1, round(seconds))
    output = re.fullmatch(r"(?:file|append|truncate):(.+)", unit.last("Service", "StandardOutput") or "")
    if reading.log is None and output:
        reading.log = output[1]


def _guard(reading: Reading, unit: Unit) -> None:
    """Conditions decide at run time whether the job is started at all."""
    for one in unit.assignments:
        if one.section == "Unit" and CONDITION.fullmatch(one.key) and one.value:
            text = f"{one.key}={one.value}"
            reading.guard = text if reading.guard is None else f"{reading.guard} && {text}"
            reading.remark(
                "CM304",
                _("a guard decides at run time: {text}").format(text=text),
                _("keep it as a check in the task, or say in migrator.toml that it is not needed"),
            )
