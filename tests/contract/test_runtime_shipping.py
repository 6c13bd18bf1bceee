"""What a sync ships, in whatever order; a damaged spool never keeps a host from its owners."""

from __future__ import annotations

import datetime as dt
import errno
import getpass
import json
import os
import pwd
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import pytest

from migrator.adapters.spool import Spool
from migrator.comparison.effects import read_effects
from migrator.comparison.jobs import JobDefinition
from migrator.comparison.runs import Kind, RunRecord
from migrator.contrib.django.ledger import record
from migrator.contrib.django.models import Host, Run
from migrator.contrib.django.sync import sync

pytestmark = pytest.mark.django_db

START = {
    "v": 1, "event": "start", "run": "1", "job": "work", "at": 1790000000.25, "slot": None, "due": None,
    "owner": "cron", "action": "execute", "host": "web1", "user": "deploy", "pid": 4711, "demo": False,
}  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(json.dumps(START | {"host": "web\0"}), id="NUL in the host"),
        pytest.param(json.dumps(START | {"user": "\ud800"}), id="half a character in the user"),
        pytest.param(json.dumps(START | {"run": "\ud800"}), id="half a character in the run"),
        pytest.param("[" * 200_000, id="nested too deep"),
        pytest.param(json.dumps(START | {"at": 253402300799}), id="a clock at the end of all years"),
        pytest.param(json.dumps(START | {"at": -62135596800}), id="a clock at the beginning of all years"),
        pytest.param(json.dumps(START | {"slot": "x", "due": 253402300799}), id="due at the end of years"),
    ],
)
def test_a_line_that_no_database_takes_is_put_aside_and_the_rest_shipped(tmp_path: Path, line: str) -> None:
    records = tmp_path / "root-20260921.jsonl"
    records.write_text(f"{line}\n{json.dumps(START | {'run': '2'})}\n")
    work = JobDefinition("work", "* * * * *", "UTC")
    assert sync(Spool(tmp_path), [work]).shipment.bad == 1
    assert [run.run for run in Run.objects.all()] == ["2"]


def test_a_folder_that_is_called_like_records_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "root-20260920.jsonl").mkdir()
    (tmp_path / "root-20260921.jsonl").write_text(f"{json.dumps(START)}\n")
    assert sync(Spool(tmp_path), []).shipment.lines == 1


def test_records_that_cannot_be_removed_are_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a spool that several users share a sync may not remove another user's."""
    records = tmp_path / "root-20260921.jsonl"
    records.write_text(f"{json.dumps(START)}\n")
    assert sync(Spool(tmp_path), []).shipment.lines == 1
    os.utime(records, (0, 0))

    def refused(path: Path, **_: bool) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(Path, "unlink", refused)
    [problem] = sync(Spool(tmp_path), []).problems
    assert problem == f"cannot write the spool {tmp_path}: Operation not permitted"


def test_a_record_that_cannot_be_removed_keeps_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = [tmp_path / f"{user}-20260921.jsonl" for user in ("a", "b", "c")]
    for number, records in enumerate(folder):
        records.write_text(f"{json.dumps(START | {'run': str(number)})}\n")
    assert sync(Spool(tmp_path), []).shipment.lines == 3
    for records in folder:
        os.utime(records, (0, 0))
    unlink = Path.unlink

    def sticky(path: Path, **how: bool) -> None:
        if path.name.startswith(("a-", "b-")):
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        unlink(path, **how)

    monkeypatch.setattr(Path, "unlink", sticky)
    done = sync(Spool(tmp_path), [])
    assert (len(done.problems), done.shipment.removed) == (1, ["c-20260921.jsonl"])
    assert [records.exists() for records in folder] == [True, True, False]


def test_the_hosts_user_is_who_runs_the_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """LOGNAME stays behind with `su`, and a host that never syncs again would block every hand-over."""
    monkeypatch.setenv("LOGNAME", "somebody-else")
    assert getpass.getuser() == "somebody-else"
    sync(Spool(tmp_path), [])
    assert [host.user for host in Host.objects.all()] == [pwd.getpwuid(os.geteuid()).pw_name]


END = {
    "v": 1, "event": "end", "run": "1", "job": "work", "at": 1790000003.5, "exit": 0, "signal": None,
    "duration": 3.25, "output": "", "output_bytes": 0,
}  # fmt: skip
COUNTED = {"mails": 3, "recipients": 4, "writes": {"INSERT t": 2}, "unread": 0, "programs": 0}
SLOT = {"slot": "2026-09-21T16:13+02:00", "due": 1790000000}


def effects(part: str, counted: object) -> dict[str, object]:
    shared = {"v": 1, "event": "effects", "run": "1", "job": "work", "at": 1790000001.0}
    return {**shared, "part": part, "effects": counted}


LINES = [START | SLOT, effects("a", None), effects("a", COUNTED), END]


def ship(folder: Path, *lines: dict[str, object]) -> None:
    with (folder / "root-20260921.jsonl").open("a") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    assert sync(Spool(folder), []).shipment.bad == 0


def shipped() -> RunRecord:
    return record(Run.objects.get())


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_lines_of_a_run_may_be_shipped_in_any_order_and_twice(tmp_path: Path, order: tuple[int, ...]) -> None:
    """Each in a sync of its own, as where the job's processes run as several users."""
    for index in (*order, *order):
        ship(tmp_path, LINES[index])
    run = shipped()
    assert (run.kind, run.slot, run.exit) == (Kind.SCHEDULED, SLOT["slot"], 0)
    assert run.effects == read_effects(COUNTED)


def test_processes_of_a_run_are_added_and_one_that_never_ended_leaves_the_sum_open(tmp_path: Path) -> None:
    ship(tmp_path, *LINES, effects("b", COUNTED))
    assert shipped().effects == read_effects(COUNTED) + read_effects(COUNTED)
    ship(tmp_path, effects("c", None))
    assert shipped().effects is None


@pytest.mark.parametrize(
    "counted",
    [
        pytest.param({}, id="nothing"),
        pytest.param(COUNTED | {"mails": -1}, id="less than none"),
        pytest.param(COUNTED | {"mails": "3"}, id="no number"),
        pytest.param(COUNTED | {"writes": {"INSERT \0": 1}}, id="NUL in a table"),
        pytest.param(COUNTED | {"writes": []}, id="no table"),
        pytest.param([], id="a list"),
    ],
)
def test_effects_that_cannot_be_read_are_put_aside(tmp_path: Path, counted: object) -> None:
    (tmp_path / "root-20260921.jsonl").write_text(json.dumps(effects("a", counted)) + "\n")
    assert sync(Spool(tmp_path), []).shipment.bad == 1
    assert not Run.objects.exists()


# ---- starts that had no slot table: of before the host's first sync

WORK = JobDefinition("work", "* * * * *", "Europe/Warsaw")
FIRST = 1790000040  # 2026-09-21T16:14+02:00


def slots_after(
    folder: Path, *lines: dict[str, object], jobs: Sequence[JobDefinition] = (WORK,)
) -> list[str]:
    with (folder / "root-20260921.jsonl").open("a") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    sync(Spool(folder), jobs)
    return [run.slot for run in Run.objects.order_by("started")]


def begun(run: str, after: float, **more: object) -> dict[str, object]:
    return START | {"run": run, "at": FIRST + after} | more


def test_starts_before_the_first_sync_get_their_slots(tmp_path: Path) -> None:
    found = slots_after(tmp_path, begun("1", 0.4), begun("2", 60.3))
    assert found == ["2026-09-21T16:14+02:00", "2026-09-21T16:15+02:00"]
    assert {run.kind for run in Run.objects.all()} == {Kind.SCHEDULED}
    assert Run.objects.get(run="1").due == dt.datetime.fromtimestamp(FIRST, dt.UTC)


def test_a_start_keeps_the_slot_it_was_given_however_often_it_is_shipped(tmp_path: Path) -> None:
    found = slots_after(tmp_path, begun("1", 0.4), begun("2", 58.5), begun("3", 60.2))
    assert found == ["2026-09-21T16:14+02:00", "2026-09-21T16:15+02:00", ""]  # 2: by a clock that trails
    (tmp_path / "shipped.json").unlink()
    assert slots_after(tmp_path) == found


def test_a_second_start_of_a_slot_is_extra_on_its_host_and_not_on_another(tmp_path: Path) -> None:
    daily = JobDefinition("work", "14 16 * * *", "Europe/Warsaw")
    found = slots_after(tmp_path, begun("1", 0.4), begun("2", 5), begun("3", 9, host="web2"), jobs=[daily])
    assert found == ["2026-09-21T16:14+02:00", "", "2026-09-21T16:14+02:00"]
    assert Run.objects.get(run="2").kind == Kind.EXTRA


def test_a_slot_that_the_recorder_gave_is_taken(tmp_path: Path) -> None:
    daily = JobDefinition("work", "14 16 * * *", "Europe/Warsaw")
    told = {"slot": "2026-09-21T16:14+02:00", "due": FIRST}
    assert slots_after(tmp_path, begun("1", 0.4, **told), jobs=[daily]) == [told["slot"]]
    assert slots_after(tmp_path, begun("2", 5), jobs=[daily]) == [told["slot"], ""]


def test_a_start_in_a_demonstration_gets_no_slot_of_the_real_schedule(tmp_path: Path) -> None:
    assert slots_after(tmp_path, begun("1", 0.4, demo=True)) == [""]
    assert Run.objects.get().demo


def test_a_start_out_of_time_and_one_of_an_unknown_job_stay_extra(tmp_path: Path) -> None:
    daily = JobDefinition("work", "0 3 * * *", "Europe/Warsaw")
    far = begun("3", 0, at=1e14)
    assert slots_after(tmp_path, begun("1", 0.4), begun("2", 1, job="other"), far, jobs=[daily])[:2] == [
        "",
        "",
    ]
