"""Intervals that the team lets beat count: the entries and tasks, and what Celery makes of them."""

import datetime as dt
import importlib.util
import json
import shutil
from pathlib import Path
from types import ModuleType

import pytest
from celery import Celery
from celery.beat import ScheduleEntry

from tests.golden.test_generate import generate, run, tree

FOLDER = Path(__file__).with_name("intervals")
GOLDEN = {
    path.relative_to(FOLDER / "after").as_posix().removesuffix(".golden"): path.read_text()
    for path in (FOLDER / "after").rglob("*.golden")
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(FOLDER / "before", tmp_path_factory.mktemp("intervals") / "shop"))
    done = generate(folder, "--write")
    assert (done.returncode, "no task" in done.stderr) == (0, False)
    return folder


def schedule(shop: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("beat_schedule", shop / "shop" / "beat_schedule.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_is_written_is_the_golden_tree(shop: Path) -> None:
    assert len(GOLDEN) == 3
    assert GOLDEN.items() <= tree(shop).items()


def test_a_second_run_changes_nothing(shop: Path) -> None:
    assert generate(shop, "--check").returncode == 0


def test_the_generated_tests_pass(shop: Path) -> None:
    done = run(shop, "manage.py", "test")
    assert done.returncode == 0, done.stderr


def test_beat_counts_from_the_last_start(shop: Path) -> None:
    """It is due again 65 minutes later and no sooner, and an overdue one is sent at once."""
    began = dt.datetime(2026, 3, 29, 0, 30, tzinfo=dt.UTC)
    fields = schedule(shop).CELERY_BEAT_SCHEDULE["poll_feeds"]

    def due(after: dt.timedelta) -> bool:
        standing = fields["schedule"]
        standing.nowfun = lambda: began + after
        entry = ScheduleEntry(
            name="x", task=fields["task"], schedule=standing, last_run_at=began, app=Celery()
        )
        return bool(entry.is_due().is_due)

    minute = dt.timedelta(minutes=1)
    assert [due(n * minute) for n in (0, 60, 64, 65, 66, 500)] == [False, False, False, True, True, True]


def test_the_proof_says_that_both_count_as_many_seconds(shop: Path) -> None:
    told = run(shop, "-m", "migrator", "prove", "--format", "json")
    proofs = {one["job"]: one for one in json.loads(told.stdout)["proofs"]}
    assert {job: proofs[job]["schedules"] for job in ("poll_feeds", "count_stock")} == {
        "poll_feeds": ["schedule(run_every=3900)"],
        "count_stock": ["schedule(run_every=15)"],
    }
    assert proofs["poll_feeds"]["sentence"] == "counts the same 3900 seconds, from a start of its own"
    assert "no proof" not in told.stderr


def test_without_the_decision_the_job_is_left_out_and_told_how(shop: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(FOLDER / "before", tmp_path / "shop"))
    written = (other / "migrator.toml").read_text().partition("[jobs.count_stock]")[0]
    (other / "migrator.toml").write_text(written)
    told = generate(other).stderr
    assert "no task for poll_feeds: OnUnitActiveSec=65min counts 3900 seconds from a start" in told
    scanned = run(other, "-m", "migrator", "scan").stdout
    assert 'let beat count it: interval = "beat" in [jobs.poll_feeds] of migrator.toml' in scanned


def test_a_schedule_by_the_clock_needs_no_decision(shop: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(FOLDER / "before", tmp_path / "shop"))
    with (other / "migrator.toml").open("a") as settings:
        settings.write('\n[jobs.send_digest]\ninterval = "beat"\n')
    done = run(other, "-m", "migrator", "scan")
    assert done.returncode == 2
    assert "[jobs.send_digest] interval: 30 2 * * * is no interval" in done.stderr
