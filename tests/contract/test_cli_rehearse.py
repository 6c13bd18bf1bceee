"""migrator rehearse from the outside: words, document, exit status, what is kept, what is not touched."""

import json
import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from migrator.adapters.rehearsals import NAME
from tests.contract.command_line import ROOT, CommandLine
from tests.rehearsed_shop import TOML, shop_in

FALL = ("--from", "2026-10-24", "--to", "2026-10-27")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    for name in ("DJANGO_SETTINGS_MODULE", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return shop_in(tmp_path)


def with_settings(name: str, **more: str) -> dict[str, Any]:
    paths = {"PYTHONPATH": str(ROOT), "TZ": "Europe/Warsaw", "COLUMNS": "200"}
    return {"env": {**os.environ, **paths, "DJANGO_SETTINGS_MODULE": name, **more}}


def test_a_row_for_each_job_says_how_and_when_the_two_differ(shop: CommandLine) -> None:
    done = shop("rehearse", *FALL)
    assert done.returncode == 1
    assert "2026-10-24 00:00+02:00 to 2026-10-27 00:00+01:00, celery.beat.PersistentScheduler" in done.stdout
    words = " ".join(done.stdout.split())
    for said in (
        "Celery starts it once for each slot",
        "equal, but for clock changes",
        "2026-10-25: cron has starts that Celery has not: 02:00+01:00",
        "2026-10-25: Celery has starts that cron has not: 09:00",
        "beat has weekly: ",
    ):
        assert said in words


def test_the_document_has_every_count(shop: CommandLine) -> None:
    document = shop.document("rehearse", *FALL)
    found = {one["job"]: one for one in document["rehearsals"]}
    assert document["schema"] == 1
    assert {job: (one["expected"], one["matched"], one["equal"]) for job, one in found.items()} == {
        "nightly": (3, 3, True),
        "hourly": (73, 72, False),
        "weekly": (1, 0, False),
    }
    assert found["hourly"]["differences"][0]["cron"] == ["2026-10-25T02:00:00+01:00"]
    assert [one["differing_without_clock_change"] for one in found.values()] == [0, 0, 1]
    assert found["nightly"]["entries"] == ["nightly: crontab(minute='30', hour='2')  Europe/Warsaw"]
    assert {"celery", "django-celery-beat"} <= found["nightly"]["versions"].keys()


def test_schedules_of_ours_are_equal_and_the_exit_status_says_so(shop: CommandLine) -> None:
    assert shop("rehearse", *FALL, **with_settings("exact")).returncode == 0


def test_so_are_ours_in_rows_whose_times_have_no_zone(shop: CommandLine) -> None:
    done = shop("rehearse", *FALL, "--event", "restart@02:45", **with_settings("ours"))
    assert (done.returncode, done.stderr.count("beat stops")) == (0, 0), done.stdout + done.stderr


def test_nights_that_the_team_accepts_are_no_reason_to_fail(shop: CommandLine) -> None:
    shop.write("migrator.toml", TOML + '[jobs.hourly]\naccept = ["CM203"]\n')
    done = shop("rehearse", "hourly", *FALL)
    assert (done.returncode, "equal, but for clock changes that you accept" in done.stdout) == (0, True)


def test_the_window_is_the_coming_thirteen_months(shop: CommandLine) -> None:
    (found,) = shop.document("rehearse", "nightly")["rehearsals"]
    assert 395 <= found["expected"] <= 398
    assert found["by"]
    # it has the night on which the clock goes forward
    assert [day["clock_change"] for day in found["differences"]] == [True]


def test_what_was_found_is_kept_for_the_report(shop: CommandLine) -> None:
    shop("rehearse", *FALL)
    shop("rehearse", "nightly", *FALL, "--event", "restart@03:00")
    kept = json.loads((shop.folder / NAME).read_text())
    assert kept["schema"] == 1
    assert [(one["job"], one["events"]) for one in kept["rehearsals"]] == [
        ("hourly", []),
        ("nightly", []),
        ("nightly", ["restart@03:00"]),
        ("weekly", []),
    ]
    report = shop.document("report")
    told = {job["id"]: [one["events"] for one in job["rehearsals"]] for job in report["jobs"]}
    assert told["nightly"] == [[], ["restart@03:00"]]
    lines = {
        item["key"]: item for job in report["jobs"] if job["id"] == "hourly" for item in job["checklist"]
    }
    assert lines["rehearsal"]["state"] == "open"


def test_a_storm_ends_and_is_told(shop: CommandLine) -> None:
    done = shop("rehearse", "nightly", *FALL, "--event", "off@2026-10-25T02:10+01:00/5m")
    assert done.returncode == 1
    assert "beat sends it without end in" in done.stdout


def test_rows_that_are_not_there_yet_are_those_of_the_settings(shop: CommandLine) -> None:
    done = shop("rehearse", "nightly", *FALL, **with_settings("rows"))
    assert (done.returncode, "there are no rows yet" in done.stderr) == (0, True)
    assert "django_celery_beat.schedulers.DatabaseScheduler" in done.stdout


TIMER = {
    "units/poll.timer": "[Timer]\nOnBootSec=1min\nOnUnitActiveSec=65min\n",
    "units/poll.service": "[Service]\nWorkingDirectory=/srv/shop\nExecStart=/usr/bin/python manage.py poll\n",
    "counted.py": "from shop_settings import *\n"
    'CELERY_BEAT_SCHEDULE["poll"] = {"task": "shop.poll", "schedule": 3900.0}\n',
}


def test_an_interval_is_rehearsed_once_beat_is_to_count_it(shop: CommandLine) -> None:
    for name, text in TIMER.items():
        shop.write(name, text)
    toml = TOML.replace('["crontab"]', '["crontab", "units"]')
    shop.write("migrator.toml", toml)
    left = shop("rehearse", "poll", *FALL, **with_settings("counted"))
    assert left.returncode == 3
    assert 'poll: it counts seconds, and is rehearsed with interval = "beat" in migrator.toml' in left.stderr
    shop.write("migrator.toml", f'{toml}[jobs.poll]\ninterval = "beat"\n')
    (found,) = shop.document("rehearse", "poll", *FALL, **with_settings("counted"))["rehearsals"]
    assert (found["expected"], found["matched"], found["equal"]) == (67, 67, True)  # 73 hours
    edit = shop(
        "rehearse", "poll", *FALL, "--event", "edit@2026-10-25T12:00=0 5 * * *", **with_settings("counted")
    )
    assert edit.returncode == 2
    assert "an edit brings a schedule by the clock, and these count: poll" in edit.stderr


def test_not_one_byte_of_the_database_changes(shop: CommandLine) -> None:
    how = with_settings("rows", PYTHONPATH=f"{shop.folder}:{ROOT}")
    migrate = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
    subprocess.run(migrate, cwd=shop.folder, check=True, timeout=120, **how)
    rows = """
import django; django.setup()
from django_celery_beat.models import CrontabSchedule, PeriodicTask
at = CrontabSchedule.objects.create(minute="0", hour="9", day_of_week="1", timezone="Europe/Warsaw")
PeriodicTask.objects.create(name="by hand", task="shop.weekly", crontab=at)
"""
    subprocess.run([sys.executable, "-c", rows], cwd=shop.folder, check=True, timeout=120, **how)
    database = shop.folder / "db.sqlite3"
    before = database.read_bytes()
    document = shop.document("rehearse", "weekly", *FALL, **how)
    assert database.read_bytes() == before
    (found,) = document["rehearsals"]
    # the row of the settings on Sunday, and the one that somebody made on Monday
    assert (found["matched"], found["candidate_only"], len(found["entries"])) == (1, 1, 2)


AUTUMN = ("--from", "2026-09-20", "--to", "2026-12-10")
OCTOBER = ("--from", "2026-10-12", "--to", "2026-10-27")
DENSE = "from shop_settings import *\nCELERY_BEAT_SCHEDULE['hourly']['schedule'] = crontab('{minute}')\n"


def dense(shop: CommandLine, *, minute: str, cron: str = "*/3") -> dict[str, Any]:
    """The job that was hourly in cron each three minutes, and in beat at those minutes."""
    shop.write("crontab", f"{cron} * * * * cd /srv/shop && python manage.py hourly\n")
    shop.write("dense.py", DENSE.format(minute=minute))
    return with_settings("dense")


def test_of_a_dense_job_that_is_proved_the_days_that_tell_are_rehearsed(shop: CommandLine) -> None:
    how = dense(shop, minute="*", cron="*")
    (some,) = shop.document("rehearse", "hourly", *OCTOBER, **how)["rehearsals"]
    # the first week, and the night with the days before and after
    assert some["days"] == {"rehearsed": 7 + 3, "of": 15}
    assert some["expected"] == 10 * 1440 + 60
    (every,) = shop.document("rehearse", "hourly", *OCTOBER, "--full", **how)["rehearsals"]
    assert (every["days"], every["expected"]) == (None, 15 * 1440 + 60)
    assert some["differences"] == every["differences"]
    assert some["differing_days"] == every["differing_days"] == 1


def test_people_are_told_which_days_were_rehearsed(shop: CommandLine) -> None:
    done = shop("rehearse", "hourly", *AUTUMN, **dense(shop, minute="*/3"))
    assert "19 of 81 days, the others by the proof" in " ".join(done.stdout.split())
    report = shop("report", "--format", "markdown", **with_settings("dense"))
    assert "19 of 81 days, the others by the proof" in report.stdout


def test_a_dense_job_that_is_not_proved_is_rehearsed_on_every_day(shop: CommandLine) -> None:
    (found,) = shop.document("rehearse", "hourly", *AUTUMN, **dense(shop, minute="0"))["rehearsals"]
    assert (found["days"], found["expected"]) == (None, 81 * 480 + 20)
    assert found["control_only"] >= found["expected"] / 2


def test_a_terminal_is_shown_how_far_it_is(shop: CommandLine) -> None:
    settings = with_settings("exact", TERM="xterm")
    assert "rehearsing" not in shop("rehearse", "nightly", **settings).stderr
    parent, child = pty.openpty()
    command = [sys.executable, "-m", "migrator", "rehearse", "nightly"]
    done = subprocess.Popen(command, cwd=shop.folder, stderr=child, stdout=subprocess.DEVNULL, **settings)
    os.close(child)
    shown = b""
    with suppress(OSError):  # the other end is closed
        while more := os.read(parent, 4096):
            shown += more
    os.close(parent)
    assert (done.wait(), b"rehearsing" in shown) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "settings", "status", "said"),
    [
        (["nobody"], "shop_settings", 2, "there is no job nobody"),
        (["--from", "soon"], "shop_settings", 2, "soon is no date"),
        (["--from", "9999-01-01"], "shop_settings", 2, "9999-01-01 is no date"),
        (["--from", "2026-10-27", "--to", "2026-10-24"], "shop_settings", 2, "ends before it begins"),
        (["--event", "reboot@03:00"], "shop_settings", 2, "this is no event"),
        ([*FALL], "foreign", 3, "elsewhere:Scheduler keeps its entries in a place of its own"),
        ([*FALL], "broken", 3, "beat does not start with this schedule"),
        ([*FALL], "naive", 3, "beat stops at 2026-10-"),
        ([*FALL], "no_such_settings", 3, "the Django project does not start"),
    ],
)
def test_what_cannot_be_is_a_plain_error(
    arguments: list[str], settings: str, status: int, said: str, shop: CommandLine
) -> None:
    done = shop("rehearse", *arguments, **with_settings(settings))
    assert (done.returncode, said in done.stderr, "hint:" in done.stderr) == (status, True, True)
    assert not (shop.folder / NAME).exists()


def test_the_real_cron_is_missed_by_name(shop: CommandLine, tmp_path: Path) -> None:
    done = shop("rehearse", *FALL, "--real-cron", **with_settings("exact", PATH=str(tmp_path)))
    assert done.returncode == 3
    assert "private mounts (run it as root, with util-linux installed)" in done.stderr
    assert "hint: leave out --real-cron" in done.stderr


def test_a_project_is_needed(tmp_path: Path) -> None:
    done = CommandLine(tmp_path)("rehearse")
    assert (done.returncode, "there is no migrator.toml" in done.stderr) == (3, True)
