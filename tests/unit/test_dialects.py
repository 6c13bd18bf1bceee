"""What each daemon makes of a field, a day, a line: the rows in which they differ."""

import pytest

from migrator.crontab.syntax import (
    Blank,
    Comment,
    Continuation,
    JobLine,
    Line,
    Setting,
    Unreadable,
    read_crontab,
    read_line,
    split_command,
)
from migrator.errors import BadExpression
from migrator.schedule.dialect import BUSYBOX, CRONIE, DEBIAN, DIALECTS, SUPERCRONIC, Dialect
from migrator.schedule.expression import CronExpression, parse
from migrator.schedule.kinds import AtStart, Interval, Undecided
from migrator.schedule.read import read_schedule
from migrator.sources.crontab_file import read
from migrator.sources.source import SourceFile, Surroundings

OPEN = "open"  # the text alone does not give it


def held(place: int, text: str, dialect: Dialect) -> str:
    """The values of a field, in short; ``-`` where the daemon refuses it."""
    words = ["*"] * 5
    words[place] = text
    try:
        schedule = read_schedule(" ".join(words), dialect)
    except BadExpression:
        return "-"
    if not isinstance(schedule, CronExpression):
        return OPEN
    field = schedule.fields[place]
    return "all" if field.full else ",".join(map(str, field.values)) or "none"


MINUTE, HOUR, DAY, MONTH, WEEKDAY = range(5)
EVEN = ",".join(map(str, range(2, 32, 2)))
ODD = ",".join(map(str, range(1, 32, 2)))


@pytest.mark.parametrize(
    ("place", "text", "debian", "cronie", "busybox", "supercronic"),
    [
        (MINUTE, "1-4", "1,2,3,4", "1,2,3,4", "1,2,3,4", "1,2,3,4"),
        (MINUTE, "5/15", "-", "-", "5", "5,20,35,50"),
        (MINUTE, "*/0", "-", "-", "0", "-"),
        (MINUTE, "1-5/0", "-", "-", "1", "-"),
        (MINUTE, "*/70", "0", "0", "0", "-"),
        (MINUTE, "*/60", "0", "0", "0", "-"),
        (HOUR, "*/24", "0", "0", "0", "-"),
        (HOUR, "22-2", "none", "none", "0,1,2,22,23", "-"),
        (MONTH, "nov-feb", "none", "none", "1,2,11,12", "-"),
        (WEEKDAY, "fri-mon", "none", "none", "0,1,5,6", "-"),
        (DAY, "*/2", ODD, ODD, EVEN, ODD),
        (WEEKDAY, "7", "0", "0", "all", "0"),
        (WEEKDAY, "0-7", "all", "all", "all", "0"),
        (WEEKDAY, "5-7", "0,5,6", "0,5,6", "all", "-"),
        (WEEKDAY, "7-1", "none", "none", "0,1", "0,1"),
        (WEEKDAY, "fri-sun", "none", "none", "0,5,6", "-"),
        (WEEKDAY, "Mon-FRI/2", "1,3,5", "1,3,5", "1,3,5", "1,3,5"),
        (WEEKDAY, "sunday", "-", "-", "0", "0"),
        (MONTH, "sept", "-", "-", "9", "-"),
        (WEEKDAY, "mon/2", "-", "-", "1", "1,3,5"),
        (MINUTE, "*5", "all", "-", "all", "-"),
        (MINUTE, "1-2-3", "1,2", "-", "1,2", "-"),
        (WEEKDAY, "5#2", "5", "-", "5", OPEN),
        (MINUTE, "0~59", "0", OPEN, "0", "-"),
        (MINUTE, "~", "-", OPEN, "none", "-"),
        (MINUTE, "5~5", "5", "5", "5", "-"),
        (MINUTE, "9~3", "9", "-", "9", "-"),
        (WEEKDAY, "?", "-", "-", "none", "all"),
        (DAY, "L", "-", "-", "none", OPEN),
        (DAY, "15W", "-", "-", "15", OPEN),
        (WEEKDAY, "5L", "-", "-", "5", OPEN),
        (MINUTE, "H", "-", "-", "none", "-"),
        (MINUTE, "60", "-", "-", "all", "-"),
        (HOUR, "24", "-", "-", "all", "-"),
        (DAY, "32", "-", "-", "all", "-"),
        (WEEKDAY, "8", "-", "-", "all", "-"),
        (MINUTE, "0-99/100", "-", "0", ",".join(map(str, (0, 20, 40))), "-"),
        (MINUTE, "08", "8", "8", "8", "8"),
        (MINUTE, "007", "7", "7", "7", "-"),
        (MONTH, "08", "8", "8", "8", OPEN),
        (MINUTE, "1,", "-", "-", "1", "1"),
        (MINUTE, ",1", "-", "-", "none", "1"),
        (MINUTE, "1,,2", "-", "-", "1", "1,2"),
        (MINUTE, "+5", "-", "-", "none", "-"),
        (MINUTE, "1,1,1", "1", "1", "1", "1"),
        (MINUTE, "4294967301", "5", "5", "5", "-"),
    ],
)
def test_a_field_holds(
    place: int, text: str, debian: str, cronie: str, busybox: str, supercronic: str
) -> None:
    found = {name: held(place, text, dialect) for name, dialect in DIALECTS.items()}
    assert found == {"debian": debian, "cronie": cronie, "busybox": busybox, "supercronic": supercronic}


@pytest.mark.parametrize(
    ("days", "debian", "cronie", "busybox", "supercronic"),
    [
        ("13 * 5", "either", "either", "either", "either"),
        ("*/2 * 1", "both", "both", "either", "either"),
        ("1 * */2", "both", "both", "either", "either"),
        ("1-31 * 1", "either", "either", "either", "either"),
        ("5,* * 1", "either", "either", "both", "both"),
        ("0-31 * 1", "-", "-", "both", "-"),
        ("1 * 0-6", "either", "either", "both", "either"),
        ("1 * *", "both", "both", "both", "both"),
    ],
)
def test_how_days_combine(days: str, debian: str, cronie: str, busybox: str, supercronic: str) -> None:
    found = []
    for dialect in (DEBIAN, CRONIE, BUSYBOX, SUPERCRONIC):
        try:
            found.append(parse(f"0 0 {days}", dialect).days)
        except BadExpression:
            found.append("-")
    assert found == [debian, cronie, busybox, supercronic]


def kinds(text: str, dialect: Dialect) -> list[type[Line]]:
    return [type(line) for line in read_crontab(text, "user", dialect).lines]


J, S, U, C, B = JobLine, Setting, Unreadable, Comment, Blank


@pytest.mark.parametrize(
    ("text", "debian", "cronie", "busybox", "supercronic"),
    [
        ("0 0 * * 1\n", J, U, U, U),
        ("0 0 * * 1 x", J, U, J, J),
        ("* * * * * * x\n", U, U, J, J),
        ("0 0 1 1 * 2026 x\n", J, J, J, J),
        ("-* * * * * x\n", U, J, J, U),
        ("* * * * * -n x\n", J, J, J, J),
        ("* * * * * -x y\n", J, U, J, J),
        ("@midnight x\n", J, J, J, U),
        ("@reboot x\n", J, J, J, U),
        ("@every 5m x\n", U, U, U, U),
        ("@DAILY x\n", U, U, U, U),
        ("A=\n", U, S, S, U),
        ("A B=1\n", U, U, U, U),
        ("\r\n", U, U, U, B),
        ("* * * * * " + "x" * 999 + "\n", U, J, J, J),
        ("* * * * * \udcff\n", U, J, J, J),
        ("* * * * * # x\n", J, J, U, J),
    ],
)
def test_a_line_is(
    text: str, debian: type[Line], cronie: type[Line], busybox: type[Line], supercronic: type[Line]
) -> None:
    found = {name: kinds(text, dialect)[0] for name, dialect in DIALECTS.items()}
    assert found == {"debian": debian, "cronie": cronie, "busybox": busybox, "supercronic": supercronic}


@pytest.mark.parametrize(
    ("text", "schedule"),
    [
        ("*/15 * * * * * *", Interval("*/15 * * * * * *", 15)),
        ("30 * * * * * *", Interval("30 * * * * * *", 60)),
        ("0,7 * * * * * *", Undecided("0,7 * * * * * *", "it starts at the seconds 0,7")),
        ("30 0 4 * * * *", Undecided("30 0 4 * * * *", "it starts at the seconds 30")),
        ("0 4 1 1 * 2026", Undecided("0 4 1 1 * 2026", "it is for the years 2026")),
    ],
)
def test_seconds_and_years_of_supercronic(text: str, schedule: Interval | Undecided) -> None:
    assert read_schedule(text, SUPERCRONIC) == schedule


def test_seconds_and_years_that_say_nothing_are_no_more_than_five_fields() -> None:
    assert isinstance(read_schedule("0 0 4 * * * *", SUPERCRONIC), CronExpression)
    assert parse("0 4 1 1 * *", SUPERCRONIC).days == "both"


def test_reboot_is_a_start_where_it_is_known() -> None:
    assert [read_schedule("@reboot", one) for one in (DEBIAN, CRONIE, BUSYBOX)] == [AtStart()] * 3


@pytest.mark.parametrize(
    ("raw", "dialect", "split"),
    [
        (r"a\\b \% c%d%e", DEBIAN, (r"a\b % c", "d\ne\n")),
        (r"a\\b \% c%d%", CRONIE, (r"a\\b % c", "d\n")),
        (r"a\\b \% c%d", BUSYBOX, (r"a\\b \% c%d", None)),
        (r"a\\b \% c%d", SUPERCRONIC, (r"a\\b \% c%d", None)),
    ],
    ids=lambda value: str(value) if isinstance(value, Dialect) else "",
)
def test_percent_and_backslash(raw: str, dialect: Dialect, split: tuple[str, str | None]) -> None:
    assert split_command(raw, dialect) == split


@pytest.mark.parametrize(
    "line",
    ["5 5 * * * {{ bin }}/manage.py x --rate 9% y", "{{ minute }} 5 * * * ./manage.py x --rate 9% y"],
)
def test_a_template_is_split_as_its_daemon_splits(line: str) -> None:
    [job] = read(SourceFile("crontab", f"{line}\n"), Surroundings(dialect=BUSYBOX)).jobs
    assert (job.stdin, job.reading.steps[0].argv) == (None, ("--rate", "9%", "y"))


def test_busybox_continues_lines_and_ends_them_at_a_hash() -> None:
    text = "# c \\\n* * * * * a\n* * * * * b \\\nc # d\n"
    crontab = read_crontab(text, "user", BUSYBOX)
    assert str(crontab) == text
    assert [type(line) for line in crontab.lines] == [Comment, Continuation, JobLine, Continuation]
    assert [line.command.split() for line in crontab.lines if isinstance(line, JobLine)] == [["b", "c"]]


@pytest.mark.parametrize(
    ("text", "dialect", "value", "effective"),
    [
        ("A='b '", DEBIAN, "b", True),
        ("A='b '", CRONIE, "b ", True),
        ("A=\"'x'\"", DEBIAN, "x", True),
        ("A=\"'x'\"", CRONIE, "'x'", True),
        ("A=b c", SUPERCRONIC, "b c", True),
        ("A='b", SUPERCRONIC, "'b", True),
        ("PATH=/bin", BUSYBOX, "/bin", False),
        ("MAILTO=a b", BUSYBOX, "a", True),
        ("MAILTO = a", BUSYBOX, "", False),
    ],
    ids=str,
)
def test_a_setting(text: str, dialect: Dialect, value: str, effective: bool) -> None:
    line = read_line(text, "user", dialect)
    assert isinstance(line, Setting)
    assert (line.value, line.effective) == (value, effective)


def test_only_daemons_with_system_crontabs_look_for_a_user() -> None:
    lines = [read_crontab("0 4 * * * root x\n", "system", one).lines[0] for one in DIALECTS.values()]
    assert [line.user for line in lines if isinstance(line, JobLine)] == ["root", "root", None, None]
