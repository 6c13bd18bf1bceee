"""Arguments of a line, typed by the parser of their command: rebuilt from its text, and Django's own."""

import ast
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import django
import pytest
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand, CommandParser
from hypothesis import given
from hypothesis import strategies as st

from migrator.adapters.project_files import ProjectTree
from migrator.crontab.reading import TypedCall
from migrator.project.commands import read_project
from migrator.project.model import Command as Read
from migrator.project.python_module import Library
from migrator.project.signature import Refused, Signature, base_parser

PATH = "shop/management/commands/report.py"
COMMAND = """
from django.core.management.base import {base}
from shop.dates import parse_day
import argparse

KINDS = ["daily", "weekly"]

class Command({base}):
    def add_arguments(self, parser):
{body}
"""


def read(body: str, *, base: str = "BaseCommand", **modules: str) -> Read:
    """The command whose add_arguments has these lines."""
    lines = "\n".join(" " * 8 + line for line in body.splitlines())
    texts = {PATH: COMMAND.format(base=base, body=lines), **modules}
    ((command,),) = read_project([PATH], Library(texts)).commands.values()
    return command


def signature(body: str, **how: str) -> Signature:
    found = read(body, **how).signature
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("body", "argv", "args", "kwargs"),
    [
        ("pass", [], (), {}),
        ("parser.add_argument('--limit', type=int)", ["--limit", "5"], (), {"limit": 5}),
        ("parser.add_argument('--limit', type=int)", ["--limit=5"], (), {"limit": 5}),
        ("parser.add_argument('--limit', type=int)", ["--lim", "5"], (), {"limit": 5}),
        ("parser.add_argument('-n', '--limit', type=int)", ["-n5"], (), {"limit": 5}),
        ("parser.add_argument('--rate', type=float, default=1.0)", ["--rate", "2"], (), {"rate": 2.0}),
        ("parser.add_argument('--limit', type=int, default=7)", [], (), {}),
        ("parser.add_argument('-n', type=int, choices=range(10000000000))", ["-n5"], (), {"n": 5}),
        ("parser.add_argument('--all', action='store_true')", ["--all"], (), {"all": True}),
        (
            "parser.add_argument('--no-mail', action='store_false', dest='mail')",
            ["--no-mail"],
            (),
            {"mail": False},
        ),
        ("parser.add_argument('--mode', action='store_const', const=3)", ["--mode"], (), {"mode": 3}),
        ("parser.add_argument('-x', action='count', dest='times')", ["-xxx"], (), {"times": 3}),
        (
            "parser.add_argument('--id', action='append', type=int)",
            ["--id", "1", "--id=2"],
            (),
            {"id": [1, 2]},
        ),
        ("parser.add_argument('--ids', nargs='+', type=int)", ["--ids", "1", "2"], (), {"ids": [1, 2]}),
        ("parser.add_argument('--day', nargs='?', const='today')", ["--day"], (), {"day": "today"}),
        ("parser.add_argument('--kind', choices=KINDS)", ["--kind", "daily"], (), {"kind": "daily"}),
        (
            "parser.add_argument('--month', type=int, choices=range(1, 13))",
            ["--month", "3"],
            (),
            {"month": 3},
        ),
        (
            "parser.add_argument('--ok', action=argparse.BooleanOptionalAction)",
            ["--no-ok"],
            (),
            {"ok": False},
        ),
        ("parser.add_argument('name')\nparser.add_argument('day', nargs='?')", ["a"], ("a",), {}),
        ("parser.add_argument('ids', nargs='*', type=int)", ["1", "2"], (1, 2), {}),
        ("parser.add_argument('word')", ["--", "-x"], ("-x",), {}),
        ("parser.add_argument('day', type=parse_day)", ["monday"], ("monday",), {}),
        ("parser.add_argument('rest', nargs=argparse.REMAINDER)", ["a", "--b"], ("a", "--b"), {}),
        ("g = parser.add_argument_group('more')\ng.add_argument('--a')", ["--a", "1"], (), {"a": "1"}),
        (
            "parser.add_argument('--who', default=lambda: 1, help=f'{KINDS}')",
            ["--who", "me"],
            (),
            {"who": "me"},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_line_is_a_typed_call(
    body: str, argv: Sequence[str], args: tuple[object, ...], kwargs: dict[str, object]
) -> None:
    assert signature(body).call(argv) == TypedCall(args, kwargs)


@pytest.mark.parametrize(
    ("body", "argv", "said"),
    [
        ("pass", ["--all"], "unrecognized arguments: --all"),
        ("pass", ["2"], "unrecognized arguments: 2"),
        ("parser.add_argument('day')", [], "the following arguments are required: day"),
        ("parser.add_argument('--to', required=True)", [], "the following arguments are required: --to"),
        (
            "parser.add_argument('--limit', type=int)",
            ["--limit", "x"],
            "argument --limit: invalid int value: 'x'",
        ),
        ("parser.add_argument('--limit', type=int)", ["--limit"], "argument --limit: expected one argument"),
        ("parser.add_argument('--kind', choices=KINDS)", ["--kind", "hourly"], "invalid choice: 'hourly'"),
        ("parser.add_argument('--aa')\nparser.add_argument('--ab')", ["--a", "1"], "ambiguous option: --a"),
        (
            "g = parser.add_mutually_exclusive_group()\ng.add_argument('--x')\ng.add_argument('--y')",
            ["--x=1", "--y=2"],
            "argument --y: not allowed with argument --x",
        ),
    ],
)
def test_what_the_parser_refuses_is_said_and_never_printed(
    body: str, argv: Sequence[str], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    refused = signature(body).call(argv)
    assert isinstance(refused, Refused)
    assert said in refused.message
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "body",
    [
        "for name in KINDS:\n    parser.add_argument('--' + name)",
        "if KINDS:\n    parser.add_argument('--all')",
        "parser.add_argument(*KINDS)",
        "parser.add_argument('--all', **extra)",
        "parser.add_argument('--all', action=Custom)",
        "parser.add_argument('--' + KINDS[0])",
        "parser.add_argument('--to', required=late())",
        "parser.add_subparsers()",
        "add_common_arguments(parser)",
        "self.unknown(parser)",
        "parser.add_argument('')",
        "parser.add_argument('--a')\nparser.add_argument('--a')",
    ],
)
def test_a_parser_that_the_code_decides_on_is_not_guessed(body: str) -> None:
    assert read(body).signature is None


def test_a_base_class_outside_the_tree_may_add_arguments() -> None:
    texts = {PATH: "from cron_tools import Job\nclass Command(Job):\n    pass\n"}
    ((command,),) = read_project([PATH], Library(texts)).commands.values()
    assert (command.signature, command.bases, command.problem) == (None, ("cron_tools.Job",), None)


def test_the_arguments_of_base_classes_in_the_tree_count() -> None:
    base = (
        "from django.core.management.base import BaseCommand\n"
        "class ShopCommand(BaseCommand):\n"
        "    def add_arguments(self, parser):\n"
        "        self.common(parser)\n"
        "    def common(self, parser):\n"
        "        parser.add_argument('--shop', type=int)\n"
    )
    text = (
        "from ..base import ShopCommand\n"
        "class Command(ShopCommand):\n"
        "    def add_arguments(self, parser):\n"
        "        super().add_arguments(parser)\n"
        "        parser.add_argument('--day')\n"
    )
    ((command,),) = read_project(
        [PATH], Library({PATH: text, "shop/management/base.py": base})
    ).commands.values()
    assert [one.name for one in command.arguments] == ["--shop", "--day"]
    assert command.bases == ("ShopCommand", "django.core.management.base.BaseCommand")


def test_an_operand_that_may_be_missing_is_not_required() -> None:
    one, two, three = signature(
        "parser.add_argument('a'); parser.add_argument('b', nargs='?'); parser.add_argument('c', nargs='*')"
    ).arguments
    assert [argument.required for argument in (one, two, three)] == [True, False, False]


def test_a_label_command_takes_labels() -> None:
    text = "from django.core.management.base import LabelCommand\nclass Command(LabelCommand):\n    pass\n"
    ((command,),) = read_project([PATH], Library({PATH: text})).commands.values()
    assert command.signature
    assert command.signature.call(["a", "b"]) == TypedCall(("a", "b"))
    assert command.signature.call([]) == Refused("the following arguments are required: label")


def test_the_options_of_manage_py_stand_apart() -> None:
    call = signature("pass").call(["--settings=shop.live", "-v", "2", "--traceback"])
    assert call == TypedCall((), {}, {"settings": "shop.live", "verbosity": 2, "traceback": True})


@pytest.mark.parametrize("argv", [["--help"], ["--version"], ["--day", "monday"]])
def test_a_call_that_the_text_does_not_give_is_not_known(argv: Sequence[str]) -> None:
    assert signature("parser.add_argument('--day', type=parse_day)").call(argv) is None


# One declaration, written for the real Django and read as text.
DECLARATIONS = (
    "parser.add_argument('--limit', type=int)",
    "parser.add_argument('--rate', type=float)",
    "parser.add_argument('--kind', choices=['daily', 'weekly'])",
    "parser.add_argument('--all', action='store_true')",
    "parser.add_argument('--quiet', action='store_false', dest='loud')",
    "parser.add_argument('--id', action='append', type=int)",
    "parser.add_argument('--tags', nargs='*')",
    "parser.add_argument('day', nargs='?')",
    "parser.add_argument('name')",
    "parser.add_argument('more', nargs='*', type=int)",
)
WORDS = (
    "--limit",
    "5",
    "--rate=2.5",
    "--kind",
    "daily",
    "--all",
    "--quiet",
    "--id",
    "x",
    "--tags",
    "-v",
    "1",
    "--",
)


def real(body: str) -> Signature:
    """The parser that Django's create_parser makes of the same lines."""

    class Command(BaseCommand):
        def add_arguments(self, parser: CommandParser) -> None:
            for statement in ast.parse(body).body:
                code = compile(ast.Module([statement], []), "body", "exec")
                names: dict[str, Any] = {"parser": parser}
                exec(code, names)

    return Signature(Command().create_parser("manage.py", "report"))


@given(
    st.lists(st.sampled_from(DECLARATIONS), unique=True, max_size=5),
    st.lists(st.sampled_from(WORDS), max_size=6),
)
def test_the_parser_rebuilt_from_the_text_answers_as_django_does(lines: list[str], argv: list[str]) -> None:
    body = "\n".join(lines) or "pass"
    assert signature(body).call(argv) == real(body).call(argv)


SITE = Path(django.__file__).parents[1]
OWN = {name: app for name, app in get_commands().items() if app.startswith("django.")}


@pytest.mark.parametrize("name", sorted(OWN))
def test_djangos_own_commands_are_read_as_they_are(name: str) -> None:
    """Each signature that the text gives is the one of the real parser; the text of most gives it."""
    path = f"{OWN[name].replace('.', '/')}/management/commands/{name}.py"
    ((found,),) = read_project([path], Library(ProjectTree(SITE))).commands.values()
    told = Signature(load_command_class(OWN[name], name).create_parser("manage.py", name))
    unread = {"createsuperuser", "ogrinspect", "runserver", "startapp", "startproject", "test"}
    if django.VERSION < (5, 2):
        unread.add("migrate")  # it checks by itself, and has a --skip-checks of its own
    assert (found.signature is None) == (name in unread)
    assert not found.signature or found.arguments == told.arguments


def test_a_default_that_one_command_sets_is_nobody_else_s() -> None:
    base_parser().set_defaults(verbosity=3)
    assert base_parser().get_default("verbosity") is None
