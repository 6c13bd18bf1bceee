"""Texts that are made to be slow, and sixteen times as much of them: the ratio should be sixteen, not 256."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from migrator.crontab.command import read_command
from migrator.crontab.marks import of_spool
from migrator.crontab.syntax import read_crontab
from migrator.redaction import redact
from migrator.schedule.dialect import DIALECTS
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.source import SourceFile
from tests.growing import SHAPES, lines, text_of

CRONTAB = [" ", "*", "1,", "1-9,", "9", "'", "A=", "* * * * * x \\\n", "* * * * * x%", "* * * * * \\", "\0"]
COMMAND = ["(", "$(", "${A:-", "`", "'", "a && ", "a | ", "a; ", "nice ", "sh -c ", "if a; then ", "$A"]
COMMAND += [">f ", "{ ", "! ", "\\"]
SECRETS = [
    "a",
    "a.",
    "a-",
    "token",
    "token=",
    "token='",
    'token="',
    "token=$(",
    "token:",
    "://a:",
    "://",
    "@",
]
SECRETS += ["--a ", "--token ", "-u a:", "mysql ", "mysql -p", "Bearer ", "Basic a", "eyJ", "'--a',", "?key="]
SECRETS += ["Authorization: ", "'", '\\"', "dms -a ", "{{", "a=b"]


def in_every_dialect(text: str) -> None:
    for dialect in DIALECTS.values():
        read_crontab(text, "user", dialect)


def as_a_command(text: str) -> None:
    read_command(text + "./manage.py x", settings={"A": "b"})


def as_a_line_of_somebody(text: str) -> None:
    of_spool("/srv/spool")(f"./migrator {text}")


CASES: list[tuple[str, Callable[[str], Any], str, int]] = [
    *(("crontab", in_every_dialect, piece, 20_000) for piece in CRONTAB),
    *(("command", as_a_command, piece, 1_000) for piece in COMMAND),
    *(("redact", redact, piece, 10_000) for piece in SECRETS),
    *(("mark", as_a_line_of_somebody, piece, 10_000) for piece in ("a", "'", "# migrator sync into ")),
]


@pytest.mark.parametrize("times", [1, 16])
@pytest.mark.parametrize(
    ("name", "work", "piece", "size"), CASES, ids=[f"{name} {piece!r}" for name, _work, piece, _size in CASES]
)
def test_growth(
    benchmark: Any, name: str, work: Callable[[str], Any], piece: str, size: int, times: int
) -> None:
    benchmark.group = f"{name} {piece!r}"
    benchmark.pedantic(work, args=(piece * (times * size // len(piece)),), rounds=1)


@pytest.mark.parametrize("times", [1, 16])
@pytest.mark.parametrize("shape", SHAPES)
def test_growth_of_a_command(benchmark: Any, shape: str, times: int) -> None:
    benchmark.group = f"shape: {shape}"
    text = text_of(shape, times * 250)
    benchmark.pedantic(read_command, args=(text,), kwargs={"settings": {"K": "b"}}, rounds=1)


# What a scan does with all lines together: ids, twins, notes. A file, and one that it may render to.
TOGETHER = {
    "equal lines": ("0 5 * * * ./manage.py x", ""),
    "one command, many schedules": ("{minutes} ./manage.py x", ""),
    "recorded lines": ("{minutes} python3 -I -S /x/cronwrap.py job{n} -- /bin/sh -c './manage.py x'", ""),
    "settings": ("TZ=UTC", ""),
    "open schedules": ("{{{{ s }}}} ./manage.py job{n} {{{{ a }}}}", "0 5 * * * ./manage.py job{n} b"),
    "templates beside strangers": (
        "5 4 * * * {{{{ a }}}} ./manage.py job{n}",
        "5 4 * * * ./manage.py job{n}",
    ),
}


@pytest.mark.parametrize("times", [1, 16])
@pytest.mark.parametrize("name", TOGETHER)
def test_growth_of_a_scan(benchmark: Any, name: str, times: int) -> None:
    benchmark.group = f"scan: {name}"
    files = [
        SourceFile(path, lines(line, times * 125))
        for path, line in zip(("crontab.j2", "crontab"), TOGETHER[name], strict=True)
    ]
    context = Context("Europe/Warsaw", dt.date(2026, 1, 1))
    benchmark.pedantic(take_inventory, args=(files, context), rounds=1)
