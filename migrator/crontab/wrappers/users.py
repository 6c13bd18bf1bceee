"""Users: a worker runs all its tasks as one."""

from __future__ import annotations

import re

from migrator.crontab.options import Call, Options, plain
from migrator.crontab.programs import is_management
from migrator.crontab.reading import Reading, RunsAs
from migrator.crontab.wrappers.limits import limit, say_limit
from migrator.crontab.wrappers.locks import file_lock
from migrator.crontab.wrappers.unwrapping import (
    Inner,
    Words,
    Wrapper,
    behind_dashes,
    change_folder,
    say_background,
    say_unknown,
    script_text,
    set_variables,
    word,
    wraps,
)
from migrator.i18n import _

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")


def run_as(user: str, program: str, reading: Reading) -> None:
    """The user that the command runs as, and that a worker cannot change."""
    # chown's spelling: user:group
    reading.cover(RunsAs(user.partition(":")[0] or user), program)
    reading.remark(
        "CM309",
        _("{program} changes the user, which a worker cannot").format(program=program),
        _("run the worker as that user, or keep the job in cron"),
    )


def split_assignments(words: Words) -> tuple[list[str], Words]:
    """``NAME=value ... COMMAND``, as env(1) and sudo(8) take it."""
    count = 0
    while count < len(words) and _ASSIGNMENT.match(words[count].text):
        count += 1
    return [plain(one) for one in words[:count]], words[count:]


# sudo(8); -h alone prints help, -h HOST does not run here.
SUDO = Options(
    """
    -A|--askpass -B|--bell -b|--background -C|--close-from= -D|--chdir= -E --preserve-env[=] -g|--group=
    -H|--set-home -h|--host= -i|--login -k|--reset-timestamp -N|--no-update -n|--non-interactive
    -P|--preserve-groups -p|--prompt= -R|--chroot= -r|--role= -S|--stdin -s|--shell -t|--type=
    -T|--command-timeout= -U|--other-user= -u|--user= !-e|--edit !-K|--remove-timestamp !-l|--list
    !-V|--version !-v|--validate !--help
    """
)


def _sudo(words: Words, reading: Reading) -> Inner | None:
    """``sudo [options] [NAME=value ...] COMMAND``."""
    call = SUDO.read(words)
    if call.ends:
        return None
    assignments, command = split_assignments(call.rest)
    if not command:
        return None
    say_unknown(call, reading)
    run_as(call.last("-u") or "root", "sudo", reading)
    set_variables(assignments, reading)
    if folder := call.last("-D"):
        change_folder(folder, reading)
    if seconds := call.last("-T"):
        limit(seconds, "sudo", reading)
    if "-b" in call:
        say_background("sudo", reading)
    return command


def _doas(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    """doas(1): "-u user Execute the command as user. The default is root"."""
    run_as(call.last("-u") or "root", "doas", reading)


# su(1) and runuser(1) of util-linux take options behind the user as well.
_SU = """
    -c|--command|--session-command= -f|--fast -g|--group= -G|--supp-group= -l|--login
    -m|-p|--preserve-environment -P|--pty -s|--shell= -w|--whitelist-environment= !-h|--help
    !-V|--version
    """
SU = Options(_SU, permutes=True)
RUNUSER = Options(f"-u|--user= {_SU}")


def _su(words: Words, reading: Reading) -> Inner | None:
    """``su [-] [USER] -c 'text'``, or ``su USER SCRIPT``, which a shell of that user gets."""
    call = SU.read(words)
    rest = tuple(one for one in call.rest if plain(one) != "-")
    text = call.word("-c")
    if call.ends or (text is None and len(rest) < 2):
        return None
    run_as(plain(rest[0]) if rest else "root", call.name, reading)
    if text is not None:
        return script_text(text)
    script = plain(rest[1])
    if " " in script or is_management(rest[1:]):
        message = _("without -c, {program} gives {word} to a shell as the name of a script: it has never run")
        hint = _("write {program} USER -c '...', and ask whether the job is wanted at all")
        reading.remark(
            "CM111", message.format(program=call.name, word=script), hint.format(program=call.name)
        )
    return script if " " in script else rest[1:]


def _runuser(words: Words, reading: Reading) -> Inner | None:
    """``runuser -u USER [--] COMMAND``; without -u it is su(1)."""
    call = RUNUSER.read(words)
    if "-u" not in call:
        return _su(words, reading)
    if call.ends or not call.rest:
        return None
    say_unknown(call, reading)
    run_as(call.last("-u") or "root", "runuser", reading)
    return behind_dashes(call.rest)


def _first_operand(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    run_as(operands[0], call.name, reading)


def _chpst(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    """chpst(8) of runit: user, environment folder, lock and limits in one program."""
    if user := call.last("-u"):
        run_as(user.lstrip(":"), "chpst", reading)
    if folder := call.last("-e"):
        reading.environment_files.append(folder)
    for option, blocking in (("-l", True), ("-L", False)):
        if path := call.last(option):
            reading.cover(file_lock(path, blocking=blocking, cwd=reading.cwd), "chpst")
    if any(option in call for option in ("-m", "-d", "-o", "-p", "-f", "-c", "-t")):
        say_limit("chpst", reading)


START_STOP_DAEMON = Options(
    """
    -S|--start --pid= --ppid= -p|--pidfile= -x|--exec= -n|--name= -u|--user= -g|--group= -c|--chuid=
    -s|--signal= -a|--startas= -t|--test -o|--oknodo -q|--quiet -r|--chroot= -d|--chdir= -b|--background
    --notify-await --notify-timeout= -C|--no-close -O|--output= -N|--nicelevel= -P|--procsched=
    -I|--iosched= -k|--umask= -m|--make-pidfile --remove-pidfile -v|--verbose -R|--retry= !-K|--stop
    !-T|--status !-H|--help !-V|--version
    """,
    permutes=True,
)


def _start_stop_daemon(words: Words, reading: Reading) -> Inner | None:
    """``start-stop-daemon --start --chuid USER --exec PROGRAM -- ARGUMENTS``."""
    call = START_STOP_DAEMON.read(words)
    program = call.last("-a") or call.last("-x")
    if call.ends or "-S" not in call or program is None:
        return None
    if user := call.last("-c"):
        run_as(user, "start-stop-daemon", reading)
    if folder := call.last("-d"):
        change_folder(folder, reading)
    if "-b" in call:
        say_background("start-stop-daemon", reading)
    reading.umask = call.last("-k") or reading.umask
    if log := call.last("-O"):
        reading.log, reading.captured = log, True
    reading.remark(
        "CM320",
        _("start-stop-daemon starts nothing while it finds the program running"),
        _("a lock in migrator.toml does the same, where runs may meet at all"),
    )
    return (word(program), *call.rest)


def _setpriv(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    """setpriv(1) without a user changes privileges only."""
    if user := call.last("--reuid") or call.last("--ruid"):
        run_as(user, "setpriv", reading)


SETPRIV = """
    --nnp|--no-new-privs --ambient-caps= --inh-caps= --bounding-set= --ruid= --euid= --rgid= --egid=
    --reuid= --regid= --clear-groups --keep-groups --init-groups --groups= --securebits= --pdeathsig=
    --selinux-label= --apparmor-profile= --reset-env !-d|--dump !-h|--help !-V|--version
    """
CHPST = "-v -P -0 -1 -2 -u= -U= -b= -e= -/= -n= -l= -L= -m= -d= -o= -p= -f= -c= -t= !-V"

USERS: dict[str, Wrapper] = {
    "sudo": _sudo,
    "doas": wraps("-L -n -u= -a= !-C= !-s", means=_doas),
    "su": _su,
    "runuser": _runuser,
    "gosu": wraps(operands=1, means=_first_operand),
    "su-exec": wraps(operands=1, means=_first_operand),
    "setuidgid": wraps(operands=1, means=_first_operand),
    "s6-setuidgid": wraps(operands=1, means=_first_operand),
    "envuidgid": wraps(operands=1),
    "chpst": wraps(CHPST, means=_chpst),
    "setpriv": wraps(SETPRIV, means=_setpriv),
    "start-stop-daemon": _start_stop_daemon,
}
