"""Which slot a start belongs to, who owns it, and what that makes cronwrap do."""

import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.cronwrap import EARLY, TAKEN, Table, take
from tests.contract.cronwrapped import Cronwrapped, on_clock

NOON = 1_790_000_040  # a whole minute
EXECUTES = ["cron", "shadow", "sandbox", "alternate-cron"]
YIELDS = ["celery", "retired", "alternate-celery"]

Row = tuple[int, str, str]


@pytest.fixture
def cronwrap(tmp_path: Path) -> Cronwrapped:
    return Cronwrapped(tmp_path / "spool")


def table_text(rows: list[Row], **settings: object) -> str:
    head = [f"{key.replace('_', '-')} {value}\n" for key, value in settings.items()]
    return "".join(
        ["migrator-slots 1\n", *head, "\n", *(f"{due} {slot} {owner}\n" for due, slot, owner in rows)]
    )


def minutely(owner: str, first: int = -1, last: int = 3) -> list[Row]:
    """Slots of the minutes around now, so that a test may run across the turn of a minute."""
    minute = int(time.time()) // 60 * 60
    return [(minute + 60 * n, f"slot-{minute + 60 * n}", owner) for n in range(first, last)]


def chosen(rows: list[Row], now: float, taken: tuple[str, ...] = (), **settings: object) -> str | None:
    row = Table(table_text(rows, **settings)).choose(now, list(taken))
    return row[1] if row else None


@pytest.mark.parametrize("owner", YIELDS)
def test_where_celery_owns_the_slot_nothing_runs_and_nothing_is_said(
    cronwrap: Cronwrapped, owner: str
) -> None:
    cronwrap.table(table_text(minutely(owner)))
    done = cronwrap.sh("echo ran; exit 7")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    start, end = cronwrap.records()
    assert (start["owner"], start["action"], end["exit"], end["output_bytes"]) == (owner, "yield", 0, 0)
    assert start["slot"] == f"slot-{start['due']}"


@pytest.mark.parametrize("owner", EXECUTES)
def test_where_cron_owns_the_slot_the_job_runs(cronwrap: Cronwrapped, owner: str) -> None:
    cronwrap.table(table_text(minutely(owner)))
    done = cronwrap.sh("echo $MIGRATOR_SLOT; exit 7")
    start = cronwrap.records()[0]
    assert (done.returncode, done.stdout.decode()) == (7, f"{start['slot']}\n")
    assert (start["owner"], start["action"]) == (owner, "execute")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "migrator-slots 2\n\n",
        "migrator-slots 1\nowner-after celery\n",
        "migrator-slots 1\nowner-after\n\n",
        "migrator-slots 1\ntolerance soon\nowner-after celery\n\n",
        "migrator-slots 1\nowner-after celery\n\nnoon slot celery\n",
        "migrator-slots 1\nowner-after celery\n\n1790000040 slot celery",
        "migrator-slots 1\nowner-after celery\n\n1790000040 slot\n",
        "migrator-slots 1\nowner-after nobody\n\n",
        "migrator-slots 1\nowner-after céléry\n\n",
    ],
)
def test_a_table_that_is_not_one_leaves_the_job_to_cron(cronwrap: Cronwrapped, text: str) -> None:
    cronwrap.table(text)
    assert cronwrap.sh("exit 7").returncode == 7
    assert [cronwrap.records()[0][key] for key in ("owner", "slot", "demo")] == ["cron", None, False]


def test_an_unknown_owner_word_leaves_the_slot_to_cron(cronwrap: Cronwrapped) -> None:
    cronwrap.table(table_text(minutely("nomad")))
    assert cronwrap.sh("exit 7").returncode == 7
    assert cronwrap.records()[0]["owner"] == "cron"


def test_a_table_behind_a_symbolic_link_decides_nothing(cronwrap: Cronwrapped) -> None:
    cronwrap.table(table_text(minutely("celery")), job="real")
    (cronwrap.spool / "jobs" / "nightly").symlink_to("real")
    assert cronwrap.sh("exit 7").returncode == 7


def test_a_job_of_a_name_that_leads_elsewhere_reads_no_table(cronwrap: Cronwrapped) -> None:
    cronwrap.table(table_text(minutely("celery")), job="real")
    assert cronwrap.run("/bin/false", job="../jobs/real").returncode == 1
    assert cronwrap.records()[0]["owner"] == "cron"


def test_demonstration_slots_are_marked(cronwrap: Cronwrapped) -> None:
    cronwrap.table(table_text(minutely("shadow"), demo=1))
    cronwrap.run("true")
    assert cronwrap.records()[0]["demo"] is True


def test_every_start_takes_another_slot_until_none_is_left(cronwrap: Cronwrapped) -> None:
    rows = minutely("shadow", first=-4, last=1)  # may be one minute short, never one too many
    cronwrap.table(table_text(rows))
    for _ in range(6):
        cronwrap.run("true")
    slots = [record["slot"] for record in cronwrap.records() if record["event"] == "start"]
    assert sorted(slots[:5]) == [slot for _, slot, _ in rows]
    assert slots[5] is None


def test_starts_at_the_same_moment_take_different_slots(cronwrap: Cronwrapped) -> None:
    cronwrap.table(table_text(minutely("shadow", first=-9, last=1)))
    wrappers = [cronwrap.start("exit 0") for _ in range(10)]
    for wrapper in wrappers:
        wrapper.communicate(timeout=60)
    slots = [record["slot"] for record in cronwrap.records() if record["event"] == "start"]
    assert len(set(slots)) == 10


def test_the_memory_of_taken_slots_is_bounded_and_may_be_lost(tmp_path: Path) -> None:
    path = tmp_path / "taken" / "nightly"
    for minute in range(TAKEN + 50):
        due = NOON + 60 * minute
        assert take(Table(table_text([(due, f"s{minute}", "cron")])), str(path), due)
    assert path.read_text().split() == [f"s{minute}" for minute in range(50, TAKEN + 50)]
    path.write_bytes(b"\xff\x00 torn")
    table = Table(table_text([(NOON, "noon", "cron")]))
    assert take(table, str(path), NOON) == (NOON, "noon", "cron")
    path.unlink()
    assert take(table, str(path), NOON) == (NOON, "noon", "cron")
    assert take(table, str(path), NOON) is None


@pytest.mark.parametrize(("owner", "runs"), [("cron", 5), ("celery", 0)])
def test_a_clock_that_is_put_back_changes_no_job_s_fate_and_no_slot_is_taken_twice(
    cronwrap: Cronwrapped, owner: str, runs: int
) -> None:
    """Cron starts the same minutes again, as it did before us; the repeated starts are in no slot."""
    cronwrap.table(table_text([(NOON + 60 * n, f"slot-{n}", owner) for n in range(9)]))
    outputs = [
        subprocess.run(on_clock(cronwrap.argv("echo", "ran"), NOON + 60 * n), capture_output=True).stdout
        for n in (0, 1, 0, 1, 2)
    ]
    assert outputs.count(b"ran\n") == runs
    starts = [record for record in cronwrap.records() if record["event"] == "start"]
    assert [start["slot"] for start in starts] == ["slot-0", "slot-1", None, None, "slot-2"]
    assert {start["owner"] for start in starts} == {owner}


def test_the_memory_is_as_open_as_the_spool(cronwrap: Cronwrapped) -> None:
    cronwrap.table(table_text(minutely("shadow")))
    cronwrap.spool.chmod(0o1770)
    cronwrap.run("true")
    assert (cronwrap.spool / "taken").stat().st_mode & 0o7777 == 0o1770


def test_a_start_takes_the_slot_of_its_minute_before_an_older_one() -> None:
    rows = [(NOON - 60, "before", "cron"), (NOON, "now", "cron")]
    assert chosen(rows, NOON + 30) == "now"
    assert chosen(rows, NOON + 30, ("now",)) == "before"


def test_a_late_start_takes_the_oldest_free_slot_within_tolerance() -> None:
    rows = [(NOON - 3600, "ancient", "cron"), (NOON - 300, "old", "cron"), (NOON - 60, "newer", "cron")]
    assert chosen(rows, NOON + 30) == "old"
    assert chosen(rows, NOON + 30, ("old",)) == "newer"
    assert chosen(rows, NOON + 30, tolerance=100) == "newer"
    assert chosen(rows, NOON + 30, tolerance=10) is None


def test_a_clock_that_trails_by_a_moment_still_finds_the_slot() -> None:
    assert chosen([(NOON, "noon", "cron")], NOON - EARLY) == "noon"
    assert chosen([(NOON, "noon", "cron")], NOON - EARLY - 1) is None


def test_a_start_in_no_slot_has_the_owner_in_force() -> None:
    table = Table(table_text([(NOON, "a", "shadow"), (NOON + 600, "b", "celery")], owner_after="retired"))
    assert table.owner_at(NOON) == "shadow"
    assert table.owner_at(NOON + 599.9) == "shadow"
    assert table.owner_at(NOON + 600) == "retired"  # after the last row
    assert table.owner_at(NOON - 1) == "retired"  # no row yet in force
    assert Table(table_text([(NOON, "a", "celery")])).owner_at(NOON + 1) == "celery"
    assert Table(table_text([(NOON, "a", "celery")])).owner_at(NOON - 1) == "cron"
    assert Table(table_text([])).owner_at(NOON) == "cron"


ROWS = st.lists(st.tuples(st.integers(-90, 90), st.sampled_from(EXECUTES + YIELDS)), max_size=40).map(
    lambda drawn: [(NOON + 20 * n, f"{i}", owner) for i, (n, owner) in enumerate(sorted(drawn))]
)
MOMENTS = st.floats(NOON - 2000, NOON + 2000)


@given(ROWS, MOMENTS, st.integers(0, 1500), st.sets(st.integers(0, 40).map(str)))
def test_the_slot_is_the_one_that_the_rule_names(
    rows: list[Row], now: float, tolerance: int, taken: set[str]
) -> None:
    free = [row for row in rows if row[1] not in taken]
    this_minute = [row for row in free if row[0] >= now - now % 60 and row[0] <= now + EARLY]
    not_too_late = [row for row in free if now - tolerance <= row[0] <= now]
    expected = next(iter(this_minute + not_too_late), None)
    assert Table(table_text(rows, tolerance=tolerance)).choose(now, list(taken)) == expected


@given(ROWS, MOMENTS, st.none() | st.sampled_from(EXECUTES + YIELDS))
def test_the_owner_is_that_of_the_last_row_due(rows: list[Row], now: float, after: str | None) -> None:
    due = [owner for moment, _, owner in rows if moment <= now]
    over = len(due) in (0, len(rows))
    expected = after if over and after else due[-1] if due else "cron"
    settings = {"owner_after": after} if after else {}
    assert Table(table_text(rows, **settings)).owner_at(now) == expected


@pytest.mark.parametrize("owner", ["cron", "celery"])
def test_a_clock_that_is_put_back_repeats_a_minute_and_takes_no_slot_twice(
    cronwrap: Cronwrapped, tmp_path: Path, owner: str
) -> None:
    """Cron starts the minute again, with us or without us; the slot stays with its first run."""
    rows = [(NOON + 60 * n, f"slot-{n}", owner) for n in range(-1, 3)]
    cronwrap.table(table_text(rows, tolerance=30))
    effects = tmp_path / "effects"
    for now in (NOON + 1, NOON + 61, NOON + 1.5, NOON + 61.5, NOON + 121):  # put back by a minute
        argv = cronwrap.argv("/bin/sh", "-c", f"echo ran >>{effects}")
        assert subprocess.run(on_clock(argv, now), timeout=60, check=False).returncode == 0
    starts = [record for record in cronwrap.records() if record["event"] == "start"]
    assert [record["slot"] for record in starts] == ["slot-0", "slot-1", None, None, "slot-2"]
    ran = effects.read_text().count("ran") if effects.exists() else 0
    assert ran == (5 if owner == "cron" else 0)
    assert [record["event"] for record in cronwrap.records()].count("end") == 5
