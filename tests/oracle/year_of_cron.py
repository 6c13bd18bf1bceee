"""A year of a daemon in six zones: schedules by the thousand, every start, and ours beside them.

``python -m tests.oracle.year_of_cron 2000 debian`` asks the daemon, says where we differ, and
writes down what it did: observed/year-of-cron.txt. With ``busybox``, ``cronie`` (after `make
cronie`), ``cronie-zone``, a cronie in UTC with CRON_TZ, and ``supercronic``, Go's package in its
loop, observed/year-of-NAME.txt. By that test_year_of_cron.py judges us where there is no daemon.
What a table has is not asked again: take the table away to ask anew.

One daemon runs hundreds of jobs. When the clock has gone ahead Debian's and cronie pause for ten seconds
after each missed minute that had jobs, so that neighbours move one another: on those days each
job has a daemon of its own, and the number of its starts counts.
"""

import datetime as dt
import hashlib
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from migrator.errors import BadExpression
from migrator.schedule.dialect import BUSYBOX, CRONIE, DEBIAN, SUPERCRONIC, Dialect
from migrator.schedule.expression import parse
from migrator.schedule.occurrences import epoch_starts
from migrator.schedule.policy import WALL_CLOCK
from migrator.schedule.transitions import stretches
from tests.oracle import go_crons, virtual_busybox, virtual_cron, virtual_cronie
from tests.oracle.virtual_cron import Window

ZONES = (
    "UTC",
    "Europe/Warsaw",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour
    "Africa/Casablanca",  # back for Ramadan
    "Antarctica/Troll",  # two hours
)
YEAR = 2026
MOST_STARTS = 9000  # of one job in the year
HALF_DAY = 12 * 3600
# the jobs below a CRON_TZ line follow its wall clock, whatever their kind
ZONED_CRONIE = replace(CRONIE, program="cronie with CRON_TZ", policy=WALL_CLOCK)

Starts = dict[str, list[int]]
Asked = Callable[[Sequence[str], Window], Starts]


@dataclass(frozen=True, slots=True)
class Judge:
    """A daemon, how it is asked, and where its answers are written down.

    ``alone`` asks it about one job at a time, on the days on which its jobs hold one another up.
    """

    dialect: Dialect
    ask: Asked
    alone: Asked | None
    at_once: int  # jobs of one daemon
    name: str

    @property
    def table(self) -> Path:
        """The file of what it did."""
        return Path(__file__).with_name("observed") / f"{self.name}.txt"

    def ours(self, texts: Sequence[str], window: Window) -> Starts:
        """Our starts in the window."""
        zone = ZoneInfo(window.zone)
        return {
            text: list(epoch_starts(parse(text, self.dialect), zone, window.start, window.end))
            for text in texts
        }

    def own_digests(self, texts: Sequence[str]) -> dict[str, str]:
        """The digests that we give."""
        return digests(texts, self.ours, self.ours if self.alone else None)

    def its_digests(self, texts: Sequence[str]) -> dict[str, str]:
        """The digests that the daemon gives."""
        return digests(texts, self.ask, self.alone)

    def observed(self) -> dict[str, str]:
        """What the daemon did, by schedule: how many starts, and the digest of their minutes."""
        lines = self.table.read_text().splitlines() if self.table.exists() else []
        rows = (line.split("\t") for line in lines if not line.startswith("#"))
        return {row[0]: row[1] for row in rows}


JUDGES = {
    "debian": Judge(DEBIAN, virtual_cron.starts_of, virtual_cron.starts_alone, 200, "year-of-cron"),
    "busybox": Judge(BUSYBOX, virtual_busybox.starts_of, None, 1000, "year-of-busybox"),
    "cronie": Judge(CRONIE, virtual_cronie.starts_of, virtual_cronie.starts_of_each, 250, "year-of-cronie"),
    "cronie-zone": Judge(ZONED_CRONIE, virtual_cronie.starts_in_a_zone, None, 500, "year-of-cronie-zone"),
    "supercronic": Judge(
        SUPERCRONIC, partial(go_crons.starts_of, "cronexpr"), None, 500, "year-of-supercronic"
    ),
}


def drawn(count: int, dialect: Dialect, seed: int = 4) -> list[str]:
    """Schedules in all the spellings that the dialect accepts, none of which starts all the time."""
    rng, found = random.Random(seed), dict[str, None]()
    year = year_in("UTC")
    while len(found) < count:
        text = " ".join(_field(rng, low, high) for low, high in ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7)))
        try:
            expression = parse(text, dialect)
        except BadExpression:
            continue
        starts = epoch_starts(expression, ZoneInfo("UTC"), year.start, year.end)
        if sum(1 for _start in starts) <= MOST_STARTS:
            found[text] = None
    return list(found)


def _field(rng: random.Random, low: int, high: int) -> str:
    if rng.random() < 0.3:
        return "*"
    return ",".join(_element(rng, low, high) for _ in range(rng.choice((1, 1, 1, 2, 3))))


def _element(rng: random.Random, low: int, high: int) -> str:
    night = rng.random() < 0.5 and high == 23
    values = [str(rng.randint(0, 4) if night else rng.randint(low, high)) for _ in range(2)]
    step = f"/{rng.randint(1, high + 5)}"
    spans = ("*" + step, "-".join(values), "-".join(sorted(values, key=int)) + step)
    return rng.choice((values[0], values[0], *spans))


def year_in(zone: str) -> Window:
    """The year by the zone's own clock."""
    begin, end = (dt.datetime(year, 1, 1, tzinfo=ZoneInfo(zone)) for year in (YEAR, YEAR + 1))
    return Window(zone, begin, end)


def days_of_gaps(zone: str) -> list[Window]:
    """The half days before and after each of the year's gaps."""
    utc = [(one.since, one.offset - one.before) for one in stretches(ZoneInfo(zone), YEAR)]
    gaps = [dt.datetime.fromtimestamp(since, dt.UTC) for since, shift in utc if shift > 0]
    half = dt.timedelta(seconds=HALF_DAY)
    return [Window(zone, gap - half, gap + half) for gap in gaps]


def digests(texts: Sequence[str], ask: Asked, alone: Asked | None) -> dict[str, str]:
    """The number and the minutes of the starts of each, in all zones."""
    sums = {text: hashlib.sha256() for text in texts}
    counts = dict.fromkeys(texts, 0)
    for zone in ZONES:
        gaps = days_of_gaps(zone) if alone else []
        year = ask(texts, year_in(zone))
        nights = [alone(texts, gap) for gap in gaps] if alone else []
        for text in texts:
            minutes = [start // 60 for start in year[text] if not _is_within(start, gaps)]
            numbers = [len(starts[text]) for starts in nights]
            counts[text] += len(minutes) + sum(numbers)
            sums[text].update(f"{zone} {minutes} {numbers}\n".encode())
    return {text: f"{counts[text]} {sums[text].hexdigest()[:12]}" for text in texts}


def _is_within(start: int, windows: Sequence[Window]) -> bool:
    return any(one.start.timestamp() <= start < one.end.timestamp() for one in windows)


def _batches(texts: list[str], size: int) -> Iterator[list[str]]:
    for first in range(0, len(texts), size):
        yield texts[first : first + size]


def main(count: int, name: str) -> int:
    """Ask the daemon about what its table lacks of so many schedules; the status is 1 where we differ."""
    judge = JUDGES[name]
    began, seen, differing = time.monotonic(), judge.observed(), 0
    asked = [text for text in drawn(count, judge.dialect) if text not in seen]
    for batch in _batches(asked, judge.at_once):
        daemons, own = judge.its_digests(batch), judge.own_digests(batch)
        for text in batch:
            if daemons[text] != own[text]:
                differing += 1
                print(f"differs: {text}: {name} {daemons[text]}, we {own[text]}", flush=True)
        seen |= daemons
        print(f"{len(seen)} schedules, {differing} differ, {time.monotonic() - began:.0f} s", flush=True)
        who = judge.dialect.program
        head = f"# {who} in {YEAR}, {', '.join(ZONES)}: number of starts, digest of their minutes\n"
        judge.table.write_text(head + "".join(f"{text}\t{digest}\n" for text, digest in seen.items()))
    return 1 if differing else 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]), sys.argv[2]))
