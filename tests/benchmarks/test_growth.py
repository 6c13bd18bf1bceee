"""Texts that are made to be slow, and sixteen times as much of them: the ratio should be sixteen, not 256."""

from collections.abc import Callable
from typing import Any

import pytest

from migrator.crontab.command import read_command
from migrator.crontab.syntax import read_crontab
from migrator.redaction import redact
from migrator.schedule.dialect import DIALECTS

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


CASES: list[tuple[str, Callable[[str], Any], str, int]] = [
    *(("crontab", in_every_dialect, piece, 20_000) for piece in CRONTAB),
    *(("command", as_a_command, piece, 1_000) for piece in COMMAND),
    *(("redact", redact, piece, 10_000) for piece in SECRETS),
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
