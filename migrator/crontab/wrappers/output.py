"""Output and mail: when cron would send a mail, and where the output goes."""

from __future__ import annotations

from migrator.crontab.options import Call, Options, plain
from migrator.crontab.reading import Reading
from migrator.crontab.wrappers.locks import file_lock
from migrator.crontab.wrappers.unwrapping import (
    Inner,
    Words,
    Wrapper,
    behind_dashes,
    change_folder,
    say_background,
    say_unknown,
    set_variables,
    wraps,
)
from migrator.crontab.wrappers.users import run_as, split_assignments


def _only_failures(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    """chronic(1): what the command prints is shown "only if it fails or crashes"."""
    reading.mail_when = "failure"


def _annotate(words: Words, reading: Reading) -> Inner | None:
    """annotate-output(1): a first word such as ``+%F`` is the format of its time stamps."""
    call = Options("!-h|--help").read(words)
    rest = call.rest[1:] if call.rest and plain(call.rest[0]).startswith("+") else call.rest
    return None if call.ends else behind_dashes(rest) or None


def _script(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    """script(1) gives the command a terminal, and writes what comes out to a file."""
    log = call.last("-O") or next((plain(one) for one in call.rest), None)
    if log and log != "/dev/null":
        reading.log = log


SCRIPT = """
    -I|--log-in= -O|--log-out= -B|--log-io= -T|--log-timing= -t|--timing[=] -m|--logging-format=
    -a|--append -c|--command= -e|--return -f|--flush --force -E|--echo= -o|--output-limit= -q|--quiet
    !-h|--help !-V|--version
    """
TIME = Options(
    "-o|--output= -a|--append -f|--format= -p|--portability -v|--verbose -q|--quiet !--help !-V|--version"
)


def _time(words: Words, reading: Reading) -> Inner | None:
    """time(1), and bash's own word, which takes assignments before the command."""
    call = TIME.read(words)
    assignments, command = split_assignments(call.rest)
    if call.ends or not command:
        return None
    say_unknown(call, reading)
    set_variables(assignments, reading)
    return command


def _setsid(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    """setsid(1): "-f, --fork always fork"."""
    if "-f" in call:
        say_background("setsid", reading)


def _journal(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    """systemd-cat(1) sends the output to the journal under an identifier."""
    reading.log = f"syslog:{call.last('-t') or plain(call.rest[0])}"
    reading.captured = True


def _daemonize(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    """daemonize(1): in the background, with a lock that gives up; the output goes nowhere without -o."""
    say_background(call.name, reading)
    if path := call.last("-l"):
        reading.cover(file_lock(path, blocking=False, cwd=reading.cwd), call.name)
    if folder := call.last("-c"):
        change_folder(folder, reading)
    if user := call.last("-u"):
        run_as(user, call.name, reading)
    reading.log, reading.captured = call.last("-o"), True


OUTPUT: dict[str, Wrapper] = {
    "chronic": wraps("-e -v", means=_only_failures),
    "cronic": wraps(means=_only_failures),
    "output-on-error": wraps(means=_only_failures),
    "output-on-error.sh": wraps(means=_only_failures),
    # cronwrap of PyPI: cronwrap -c 'text' -t 1h -e ADDRESS
    "cronwrap": wraps(
        "-c|--cmd= -e|--emails= -t|--time= -v|--verbose[=] !-h|--help", text="-c", means=_only_failures
    ),
    "annotate-output": _annotate,
    "systemd-cat": wraps(
        """
        -t|--identifier= -p|--priority= --stderr-priority= --level-prefix= --namespace= !-h|--help
        !--version
        """,
        means=_journal,
    ),
    "stdbuf": wraps("-i|--input= -o|--output= -e|--error= !--help !--version"),
    "unbuffer": wraps("-p"),
    "script": wraps(SCRIPT, text="-c", means=_script, permutes=True),
    "time": _time,
    "nohup": wraps("!--help !--version"),
    "setsid": wraps("-c|--ctty -f|--fork -w|--wait !-h|--help !-V|--version", means=_setsid),
    "daemonize": wraps("-a -c= -e= -E= -o= -p= -l= -u= -v", means=_daemonize),
    "exec": wraps("-c -l -a="),
    "command": wraps("-p !-v !-V"),
    "builtin": wraps(),
}
