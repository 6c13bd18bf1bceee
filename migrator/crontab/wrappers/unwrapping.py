"""How a wrapper is described: its options, its operands, and what it means."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping

from migrator.crontab.options import Call, Options, plain
from migrator.crontab.reading import Reading
from migrator.crontab.shell import Word
from migrator.i18n import _

Inner = tuple[Word, ...] | str
Words = tuple[Word, ...]
Wrapper = Callable[[Words, Reading], Inner | None]
Meaning = Callable[[Call, tuple[str, ...], Reading], None]


def wraps(
    table: str = "",
    *,
    operands: int = 0,
    means: Meaning | None = None,
    text: str | None = None,
    quoted: bool = False,
    getopt: bool = True,
    permutes: bool = False,
) -> Wrapper:
    """A wrapper with options, then ``operands``, then the command.

    ``means`` notes what the call and its operands mean. ``text``: the option whose value is
    a command for a shell. ``quoted``: a command of one word is such a text. None is given
    back where the call runs no command, such as ``ionice -p 1``.
    """
    options = Options(table, getopt=getopt, permutes=permutes)

    def unwrap(words: Words, reading: Reading) -> Inner | None:
        call = options.read(words)
        script = call.word(text) if text else None
        command = behind_dashes(call.rest[operands:])
        if call.ends or not (script or command):
            return None
        say_unknown(call, reading)
        if means is not None:
            means(call, tuple(plain(word) for word in call.rest[:operands]), reading)
        if quoted and len(command) == 1:
            script = command[0]
        return command if script is None else script_text(script)

    return unwrap


def dispatches(table: str, commands: Mapping[str, Wrapper], *, means: Meaning | None = None) -> Wrapper:
    """A program whose first operand is a command of its own: ``poetry run``, ``docker compose exec``."""
    options = Options(table, getopt=False)

    def unwrap(words: Words, reading: Reading) -> Inner | None:
        call = options.read(words)
        wrapper = commands.get(plain(call.rest[0])) if call.rest and not call.ends else None
        inner = wrapper(call.rest, reading) if wrapper else None
        if inner is not None:
            say_unknown(call, reading)
            if means is not None:
                means(call, (), reading)
        return inner

    return unwrap


def behind_dashes(words: Words) -> Words:
    """The command without a ``--`` in front of it."""
    return words[1:] if words and plain(words[0]) == "--" else words


def say_unknown(call: Call, reading: Reading) -> None:
    """An option that no table knows may take the next word as its value, so a person decides."""
    for option in call.unknown:
        reading.remark(
            "CM320",
            _(
                "{option} is no option of {program} that is known here: the command may begin elsewhere"
            ).format(option=option, program=call.name),
            _("compare the steps with the line, and correct them in migrator.toml"),
        )


def script_text(word: Word) -> str:
    """The text that a shell gets: where it depends on the run, as it stands between its quotes."""
    if word.value is not None or len(word.text) < 2 or word.text[0] != '"' or word.text[-1] != '"':
        return plain(word)
    return word.text[1:-1].replace('\\"', '"').replace("\\\\", "\\")


def joined(words: Words) -> str:
    """The words as one text, the way ssh(1) and eval put them together: by blanks."""
    return " ".join(plain(word) for word in words)


def word(text: str) -> Word:
    """A word made of a value."""
    return Word(text, text)


def change_folder(folder: str, reading: Reading) -> None:
    """The command runs in another folder."""
    reading.cwd = posixpath.join(reading.cwd or "", folder)


def set_variables(assignments: list[str] | tuple[str, ...], reading: Reading) -> None:
    """``NAME=value`` each; a name alone passes on what is there."""
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if equals:
            reading.environment[name] = value


def say_background(program: str, reading: Reading) -> None:
    """The program returns before the command ends."""
    reading.remark(
        "CM306",
        _("{program} leaves the command in the background: its end is not seen").format(program=program),
        _("Celery sees failures that cron never saw"),
    )
