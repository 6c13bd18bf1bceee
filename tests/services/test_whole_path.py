"""From cron to Celery and out of the toolkit: the reference project with every real part, in one go."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.services.whole_path import JOBS, MIGRATOR, SCHEDULE, Town, town


@pytest.mark.part("rabbitmq", "postgresql", "cron", "root", "gcc")
def test_the_whole_path(rabbitmq_url: str, postgres_url: str, tmp_path: Path) -> None:
    with town(tmp_path, broker=rabbitmq_url, database=postgres_url) as place:
        assert place.run("sh", "crontabs/poradnia/install.sh").returncode == 0
        installed = place.crontab()
        recorded = instrumented(place)
        with place.celery():
            evidence_is_gathered(place)
            taken_out_and_back(place, recorded)
            # a busy machine's cron may have been much slower than its worker by now
            place.applying("cutover", "apply", "--all", "--execute", "--accept", "a busy machine")
            assert place.crontab() == without_the_jobs(recorded)
        left_without_the_toolkit(place, installed)
        assert place.executed() == {(slot, job): 1 for slot in place.slots() for job in JOBS}


def instrumented(place: Town) -> str:
    """The code is generated, and the recorder stands in front of the container's lines."""
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
    place.pass_slot()
    place.migrator("sync")
    place.migrator("owner", "--all", "alternate")
    place.pass_slots_until({"cron", "celery"})
    place.migrator("sync")
    what_slots_cannot_show(place)
    for _ in range(4):  # until there are as many matched slots as the configuration asks for
        if place.run(*MIGRATOR, "owner", "--all", "celery").returncode == 0:
            break
        place.pass_slot()
        place.migrator("sync")
    assert "the owner is" in place.migrator("cutover", "apply", "--all", "--execute", code=1).stderr
    place.pass_slots_until({"celery"})
    place.migrator("sync")
    assert {job["verdict"] for job in place.document("compare")["jobs"]} == {"safe"}


def what_slots_cannot_show(place: Town) -> None:
    """A rehearsal of the year to come, and one failure on purpose: until then the job stays where it is."""
    refused = place.migrator("owner", "--all", "celery", code=1).stderr
    assert refused.count("open on the checklist: rehearsal, drill") == 1
    assert refused.count("open on the checklist: drill") == len(JOBS) - 1
    rehearsed = place.run(*MIGRATOR, "rehearse", JOBS[0], timeout=600)
    assert rehearsed.returncode == 0, rehearsed.stderr
    done = place.document("cutover", "drill", "--all", "--execute")
    assert [(one["control"]["exit"], one["candidate"]["exit"]) for one in done["jobs"]] == [(1, 1)] * len(
        JOBS
    )
    assert set(place.executed().values()) == {1}  # none again; a slot may have come meanwhile
    refused = place.run(*MIGRATOR, "owner", "--all", "celery", "--format", "json").stderr
    assert "open on the checklist" not in refused


def taken_out_and_back(place: Town, recorded: str) -> None:
    """The report says yes, the lines go, two slots later they are back to the byte."""
    files = written(place)
    report = place.document("report")
    assert [job["verdict"] for job in report["jobs"]] == ["safe"] * len(JOBS)
    plan = place.document("cutover", "plan", "--all")
    assert [one["hindrances"] for one in plan["jobs"]] == [[]] * len(JOBS)
    place.applying("cutover", "apply", "--all", "--plan", plan["plan"], "--execute", "--reason", "a test")
    assert place.crontab() == without_the_jobs(recorded)
    place.pass_slots_until({"celery"}, most=1)
    status = place.document("cutover", "status", "--host")
    assert {(one["owner"], one["cutover"]) for one in status["jobs"]} == {("retired", "applied")}
    assert (status["findings"], [one["runs_from"] for one in status["jobs"]]) == ([], [[]] * len(JOBS))
    place.migrator("check")
    a_line_elsewhere_is_found(place, recorded)

    place.applying("cutover", "rollback", "--all", "--execute", "--reason", "a test")
    assert (place.crontab(), written(place)) == (recorded, files)
    place.pass_slots_until({"celery"}, most=1)


def a_line_elsewhere_is_found(place: Town, recorded: str) -> None:
    """A crontab of this machine that nobody has named, whose line is not due these days."""
    line = next(line for line in recorded.splitlines() if " clearsessions -- " in line)
    stray = place.folder / "cron.d" / "stray"
    stray.write_text(line.replace(SCHEDULE, "0 0 1 1 * root") + "\n")
    [finding] = place.document("cutover", "status", "--host", code=1)["findings"]
    assert (finding["code"], finding["place"]["path"]) == ("CM601", "/etc/cron.d/stray")
    place.migrator("residue", "--watch", "--host", code=1)
    stray.unlink()


def left_without_the_toolkit(place: Town, installed: str) -> None:
    """What is left of cron is named and goes; then the toolkit goes, and the next slot comes all the same."""
    code = place.code
    place.migrator("residue", "--watch", "--host")
    left = place.document("residue", "--host", code=1)["findings"]
    blocking = {(one["place"]["path"], one["code"]) for one in left if one["severity"] == "blocks"}
    assert blocking == {("Dockerfile", "CM633"), ("compose.yaml", "CM633")}
    assert {"CM632", "CM634", "CM635", "CM636", "CM637", "CM642", "CM645"} <= {one["code"] for one in left}

    place.migrator("finish", "--execute")
    finished = place.crontab()
    line = rf"^({re.escape(SCHEDULE)} cd .*manage\.py (\w+)\" >> .*)$"
    assert finished == re.sub(line, r"#migrator retired \2: \1", installed, flags=re.MULTILINE)
    for name in ("Dockerfile", "compose.yaml"):
        (code / name).unlink()
    shutil.rmtree(code / "crontabs")
    place.migrator("residue")
    with place.celery(toolkit=False):
        place.migrator("finish", "--drop-tables", "--execute")
        place.pass_slots_until({"celery"}, most=1)
    assert place.crontab() == finished


def without_the_jobs(recorded: str) -> str:
    """Each line of a job behind its marker, and the one that syncs."""
    line = rf"^({re.escape(SCHEDULE)} .*cronwrap\.py (\w+) -- )"
    marked = re.sub(line, r"#migrator retired \2: \1", recorded, flags=re.MULTILINE)
    return re.sub(r"^(\* .* # migrator sync)$", r"#migrator retired .sync: \1", marked, flags=re.MULTILINE)


def written(place: Town) -> dict[str, bytes]:
    """The files that a cutover edits beside the crontab."""
    folder = place.folder / "code/crontabs/poradnia"
    return {path.name: path.read_bytes() for path in folder.iterdir()}
