"""What a command takes, and a command line of it as the typed call that ``call_command`` takes."""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

from migrator.crontab.reading import TypedCall

# Options that BaseCommand gives every command: manage.py's own, not the command's.
LAUNCHER = ("settings", "pythonpath", "verbosity", "traceback", "no_color", "force_color", "skip_checks")
_OUR_TYPES = (None, str, int, float, bool)
_SHOWN_INSTEAD = {"help", "version"}


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a command: its name as one types it, and its Python name."""

    name: str
    dest: str
    type: str | None
    required: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """What the parser says about a command line that it does not take."""

    message: str


class _Refusal(Exception):
    """Raised where argparse would print and exit."""


class QuietParser(argparse.ArgumentParser):
    """A parser that neither prints nor exits."""

    def error(self, message: str) -> NoReturn:
        raise _Refusal(message)

    def _get_formatter(self) -> argparse.HelpFormatter:
        # argparse makes one for each argument it adds, and asks the terminal for its width each time
        return argparse.HelpFormatter(self.prog, width=80)


def base_parser(missing_args_message: str | None = None) -> QuietParser:
    """The parser with the options of BaseCommand.create_parser, Django 4.2 to 5.2."""
    parser = _DjangoParser(missing_args_message) if missing_args_message else QuietParser(add_help=False)
    for option in _base_options():
        parser._add_action(copy(option))  # its own: set_defaults of one command is nobody else's
    return parser


@lru_cache(maxsize=1)
def _base_options() -> tuple[argparse.Action, ...]:
    """The options that every command has; add_argument takes longer than all that follows."""
    parser = QuietParser(add_help=False)
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("--version", action="store_true")
    parser.add_argument("-v", "--verbosity", type=int, choices=[0, 1, 2, 3])
    parser.add_argument("--settings")
    parser.add_argument("--pythonpath")
    for flag in ("--traceback", "--no-color", "--force-color", "--skip-checks"):
        parser.add_argument(flag, action="store_true")
    return tuple(parser._actions)


class _DjangoParser(QuietParser):
    """As CommandParser.parse_args: a message of the command's own when nothing is given."""

    def __init__(self, missing_args_message: str) -> None:
        super().__init__(add_help=False)
        self.missing_args_message = missing_args_message

    def parse_args(self, args: Sequence[str] | None = None, namespace: object = None) -> argparse.Namespace:  # type: ignore[override]
        if all(word.startswith("-") for word in args or ()):
            self.error(self.missing_args_message)
        return super().parse_args(args)


@dataclass(frozen=True, slots=True, eq=False)
class Signature:
    """A command's parser; ``opaque``: options whose values only the project's code can compute."""

    parser: argparse.ArgumentParser
    opaque: frozenset[str] = frozenset()

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """What the command itself takes, in the order in which it declares it."""
        return tuple(_described(action, self.opaque) for action in self._own())

    @property
    def off_unless_given(self) -> frozenset[str]:
        """The flags that are false where the line does not give them."""
        return frozenset(one.dest for one in self.parser._actions if one.option_strings and one.const is True)

    def _own(self) -> Iterable[argparse.Action]:
        hidden = {*LAUNCHER, *_SHOWN_INSTEAD}
        return (action for action in self.parser._actions if action.dest not in hidden)

    def call(self, argv: Sequence[str]) -> TypedCall | Refused | None:
        """The call that the words are; None where the text alone does not give it."""
        accepted = _parsed(self.parser, argv)
        if not isinstance(accepted, argparse.Namespace):
            return accepted
        if any(getattr(accepted, name, None) is True for name in _SHOWN_INSTEAD):
            return None
        if any(isinstance(action, argparse._SubParsersAction) for action in self.parser._actions):
            return None
        given = self._given(argv)
        return None if given is None else self._typed(given)

    def _given(self, argv: Sequence[str]) -> dict[str, object] | None:
        """The values of what is given, without the defaults of what is not."""
        kept = [(action, action.default, action.type) for action in self.parser._actions]
        defaults, self.parser._defaults = self.parser._defaults, {}
        for action, _default, kind in kept:
            action.default = argparse.SUPPRESS
            if not action.option_strings and kind not in _OUR_TYPES:
                action.type = None  # call_command hands positional arguments to the parser again
        try:
            parsed = _parsed(self.parser, argv)
        finally:
            self.parser._defaults = defaults
            for action, default, kind in kept:
                action.default, action.type = default, kind
        return vars(parsed) if isinstance(parsed, argparse.Namespace) else None

    def _typed(self, given: dict[str, object]) -> TypedCall | None:
        args: list[object] = []
        kwargs: dict[str, object] = {}
        launcher: dict[str, object] = {}
        for action in self.parser._actions:
            if action.dest not in given:
                continue
            value = given[action.dest]
            if not action.option_strings:
                args += value if isinstance(value, list) else [value]
            elif action.dest in LAUNCHER:
                launcher[action.dest] = value
            else:
                kwargs[action.dest] = value
        whole = all(map(_literal, (*args, *kwargs.values()))) and not self.opaque & kwargs.keys()
        return TypedCall(tuple(args), kwargs, launcher) if whole else None


def _literal(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_literal, value))
    return value is None or isinstance(value, str | int | float | bool)


def _parsed(parser: argparse.ArgumentParser, argv: Sequence[str]) -> argparse.Namespace | Refused | None:
    """What the parser makes of the words; it may be the project's own, so nothing that it does gets out."""
    said = io.StringIO()
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(said):
            return parser.parse_args(list(argv))
    except SystemExit as stop:
        last = said.getvalue().strip().rpartition("\n")[2]
        return Refused(last) if stop.code and last else None
    except Exception as error:
        return Refused(_message(error)) if _refuses(error) else None


def _refuses(error: Exception) -> bool:
    """Ours, or the CommandError that Django's CommandParser raises outside a command line."""
    return isinstance(error, _Refusal) or type(error).__name__ == "CommandError"


def _message(error: Exception) -> str:
    return " ".join(str(error).removeprefix("Error: ").split())


def _described(action: argparse.Action, opaque: frozenset[str]) -> Argument:
    flag = bool(action.option_strings) and action.nargs == 0
    kind = "bool" if flag else getattr(action.type, "__name__", None) or "str"
    return Argument(
        max(action.option_strings, key=len, default=action.dest),
        action.dest,
        None if action.dest in opaque else kind,
        action.required and action.nargs != "*",  # argparse's own word for an operand that may be missing
    )
