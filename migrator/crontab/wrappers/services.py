"""systemd-run: a transient unit with limits, a user and variables of its own."""

from __future__ import annotations

from migrator.crontab.options import Call
from migrator.crontab.reading import Reading
from migrator.crontab.wrappers.containers import elsewhere, inside
from migrator.crontab.wrappers.limits import limit, say_limit
from migrator.crontab.wrappers.unwrapping import Wrapper, change_folder, say_background, set_variables, wraps
from migrator.crontab.wrappers.users import run_as
from migrator.i18n import _

_TIMERS = (
    "--on-active",
    "--on-boot",
    "--on-startup",
    "--on-unit-active",
    "--on-unit-inactive",
    "--on-calendar",
    "--on-timezone-change",
    "--on-clock-change",
)


def _properties(call: Call, reading: Reading) -> None:
    """``-p NAME=VALUE`` of systemd.exec(5) and systemd.service(5)."""
    for given in call.every("-p"):
        name, _equals, value = given.partition("=")
        match name:
            case "RuntimeMaxSec":
                limit(value, "systemd-run", reading)
            case "User":
                run_as(value, "systemd-run", reading)
            case "WorkingDirectory":
                change_folder(value, reading)
            case "Environment":
                set_variables([value], reading)
            case "EnvironmentFile":
                reading.environment_files.append(value.removeprefix("-"))
            case _ if name.startswith(("Memory", "CPU", "IO", "Limit", "Tasks")):
                say_limit(f"systemd-run -p {name}", reading)


def _systemd_run(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    _properties(call, reading)
    set_variables(call.every("-E"), reading)
    if user := call.last("--uid"):
        run_as(user, "systemd-run", reading)
    if folder := call.last("--working-directory"):
        change_folder(folder, reading)
    if machine := call.last("-M"):
        inside("systemd-run", machine, reading)
    if host := call.last("-H"):
        elsewhere("systemd-run", host.rpartition("@")[2], reading)
    if any(timer in call for timer in _TIMERS):
        reading.remark(
            "CM320",
            _("systemd-run starts the command later, by a timer of its own"),
            _("keep it in cron, or give the job its final schedule first"),
        )
    elif not any(waits in call for waits in ("--scope", "--wait", "-t", "-P")):
        say_background("systemd-run", reading)


TABLE = """
    --no-ask-password --user --system -H|--host= -M|--machine= --scope -u|--unit= -p|--property=
    --description= --slice= --slice-inherit --no-block -r|--remain-after-exit --wait --send-sighup
    --service-type= --uid= --gid= --nice= --working-directory= -d|--same-dir -E|--setenv= -t|--pty
    -P|--pipe -q|--quiet -G|--collect -S|--shell --path-property= --socket-property= --timer-property=
    --on-active= --on-boot= --on-startup= --on-unit-active= --on-unit-inactive= --on-calendar=
    --on-timezone-change --on-clock-change !-h|--help !--version
    """

SERVICES: dict[str, Wrapper] = {"systemd-run": wraps(TABLE, means=_systemd_run)}
