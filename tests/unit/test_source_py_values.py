"""What an expression is worth as far as its text goes; and that no text makes the reader fail."""

import ast
import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.sources.python.module import Unparsed, parse_module
from migrator.sources.python.values import Call, Folder, Reference, Unknown, is_static
from migrator.sources.python_file import READERS, SOURCE
from migrator.sources.source import SourceFile, Surroundings


def value(expression: str, before: str = "", **environment: str) -> Any:
    """The value of an expression below some statements."""
    module = parse_module("x.py", f"{before}\nX = {expression}\n", environment)
    node, scope = [pair for pair in module.nodes if isinstance(pair[0], ast.Assign)][-1]
    assert isinstance(node, ast.Assign)
    return Folder(module).fold(node.value, scope)


@pytest.mark.parametrize(
    ("expression", "before", "wanted"),
    [
        pytest.param("'a' + 'b'", "", "ab", id="text joined"),
        pytest.param("60 * 60 // 2 - 1", "", 1799, id="arithmetic"),
        pytest.param("f'{BASE}/x.log'", "BASE = '/srv'", "/srv/x.log", id="f-string with a constant"),
        pytest.param("'%s/%d' % (BASE, 3)", "BASE = '/srv'", "/srv/3", id="percent"),
        pytest.param("'{}/{n}'.format(BASE, n=1)", "BASE = 'a'", "a/1", id="format"),
        pytest.param("os.path.join(A, 'x')", "import os\nA = '/a'", "/a/x", id="os.path.join"),
        pytest.param("join(A, 'x')", "from os.path import join\nA = '/a'", "/a/x", id="join by its alias"),
        pytest.param(
            "timedelta(minutes=5)", "from datetime import timedelta", dt.timedelta(0, 300), id="delta"
        ),
        pytest.param("dt.timedelta(1) * 2", "import datetime as dt", dt.timedelta(2), id="delta times two"),
        pytest.param("[*A, 3]", "A = [1, 2]", [1, 2, 3], id="a list put together"),
        pytest.param("{**A, 'b': 2}", "A = {'a': 1}", {"a": 1, "b": 2}, id="a dictionary put together"),
        pytest.param("A['x'][0]", "A = {'x': [7]}", 7, id="an element"),
        pytest.param("' '.join(['a', 'b'])", "", "a b", id="words joined"),
        pytest.param("A", "A = 1\nA = 2", 2, id="the last value of a name"),
        pytest.param(
            "os.environ.get('S', '0 5 * * *')", "import os", "0 5 * * *", id="a default of the environment"
        ),
        pytest.param("env('S', default='x')", "", "x", id="a default of django-environ"),
    ],
)
def test_what_is_static_is_computed(expression: str, before: str, wanted: object) -> None:
    assert value(expression, before) == wanted


def test_a_variable_that_is_given_is_the_value() -> None:
    assert value("os.getenv('S', 'x')", "import os", S="@daily") == "@daily"


@pytest.mark.parametrize(
    ("expression", "before"),
    [
        pytest.param("f()", "", id="a call"),
        pytest.param("f'{x}'", "", id="an f-string with a name"),
        pytest.param("f'{1:>999999999}'", "", id="an f-string with a width"),
        pytest.param("'%999999999d' % 1", "", id="a width in a format"),
        pytest.param("'{:>999999999}'.format(1)", "", id="a width in format()"),
        pytest.param("os.environ['X']", "import os", id="the environment"),
        pytest.param("A", "if x:\n    A = 1\nelse:\n    A = 2", id="a name with two values"),
        pytest.param("A", "for A in (1, 2): pass", id="a loop's name"),
        pytest.param("A", "A = A", id="a name that stands for itself"),
        pytest.param("10 ** 10 ** 10", "", id="a power"),
        pytest.param("range(10 ** 9)", "", id="a long range"),
        pytest.param("1 / 0", "", id="no number"),
        pytest.param("A", "A = 'x'\n" + "A = A + A\n" * 40, id="a text without end"),
        pytest.param(
            "A39", "A0 = (1, 1)\n" + "".join(f"A{n + 1} = (A{n}, A{n})\n" for n in range(39)), id="a bomb"
        ),
    ],
)
def test_what_only_a_run_can_give_stays_open(expression: str, before: str) -> None:
    assert not is_static(value(expression, before))


def test_names_of_imports_are_whole() -> None:
    assert value("c", "from celery.schedules import crontab as c") == Reference(
        "c", "celery.schedules.crontab"
    )
    call = value("c(1, hour=2)", "from celery.schedules import crontab as c")
    assert isinstance(call, Call)
    assert (call.dotted, call.args, call.kwargs) == ("celery.schedules.crontab", (1,), {"hour": 2})


def test_a_parameter_hides_a_constant_and_a_class_has_its_own() -> None:
    module = parse_module("x.py", "A = 1\ndef f(A):\n    return g(A)\nclass C:\n    A = 2\n    b = g(A)\n")
    folded = [Folder(module).fold(call, scope).args for call, scope in module.calls()]
    assert folded == [(Unknown("A"),), (2,)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("print 'x'\n", id="Python 2"),
        pytest.param("a\0b", id="a NUL"),
        pytest.param("(" * 5000, id="parentheses"),
        pytest.param("x = " + "[" * 300 + "]" * 300, id="a deep list"),
        pytest.param("\udcff\udc00", id="no UTF-8"),
    ],
)
def test_what_is_no_python_says_so(text: str) -> None:
    with pytest.raises(Unparsed):
        parse_module("x.py", text)


def test_lines_are_counted_as_the_scan_counts_them() -> None:
    module = parse_module("x.py", "a = 1\r\nb = 2\rc = 3\nd = 4\n")
    places = [module.place(node, "s").line for node, _scope in module.nodes if isinstance(node, ast.Assign)]
    assert places == [1, 2, 2, 3]


PIECES = st.sampled_from(
    [
        "CRONJOBS",
        "CELERY_BEAT_SCHEDULE",
        "CRON_CLASSES",
        "beat_schedule",
        "=",
        "+=",
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        ",",
        ".",
        '"x.y"',
        "'0 5 * * *'",
        "-1",
        "None",
        "crontab(",
        "minute=",
        '"task":',
        '"schedule":',
        "x.add_periodic_task(",
        "@periodic_task(",
        "@kronos.register(",
        "@cronjobs.register",
        "class A(CronJobBase):",
        "def f(): pass",
        "code = 1; schedule = Schedule(",
        "run_every_mins=",
        "s.add_job(",
        '"cron"',
        "@s.scheduled_job(",
        "CronTrigger.from_crontab(",
        "schedule.every().day.at(",
        ".do(",
        "import crontab",
        "lambda x: x",
        'f"{x}"',
        "timedelta(",
        "call_command(",
        "**x",
        "*x",
        "if x: pass",
    ]
)


@given(st.lists(PIECES | st.just("\n"), max_size=30).map(" ".join) | st.text(max_size=200))
def test_no_text_makes_the_reader_fail_and_every_line_is_there(text: str) -> None:
    marks = " ".join(mark for reader in READERS for mark in reader.marks)
    file = SourceFile("shop/settings.py", f"{text}\n# {marks}\n")
    assert SOURCE.recognises(file)
    found = SOURCE.read(file, Surroundings())
    assert len(found.lines) == file.text.count("\n")
