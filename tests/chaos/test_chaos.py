"""Everything is killed, cut off, filled up, delayed and sent again, and no slot's effect happens twice.

``make chaos`` plays for MINUTES=10; among the other tests it takes two minutes. SEED plays one again.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.cron_host import cron_host
from tests.chaos.faults import Chaos
from tests.chaos.office import Office, judged, office
from tests.chaos.simulated import Day

MINUTES = int(os.environ.get("MIGRATOR_CHAOS_MINUTES", "1"))
SEED = int(os.environ.get("MIGRATOR_CHAOS_SEED") or time.time_ns() % 1_000_000)
LONG = MINUTES > 1
LONGEST = 20.0 if LONG else 4.0  # seconds of a fault
EVERY = (1.0, 6.0) if LONG else (1.0, 4.0)  # seconds between two
LIVE = {f"job{number:02}": "* * * * *" for number in range(20)}
HOURS = 24 if LONG else 4
SIMULATED = {f"job{number:02}": "*/10 * * * *" for number in range(8 if LONG else 2)}

pytestmark = pytest.mark.part("rabbitmq", "postgresql", "cron", "root")


@pytest.fixture
def staffed(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """The office of these jobs, with a virtual host and a database of its own."""

    @contextmanager
    def opened(jobs: dict[str, str]) -> Iterator[Office]:
        broker, database = (request.getfixturevalue(name) for name in ("rabbitmq", "postgresql"))
        with (
            broker.fresh() as broker_url,
            database.fresh() as database_url,
            office(tmp_path, jobs, broker=broker_url, database=database_url) as found,
        ):
            yield found

    return opened


def accept(found: Office, chaos: Chaos, what: str, **facts: Any) -> None:
    """Print what was shown; fail with the seed and the story of each slot that is not as it must be."""
    verdict = judged(found, unwritable=chaos.unwritable, **facts)
    missed = sum(verdict["missed"].values())
    sys.stdout.write(
        f"\n{what}, seed {SEED}: {sum(chaos.count.values())} faults, "
        f"{chaos.again} messages sent again, {verdict['slots']} slots: "
        f"{verdict['once']} executed once ({verdict['sides']}), {verdict['twice']} twice, "
        f"{missed} missed and reported, {verdict['unrecorded']} executed while the disk took no record, "
        f"{verdict['repeated']} minutes repeated by a clock put back\n"
        f"  faults: {dict(chaos.count)}\n  outcomes: {verdict['outcomes']}\n"
    )
    for reason, count in verdict["missed"].items():
        sys.stdout.write(f"  missed {count}: {reason}\n")
    stories = "\n\n".join(verdict["offences"][:20])
    assert not verdict["offences"], f"seed {SEED}: {len(verdict['offences'])} slots\n\n{stories}"
    assert verdict["once"] > missed


def test_a_day_in_which_cron_and_celery_take_turns(staffed: Any) -> None:
    """Many hours, by driving the parts: cronwrap on the day's clock, and beat's messages of the day."""
    rng = random.Random(SEED)
    with staffed(SIMULATED) as found:
        day = Day(found, rng, hours=HOURS)
        chaos = Chaos(found, rng, longest=LONGEST / 2, since=day.begin)
        day.hand_over()
        for moment in day.moments():
            chaos.tick(EVERY)
            day.play(moment, chaos)
        chaos.end()
        found.drained()
        for worker in found.workers:
            worker.stop()
        day.ship()
        accept(found, chaos, f"{HOURS} hours simulated", start=day.begin, end=day.end)


def test_cron_and_celery_side_by_side_while_everything_fails(staffed: Any) -> None:
    """Real cron, two beats, two workers, and people who change their minds."""
    rng = random.Random(SEED)
    with staffed(LIVE) as found:
        found.python(
            "for number, job in enumerate(JOBS.values()):\n"
            "    owner = ('celery', 'shadow', 'cron', 'celery')[number % 4]\n"
            "    at = timezone.now() - dt.timedelta(hours=1)\n"
            "    models.Handover.objects.create(job=job.definition.id, owner=owner, previous='cron',\n"
            "        from_due=at, from_slot='-', who='test')\n"
        )
        with cron_host(found.folder, found.project.environment, LIVE) as host:
            for one in found.kept:
                one.keep()
            begin = (time.time() + 8) // 60 * 60 + 60
            chaos = Chaos(found, rng, longest=LONGEST, since=begin)
            chaos.on_cron_host(host)
            while time.time() < begin - 3:
                time.sleep(0.1)
            end = begin + 60 * MINUTES
            while time.time() < end - 35:
                chaos.tick(EVERY)
                time.sleep(0.05)
            host.retire()
            chaos.end()
            for beat in found.beats:
                beat.stop()
            time.sleep(LONGEST)  # what was sent with a delay
            found.drained()
            for worker in found.workers:
                worker.stop()
            done = host.sync()
            assert done.returncode == 0, done.stderr
            accept(found, chaos, f"{MINUTES} minutes live", start=begin, end=end)
            log = (found.folder / "sync.log").read_text()
            assert "Traceback" not in log, log[-3000:]
            started = datetime.fromtimestamp(begin, UTC)
            sys.stdout.write(f"  from {started:%H:%M} UTC; sync said: {sorted(set(log.splitlines()))[:8]}\n")
