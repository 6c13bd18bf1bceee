"""The commands that change what follows instead of being what the job is for."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

from migrator.crontab.bash_only import say_bash_only
from migrator.crontab.delays import delay_of, needs_bash
from migrator.crontab.options import plain
from migrator.crontab.preamble import ENTERS, enters, environment_file, loads_hooks
from migrator.crontab.reading import Delay, Reading
from migrator.crontab.scope import Scope
from migrator.crontab.shell import Assignment, Simple
from migrator.crontab.wrappers.limits import say_limit
from migrator.i18n import _

Builtin = Callable[[Simple, Scope, Reading], bool]
PATH_MAX = 4096  # bytes, linux/limits.h

# They succeed, and print at most.
SUCCEEDS = {":", "date", "echo", "hostname", "logger", "printf", "true", "uptime"}
DECORATION = {
    ":", "[", "[[", "alias", "clear", "date", "disown", "echo", "exit", "hash", "hostname", "id", "logger",
    "printf", "pwd", "read", "return", "shift", "shopt", "test", "tput", "true", "unset", "uptime",
    "wait", "whoami",
}  # fmt: skip


def assign(assignments: tuple[Assignment, ...], scope: Scope, reading: Reading, *, exported: bool) -> None:
    """Keeps what is assigned; the job's environment has only what its process would get."""
    for one in assignments:
        if one.value.value is not None:
            scope.variables[one.name] = one.value.value
        else:
            scope.variables.pop(one.name, None)
        if exported or scope.exports_all or one.name in scope.exported:
            scope.exported[one.name] = True
            reading.environment[one.name] = plain(one.value)


def change_folder(target: str | None, scope: Scope, reading: Reading) -> None:
    """``cd D``: D below the folder of before, unless it begins at the root."""
    if target is None:
        reading.cwd = scope.variables.get("HOME")
    elif target == "-":
        reading.cwd = scope.variables.get("OLDPWD")
    else:
        folder = posixpath.normpath(posixpath.join(reading.cwd or "", target))
        # No system has a folder whose name is longer: such a cd fails, and the shell stays where it is.
        reading.cwd = reading.cwd if folder == "." or len(folder) > PATH_MAX else folder


def _cd(simple: Simple, scope: Scope, reading: Reading) -> bool:
    targets = [plain(word) for word in simple.words[1:] if word.text not in ("-P", "-L", "--", "-e")]
    before = reading.cwd
    change_folder(targets[0] if targets else None, scope, reading)
    if before is not None:
        scope.variables["OLDPWD"] = before
    return True


def _pushd(simple: Simple, scope: Scope, reading: Reading) -> bool:
    scope.folders = (*scope.folders, reading.cwd)
    change_folder(plain(simple.words[1]) if len(simple.words) > 1 else None, scope, reading)
    return True


def _popd(simple: Simple, scope: Scope, reading: Reading) -> bool:
    *rest, reading.cwd = scope.folders or (reading.cwd,)
    scope.folders = tuple(rest)
    return True


def _export(simple: Simple, scope: Scope, reading: Reading) -> bool:
    """``export A=1 B``, and what declares a variable: that goes to no program without ``-x``."""
    options = [word.text for word in simple.words[1:] if word.text.startswith("-")]
    exported = plain(simple.words[0]) == "export" or any("x" in option for option in options)
    assign(simple.assignments, scope, reading, exported=exported)
    for word in simple.words[1:] if exported else ():
        if (file := environment_file(f"export {word.text}")) is not None:
            _remember(file, reading)
        elif word.text in scope.variables and not word.text.isdigit():
            scope.exported[word.text] = True
            reading.environment[word.text] = scope.variables[word.text]
    return True


def _umask(simple: Simple, scope: Scope, reading: Reading) -> bool:
    if len(simple.words) > 1:
        reading.umask = plain(simple.words[-1])
    return True


def _ulimit(simple: Simple, scope: Scope, reading: Reading) -> bool:
    """A limit on memory or processor time; ``-c 0`` and ``unlimited`` take nothing from a job."""
    texts = [plain(word) for word in simple.words[1:]]
    if texts and texts[-1] not in ("unlimited", "0"):
        say_limit(f"ulimit {texts[0]}", reading)
    return True


def _set(simple: Simple, scope: Scope, reading: Reading) -> bool:
    """``set -euo pipefail``, ``set +e``, ``set -a``."""
    texts = [plain(word) for word in simple.words]
    for text, behind in zip(texts[1:], [*texts[2:], ""], strict=True):
        letters = re.fullmatch(r"([-+])(\w*)", text)
        if letters is None:
            continue
        on = letters[1] == "-"
        name = behind if letters[2].endswith("o") else ""
        if "e" in letters[2] or name == "errexit":
            scope.strict = on
        if "a" in letters[2] or name == "allexport":
            scope.exports_all = on
        if name == "pipefail":
            scope.pipefail = on
    return True


def _eval(simple: Simple, scope: Scope, reading: Reading) -> bool:
    """``eval $(grep -v '^#' FILE | xargs ...)`` loads a file; another ``eval`` is read as what it runs."""
    file = environment_file(simple.text)
    if file is not None:
        _remember(file, reading)
    return file is not None or loads_hooks(simple)


def _sleep(simple: Simple, scope: Scope, reading: Reading) -> bool:
    delay = delay_of(posixpath.basename(plain(simple.words[0])), simple.words)
    if delay is None:
        return False
    if reading.steps:
        message = _("it pauses between its commands: {text}").format(text=simple.text)
    else:
        before = reading.delay or Delay(0, 0)
        unknown = before.most is None or delay.most is None
        most = None if unknown else (before.most or 0) + (delay.most or 0)
        reading.delay = Delay(before.least + delay.least, most)
        message = _("it waits before it starts: {text}").format(text=simple.text)
    reading.remark("CM314", message, _("use the task's countdown, or drop it where it only spread the load"))
    if needs_bash(simple.words) and not scope.bash:
        say_bash_only(_("sh of Debian knows no RANDOM: it does not wait, or stops there"), reading)
    return True


def _trap(simple: Simple, scope: Scope, reading: Reading) -> bool:
    return "manage" not in simple.text


def _enter(simple: Simple, scope: Scope, reading: Reading) -> bool:
    return enters(posixpath.basename(plain(simple.words[0])), simple.words)


def _remember(file: str, reading: Reading) -> None:
    reading.environment_files.append(file)


BUILTINS: dict[str, Builtin] = {
    **dict.fromkeys(ENTERS, _enter),
    "cd": _cd,
    "chdir": _cd,
    "pushd": _pushd,
    "popd": _popd,
    "export": _export,
    "declare": _export,
    "typeset": _export,
    "readonly": _export,
    "local": _export,
    "umask": _umask,
    "ulimit": _ulimit,
    "set": _set,
    "eval": _eval,
    "sleep": _sleep,
    "perl": _sleep,
    "python": _sleep,
    "python3": _sleep,
    "trap": _trap,
}
BASH_ONLY = {"source", "pushd", "popd", "shopt", "[[", "declare"}
