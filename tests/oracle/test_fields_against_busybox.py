"""What do five fields hold to busybox? Its crond judges what we read."""

import re

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from migrator.crontab.syntax import Format, JobLine, read_line
from migrator.schedule.dialect import BUSYBOX
from migrator.schedule.expression import CronExpression, Field
from tests.oracle.busybox_crond import Complaint, Values, fields_of, log_of, whole
from tests.oracle.effort import EXAMPLES
from tests.oracle.test_lines_against_cron import DAY_FIELDS, DAYS, FIELDS, MONTHS, words

pytestmark = pytest.mark.part("busybox", "namespaces")

USER: Format = "user"
LINES = [
    *(f"{field} * * * * x" for field in FIELDS),
    *(f"* {field} * * * x" for field in words("23 24 22-2 */24 mon 5/15 0-25/5 25-0/5")),
    *(f"0 0 {field} * * x" for field in [*DAYS, *words("0-31 0 31-1/5 1-5/0 5-* *-5/2")]),
    *(f"0 0 * {field} * x" for field in [*MONTHS, *words("0-3 12-2/3 janx feb-0")]),
    *(f"0 0 * * {field} x" for field in DAY_FIELDS),
    *(
        "* * * * *",
        "* * * * * ",
        "* * * *",
        " * * * * * x",
        "*\t*  * * *\tx",
        "* * * * * x y # z",
        "* * * 5#2 * x",
    ),
    *("# * * * * * x", "A=b", "MAILTO=a", "SHELL=/bin/sh", "MAILTO=", "prose that nobody takes for a job"),
    *(
        "@noon x",
        "@",
        "* * * * * x\r",
        "\xa0* * * * * x",
        "*\x0b* * * * * x",
        "-* * * * * x",
        "\udcff * * * * x",
    ),
]


def seen(field: Field) -> Values:
    """The values as crond shows them: a field with a complaint shows none."""
    return Complaint() if field.ignored else frozenset(field.values)


def ours(line: str) -> list[Values]:
    read = read_line(line, USER, BUSYBOX)
    if not isinstance(read, JobLine):
        return []
    assert isinstance(read.schedule, CronExpression)
    return [seen(field) for field in read.schedule.fields]


def differences(lines: list[str]) -> dict[str, list[Values]]:
    """Lines in which crond finds something else, with what it finds."""
    found = fields_of(lines)
    return {line: _days(values) for line, values in found.items() if ours(line) != _days(values)}


def _days(values: list[Values]) -> list[Values]:
    """crond's row of days begins with a 0, on which no month has a day."""
    return [one - {0} if at == 2 and isinstance(one, frozenset) else one for at, one in enumerate(values)]


def test_no_beginning_of_a_log_is_taken_for_all_of_it() -> None:
    log = log_of(b"5 * * * * x\n1 1 1 1 1 mark\n* * * * * x\n1 1 1 1 1 mark\n57,59 23 29 11 5 end\n")
    assert [end for end in range(len(log) + 1) if whole(log[:end])] == [len(log)]


def test_each_line_holds_what_crond_finds_in_it() -> None:
    assert differences(list(dict.fromkeys(LINES))) == {}


# Without shrinking: a difference names its line, and each question takes a daemon.
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(st.data())
def test_any_line_holds_what_crond_finds_in_it(data: st.DataObject) -> None:
    piece = st.sampled_from(words("* 5 7 0 31 60 - - / / , , ~ mon feb sunday x 12 24 99 008"))
    field = st.just("*") | st.lists(piece, min_size=1, max_size=6).map("".join)
    line = st.lists(field, min_size=4, max_size=6).map(" ".join).map(lambda text: f"{text} x")
    lines = data.draw(st.lists(line, min_size=150, max_size=200, unique=True))
    assert differences([one for one in lines if not _beside_the_row(one)]) == {}


def _beside_the_row(line: str) -> bool:
    """Where crond writes into another field: what it then shows is luck.

    A month 0 by itself goes into the last weekday, a number that C takes for a negative one anywhere.
    """
    month = line.split()[3]
    return bool(re.search(r"(?:^|,)0+(?:/|,|$|[^0-9-])", month) or re.search(r"\d{10}", line))
