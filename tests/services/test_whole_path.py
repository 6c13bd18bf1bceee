"""From cron to Celery and out of the toolkit: the reference project with every real part, in one go."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.services.whole_path import JOBS, SCHEDULE, Town, town


@pytest.mark.part("rabbitmq", "postgresql", "cron", "root", "gcc")
def test_the_whole_path(rabbitmq_url: str, postgres_url: str, tmp_path: Path) -> None:
    with town(tmp_path, broker=rabbitmq_url, database=postgres_url) as place:
        recorded = instrumented(place)
        with place.celery():
            evidence_is_gathered(place)
            taken_out_and_back(place, recorded)
            place.applying("cutover", "apply", "--all", "--execute", "--reason", "this time for good")
            assert place.crontab() == without_the_jobs(recorded)
        left_without_the_toolkit(place)
        assert place.executed() == {(slot, job): 1 for slot in place.slots for job in JOBS}


def instrumented(place: Town) -> str:
    """The code is generated, the crontab of the container's start recorded; it is the answer."""
    assert place.run("sh", "crontabs/poradnia/install.sh").returncode == 0
    place.migrator("generate", "--write")
    place.manage("migrate", "-v0")
    place.migrator("instrument", "apply")
    place.migrator("sync")
    recorded = place.crontab()
    assert [recorded.count(f"cronwrap.py {job} -- ") for job in JOBS] == [1, 1, 1, 1]
    return recorded


def evidence_is_gathered(place: Town) -> None:
    """Shadow, turns, and Celery; nothing goes further than its evidence, and no risk is accepted."""
    place.migrator("owner", "--all", "shadow")
    early = place.migrator("owner", "--all", "alternate", code=1)
    assert "no slot has been compared in shadow yet" in early.stderr
    assert set(place.sides(place.pass_slot()).values()) == {"cron"}
    place.migrator("sync")
    place.migrator("owner", "--all", "alternate")
    turns = [place.sides(place.pass_slot()), place.sides(place.pass_slot())]
    assert {side for turn in turns for side in turn.values()} == {"cron", "celery"}
    place.migrator("sync")
    place.migrator("owner", "--all", "celery")
    assert "the owner is" in place.migrator("cutover", "apply", "--all", "--execute", code=1).stderr
    assert set(place.sides(place.pass_slot()).values()) == {"celery"}
    place.migrator("sync")
    verdicts = {job["id"]: (job["verdict"], job["reasons"]) for job in place.document("compare")["jobs"]}
    assert verdicts == dict.fromkeys(JOBS, ("safe", ["4 slots matched"]))


def taken_out_and_back(place: Town, recorded: str) -> None:
    """The report says yes, the lines go, two slots later they are back to the byte."""
    files = written(place)
    report = place.document("report", "--format", "json")
    assert [job["verdict"] for job in report["jobs"]] == ["safe"] * len(JOBS)
    plan = place.document("cutover", "plan", "--all")
    assert [one["hindrances"] for one in plan["jobs"]] == [[]] * len(JOBS)
    place.applying("cutover", "apply", "--all", "--plan", plan["plan"], "--execute", "--reason", "a test")
    assert place.crontab() == without_the_jobs(recorded)
    assert set(place.sides(place.pass_slot()).values()) == {"celery"}
    status = place.document("cutover", "status", "--host")
    assert {(one["owner"], one["cutover"]) for one in status["jobs"]} == {("retired", "applied")}
    assert (status["findings"], [one["runs_from"] for one in status["jobs"]]) == ([], [[]] * len(JOBS))
    place.migrator("check")

    place.applying("cutover", "rollback", "--all", "--execute", "--reason", "a test")
    assert (place.crontab(), written(place)) == (recorded, files)
    assert set(place.sides(place.pass_slot()).values()) == {"celery"}


def left_without_the_toolkit(place: Town) -> None:
    """What is left of cron is named and goes; then the toolkit goes, and the next slot comes all the same."""
    code = place.folder / "code"
    place.migrator("residue", "--watch", "--host")
    left = place.document("residue", "--host", code=1)["findings"]
    print(left)
    place.migrator("finish", "--execute")
    crontab = place.crontab()
    print(crontab)
    shutil.rmtree(code / "crontabs")
    with place.celery(toolkit=False):
        place.migrator("finish", "--drop-tables", "--execute")
        assert set(place.sides(place.pass_slot()).values()) == {"celery"}
    assert place.crontab() == crontab


def without_the_jobs(recorded: str) -> str:
    """Each line of a job behind its marker, and the one that syncs."""
    line = rf"^({re.escape(SCHEDULE)} .*cronwrap\.py (\w+) -- )"
    marked = re.sub(line, r"#migrator retired \2: \1", recorded, flags=re.MULTILINE)
    return re.sub(r"^(\* .* # migrator sync)$", r"#migrator retired .sync: \1", marked, flags=re.MULTILINE)


def written(place: Town) -> dict[str, bytes]:
    """The files that a cutover edits beside the crontab."""
    folder = place.folder / "code/crontabs/poradnia"
    return {path.name: path.read_bytes() for path in folder.iterdir()}
