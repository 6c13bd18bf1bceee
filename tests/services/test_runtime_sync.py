"""``migrator sync`` beside the real cronwrap: hand-overs reach the host's files, runs the ledger."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from migrator.adapters.virtual_cron import unshared
from tests.contract.cronwrapped import on_clock
from tests.services.runtime_project import ROOT, Project, parts, write_project

CRONWRAP = str(ROOT / "migrator" / "cronwrap.py")


@pytest.fixture(
    params=[
        pytest.param("files"),
        pytest.param("servers", marks=pytest.mark.part("rabbitmq", "postgresql")),
    ]
)
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    project = write_project(tmp_path, **parts(request, tmp_path, request.param))
    yield project
    project.manage("flush", "--noinput")


def sync(office: Project) -> None:
    """All is well, so nothing is said: cron would mail it."""
    done = office.migrator("sync")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def cron(office: Project, job: str, *command: str) -> int:
    return office.run(sys.executable, "-I", "-S", CRONWRAP, job, "--", *command).returncode


def table(office: Project, job: str) -> tuple[list[str], dict[int, str]]:
    """The settings of a job's slot table, and the owner of each due instant."""
    head, _, rows = (office.folder / "spool" / "jobs" / job).read_text().partition("\n\n")
    return head.splitlines(), {
        int(due): owner for due, _, owner in (row.split() for row in rows.splitlines())
    }


def warsaw(moment: str) -> dt.datetime:
    return dt.datetime.fromisoformat(moment).astimezone(ZoneInfo("Europe/Warsaw"))


def ask(office: Project, job: str, owner: str) -> float:
    """Ask for a hand-over without its gates; the instant from which it holds."""
    code = (
        "from migrator.comparison.ownership import Owner\n"
        f"row = owners.ask(JOBS[{job!r}].definition, Owner({owner!r}), who='test', accepted='a test')\n"
        "print(row.from_due.timestamp())\n"
    )
    due: float = office.python(code)
    return due


def owner_at(office: Project, job: str, due: float) -> str:
    code = (
        "from migrator.comparison.turns import turn\n"
        f"[slot] = JOBS[{job!r}].definition.following(dt.datetime.fromtimestamp(int({due}), dt.UTC), 1)\n"
        f"print(json.dumps(owners.owner_of({job!r}, slot.due, turn({job!r}, slot.name))))"
    )
    owner: str = office.python(code)
    return owner


def test_runs_reach_the_ledger_once_with_slot_exit_and_redacted_output(office: Project) -> None:
    sync(office)
    assert cron(office, "work", "sh", "-c", "echo TOKEN=abc; exit 4") == 4
    sync(office)
    sync(office)
    [run] = office.runs("work")
    assert (run["side"], run["action"], run["kind"], run["exit"]) == ("control", "execute", "scheduled", 4)
    assert run["output"] == "TOKEN=***\n"
    assert run["slot"]
    assert run["started"] < run["finished"]


def test_runs_before_the_first_sync_have_their_slots_in_the_ledger(office: Project) -> None:
    """Between `instrument apply` and the first sync of a host there is no slot table on it."""
    assert cron(office, "work", "sh", "-c", "exit 4") == 4
    assert not (office.folder / "spool" / "jobs" / "work").exists()
    sync(office)
    [run] = office.runs("work")
    assert (run["kind"], run["exit"], run["slot"][:16]) == (
        "scheduled", 4, warsaw(run["started"]).isoformat()[:16]
    )  # fmt: skip
    (office.folder / "spool" / "shipped.json").unlink()
    sync(office)
    assert [one["slot"] for one in office.runs("work")] == [run["slot"]]


def test_celery_begins_after_the_host_has_given_the_job_up(office: Project) -> None:
    sync(office)
    due = ask(office, "work", "celery")
    assert owner_at(office, "work", due + 3600) == "cron"
    assert set(table(office, "work")[1].values()) == {"cron"}
    sync(office)
    settings, owners = table(office, "work")
    assert "owner-after celery" in settings
    begins = min(instant for instant, owner in owners.items() if owner == "celery")
    assert due <= begins < due + 121
    assert owner_at(office, "work", begins) == "celery"
    assert owner_at(office, "work", begins - 60) == "cron"


def test_cron_gets_a_job_back_from_where_celery_stops(office: Project) -> None:
    office.python("owned('work', 'celery'); models.Host.objects.all().delete()")
    office.python("owned('fail', 'celery')")
    sync(office)
    assert "owner-after celery" in table(office, "fail")[0]
    assert cron(office, "fail", "sh", "-c", "exit 9") == 0
    due = ask(office, "fail", "cron")
    assert owner_at(office, "fail", due) == "celery"
    sync(office)
    owners = table(office, "fail")[1]
    begins = min(instant for instant, owner in owners.items() if owner == "cron" and instant >= due)
    assert owner_at(office, "fail", begins) == "cron"
    assert owner_at(office, "fail", begins - 60) == "celery"
    assert owners[begins - 60] == "celery"


def test_in_turns_the_recorder_executes_cron_s_slots_and_celery_only_its_own(office: Project) -> None:
    sync(office)
    due = ask(office, "work", "alternate")
    assert set(table(office, "work")[1].values()) == {"cron"}
    assert owner_at(office, "work", due + 3600) in ("cron", "alternate")  # Celery's turns: not yet
    sync(office)
    settings, owners = table(office, "work")
    assert "owner-after alternate-celery" in settings
    turns = {at: owner for at, owner in owners.items() if owner != "cron"}
    assert set(turns.values()) == {"alternate-cron", "alternate-celery"}
    begins = min(turns)
    assert due <= begins < due + 121
    said = office.python(
        "from migrator.comparison.ownership import Side\n"
        "from migrator.comparison.turns import turn\n"
        f"slots = JOBS['work'].definition.following(dt.datetime.fromtimestamp({begins}, dt.UTC), 60)\n"
        "told = {}\n"
        "for slot in slots:\n"
        "    whose = turn('work', slot.name)\n"
        "    owner = owners.owner_of('work', slot.due, whose)\n"
        "    told[int(slot.due.timestamp())] = owner.executes(whose) is Side.CANDIDATE\n"
        "print(json.dumps(told))"
    )
    assert {int(at): celery for at, celery in said.items()} == {
        at: turns[at] == "alternate-celery" for at in map(int, said)
    }


def test_a_new_host_goes_by_what_is_in_force_and_celery_does_not_pause(office: Project) -> None:
    office.python("owned('work', 'celery')")
    now = time.time()
    assert owner_at(office, "work", now) == "celery"
    sync(office)
    assert owner_at(office, "work", now) == "celery"
    assert table(office, "work")[1][int(now // 60 * 60)] == "celery"


def test_a_bad_line_is_kept_apart_and_counted_and_does_not_stop_the_rest(office: Project) -> None:
    sync(office)
    assert cron(office, "work", "true") == 0
    [records] = (office.folder / "spool").glob("*.jsonl")
    start, end = records.read_bytes().splitlines(keepends=True)
    huge = json.loads(end) | {"exit": 1 << 40}
    records.write_bytes(start + b"no json\n" + json.dumps(huge).encode() + b"\n" + end + b'{"v":1,"eve')
    done = office.migrator("sync")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("migrator: 2 lines of the spool could not be read: see ")
    assert (office.folder / "spool" / "quarantine" / records.name).read_bytes().count(b"\n") == 2
    assert [run["exit"] for run in office.runs("work")] == [0]
    assert office.python("print(models.Host.objects.get().quarantined)") == 2
    sync(office)  # the unfinished line waits for its end, and says nothing


def test_shipping_everything_again_changes_nothing(office: Project) -> None:
    sync(office)
    for _ in range(3):
        cron(office, "work", "true")
    sync(office)
    before = office.runs("work")
    (office.folder / "spool" / "shipped.json").unlink()
    sync(office)
    assert office.runs("work") == before
    assert len(before) == 3


def test_an_end_that_arrives_later_completes_its_run(office: Project) -> None:
    sync(office)
    cron(office, "work", "sh", "-c", f"{sys.executable} -m migrator sync")
    [running] = office.runs("work")
    assert running["finished"] is None
    sync(office)
    [run] = office.runs("work")
    assert run["exit"] == 0


def test_old_files_go_when_they_have_been_shipped(office: Project) -> None:
    sync(office)
    cron(office, "work", "true")
    [records] = (office.folder / "spool").glob("*.jsonl")
    days_ago = time.time() - 4 * 86400
    os.utime(records, (days_ago, days_ago))
    sync(office)
    assert not records.exists()
    assert len(office.runs("work")) == 1


def test_a_link_in_the_spool_is_not_followed(office: Project) -> None:
    sync(office)
    (office.folder / "secret").write_text("not yours\n")
    (office.folder / "spool" / "root-20260101.jsonl").symlink_to(office.folder / "secret")
    sync(office)
    assert not (office.folder / "spool" / "quarantine").exists()


def test_in_a_demonstration_tables_and_runs_say_so(office: Project) -> None:
    assert office.migrator("sync", OFFICE_DEMO="*/2 * * * *").returncode == 0
    settings, owners = table(office, "work")
    assert "demo 1" in settings
    assert {due % 120 for due in owners} == {0}
    cron(office, "work", "true")
    sync(office)
    assert [run["demo"] for run in office.runs("work")] == [True]


def test_the_database_away_is_one_line_and_the_table_stays(office: Project) -> None:
    sync(office)
    before = (office.folder / "spool" / "jobs" / "work").read_bytes()
    done = office.migrator("sync", DATABASE_URL="postgres://nobody@127.0.0.1:1/nothing")
    assert done.returncode == 3
    assert done.stderr.startswith("migrator: the database is away: ")
    assert "hint: check that it runs" in done.stderr
    assert "Traceback" not in done.stderr
    assert (office.folder / "spool" / "jobs" / "work").read_bytes() == before


@pytest.mark.part("namespaces")
def test_a_full_disk_under_the_spool_is_one_line(office: Project) -> None:
    """The tables stay; once there is room again, the next sync makes up for it."""
    folder = office.folder / "spool"
    folder.mkdir()
    script = (
        'mount -t tmpfs -o size=1m none "$1"; shift; "$@"\n'
        'rm "$MIGRATOR_SPOOL/jobs/work"; cat /dev/zero >"$MIGRATOR_SPOOL/ballast" 2>/dev/null\n'
        '"$@"; echo $? >&2; ls "$MIGRATOR_SPOOL/jobs"; rm "$MIGRATOR_SPOOL/ballast"; "$@"; echo $? >&2\n'
        'ls "$MIGRATOR_SPOOL/jobs"\n'
    )
    sync = (sys.executable, "-m", "migrator", "sync")
    done = office.run(*unshared("sh", "-c", script, "sh", str(folder), *sync))
    assert done.stderr.splitlines() == [
        "migrator: the slot table of 1 job stays as it is: work",
        f"migrator: cannot write the spool {folder}: No space left on device",
        "hint: make room on its disk; until then its tables stay as they are",
        "3",
        "0",
    ]
    assert done.stdout.splitlines() == ["again", "fail", "slow", "again", "fail", "slow", "work"]


def test_a_table_that_cannot_be_written_stops_no_other_job(office: Project) -> None:
    sync(office)
    (place := office.folder / "spool" / "jobs" / "again").unlink()
    place.mkdir()
    (office.folder / "spool" / "jobs" / "work").unlink()
    done = office.migrator("sync")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines()[:2] == [
        "migrator: the slot table of 1 job stays as it is: again",
        f"migrator: cannot write the spool {office.folder / 'spool'}: Is a directory",
    ]
    assert "owner-after cron" in table(office, "work")[0]
    place.rmdir()
    sync(office)
    assert "owner-after cron" in table(office, "again")[0]


REFUSAL = {
    "sqlite": "CREATE TRIGGER refuse BEFORE INSERT ON migrator_run WHEN NEW.job = 'fail'"
    " BEGIN SELECT RAISE(ABORT, 'no room for it'); END",
    "postgresql": "CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN RAISE 'no room for it'; END $$"
    " LANGUAGE plpgsql; CREATE TRIGGER refuse BEFORE INSERT ON migrator_run FOR EACH ROW"
    " WHEN (NEW.job = 'fail') EXECUTE FUNCTION refuse()",
}
RELIEF = {"sqlite": "DROP TRIGGER refuse", "postgresql": "DROP FUNCTION refuse CASCADE"}


def database(office: Project, statements: dict[str, str]) -> None:
    office.python(
        f"from django.db import connection\nconnection.cursor().execute({statements!r}[connection.vendor])"
    )


def test_a_job_whose_runs_the_database_refuses_stops_no_other(office: Project) -> None:
    """What was refused is said each minute, comes again, and is there once in the end."""
    sync(office)
    database(office, REFUSAL)
    try:
        for job in ("work", "fail", "slow"):
            cron(office, job, "true")
        for _ in range(2):
            done = office.migrator("sync")
            assert (done.returncode, done.stdout) == (3, "")
            said = done.stderr.splitlines()
            assert said[0] == "migrator: the runs of 1 job are refused by the database, and come again: fail"
            assert "no room for it" in said[1]
        assert [len(office.runs(job)) for job in ("work", "fail", "slow")] == [1, 0, 1]
        due = ask(office, "work", "celery")
        assert office.migrator("sync").returncode == 3
        assert owner_at(office, "work", due + 3600) == "celery"
    finally:
        database(office, RELIEF)
    sync(office)
    assert [len(office.runs(job)) for job in ("work", "fail", "slow")] == [1, 1, 1]


def test_an_hour_without_the_database_loses_no_record_and_counts_none_twice(office: Project) -> None:
    sync(office)
    begin = int(time.time()) // 60 * 60 - 3600
    for minute in range(60):
        argv = [sys.executable, "-I", "-S", CRONWRAP, "work", "--", "echo", str(minute)]
        assert office.run(*on_clock(argv, begin + 60 * minute)).returncode == 0
        if not minute % 30:
            done = office.migrator("sync", DATABASE_URL="postgres://nobody@127.0.0.1:1/nothing")
            assert done.returncode == 3
    sync(office)
    sync(office)
    runs = office.runs("work")
    assert sorted(int(run["output"]) for run in runs) == list(range(60))
    assert {run["kind"] for run in runs} == {"scheduled"}
    assert len({run["slot"] for run in runs}) == 60
