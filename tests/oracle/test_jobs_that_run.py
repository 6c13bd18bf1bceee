"""What the real daemons do while jobs run: here they are run, and a virtual minute takes milliseconds."""

import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.oracle.virtual_cron import CRONIE, DEBIAN, Daemon, Record, Window, watch

asked = pytest.mark.skipif(shutil.which(CRONIE.program) is None, reason="make cronie builds it")
pytestmark = pytest.mark.part("cron", "gcc", "namespaces", "root")

START = dt.datetime(2026, 5, 4, 10, tzinfo=dt.UTC)
DAEMONS = [pytest.param(DEBIAN, id="debian"), pytest.param(CRONIE, id="cronie", marks=asked)]
MINUTE = 200  # milliseconds


def run(daemon: Daemon, crontabs: dict[str, str], minutes: int) -> Record:
    window = Window("UTC", START, START + dt.timedelta(minutes=minutes))
    texts = {name: text.encode() for name, text in crontabs.items()}
    return watch(texts, window, daemon=replace(daemon, minute=MINUTE))


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    tmp_path.chmod(0o755)
    return tmp_path / "notes"


@pytest.mark.parametrize("daemon", DAEMONS)
def test_a_job_that_is_still_running_is_started_again(daemon: Daemon, notes: Path) -> None:
    """Ten minutes of one that takes longer: all are there at once."""
    line = f"* * * * * echo began >> {notes}; sleep {10 * MINUTE / 1000}; echo ended >> {notes}\n"
    seen = run(daemon, {"a": line}, 8)
    assert len(seen.starts["a"]) == 8
    said = notes.read_text().split()
    assert said.count("began") == said.count("ended") == 8
    assert said[:4] == ["began"] * 4


SPOOL = "/var/spool/cron/crontabs"


def minutes_of_b(daemon: Daemon, change: str) -> list[int]:
    """The minutes after ten in which its job starts; a job of another crontab writes it at five past."""
    seen = run(daemon, {"a": f"5 10 * * * {change}\n", "b": "# nothing yet\n"}, 10)
    return [dt.datetime.fromtimestamp(at, dt.UTC).minute for at in seen.starts["b"]]


@pytest.mark.parametrize("daemon", DAEMONS)
def test_a_change_of_a_crontab_is_seen_at_the_next_minute(daemon: Daemon) -> None:
    """crontab(1) touches the folder, too."""
    change = f"echo '* * * * * x' >> {SPOOL}/b; touch {SPOOL}"
    assert minutes_of_b(daemon, change) == [6, 7, 8, 9]


def test_debians_cron_does_not_look_into_a_folder_that_nobody_touched() -> None:
    assert minutes_of_b(DEBIAN, f"echo '* * * * * x' >> {SPOOL}/b") == []


@asked
def test_cronie_looks_at_each_file() -> None:
    assert minutes_of_b(CRONIE, f"echo '* * * * * x' >> {SPOOL}/b") == [6, 7, 8, 9]
