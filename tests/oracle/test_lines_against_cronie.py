"""What is a line to cronie, and when does it start? Its observed answers, and cronie itself where it is.

Debian 12 has no package of cronie. The table is what cronie 1.7.2, built from Debian 13's source, did
under the virtual clock: each line a crontab of its own, from 22:00 on 28 February 2028 for 28 hours.
After `make cronie`, or with CRONIE_CROND=/path/to/crond, the daemon is asked again, and
MIGRATOR_OBSERVE=1 writes the table.
"""

import datetime as dt
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from migrator.crontab.syntax import JobLine, Unreadable, read_crontab
from migrator.schedule.dialect import CRONIE
from migrator.schedule.expression import CronExpression
from migrator.schedule.occurrences import between
from migrator.sources.crontab_file import read_lines
from tests.oracle import virtual_cron
from tests.oracle.effort import EXAMPLES
from tests.oracle.test_lines_against_cron import (
    DAY_FIELDS,
    DAYS,
    FIELDS,
    LINES,
    MONTHS,
    NICKNAMES,
    reads_beyond,
    words,
)
from tests.oracle.virtual_cron import Window, daemon_accepts, watch

TABLE = Path(__file__).parent / "observed" / "cronie-1.7.2.txt"
UTC = ZoneInfo("UTC")
START = dt.datetime(2028, 2, 28, 22, tzinfo=UTC)
SEEN = Window("UTC", START, START + dt.timedelta(hours=28))
REFUSED = "refused"
asked = pytest.mark.skipif(shutil.which(virtual_cron.CRONIE.program) is None, reason="make cronie builds it")
parts = pytest.mark.part("gcc", "namespaces")

QUESTIONS = [
    *(f"{field} 4 * * * x" for field in [*FIELDS, *words("0-99/100 1-99/98 99-1 5~5 9~3 60~70 4294967301")]),
    *(f"7 {field} * * * x" for field in words("23 24 22-2 */24 mon 5/15 0-23/4")),
    *(f"7 4 {field} * * x" for field in DAYS),
    *(f"7 4 * {field} * x" for field in MONTHS),
    *(f"7 4 * * {field} x" for field in DAY_FIELDS),
    *("7 4 29 * 3 x", "7 4 */2 * 3 x", "7 4 1-31 * 3 x", "7 4 5,* * 3 x", "7 4 1 * */2 x", "7 4 29 2 * x"),
    *(f"{nickname} x" for nickname in NICKNAMES),
    *(line for line in LINES if not re.match(r"[0-9*]\S* [0-9*]", line) and not line.startswith("@")),
    *("-7 4 * * * x", "- 7 4 * * * x", "-@daily x", "7 4 * * * -n x", "7 4 * * * -n", "7 4 * * * -n -n x"),
    *("7 4 * * * -x y", "7 4 * * *", "7 4 * * * ", "7 4 * * * x\r", "7 4 * * *\r x", "7 4 * * * \udcff"),
    *("A=", "MAILTO=", "A='b '", "A='b'c", "A\x0c=b", "7 4 * * * x\x00", "7 4 * * * x\x00y", "A=b\x00c"),
]


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether cronie takes a line, and the starts of its job: how many, the first, the last."""

    taken: bool
    starts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join(self.starts) or "none" if self.taken else REFUSED


def answer(instants: Sequence[dt.datetime]) -> Answer:
    """The answer of a line that is taken."""
    if not instants:
        return Answer(taken=True)
    first, last = (f"{instant:%m-%dT%H:%M}" for instant in (instants[0], instants[-1]))
    return Answer(taken=True, starts=(str(len(instants)), first, last))


def ours(line: str) -> Answer | None:
    """Our reading; None where it is a matter of luck."""
    read = read_crontab(f"{line}\n", "user", CRONIE).lines[0]
    if isinstance(read, Unreadable):
        return Answer(taken=False)
    if not isinstance(read, JobLine) or line.lstrip(" \t-").startswith("@reboot"):
        return answer([])
    if not isinstance(read.schedule, CronExpression):
        return None
    return answer([slot.wall for slot in between(read.schedule, UTC, SEEN.start, SEEN.end)])


def shown(line: str, answer: Answer) -> str:
    """The answer as the table has it; a job with a dash in front leaves no word in the log."""
    return "not logged" if answer.taken and line.lstrip(" \t").startswith("-") else str(answer)


def observed() -> Iterator[tuple[str, str]]:
    """The table: the answer, a tab, the line with its odd characters escaped."""
    for row in TABLE.read_text().splitlines():
        if not row.startswith("#"):
            seen, _tab, line = row.partition("\t")
            yield line.encode("ascii").decode("unicode_escape"), seen


def as_bytes(line: str) -> bytes:
    return line.encode("utf-8", "surrogateescape") + b"\n"


def test_each_observed_line_is_read_as_cronie_read_it() -> None:
    table = dict(observed())
    assert len(table) > 200
    readings = {line: ours(line) for line in table}
    answers = {line: shown(line, one) for line, one in readings.items() if one}
    assert {line: one for line, one in answers.items() if one != table[line]} == {}
    drawn = [line for line, one in readings.items() if one is None]
    assert [line for line in drawn if "~" not in line] == []


@asked
@parts
def test_the_table_is_what_cronie_does() -> None:
    lines = list(dict.fromkeys(QUESTIONS))
    names = {f"L{index}": line for index, line in enumerate(lines)}
    record = watch({name: as_bytes(line) for name, line in names.items()}, SEEN, daemon=virtual_cron.CRONIE)
    found = {
        line: shown(
            line,
            Answer(taken=False)
            if name in record.refused
            else answer([dt.datetime.fromtimestamp(at, UTC) for at in record.starts[name]]),
        )
        for name, line in names.items()
        if ours(line) is not None
    }
    if os.environ.get("MIGRATOR_OBSERVE"):
        rows = [f"{seen}\t{line.encode('unicode_escape').decode()}\n" for line, seen in found.items()]
        TABLE.write_text("# cronie 1.7.2: starts, first and last of them; the line\n" + "".join(rows))
    assert found == dict(observed())


@asked
@parts
@pytest.mark.parametrize(
    ("jobs", "settings_above", "starts"), [(10_000, 1000, 3), (10_001, 0, 0), (1, 1001, 0)]
)
def test_a_crontab_of_too_many_jobs_or_settings_is_lost(jobs: int, settings_above: int, starts: int) -> None:
    text = b"A=b\n" * settings_above + b"0 0 1 1 * x\n" * (jobs - 1) + b"* * * * * y\n"
    seen = Window("UTC", START, START + dt.timedelta(minutes=3))
    assert len(watch({"a": text}, seen, daemon=virtual_cron.CRONIE).starts["a"]) == starts
    crontab = text.decode()
    for kind, lost in (("user", starts == 0), ("system", False)):
        found = read_lines("crontab", read_crontab(crontab, kind, CRONIE), scripts={}).findings
        assert ("CM102" in {one.code for one in found}) is lost


@asked
@parts
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(st.data())
def test_any_line_is_read_as_cronie_reads_it(data: st.DataObject) -> None:
    piece = st.sampled_from([*words("* 5 7 0 31 60 99 - / , mon feb @ daily = ' \" a x"), " ", "\t", "\r"])
    line = st.lists(piece, max_size=14).map("".join)
    field = line.map(lambda text: re.sub(r"[ \t]", "", text) or "*")
    job = st.lists(field, min_size=5, max_size=5).map(" ".join).map(lambda text: f"{text} x")
    lines = list(dict.fromkeys(data.draw(st.lists(line | job, min_size=150, max_size=200))))
    decided = [one for one in lines if not reads_beyond(one)]
    verdicts = daemon_accepts([as_bytes(one) for one in decided], daemon=virtual_cron.CRONIE)
    read = ((one, taken, ours(one)) for one, taken in zip(decided, verdicts, strict=True))
    assert {one: taken for one, taken, found in read if found and found.taken is not taken} == {}
