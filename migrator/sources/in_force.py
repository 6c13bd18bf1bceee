"""What a daemon makes of the settings above a job: its zone, a delay; and what it makes nothing of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from migrator.crontab.syntax import Crontab, JobLine, Setting
from migrator.findings import Finding, Place
from migrator.i18n import _
from migrator.schedule.dialect import Dialect
from migrator.schedule.expression import CronExpression
from migrator.schedule.kinds import Schedule, Undecided
from migrator.schedule.readers import CRONIE_ZONE
from migrator.zones import known_zone

CLOCKS = ("CRON_TZ", "TZ")  # what people set to move cron's clock
# What the daemon itself goes by, and where a shell looks for programs: none of it is for the job.
FOUND_BY = ("PATH", "HOME", "TZ")
_FOR_CRON = {*CLOCKS, "SHELL", "PATH", "HOME", "LOGNAME", "USER", "RANDOM_DELAY", "START_HOURS_RANGE"}
_FOR_CRON |= {"MAILTO", "MAILFROM", "CONTENT_TYPE", "CONTENT_TRANSFER_ENCODING"}


def settings_of_the_file(crontab: Crontab) -> dict[str, str]:
    """The settings that hold before the first line: all of them, where they hold for the whole file."""
    if crontab.dialect.settings_hold == "below":
        return {}
    return {line.name: line.value for line in crontab.lines if isinstance(line, Setting) and line.effective}


def inherited(settings: Mapping[str, str]) -> dict[str, str]:
    """The variables that a command gets from the settings above it."""
    return {name: value for name, value in settings.items() if name not in _FOR_CRON}


def zone_in_force(settings: Mapping[str, str], dialect: Dialect) -> str | None:
    """The zone that the settings give a job's schedule; None: the daemon's own."""
    named = settings.get(dialect.zone_setting or "")
    return (known_zone(named) or dialect.unknown_zone) if named else None


def schedule_in_force(schedule: Schedule, settings: Mapping[str, str], dialect: Dialect) -> Schedule:
    """The schedule under the settings: with a delay that is drawn nobody knows its minutes.

    A job with a zone of its own follows the wall clock: cronie makes up for nothing there.
    """
    delay = settings.get(dialect.delay_setting or "", "0").strip()
    if delay.strip("0"):
        reason = _("{name}={minutes} delays it by minutes that are drawn when {program} starts")
        shown = reason.format(name=dialect.delay_setting, minutes=delay, program=dialect.program)
        return Undecided(schedule.text, shown)
    if not isinstance(schedule, CronExpression) or schedule.policy is CRONIE_ZONE.policy:
        return schedule
    if zone_in_force(settings, dialect):
        return replace(schedule, policy=CRONIE_ZONE.policy, reader=CRONIE_ZONE.name)
    return schedule


def without_effect(path: str, crontab: Crontab) -> list[Finding]:
    """The settings that somebody may rely on, and that the daemon passes over."""
    found: list[Finding] = []
    timed = False  # whether a job below has hours
    for number, line in reversed([*crontab.numbered()]):
        if isinstance(line, Setting):
            finding = _about(line, Place(path, number), crontab.dialect, timed=timed)
            found += [finding] if finding else []
        elif isinstance(line, JobLine):
            timed = timed or _has_hours(line)
    return found[::-1]


def _about(line: Setting, place: Place, dialect: Dialect, *, timed: bool) -> Finding | None:
    program = dialect.program
    if line.name == dialect.zone_setting:
        if known_zone(line.value) is not None:
            return None
        message = _("there is no time zone {zone}, and {program} then takes {taken}")
        taken = dialect.unknown_zone or _("nothing of the file")
        shown = message.format(zone=line.value, program=program, taken=taken)
        return Finding("CM107", place, shown, _("use a name such as Europe/Warsaw"))
    if line.name in CLOCKS:
        if not timed:
            return None
        message = _("{name} moves no clock: {program} starts the jobs below by its own zone")
        hint = _("the times are kept as they are; if another zone was meant, they have been wrong so far")
        return Finding("CM107", place, message.format(name=line.name, program=program), hint)
    if line.effective:
        return None
    message = _("{program} passes over {name}: it knows only {known}")
    known = _(" and ").join(sorted(dialect.settings or ()))
    hint = _("set it in the command: {name}=... COMMAND").format(name=line.name)
    return Finding("CM107", place, message.format(program=program, name=line.name, known=known), hint)


def _has_hours(job: JobLine) -> bool:
    """Whether a zone would make a difference: it starts at some hours, or on some days."""
    return isinstance(job.schedule, CronExpression) and not all(
        field.full for field in job.schedule.fields[1:]
    )


def about_command(line: JobLine, place: Place, dialect: Dialect) -> Iterator[Finding]:
    """A command that is not what it looks like: empty, or with a carriage return at its end."""
    if not line.raw.strip(" \t"):
        yield Finding(
            "CM108",
            place,
            _("there is no command: {program} starts a shell that has nothing to do").format(
                program=dialect.program
            ),
            _("remove the line, or write the command that is missing"),
        )
    elif line.raw.endswith("\r") and dialect.carriage_return_kept:
        yield Finding(
            "CM106",
            place,
            _("the line ends as on Windows: the carriage return is a part of the command"),
            _("its last word is another one, so look whether the job has ever worked; then dos2unix FILE"),
        )
