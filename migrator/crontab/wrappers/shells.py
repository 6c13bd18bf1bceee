"""Shells that are given a text, and programs that only change what a shell would."""

from __future__ import annotations

from migrator.crontab.options import Options, plain
from migrator.crontab.preamble import environment_file
from migrator.crontab.reading import Reading
from migrator.crontab.wrappers.unwrapping import (
    Inner,
    Words,
    Wrapper,
    change_folder,
    joined,
    say_unknown,
    script_text,
    set_variables,
)
from migrator.crontab.wrappers.users import split_assignments

# bash(1), dash(1), ksh(1) and zsh(1): -c says that the first operand is the text.
SHELL = Options(
    """
    -a -b -c -e -f -h -i -k -l|--login -m -n -p -r|--restricted -s -t -u -v|--verbose -x -B -C -D -E -H
    -I -P -T -o= -O= --norc --noprofile --noediting --posix --debugger --rcfile|--init-file= !--version
    !--help
    """,
    getopt=False,
)


def _shell(words: Words, reading: Reading) -> Inner | None:
    """``bash -euo pipefail -c 'text'``; a script's name instead of a text is no wrapper."""
    call = SHELL.read(words)
    if call.ends or "-c" not in call or not call.rest:
        return None
    return script_text(call.rest[0])


# env(1); a lone - is -i.
ENV = Options(
    """
    -i|--ignore-environment -0|--null -u|--unset= -C|--chdir= -S|--split-string= --block-signal[=]
    --default-signal[=] --ignore-signal[=] --list-signal-handling -v|--debug --argv0|-a= !--help
    !--version
    """
)


def _env(words: Words, reading: Reading) -> Inner | None:
    """``env -u NAME -C DIR NAME=value COMMAND``, ``env $(cat FILE) COMMAND``, ``env -S 'COMMAND WORD'``."""
    split = next((at for at, one in enumerate(words) if plain(one) in ("-S", "--split-string")), None)
    call = ENV.read(words if split is None else words[: split + 2])
    dash = bool(call.rest) and plain(call.rest[0]) == "-"
    rest = call.rest[dash:] if split is None else words[split + 2 :]
    files: list[str] = []
    while rest and (file := environment_file(f"env {rest[0].text}")) is not None:
        files.append(file)
        rest = rest[1:]
    assignments, command = split_assignments(rest)
    text = call.last("-S")
    if call.ends or not (command or text):
        return None
    say_unknown(call, reading)
    reading.cleared |= dash or "-i" in call
    reading.environment_files += files
    set_variables(assignments, reading)
    if folder := call.last("-C"):
        change_folder(folder, reading)
    return f"{text} {joined(rest)}".rstrip() if text else command


def _busybox(words: Words, reading: Reading) -> Inner | None:
    """``busybox sh -c 'text'``: the applet is the program."""
    return words[1:] or None


SHELLS: dict[str, Wrapper] = {
    **dict.fromkeys(("sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"), _shell),
    "env": _env,
    "busybox": _busybox,
}
