"""A year of Debian's cron in six zones: schedules by the thousand, every start, and ours beside them.

``python -m tests.oracle.year_of_cron 2000`` asks the daemon (8 minutes on two cores), says where
we differ, and writes down what the daemon did: observed/year-of-cron.txt. By that
test_year_of_cron.py judges us where there is no daemon.

One daemon runs hundreds of jobs. When the clock has gone ahead it pauses for ten seconds after
each missed minute that had jobs, so that neighbours move one another: on those days each job
has a daemon of its own, and the number of its starts counts.
"""

import datetime as dt
import hashlib
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from migrator.schedule.expression import parse
from migrator.schedule.occurrences import epoch_starts
from migrator.schedule.transitions import stretches
from tests.oracle.virtual_cron import Window, starts_alone, starts_of

ZONES = (
    "UTC",
    "Europe/Warsaw",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour
    "Africa/Casablanca",  # back for Ramadan
    "Antarctica/Troll",  # two hours
)
YEAR = 2026
OBSERVED = Path(__file__).with_name("observed") / "year-of-cron.txt"
AT_ONCE = 200  # jobs of one daemon
MOST_STARTS = 9000  # of one job in the year
HALF_DAY = 12 * 3600

Starts = dict[str, list[int]]
Asked = Callable[[Sequence[str], Window], Starts]


def drawn(count: int, seed: int = 4) -> list[str]:
    """Schedules in all the spellings that cron accepts, none of which starts all the time."""
    rng, found = random.Random(seed), dict[str, None]()
    year = year_in("UTC")
    while len(found) < count:
        text = " ".join(_field(rng, low, high) for low, high in ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7)))
        if (
            sum(1 for _start in epoch_starts(parse(text), ZoneInfo("UTC"), year.start, year.end))
            <= MOST_STARTS
        ):
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


def ours(texts: Sequence[str], window: Window) -> Starts:
    """Our starts in the window."""
    zone = ZoneInfo(window.zone)
    return {text: list(epoch_starts(parse(text), zone, window.start, window.end)) for text in texts}


def digests(texts: Sequence[str], ask: Asked, alone: Asked) -> dict[str, str]:
    """The number and the minutes of the starts of each, in all zones."""
    sums = {text: hashlib.sha256() for text in texts}
    counts = dict.fromkeys(texts, 0)
    for zone in ZONES:
        gaps = days_of_gaps(zone)
        year = ask(texts, year_in(zone))
        nights = [alone(texts, gap) for gap in gaps]
        for text in texts:
            minutes = [start // 60 for start in year[text] if not _is_within(start, gaps)]
            numbers = [len(starts[text]) for starts in nights]
            counts[text] += len(minutes) + sum(numbers)
            sums[text].update(f"{zone} {minutes} {numbers}\n".encode())
    return {text: f"{counts[text]} {sums[text].hexdigest()[:12]}" for text in texts}


def _is_within(start: int, windows: Sequence[Window]) -> bool:
    return any(one.start.timestamp() <= start < one.end.timestamp() for one in windows)


def observed() -> dict[str, str]:
    """What the daemon did, by schedule: how many starts, and the digest of their minutes."""
    rows = (line.split("\t") for line in OBSERVED.read_text().splitlines() if not line.startswith("#"))
    return {row[0]: row[1] for row in rows}


def _batches(texts: list[str]) -> Iterator[list[str]]:
    for first in range(0, len(texts), AT_ONCE):
        yield texts[first : first + AT_ONCE]


def main(count: int) -> int:
    """Ask the daemon about so many schedules; the status is 1 where we differ."""
    began, seen, differing = time.monotonic(), dict[str, str](), 0
    for batch in _batches(drawn(count)):
        daemons = digests(batch, starts_of, starts_alone)
        own = digests(batch, ours, ours)
        for text in batch:
            if daemons[text] != own[text]:
                differing += 1
                print(f"differs: {text}: cron {daemons[text]}, we {own[text]}", flush=True)
        seen |= daemons
        print(f"{len(seen)} schedules, {differing} differ, {time.monotonic() - began:.0f} s", flush=True)
    head = f"# Debian's cron in {YEAR}, {', '.join(ZONES)}: number of starts, digest of their minutes\n"
    OBSERVED.write_text(head + "".join(f"{text}\t{digest}\n" for text, digest in seen.items()))
    return 1 if differing else 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1])))
