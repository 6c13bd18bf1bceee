"""Limits and priorities: of time, which the task keeps, and of others, which it does not."""

from __future__ import annotations

from migrator.crontab.durations import duration
from migrator.crontab.options import Call
from migrator.crontab.reading import Limit, Reading
from migrator.crontab.wrappers.unwrapping import Wrapper, wraps
from migrator.i18n import _


def limit(text: str, program: str, reading: Reading, options: tuple[str, ...] = ()) -> None:
    """A time limit as written; 0 is none."""
    seconds = duration(text)
    if seconds is None:
        reading.remark(
            "CM307",
            _("the time limit {text} could not be read").format(text=text),
            _("write it in seconds, minutes, hours or days, such as 90m"),
        )
    elif seconds:
        reading.cover(Limit(seconds, options), program)


def _timeout(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    """timeout(1): ``timeout -k 5 12h COMMAND``."""
    given = [(option, value) for option in ("-s", "-k") if (value := call.last(option)) is not None]
    limit(operands[0], "timeout", reading, tuple(word for pair in given for word in pair))


def _timelimit(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    """timelimit(1): "-t warntime ... Defaults to 3600 seconds"."""
    limit(call.last("-t") or "3600", "timelimit", reading)


def _runalarm(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    """runalarm(1) of cronutils: a day unless -t says otherwise."""
    limit(call.last("-t") or "86400", "runalarm", reading)


def say_limit(program: str, reading: Reading) -> None:
    """A limit on memory, processor time or files: Celery has none of these per task."""
    reading.remark(
        "CM326",
        _("{program} limits what the command may use, which a task does not").format(program=program),
        _("limit the worker instead, by its service manager or container, or accept that the limit goes"),
    )


def _resources(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    say_limit(call.name, reading)


TIMEOUT = "-k|--kill-after= -s|--signal= -f|--foreground -p|--preserve-status -v|--verbose !--help !--version"
# nice -19 is an old spelling of nice -n 19.
NICE = "-n|--adjustment= -0|-1|-2|-3|-4|-5|-6|-7|-8|-9 !--help !--version"
IONICE = "-c|--class= -n|--classdata= -t|--ignore !-p|--pid= !-P|--pgid= !-u|--uid= !-h|--help !-V|--version"
CHRT = """
    -b|--batch -d|--deadline -e|--ext -f|--fifo -i|--idle -o|--other -r|--rr -R|--reset-on-fork
    -T|--sched-runtime= -P|--sched-period= -D|--sched-deadline= -a|--all-tasks -v|--verbose !-m|--max
    !-p|--pid
    """
PRLIMIT = """
    -c|--core[=] -d|--data[=] -e|--nice[=] -f|--fsize[=] -i|--sigpending[=] -l|--memlock[=] -m|--rss[=]
    -n|--nofile[=] -q|--msgqueue[=] -r|--rtprio[=] -s|--stack[=] -t|--cpu[=] -u|--nproc[=] -v|--as[=]
    -x|--locks[=] -y|--rttime[=] -o|--output= --noheadings --raw --verbose !-p|--pid= !-h|--help
    !-V|--version
    """
CPULIMIT = """
    -l|--limit= -e|--exe= -P|--path= -c|--cpu= -s|--signal= -b|--background -f|--foreground -q|--quiet
    -k|--kill -m|--monitor-forks -i|--include-children -r|--restore -v|--verbose -z|--lazy !-p|--pid=
    !-h|--help
    """

LIMITS: dict[str, Wrapper] = {
    "timeout": wraps(TIMEOUT, operands=1, means=_timeout),
    "gtimeout": wraps(TIMEOUT, operands=1, means=_timeout),
    "timelimit": wraps("-p -q -S= -s= -T= -t= !--features", means=_timelimit),
    "runalarm": wraps("-d -t= !-h", means=_runalarm),
    "nice": wraps(NICE),
    "gnice": wraps(NICE),
    "ionice": wraps(IONICE),
    "chrt": wraps(CHRT, operands=1),
    "taskset": wraps("-a|--all-tasks -c|--cpu-list !-p|--pid !-h|--help !-V|--version", operands=1),
    "choom": wraps("-n|--adjust= !-p|--pid= !-h|--help !-V|--version"),
    "prlimit": wraps(PRLIMIT, means=_resources),
    "cpulimit": wraps(CPULIMIT, means=_resources),
    "softlimit": wraps("-m= -d= -s= -l= -a= -o= -p= -f= -c= -r= -t=", means=_resources),
}
