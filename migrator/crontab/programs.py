"""What a command without wrappers is: a management command, a script, a web call, or shell."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection
from functools import lru_cache

from migrator.crontab.monitoring import monitor_of, say_monitor
from migrator.crontab.options import plain
from migrator.crontab.reading import Kind, Reading, Step
from migrator.crontab.shell import Word
from migrator.i18n import _

_PYTHON = re.compile(r"python(\d+(\.\d+)?)?|pypy\d?")
# manage.py, manage_pro.py, manage-prod, shop_manage.py; not manager.py, managed.py or manage.sh
_MANAGE = re.compile(
    r"(?:\w+[_-])?manage(?:[_-][\w-]+)?\.py|manage(?:-\w[\w-]*)?|django-admin(?:\.py)?"
    r"|run[_-]management[_-]command|[\w-]*manage-py-command"
)
_MODULES = re.compile(r"django|(?:\w+\.)*manage")
# A program that depends on the run, such as $PY, is an interpreter where a manage script follows.
_UNKNOWN = re.compile(r"\$\w+|\$?\{.*\}")

# Entry points that take Django's commands, and the word in front of the command where there is one.
ENTRY_POINTS: dict[str, tuple[str, ...]] = {
    "awx-manage": (),
    "graphite-manage": (),
    "kolibri": ("manage",),
    "lava-server": ("manage",),
    "mailman-web": (),
    "mayan-edms.py": (),
    "nautobot-server": (),
    "netbox-manage": (),
    "pootle": (),
    "pretalx": (),
    "pretix": (),
    "pulpcore-manager": (),
    "sentry": ("django",),
    "weblate": (),
}
# Django's own options that take a value: the word behind them is not the command.
_VALUES = ("--settings", "--pythonpath", "-v", "--verbosity")
_CALL_COMMAND = re.compile(r"\bcall_command\(\s*[\"']?([\w.-]+)")
_MANAGE_FILE = re.compile(r"(?:\w+[_-])?manage(?:[_-][\w-]+)?\.py")
_RUN_BY_FIND = {"-exec", "-execdir", "-ok", "-okdir"}
_SHELLS = ("shell", "shell_plus", "dbshell")
_FLAGS = re.compile(r"-(?:[bBdEiIOPqsSuvVx]+|[bBdEiIOPqsSuvVx]*[WX].*)")
_COMMAND_NAME = re.compile(r"[a-zA-Z_][\w.-]*")

_Told = tuple[Kind, str, tuple[str, ...]]  # what a program is: kind, name, arguments


def program_step(words: tuple[Word, ...], text: str, manage: Collection[str] = ()) -> Step:
    """The step that the words are, quotes undone; ``manage``: the project's own manage scripts."""
    argv = tuple(map(plain, words))
    kind, name, arguments = _told(argv, frozenset(manage))
    return Step(kind, name, arguments, text=text, words=argv)


@lru_cache(maxsize=64)  # a program is asked about more than once on its way through a command
def _told(argv: tuple[str, ...], manage: frozenset[str]) -> _Told:
    name, rest = posixpath.basename(argv[0]), argv[1:]
    if _interprets(name, rest):
        return _python(name, _without_flags(rest), manage)
    command = _behind_manage(argv, manage)
    if command is not None:
        return _management(name, command)
    return "http" if name in ("curl", "wget") else "shell", name, rest


def _interprets(name: str, rest: tuple[str, ...]) -> bool:
    """Whether a program is python, or stands where python would."""
    if _PYTHON.fullmatch(name):
        return True
    if not _UNKNOWN.fullmatch(name):
        return False
    script = _without_flags(rest)[:1]
    return bool(script) and script[0].endswith(".py")


def _behind_manage(argv: tuple[str, ...], manage: Collection[str]) -> tuple[str, ...] | None:
    """The arguments of a manage script or an entry point; None for any other program."""
    name, rest = posixpath.basename(argv[0]), argv[1:]
    if _MANAGE.fullmatch(name) or name in manage or argv[0] in manage:
        return rest
    before = ENTRY_POINTS.get(name)
    if before is not None and rest[: len(before)] == before and len(rest) > len(before):
        return rest[len(before) :]
    return None


def _python(name: str, rest: tuple[str, ...], manage: Collection[str]) -> _Told:
    """``python manage.py NAME``, ``python -m django NAME``, or a script of its own."""
    if rest and rest[0].startswith("-m"):
        module, *arguments = ([rest[0][2:]] if rest[0] != "-m" else []) + list(rest[1:]) or [""]
        if (
            _MODULES.fullmatch(module)
            or _MANAGE_FILE.fullmatch(module)
            or (module in ENTRY_POINTS and not ENTRY_POINTS[module])
        ):
            return _management(module, tuple(arguments))
        return "python", module or name, tuple(arguments)
    if not rest or rest[0].startswith("-"):
        return "python", name, rest
    command = _behind_manage(rest, manage)
    script = posixpath.basename(rest[0])
    if command is not None:
        return _management(script, command)
    return "python", script, rest[1:]


def _without_flags(words: tuple[str, ...]) -> tuple[str, ...]:
    """Python's own flags, such as -u or -W ignore, are no part of the command."""
    index = 0
    while index < len(words) and _FLAGS.fullmatch(words[index]):
        index += 2 if words[index][-1] in "WX" else 1
    return words[index:]


def _management(program: str, words: tuple[str, ...]) -> _Told:
    """``manage.py NAME ARG...``; options before the name stay arguments."""
    index = 0
    while index < len(words) and words[index].startswith("-"):
        index += 2 if words[index] in _VALUES else 1
    if index >= len(words):
        return "shell", program, words
    return "management", words[index], (*words[:index], *words[index + 1 :])


def is_management(words: tuple[Word, ...], manage: Collection[str] = ()) -> bool:
    """Whether the words call a management command, and not merely name a manage script."""
    kind, name, _arguments = _told(tuple(map(plain, words)), frozenset(manage))
    return kind == "management" and _COMMAND_NAME.fullmatch(name) is not None


_IN_TEXT = re.compile(
    r"(?:^|[\s/;&|(])(?:\w+[_-])?manage(?:[_-]\w+)?\.py\s+[a-z_]\w*"
    r"|\bdjango-admin\s+[a-z_]\w*|\bpython[\d.]*\s+-m\s+(?:django|manage)\s+[a-z_]\w*"
)


def management_text(text: str) -> bool:
    """Whether a text for a shell calls a management command."""
    return _IN_TEXT.search(text) is not None


def remark_on(step: Step, words: tuple[Word, ...], reading: Reading) -> None:
    """What there is to say about the program of a step."""
    if step.kind == "http" and (service := monitor_of(step.argv)):
        say_monitor(service, reading)
    code = step.argv[1] if step.kind == "python" and step.argv[:1] == ("-c",) and len(step.argv) > 1 else ""
    if called := _CALL_COMMAND.search(code):
        reading.remark(
            "CM307",
            _("code in the crontab calls the management command {command}").format(command=called[1]),
            _("write python manage.py {command} in its place").format(command=called[1]),
        )
    before = step.words[: len(step.words) - len(step.argv) - 1]
    if step.kind == "management" and before[-2:-1] == ("-m",) and _MANAGE_FILE.fullmatch(before[-1]):
        reading.remark(
            "CM111",
            _("python -m wants the name of a module, and {name} is that of a file: it has never run").format(
                name=before[-1]
            ),
            _("write python manage.py, and ask whether the job is wanted at all"),
        )
    if (
        step.name == "find"
        and {"manage.py", "./manage.py"} & set(step.argv)
        and _RUN_BY_FIND & set(step.argv)
    ):
        reading.remark(
            "CM307",
            _("find runs what it finds, a manage.py among it: which ones, only a run tells"),
            _("write a line for each project, or keep this one in cron"),
        )
    if step.kind != "management":
        return
    command = [plain(word) for word in words[-len(step.argv) - 1 :]]
    if command[0] != step.name and command[0] == step.argv[0]:
        reading.remark(
            "CM328",
            _("{option} stands before the command, and Django takes it for the command's name").format(
                option=command[0]
            ),
            _("write the command first: this line has failed at every run"),
        )
    if step.name in _SHELLS:
        _remark_on_shell(step, reading)


def _remark_on_shell(step: Step, reading: Reading) -> None:
    given = any(re.match(r"-c|--command", argument) for argument in step.argv)
    reading.remark(
        "CM325" if given else "CM307",
        _("the crontab holds code for {command}").format(command=step.name)
        if given
        else _("{command} reads what it does from its standard input").format(command=step.name),
        _("move the code into a management command"),
    )
