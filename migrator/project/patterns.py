"""What calls mean in a command that is to run inside a worker: tables of dotted names.

A name ends with ``.*`` where everything below it counts. ``x()`` stands for an instance of ``x``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from migrator.i18n import _


@dataclass(frozen=True, slots=True)
class Pattern:
    """What some calls do, and the remedy; ``fact`` continues a sentence whose subject is the command."""

    code: str
    fact: str
    hint: str
    calls: tuple[str, ...] = ()


RAISE = _("raise CommandError(message, returncode=status) instead")
ISOLATE = _(
    "move it into the command's own arguments or a with block, or run the job in a process of its own: "
    'runner = "subprocess"'
)

ASKS = Pattern(
    "CM404",
    _("waits for a person"),
    _("give it an option that answers, as --noinput does, and use it in the line"),
    (
        "builtins.input",
        "builtins.raw_input",
        "getpass.getpass",
        "click.confirm",
        "click.prompt",
        "pdb.set_trace",
    ),
)
KILLS = Pattern(
    "CM404",
    _("ends the process that it runs in, which is the worker"),
    RAISE,
    ("os._exit", "os.abort", "os.execv", "os.execve", "os.execvp", "os.execl", "os.execlp", "os.killpg"),
)
EXITS = Pattern(
    "CM405",
    _("ends with an exit status of its own"),
    RAISE,
    ("sys.exit", "builtins.exit", "builtins.quit", "SystemExit"),
)
RETURNS = Pattern(
    "CM405",
    _("returns what Django tries to print as text, and fails with it"),
    _("return nothing, or a text; for a failure raise CommandError(message, returncode=status)"),
)
CLOCK = Pattern(
    "CM406",
    _("takes the time when its module is imported, which a worker does once"),
    _('take it inside handle, or run the job in a process of its own: runner = "subprocess"'),
    (
        *(
            "datetime.datetime.now",
            "datetime.datetime.utcnow",
            "datetime.datetime.today",
            "datetime.date.today",
        ),
        *("django.utils.timezone.now", "django.utils.timezone.localtime", "django.utils.timezone.localdate"),
        *("time.time", "time.localtime", "time.gmtime", "time.strftime"),
    ),
)
STATE = Pattern(
    "CM407",
    _("changes its process, and the next task in the worker finds it changed"),
    ISOLATE,
    (
        *(
            "os.chdir",
            "os.umask",
            "os.putenv",
            "os.unsetenv",
            "os.nice",
            "os.setuid",
            "os.setgid",
            "os.chroot",
        ),
        *("os.environ.update", "os.environ.setdefault", "os.environ.pop", "os.environ.clear"),
        *("sys.path.insert", "sys.path.append", "sys.path.extend", "sys.setrecursionlimit"),
        *("django.utils.translation.activate", "django.utils.timezone.activate"),
        *("django.utils.translation.deactivate_all", "django.conf.settings.configure"),
        *("logging.basicConfig", "logging.disable", "logging.config.dictConfig", "logging.config.fileConfig"),
        *(
            "socket.setdefaulttimeout",
            "locale.setlocale",
            "signal.signal",
            "signal.alarm",
            "signal.setitimer",
        ),
        *("resource.setrlimit", "gc.disable", "faulthandler.enable"),
    ),
)
CHILDREN = Pattern(
    "CM408",
    _("starts processes or threads of its own, which a prefork worker forbids or does not wait for"),
    _('send a task per part instead, or run the job in a process of its own: runner = "subprocess"'),
    (
        *(
            "os.fork",
            "os.forkpty",
            "pty.fork",
            "daemon.DaemonContext",
            "django.utils.daemonize.become_daemon",
        ),
        *(
            "multiprocessing.Process",
            "multiprocessing.Pool",
            "multiprocessing.pool.*",
            "multiprocessing.Manager",
        ),
        *(
            "threading.Thread",
            "threading.Timer",
            "_thread.start_new_thread",
            "billiard.Process",
            "billiard.Pool",
        ),
        *("concurrent.futures.ProcessPoolExecutor", "concurrent.futures.ThreadPoolExecutor"),
        *("concurrent.futures.process.ProcessPoolExecutor", "concurrent.futures.thread.ThreadPoolExecutor"),
    ),
)
UNTIMED = Pattern(
    "CM409",
    _("waits without a limit for an answer"),
    _("give the call a timeout: a worker's slot is held as long as it waits"),
)
ENDLESS = Pattern(
    "CM409",
    _("has a loop that nothing ends"),
    _("run it as a service, or let each run do its part and end"),
)
POLLS = Pattern(
    "CM409",
    _("sleeps until something happens"),
    _("let it end after a number of tries: a worker's slot is held as long as it sleeps"),
)
SWALLOWS = Pattern(
    "CM410",
    _("swallows every failure, so its exit status says nothing"),
    _("let the error out, or raise CommandError at the end when something failed"),
)
TRANSACTION = Pattern(
    "CM411",
    _("runs in one transaction"),
    _("a mail that it has sent stays sent when the transaction is rolled back; commit part by part"),
)
LOOP_IN_TRANSACTION = Pattern(
    "CM411",
    _("has a loop in one transaction"),
    _("what it has locked stays locked until the last round, and mails that it has sent stay sent"),
)
PRINTS = Pattern(
    "CM412",
    _("prints past self.stdout"),
    _("write to self.stdout, which call_command can hand to the task's log"),
    ("builtins.print", "sys.stdout.write", "sys.stderr.write", "pprint.pprint"),
)
SENDS = Pattern(
    "CM413",
    _("sends mail"),
    _("a mail cannot be taken back: compare what both sides send before the cutover"),
)
DELETES = Pattern(
    "CM413",
    _("deletes"),
    _("what is deleted cannot be taken back: have a backup before its first run in a worker"),
)
HANDS_ON = Pattern(
    "CM416",
    _("hands its work to a task of Celery, and ends before it"),
    _("let the command do the work, and the generated task call the command: its status is the work's then"),
)
REHEARSES = Pattern(
    "CM414",
    _("can be rehearsed"),
    _("run it once with this option where the worker runs, before the cutover"),
)

_BY_CALL = (ASKS, KILLS, EXITS, STATE, CHILDREN, PRINTS)

MUTATORS = frozenset({"append", "add", "update", "setdefault", "extend", "insert", "pop", "clear", "remove"})
# Options that spare the question, and options whose absence does: words in the tests around it.
ANSWERS = frozenset(
    {"noinput", "no_input", "non_interactive", "force", "yes", "assume_yes", "skip_confirmation"}
)
ASKING = frozenset({"interactive", "ask", "confirm", "prompt"})
REHEARSALS = frozenset({"dry_run", "dryrun", "dry", "simulate", "pretend", "no_act", "noop", "test_run"})


def _table(rows: Iterator[tuple[str, Pattern]]) -> dict[str, list[Pattern]]:
    found: dict[str, list[Pattern]] = {}
    for name, pattern in rows:
        found.setdefault(name, []).append(pattern)
    return found


_PATTERNS = _table((name, pattern) for pattern in _BY_CALL for name in pattern.calls)
CLOCKS = frozenset(CLOCK.calls)


def patterns_of(dotted: str) -> list[Pattern]:
    """What a call of that name means for a worker."""
    package = dotted.rpartition(".")[0]
    return _PATTERNS.get(dotted, []) + _PATTERNS.get(f"{package}.*", [])
