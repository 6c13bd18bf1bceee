"""What Debian's daemon does with whole crontabs: asked of the daemon, one fact a test.

docs/reference/cron-and-celery.md lists the facts, and what the tool does about each.
"""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from migrator.schedule.expression import parse
from migrator.schedule.occurrences import between
from tests.oracle.virtual_cron import Window, watch

pytestmark = pytest.mark.part("cron", "gcc", "namespaces")

WARSAW = ZoneInfo("Europe/Warsaw")


def window(zone: str, start: str, hours: float) -> Window:
    begin = dt.datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone))
    return Window(zone, begin, begin + dt.timedelta(hours=hours))


def clocks(starts: list[int], zone: str = "UTC", shape: str = "%H:%M") -> list[str]:
    return [f"{dt.datetime.fromtimestamp(at, ZoneInfo(zone)):{shape}}" for at in starts]


def test_a_start_is_in_the_first_second_of_its_minute() -> None:
    seen = watch({"a": b"*/20 * * * * x\n"}, window("UTC", "2026-05-04T10:00", 1))
    assert clocks(seen.starts["a"], shape="%H:%M:%S") == ["10:00:01", "10:20:01", "10:40:01"]


@pytest.mark.parametrize(
    ("crontab", "starts"),
    [
        (b"1,1,1 * * * * x\n", 1),
        (b"1 * * * * x\n1 * * * * x\n", 2),
        (b"1 * * * * x\n1 * * * * y\n", 2),
        (b"1 * * * * x\n61 * * * * y\n", 0),
        (b"1 * * * * x", 0),
        (b"1 * * * * x\n0 0 * * fri-sun y\n", 1),
    ],
    ids=["a value twice", "a line twice", "two jobs", "a bad line", "no newline", "a line that never fires"],
)
def test_the_starts_of_a_file(crontab: bytes, starts: int) -> None:
    seen = watch({"a": crontab}, window("UTC", "2026-05-04T10:00", 1))
    assert len(seen.starts["a"]) == starts


@pytest.mark.parametrize("setting", ["TZ=Asia/Tokyo", "CRON_TZ=Asia/Tokyo", "RANDOM_DELAY=30"])
def test_no_setting_of_a_crontab_moves_a_start(setting: str) -> None:
    seen = watch({"a": f"{setting}\n0 3 * * * x\n".encode()}, window("UTC", "2026-05-04T00:00", 24))
    assert clocks(seen.starts["a"]) == ["03:00"]


def test_the_last_line_of_a_minute_starts_first() -> None:
    seen = watch({"a": b"5 * * * * first\n5 * * * * second\n"}, window("UTC", "2026-05-04T10:00", 1))
    assert [message.rsplit("(", 1)[1] for _at, message in seen.jobs] == ["second)", "first)"]


def test_the_minute_in_which_the_daemon_starts_is_not_run() -> None:
    seen = watch({"a": b"30 2 * * * x\n"}, window("UTC", "2026-05-04T02:30:30", 23.9))
    assert seen.jobs == ()


SPRING = window("Europe/Warsaw", "2026-03-29T00:00", 6)


def test_a_missed_start_waits_for_ten_seconds_after_each_minute_of_any_crontab() -> None:
    """A neighbour with a job in each missed minute moves the others; without it they start at 03:00."""
    lines = {"a": b"30 2 * * * x\n", "b": b"0 3 * * * x\n"}
    alone = watch(lines, SPRING)
    assert clocks([*alone.starts["a"], *alone.starts["b"]], "Europe/Warsaw") == ["03:00", "03:00"]
    beside = watch({**lines, "c": b"0-59 2 * * * y\n"}, SPRING)
    (half_past_two,), (three,) = beside.starts["a"], beside.starts["b"]
    assert clocks([half_past_two, three], "Europe/Warsaw") == ["03:04", "03:08"]


def test_the_slot_keeps_its_name_whatever_the_pace() -> None:
    slots = between(parse("30 2 * * *"), WARSAW, SPRING.start, SPRING.end)
    assert [(slot.name, f"{slot.due.astimezone(WARSAW):%H:%M}") for slot in slots] == [
        ("2026-03-29T02:30+01:00", "03:00")
    ]
