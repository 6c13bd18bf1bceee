"""What is a line to cron? Debian's daemon and crontab(1) judge what we read."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrator.crontab.syntax import Format, JobLine, Setting, Unreadable, decode, read_crontab
from migrator.sources.crontab_file import read_lines
from tests.oracle.effort import EXAMPLES
from tests.oracle.virtual_cron import crontab_accepts, daemon_accepts

pytestmark = pytest.mark.part("cron", "gcc", "namespaces")


def words(text: str) -> list[str]:
    """A table of short words, as dense as it reads best."""
    return text.split()


FIELDS = words("""
*  */1  */70  */60  */99  0-59/100  1-5/2  55-5  5/15  */0  1-5/0  08  007  60  -1  1-  -5  1,  ,1
1,,2  1,1,1
*5  **  *-5  1-2-3  */5/2  1.5  5;  1#2  0~59  ~  ?  L  LW  15W  5L  H  H/15  +5  1_0  1,*  *,1
0-59  1-99  99-1
mon  jan  sunday  january  0x5  5,x  x,5  5x  5-  */  */x  */5x  1-5/x  /5  5,-  --  5-7-
1,2,3-5/2,*/20  99999999
0000000000000000000000000000000005  *,  **,5  5-05  ½  ٣
""")
DAY_FIELDS = words("""
0 7 8 0-7 1-7 5-7 6-7 7-1 fri-7 5-sun fri-sun sat-sun mon-sun SUN Mon mOn mon-fri mon-fri/2 1-fri
fri-1 mon/2 mon,tue
mon,7 monday thur sun-mon tues 0-7/7 1-6/7 mond mon1 1mon
""")
MONTHS = words("0 1 12 13 jan DEC jan-mar nov-feb jan/2 sept january jan,13 12-1 1-12/3 mon")
DAYS = words("0 1 31 32 1-31 28-3 31-1 */31 */32 1-32 L 15W")
NICKNAMES = words("""
@yearly @annually @monthly @weekly @daily @midnight @hourly @reboot @every_minute @DAILY @Daily
@noon @quarterly @5
@dailyx @ @@daily
""")

LINES = [
    *(f"{field} * * * * x" for field in FIELDS),
    *(f"* {field} * * * x" for field in ("23", "24", "22-2", "*/24", "mon")),
    *(f"0 0 {field} * * x" for field in DAYS),
    *(f"0 0 * {field} * x" for field in MONTHS),
    *(f"0 0 * * {field} x" for field in DAY_FIELDS),
    *(f"{nickname} x" for nickname in NICKNAMES),
    "@every 5m x",
    "@daily",
    "@daily\tx",
    "* * * * *",
    "* * * * * ",
    "* * * *",
    "* * * * * * x",
    "0 0 1 1 * 2026 x",
    "-* * * * * x",
    "*  *\t*   * *   x",
    "  \t* * * * * x",
    "* * * * * x # comment",
    "* * * * * x \\",
    "1, 2 * * * * x",
    "\x0b* * * * * x",
    "\u00a0* * * * * x",
    "\x0c* * * * * x",
    "* *\u00a0* * * * x",
    "* *\x0c* * * * x",
    "* * * * * \udcff\udcfe",
    "\udcff* * * * * x",
    "\ufeff* * * * * x",
    "*\x00 * * * * x",
    "* * * * * x\r",
    "\r",
    "A=b\r",
    "* * * * * " + "x" * 998,
    "* * * * * " + "x" * 999,
    "* * * * * " + "\u0142" * 499,
    "* * * * * " + "\u0142" * 500,
    "# comment",
    "   # comment",
    "\t",
    "A=b",
    "A = b",
    "  A=b",
    "A=b=c",
    "A B=1",
    "export A=b",
    "A =  'b c'  ",
    "A='b",
    "A=b'",
    "A='b'c",
    "A='b'c'",
    "A='",
    "A=''b'",
    'A="b',
    'A=""',
    "A=''",
    "A=\"'x'\"",
    '"A B"=c',
    "'A B'=c",
    "\"A'=c",
    "=b",
    " = b",
    '""=b',
    "*=x",
    "@x=y",
    "5=x",
    "A=$B:c",
    "A=b # c",
    "A==",
    "A",
    "A b",
]
SYSTEM_LINES = [
    "* * * * * root x",
    "* * * * * 0 x",
    "* * * * * root:root x",
    "* * * * * nobody-of-that-name x",
    "* * * * * root",
    "* * * * * root ",
    "* * * * * root *x",
    "* * * * *",
    "@daily root x",
    "@daily x",
    "* * * * *  root\tx",
    "A=b",
]
# Our reading knows no users, so it takes a name that this machine lacks; Debian 12 and 13 differ on "A=".
UNKNOWN_USERS = {"* * * * * 0 x", "* * * * * root:root x", "* * * * * nobody-of-that-name x", "@daily x"}


def reads(text: str, format: Format = "user") -> bool:
    """Whether cron would load the text, as we read it."""
    crontab = read_crontab(text, format)
    if any(isinstance(line, Unreadable) for line in crontab.lines):
        return False
    last = crontab.lines[-1] if crontab.lines else None
    return crontab.final_newline or not isinstance(last, JobLine | Setting)


def as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def differences(lines: list[str]) -> dict[str, bool]:
    """Lines on which the daemon and we disagree, with the daemon's word."""
    verdicts = daemon_accepts([as_bytes(line + "\n") for line in lines])
    return {line: word for line, word in zip(lines, verdicts, strict=True) if reads(line + "\n") is not word}


def test_each_line_of_a_users_crontab_is_read_as_the_daemon_reads_it() -> None:
    assert differences(list(dict.fromkeys(LINES))) == {}


def test_crontab_1_agrees_with_the_daemon() -> None:
    texts = [as_bytes(line + "\n") for line in LINES if "\x00" not in line]
    assert crontab_accepts(texts) == [reads(decode(text)) for text in texts]


def test_each_line_of_a_system_crontab_is_read_as_the_daemon_reads_it() -> None:
    verdicts = dict(
        zip(
            SYSTEM_LINES, daemon_accepts([as_bytes(f"{x}\n") for x in SYSTEM_LINES], system=True), strict=True
        )
    )
    ours = {line: reads(f"{line}\n", "system") and line not in UNKNOWN_USERS for line in SYSTEM_LINES}
    assert ours == verdicts


@pytest.mark.parametrize("text", ["* * * * * x", "A=b", "* * * * * x\n# end", "A=b\n \t", "", "\n", "#"])
def test_the_last_line_needs_its_newline(text: str) -> None:
    assert reads(text) is daemon_accepts([as_bytes(text)])[0]


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_line_is_read_as_the_daemon_reads_it(data: st.DataObject) -> None:
    piece = st.sampled_from([*words("* 5 7 0 31 60 - / , ~ mon feb @ daily = ' \" a"), " ", "\t"])
    line = st.lists(piece, max_size=14).map("".join)
    field = line.map(lambda text: re.sub(r"[ \t]", "", text) or "*")
    schedule = st.lists(field, min_size=5, max_size=5)
    job = schedule.map(" ".join).map(lambda text: f"{text} x")
    lines = data.draw(st.lists(line | job, min_size=40, max_size=60))
    decided = [
        one for one in dict.fromkeys(lines) if not (_differs_between_versions(one) or reads_beyond(one))
    ]
    assert differences(decided) == {}


def reads_beyond(line: str) -> bool:
    """Whether a quote opens a name or a value at the very end.

    load_env() then steps over the end of the line, and reads on in what an earlier line, of any file,
    has left in its buffer: it takes such a line when a quote happens to follow there. cronie has the
    same function.
    """
    return re.search(r"""(?:^|=)[ \t\r]*['"]$""", line) is not None


def test_a_quote_at_the_end_reads_on_in_the_line_before() -> None:
    # Each to a daemon of its own: another file would leave something in the buffer as well.
    texts = [b"X=12'\n='\n", b"X=123\n='\n"]
    assert [daemon_accepts([text]) for text in texts] == [[True], [False]]


def _differs_between_versions(line: str) -> bool:
    """``NAME=`` without a value is refused by Debian 12 and taken by Debian 13."""
    _name, equals, value = line.partition("=")
    return bool(equals) and not value.strip()


AT = ("# c", "", "* * * * * y", "A=b", "no line of cron's")


def long_crontab(count: int, last: str) -> str:
    """A job, comments, and a last line; some comments behind it."""
    return "* * * * * x\n" + "# c\n" * (count - 2) + f"{last}\n" + "# c\n" * 3


def test_a_long_file_is_lost_where_the_daemon_loses_it() -> None:
    """MAX_TAB_LINES: what the daemon really does at its end, line by line."""
    cases = [(count, last) for count in range(10_000, 10_007) for last in AT]
    texts = [long_crontab(count, last) for count, last in cases]
    taken = daemon_accepts([text.encode() for text in texts])
    for (count, last), text, accepted in zip(cases, texts, taken, strict=True):
        found = read_lines("crontab", read_crontab(text), scripts={})
        lost = "CM102" in {finding.code for finding in found.findings}
        assert lost != accepted, (count, last)


def test_crontab_installs_ten_thousand_lines() -> None:
    texts = ["* * * * * x\n" * count for count in (9_999, 10_000, 10_001)]
    said = [
        "CM115"
        in {finding.code for finding in read_lines("crontab", read_crontab(text), scripts={}).findings}
        for text in texts
    ]
    assert [not one for one in said] == crontab_accepts([text.encode() for text in texts])
